"""SARIF: what no validator checks. The validators themselves are in `test_sarif_tools.py`, in the full tier."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtplint.finding import Edit, Finding
from smtplint.report import renderer
from smtplint.report.sarif import document
from smtplint.report.sarif.driver import help_markdown
from smtplint.report.sarif.places import LineHashes, one_line, uri_of
from smtplint.report.sarif.results import placed_edit
from smtplint.report.snippet import SARIF_MASK
from smtplint.result import Context, Result, reference_url, rule_url
from smtplint.source import Place, Source, decode

from .factory import CANARIES, RULES, at, context, endpoint, field, many_case, yaml_case

AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/contoso/",
    "SYSTEM_TEAMPROJECTID": "11111111-1111-1111-1111-111111111111",
    "SYSTEM_DEFINITIONID": "12",
    "BUILD_DEFINITIONNAME": "nightly",
    "SYSTEM_PHASEID": "22222222-2222-2222-2222-222222222222",
    "SYSTEM_PHASENAME": "Build",
    "BUILD_SOURCEBRANCH": "refs/heads/main",
    "BUILD_BUILDID": "345",
}


def log(result: Result, **more: Any) -> Any:
    return json.loads(renderer("sarif")(result, context(**more)))


def run(result: Result, **more: Any) -> Any:
    return log(result, **more)["runs"][0]


def sources(result: Result) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for finding in [*result.findings, *result.suppressed]:
        for place in (finding.place, *(related.place for related in finding.related)):
            found[place.path] = place.source
        for item in finding.endpoint.fields.values():
            found |= {place.path: place.source for place in (item.place, *item.via) if place is not None}
    return found


def locations(result: Any) -> list[Any]:
    steps = [step["location"] for flow in result.get("codeFlows", []) for thread in flow["threadFlows"] for step in thread["locations"]]
    return [*result["locations"], *result.get("relatedLocations", []), *steps]


def units(source: Source, region: dict[str, int]) -> str:
    """The text of a region, read back from the file in UTF-16 units."""
    lines = [source.text[begin:end] for begin, end in zip(source.starts, [*source.starts[1:], len(source.text)], strict=True)]
    encoded = [line.encode("utf-16-le") for line in lines]
    first, last = region["startLine"] - 1, region["endLine"] - 1
    begin, end = (region["startColumn"] - 1) * 2, (region["endColumn"] - 1) * 2
    assert end <= len(encoded[last]) or last == len(encoded) - 1
    if first == last:
        return encoded[first][begin:end].decode("utf-16-le")
    middle = b"".join(encoded[first + 1 : last])
    return (encoded[first][begin:] + middle + encoded[last][:end]).decode("utf-16-le")


CASES = [yaml_case, many_case]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("suppressed", [False, True])
class TestInvariants:
    def test_regions_read_back_from_the_file_are_the_snippets(self, case: Any, suppressed: bool) -> None:
        made = case()
        files = sources(made)
        for result in run(made, show_suppressed=suppressed)["results"]:
            for location in locations(result):
                physical = location["physicalLocation"]
                source = files[physical["artifactLocation"]["uri"]]
                for name in ("region", "contextRegion"):
                    region = physical[name]
                    pattern = re.escape(region["snippet"]["text"]).replace(re.escape(SARIF_MASK), "[^\n]+")
                    assert re.fullmatch(pattern, units(source, region)), (name, region)
                inner, outer = physical["region"], physical["contextRegion"]
                inside = (inner["startLine"], inner["startColumn"], inner["endLine"], inner["endColumn"])
                around = (outer["startLine"], outer["startColumn"], outer["endLine"], outer["endColumn"])
                assert around != inside
                assert around[:2] <= inside[:2]
                assert around[2:] >= inside[2:]

    def test_regions_are_on_one_line_and_not_empty(self, case: Any, suppressed: bool) -> None:
        for result in run(case(), show_suppressed=suppressed)["results"]:
            for location in locations(result):
                region = location["physicalLocation"]["region"]
                assert region["startLine"] == region["endLine"]
                assert region["startColumn"] < region["endColumn"]

    def test_every_link_of_a_message_resolves_and_every_related_location_is_linked(self, case: Any, suppressed: bool) -> None:
        for result in run(case(), show_suppressed=suppressed)["results"]:
            ids = {location["id"] for location in result["relatedLocations"]}
            for text in (result["message"]["text"], result["message"]["markdown"]):
                assert {int(found) for found in re.findall(r"(?<!\\)\]\((\d+)\)", text)} == ids

    def test_the_message_is_what_the_rule_says_with_the_arguments(self, case: Any, suppressed: bool) -> None:
        made = run(case(), show_suppressed=suppressed)
        rules = made["tool"]["driver"]["rules"]
        for result in made["results"]:
            message = result["message"]
            rule = rules[result["ruleIndex"]]
            assert rule["id"] == result["ruleId"]
            assert rule["messageStrings"][message["id"]]["text"].format(*message["arguments"]) == message["text"]
            assert message["text"].endswith(".")

    def test_results_differ_in_fingerprint_and_have_one_location(self, case: Any, suppressed: bool) -> None:
        results = run(case(), show_suppressed=suppressed)["results"]
        keys = [result["partialFingerprints"]["smtplintKey/v1"] for result in results]
        assert len(set(keys)) == len(keys)
        assert all(len(result["locations"]) == 1 and result["kind"] == "fail" for result in results)
        assert all(re.fullmatch(r"[0-9a-f]{1,16}:\d+", result["partialFingerprints"]["primaryLocationLineHash"]) for result in results)

    def test_ranks_and_severities_agree(self, case: Any, suppressed: bool) -> None:
        made = run(case(), show_suppressed=suppressed)
        for result in made["results"]:
            properties = made["tool"]["driver"]["rules"][result["ruleIndex"]]["properties"]
            assert float(properties["security-severity"]) * 10 == pytest.approx(result["rank"])
            assert properties["tags"][0] == "security"
            assert len(properties["tags"]) <= 10

    def test_every_uri_is_relative_and_no_secret_is_anywhere(self, case: Any, suppressed: bool) -> None:
        text = renderer("sarif")(case(), context(show_suppressed=suppressed))
        assert not any(canary in text for canary in CANARIES)
        assert "file:" not in text
        for uri in re.findall(r'"uri": "([^"]*)"', text):
            assert not uri.startswith(("/", "./", "..")), uri

    def test_the_order_of_findings_changes_nothing(self, case: Any, suppressed: bool) -> None:
        first, second = case(), case()
        second.findings.reverse()
        second.suppressed.reverse()
        second.endpoints.reverse()
        more = {"show_suppressed": suppressed}
        assert renderer("sarif")(first, context(**more)) == renderer("sarif")(second, context(**more))


def test_columns_count_utf16_units_and_say_so() -> None:
    made = run(yaml_case())
    assert made["columnKind"] == "utf16CodeUnits"
    region = made["results"][0]["locations"][0]["physicalLocation"]["region"]
    # the emoji is one code point and two units: column 13 becomes 14
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (3, 14, 17)
    assert region["snippet"]["text"] == "587"


def test_the_context_ends_before_a_line_with_a_secret() -> None:
    physical = run(yaml_case())["results"][0]["locations"][0]["physicalLocation"]
    assert physical["contextRegion"]["snippet"]["text"] == '  host: ${SMTP_HOST}\n  "\N{ROCKET} port": 587\n'
    related = run(yaml_case())["results"][0]["relatedLocations"][2]["physicalLocation"]
    assert related["contextRegion"]["snippet"]["text"] == "SMTP_HOST=smtp.example.org\n"


def test_a_finding_at_a_password_carries_a_mask() -> None:
    result = next(result for result in run(many_case())["results"] if result["ruleId"] == "SMTP403")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["region"]["snippet"]["text"] == SARIF_MASK
    assert physical["contextRegion"]["snippet"]["text"].splitlines()[-1] == f"MAIL_PASS={SARIF_MASK}"


def test_the_message_stands_alone_in_its_first_sentence_and_links_what_matters() -> None:
    message = run(yaml_case())["results"][0]["message"]
    assert message["text"] == (
        "STARTTLS is optional in 'app'. app encrypts only if smtp.example.org offers STARTTLS. Whoever strips the offer reads the mail "
        "and the password. Write `starttls: required` under smtp. "
        "See [port 587](1), [no 'starttls' key here](2), [the host is set here](3)."
    )


def test_brackets_in_names_cannot_make_or_break_a_link() -> None:
    result = yaml_case()
    finding = result.findings[0]
    finding.endpoint.name = "a](9) [x"
    finding.mark = "list[0] \\ {0}"
    made = run(result)["results"][0]
    assert "[list\\[0\\] \\\\ {0}](1)" in made["message"]["text"]
    assert [int(found) for found in re.findall(r"(?<!\\)\]\((\d+)\)", made["message"]["text"])] == [1, 2, 3]
    assert "](9)" not in made["message"]["markdown"].replace("\\]", "")


def test_the_code_flow_goes_from_host_to_default() -> None:
    (flow,) = run(yaml_case())["results"][0]["codeFlows"]
    steps = flow["threadFlows"][0]["locations"]
    assert [step["executionOrder"] for step in steps] == [1, 2, 3, 4, 5]
    assert [step["location"]["physicalLocation"]["artifactLocation"]["uri"] for step in steps] == [
        "config/mail.yaml", ".env", "config/mail.yaml", "config/mail.yaml", "config/mail.yaml",
    ]  # fmt: skip
    assert [step["location"]["message"]["text"] for step in steps] == [
        "host is taken from elsewhere here.",
        "host is smtp.example.org.",
        "port is 587.",
        "mode is opportunistic: the default of app when starttls is absent.",
        "port 587.",
    ]


def test_a_finding_that_rests_on_one_file_has_no_code_flow() -> None:
    source = Source("a.env", "HOST=h\nPORT=25\n")
    made = endpoint(source, [field("host", "h", source, "h", "HOST"), field("port", 25, source, "25", "PORT")])
    assert "codeFlows" not in run(Result([Finding("SMTP101", "p", "error", "m", at(source, "25"), made)]))["results"][0]


def test_all_rules_of_the_catalogue_are_described() -> None:
    driver = run(Result())["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == [rule.id for rule in RULES]
    for rule in driver["rules"]:
        assert rule["name"] != rule["id"]
        assert rule["help"]["markdown"].startswith(f"# {rule['id']}")
        assert rule["helpUri"].startswith("https://")
    by_id = {rule["id"]: rule for rule in driver["rules"]}
    assert by_id["SMTP501"]["defaultConfiguration"] == {"level": "note", "enabled": False}
    assert "security-severity" not in by_id["SMTP104"]["properties"]
    assert by_id["SMTP202"]["properties"]["security-severity"] == "6.5"
    assert [link["target"]["id"] for link in by_id["SMTP202"]["relationships"]] == ["CWE-319", "CWE-757"]


def test_weaknesses_are_found_by_their_index() -> None:
    made = run(yaml_case())
    taxa = made["taxonomies"][0]["taxa"]
    for reference in made["results"][0]["taxa"]:
        assert taxa[reference["index"]]["id"] == reference["id"]


def test_a_rule_that_is_not_in_the_catalogue_is_reported_without_index() -> None:
    result = yaml_case()
    result.findings[0].rule = "ACME1"
    (made,) = run(result)["results"]
    assert made["ruleId"] == "ACME1"
    assert "ruleIndex" not in made
    assert "id" not in made["message"]


def test_notifications_tell_what_could_not_be_read() -> None:
    made = run(many_case())
    first, second = made["invocations"][0]["toolExecutionNotifications"]
    assert first["message"]["text"] == "broken.yaml is not valid YAML."
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.yaml"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert made["tool"]["driver"]["notifications"][first["descriptor"]["index"]]["id"] == "parse-error"
    assert "locations" not in second


def test_suppressions_are_on_all_results_or_on_none() -> None:
    assert not any("suppressions" in result for result in run(many_case())["results"])
    results = run(many_case(), show_suppressed=True)["results"]
    assert all("suppressions" in result for result in results)
    (found,) = [result["suppressions"] for result in results if result["suppressions"]]
    assert found == [{"kind": "inSource", "status": "accepted", "justification": "the relay is ours"}]


def test_baseline_states_are_on_all_results_and_the_absent_only_on_request() -> None:
    assert not any("baselineState" in result for result in run(many_case())["results"])
    assert {result["baselineState"] for result in run(many_case(), baseline_used=True)["results"]} == {"new"}
    results = run(many_case(), baseline_used=True, show_suppressed=True)["results"]
    assert [result["baselineState"] for result in results] == ["new"] * 4 + ["absent"]
    assert results[-1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "old.env"


def test_the_category_is_fixed_and_the_base_has_no_address() -> None:
    made = run(yaml_case())
    assert made["automationDetails"] == {"id": "smtplint/"}
    assert set(made["originalUriBaseIds"]["SRCROOT"]) == {"description"}
    assert "artifacts" not in made
    assert "versionControlProvenance" not in made


def test_azure_pipelines_are_named_only_when_all_is_known() -> None:
    details = run(yaml_case(), environment=AZURE)["automationDetails"]
    assert details["id"] == (
        "azuredevops/pipeline/build/contoso/11111111-1111-1111-1111-111111111111/12/22222222-2222-2222-2222-222222222222/refs/heads/main/345"
    )
    assert details["properties"]["azuredevops/pipeline/build/buildDefinitionId"] == "12"
    for name in AZURE:
        partly = {key: value for key, value in AZURE.items() if key != name}
        assert run(yaml_case(), environment=partly)["automationDetails"] == {"id": "smtplint/"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0ffee", "GITHUB_REF_NAME": "main"},
            {"repositoryUri": "https://github.com/a/b", "revisionId": "c0ffee", "branch": "main", "mappedTo": {"uriBaseId": "SRCROOT"}},
        ),
        (
            {"CI_PROJECT_URL": "https://joe:hunter2@gitlab.example/a/b"},
            {"repositoryUri": "https://gitlab.example/a/b", "mappedTo": {"uriBaseId": "SRCROOT"}},
        ),
        ({"BUILD_REPOSITORY_URI": "git@example.org:a/b"}, None),
    ],
)
def test_the_repository_comes_from_the_ci_system_without_credentials(environment: dict[str, str], expected: object) -> None:
    made = run(yaml_case(), environment=environment)
    assert made.get("versionControlProvenance") == (None if expected is None else [expected])


@pytest.mark.parametrize(
    ("path", "base", "uri"),
    [
        ("a b/\u00e9.yaml", "", "a%20b/%C3%A9.yaml"),
        ("c#%?.env", "sub/", "sub/c%23%25%3F.env"),
        ("./x:y.env", "", "x%3Ay.env"),
        ("/abs/x.env", "sub/", "file:///abs/x.env"),
    ],
)
def test_uris_are_percent_encoded(path: str, base: str, uri: str) -> None:
    assert uri_of(path, base) == (uri, not path.startswith("/"))


def test_the_base_is_put_in_front_of_every_path() -> None:
    made = run(many_case(), base="services/web/")
    assert made["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "services/web/deploy/prod.env",
        "uriBaseId": "SRCROOT",
    }


def test_an_empty_or_long_place_becomes_a_region_of_one_line() -> None:
    source = Source("a.env", "  PORT=\n\nA=1\nB=2\n")
    assert one_line(Place(source, 7, 7)) == (2, 7)
    assert one_line(Place(source, 9, 16)) == (9, 12)
    assert one_line(Place(source, 8, 8)) == (8, 8)


def test_only_safe_fixes_are_offered() -> None:
    result = yaml_case()
    assert "fixes" in run(result)["results"][0]
    assert result.findings[0].fix is not None
    result.findings[0].fix.safe = False
    assert "fixes" not in run(result)["results"][0]


def apply(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("start", "end", "new"),
    [("  b", "  b", "  x: 1{}"), ("  b", "c", ""), ("  b", "c", "  y: 2{}"), ("1", "2", "7"), ("c", "c", "z: 0{}"), ("c", "", "")],
)
def test_a_moved_edit_changes_the_file_as_before_and_does_not_begin_in_leading_blanks(start: str, end: str, new: str, newline: str) -> None:
    text = f"a:{newline}  b: 1{newline}  bb: 2{newline}c: 3"
    source = Source("a.yaml", text)
    first, last = text.index(start), text.index(end) if end else len(text)
    new = new.format(newline)
    begin, stop, moved = placed_edit(Edit(Place(source, first, last), new))
    assert apply(text, begin, stop, moved).rstrip() == apply(text, first, last, new).rstrip()
    line, _ = source.position(begin)
    before = text[source.starts[line - 1] : begin]
    assert before.strip() or begin == source.starts[line - 1] == 0 or not text[begin : begin + 1].isspace()


def rolling(text: str) -> list[str]:
    """GitHub's algorithm character by character, as a second opinion on the windows of LineHashes."""
    data = text.encode("utf-16-le", "surrogatepass")
    codes = [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]
    stream: list[tuple[int, bool]] = []
    after_cr, start = False, True
    for code in [*codes, 0xFFFF]:
        if code in (32, 9) or (after_cr and code == 10):
            after_cr = False
            continue
        after_cr = code == 13
        code = 10 if after_cr else code
        stream.append((code, start))
        start = code == 10
    padded = [code for code, _ in stream] + [0] * 100
    out, seen = [], dict[int, int]()
    for index, (_, begins) in enumerate(stream):
        if begins:
            value = 0
            for code in padded[index : index + 100]:
                value = (value * 37 + code) % 2**64
            seen[value] = seen.get(value, 0) + 1
            out.append(f"{value:x}:{seen[value]}")
    return out


@given(st.lists(st.sampled_from(["a", "b=1", " ", "\t", "\r", "\n", "\r\n", "\N{ROCKET}", "\u00e9", "x" * 70, "\ufeff"]), max_size=40))
def test_line_hashes_agree_with_the_algorithm_character_by_character(parts: list[str]) -> None:
    text = "".join(parts)
    made = LineHashes(text)
    expected = rolling(text)
    assert [made.of(line) for line in range(1, len(expected) + 1)] == expected
    assert made.of(len(expected) + 1) == made.of(0) == ""


def test_the_byte_order_mark_counts_for_the_hash_and_utf16_files_have_none() -> None:
    def first(data: bytes) -> Any:
        source = decode("a.env", data)
        made = endpoint(source, [field("port", 25, source, "25", "PORT")])
        return run(Result([Finding("SMTP101", "p", "error", "m", at(source, "25"), made)]))["results"][0]["partialFingerprints"]

    assert first(b"\xef\xbb\xbfPORT=25\n")["primaryLocationLineHash"] == rolling("\ufeffPORT=25\n")[0]
    assert first(b"PORT=25\n")["primaryLocationLineHash"] == rolling("PORT=25\n")[0]
    assert "primaryLocationLineHash" not in first("\ufeffPORT=25\n".encode("utf-16-le"))


def test_references_become_addresses() -> None:
    assert reference_url("RFC 3207 section 6") == "https://www.rfc-editor.org/rfc/rfc3207#section-6"
    assert reference_url("RFC 8314, section 3.3") == "https://www.rfc-editor.org/rfc/rfc8314#section-3.3"
    assert reference_url("RFC 9325 appendix A") == "https://www.rfc-editor.org/rfc/rfc9325#appendix-A"
    assert reference_url("RFC 8314 section 3.3.") == "https://www.rfc-editor.org/rfc/rfc8314#section-3.3"
    assert reference_url("CWE-319") == "https://cwe.mitre.org/data/definitions/319.html"
    assert reference_url("https://example.org/x") == "https://example.org/x"
    assert reference_url("a book") == ""


def test_help_leads_to_the_projects_home_when_there_is_one() -> None:
    assert rule_url(RULES[0], "https://example.org/smtplint/") == "https://example.org/smtplint/docs/rules/SMTP101.md"
    assert rule_url(RULES[0], "") == "https://www.rfc-editor.org/rfc/rfc6409#section-3.1"
    assert "- [CWE-757](https://cwe.mitre.org/data/definitions/757.html)" in help_markdown(RULES[2])


def test_a_large_result_takes_no_time() -> None:
    """Thousands of findings on one line of a minified file: work per finding must not depend on the length of the line."""
    text = "{" + ", ".join(f'"port{number}": 25' for number in range(3000)) + "}"
    source = Source("a.json", text)
    findings, offset = [], 0
    for number in range(3000):
        offset = text.index(f'"port{number}"', offset)
        value = text.index("25", offset + 7 + len(str(number)))
        item = field("port", 25)
        item.state, item.place, item.key_place = (
            "set",
            Place(source, value, value + 2),
            Place(source, offset, offset + 6 + len(str(number))),
        )
        findings.append(Finding("SMTP101", "p", "error", "m", item.place, endpoint(source, [item])))
    made: Any = document(Result(findings), Context(RULES))
    assert len(made["runs"][0]["results"]) == 3000
    assert made["runs"][0]["results"][2999]["locations"][0]["physicalLocation"]["region"]["snippet"]["text"] == "25"


def test_a_context_begins_after_what_is_masked_before_the_region() -> None:
    source = Source("mail.json", '{"note": "\N{ROCKET} hunter2", "smtp": {"port": 25}}\n')
    port = field("port", 25, source, "25", "smtp.port")
    made = endpoint(source, [port])
    finding = Finding("SMTP101", "p", "error", "m", at(source, "25"), made)
    physical = run(Result([finding], endpoints=[made]))["results"][0]["locations"][0]["physicalLocation"]
    inner, outer = physical["region"], physical["contextRegion"]
    assert "hunter2" not in json.dumps(physical)
    text = outer["snippet"]["text"].encode("utf-16-le")
    begin, end = ((inner[name] - outer["startColumn"]) * 2 for name in ("startColumn", "endColumn"))
    assert text[begin:end].decode("utf-16-le") == "25"
    assert units(source, outer) == outer["snippet"]["text"]
