"""The page of endpoints: whole, closed, escaped, sorted and filtered; the slow tier looks at it in a real browser."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from smtplint.endpoint import Endpoint
from smtplint.finding import Finding
from smtplint.report import endpoint_renderer
from smtplint.report.html import _places_of
from smtplint.result import Result
from smtplint.source import Place, Source

from .factory import CANARIES, context, endpoint, field, many_case, yaml_case

VOID = {"meta", "input", "br", "wbr", "link", "img", "path", "circle", "rect", "use"}
WORDS = ("open", "strippable", "unknown", "locked", "off")


class Page(HTMLParser):
    """Every element with its attributes; complains when tags do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [
            attrs
            for name, attrs in self.elements
            if name == tag and all(attrs.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]


def link(number: int, host: str | None, mode: str, *, verify: bool | None = True, file: str = "", **facts: object) -> Endpoint:
    """An endpoint with a finding's worth of facts, in a file of its own."""
    made = endpoint(Source(file or f"services/{number:03d}/mail.env", "X=1\n"), [], mode=mode, verify=verify, host=host, port=587, **facts)
    made.id = f"{made.file}::{number}"
    made.name = f"service {number}"
    made.profile = f"app{number % 17}"
    return made


def many(number: int) -> Result:
    """So many endpoints of seventeen applications, talking to a third as many hosts."""
    shapes: list[tuple[str, bool | None]] = [
        ("plaintext", True),
        ("opportunistic", True),
        ("unknown", None),
        ("starttls", True),
        ("implicit", True),
    ]
    made = []
    for at in range(number):
        mode, verify = shapes[at % 5]
        made.append(link(at, f"smtp{at % max(number // 3, 1)}.example.org", mode, verify=verify, enabled=at % 19 != 18, host_scope="public",
                         auth=("set", "unset", "unresolved")[at % 3]))  # fmt: skip
    findings = []
    for one in made:
        if one.mode in ("plaintext", "opportunistic"):
            source = Source(one.file, "X=1\n")
            findings.append(
                Finding("SMTP202", "optional-starttls", "error", "It goes on in clear.", Place(source, 0, 1), one, remedy="Write `X=2`.")
            )
    return Result(findings, endpoints=made)


def page(result: Result) -> str:
    return endpoint_renderer("html")(result, context())


@pytest.mark.parametrize("result", [Result(), yaml_case(), many_case(), many(2), many(200)], ids=["none", "yaml", "env", "two", "many"])
def test_it_is_one_closed_page(result: Result) -> None:
    text = page(result)
    parsed = Page(text)
    assert text.startswith("<!DOCTYPE html>\n")
    policy = [a for a in parsed.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0]["content"].startswith("default-src 'none';")
    for tag in ("script", "style"):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy[0]["content"]
    for _, attrs in parsed.elements:
        assert not {"src", "style", "srcset", "action"} & set(attrs)
        assert not any(name.startswith("on") for name in attrs)
    assert not parsed.all("link") and not parsed.all("img")
    assert "@import" not in text and "url(" not in text
    ids = [attrs["id"] for _, attrs in parsed.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_endpoint_is_a_row_with_all_columns() -> None:
    parsed = Page(page(many(200)))
    rows = parsed.all("tr", class_="row")
    assert len(rows) == 200
    assert sum(row["data-glance"] == "off" for row in rows) == 10
    assert len(parsed.all("td", role="cell")) == 200 * 9  # eight cells and the details; the application is the row's head
    assert len(parsed.all("th", role="columnheader")) == 9
    # The worst come first.
    ranks = [WORDS.index(row["data-glance"]) for row in rows]
    assert ranks[0] == 0 and ranks[-1] == 4


def test_the_words_and_shapes_tell_without_colour() -> None:
    parsed = Page(page(many(200)))
    words = "".join(parsed.text)
    for word in WORDS:
        assert word in words
        assert {"href": f"#i-{word}"}.items() <= next(a for a in parsed.all("use") if a["href"] == f"#i-{word}").items()
        assert len(parsed.all("symbol", id=f"i-{word}")) == 1


def test_the_picture_groups_where_there_are_many() -> None:
    few, lots = Page(page(many(2))), Page(page(many(200)))
    assert len(few.all("rect", class_="node")) == 3  # two applications, one host
    assert len(lots.all("rect", class_="node")) == 17 + 1  # 66 hosts of one domain
    assert "×" in "".join(lots.text) and "66 hosts" in "".join(lots.text)
    mixed = [*many(60).endpoints, link(99, "mail.other.example", "implicit"), link(98, "192.0.2.1", "implicit")]
    for number in range(30):
        mixed.append(link(200 + number, f"a{number}.test", "starttls"))
    boxes = "".join(Page(page(Result(endpoints=mixed))).text)
    assert "*.example.org" in boxes and "*.other" not in boxes and "192.0.2.1" in boxes


def test_what_it_says_of_one_endpoint() -> None:
    text = page(yaml_case())
    for part in ("strippable", "smtp.example.org", "587", "SMTP202", "STARTTLS is optional", "<code>starttls: required</code>",
                 'href="https://www.rfc-editor.org/rfc/rfc3207#section-6"'):  # fmt: skip
        assert part in text


def test_accepted_findings_are_shown_as_such() -> None:
    text = page(many_case())
    assert "ignored by a comment: the relay is ours" in text
    assert "is not valid YAML" in text and "broken.yaml:7:3" in text


def test_a_link_in_clear_to_the_own_machine_is_named_so() -> None:
    text = page(Result(endpoints=[link(1, "localhost", "plaintext", host_scope="loopback", auth="set")]))
    assert "on its own machine" in text
    assert "set, in clear" not in text


NASTY = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'`&lt;\u202e\x1b[31m\ud800"


def test_nothing_can_be_injected() -> None:
    made = link(1, NASTY, "plaintext", file=f"a/{NASTY}.env", version=NASTY, row=NASTY)
    made.name = made.profile = made.id = NASTY
    made.files = frozenset({made.file, NASTY})
    source = Source(made.file, "X=1\n")
    finding = Finding("SMTP202", NASTY, "error", NASTY, Place(source, 0, 1), made, remedy=f"Write `{NASTY}`.")
    finding.suppressed, finding.justification = "inline", NASTY
    other = Finding("SMTP101", NASTY, "warning", NASTY + "`", Place(source, 0, 1), made)
    text = page(Result([other], suppressed=[finding], endpoints=[made]))
    parsed = Page(text)
    assert len(parsed.all("script")) == 1
    assert not parsed.all("img")
    assert not any(name.startswith("on") for _, attrs in parsed.elements for name in attrs)
    assert not {"\u202e", "\x1b", "\ud800"} & set(text)
    text.encode()


def test_no_secret_is_on_the_page() -> None:
    for result in (yaml_case(), many_case()):
        text = page(result)
        assert not any(canary in text for canary in CANARIES)
    made = link(1, "joe:hunter2@smtp.example.org", "plaintext")
    assert "hunter2" not in page(Result(endpoints=[made]))


def test_the_same_bytes_whatever_the_order() -> None:
    result = many(50)
    turned = Result(result.findings[::-1], endpoints=result.endpoints[::-1])
    assert page(result) == page(turned)


def test_a_host_that_cannot_be_seen() -> None:
    source = Source("a.env", "SMTP_HOST=${X}\n")
    host = field("host", None, source, "${X}", "SMTP_HOST", state="unresolved")
    assert "host not visible" in page(Result(endpoints=[endpoint(source, [host], mode="unknown")]))


# --- in a browser -----------------------------------------------------------------------------------------------------


def browse(file: Path, address: str, width: int, *flags: str) -> str:
    """What Chromium makes of the page: the text of the document after the script has run."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             f"--user-data-dir={folder}", f"--window-size={width},1400", "--hide-scrollbars", *flags, f"{file.as_uri()}{address}"],
            capture_output=True, timeout=120, check=True,
        )  # fmt: skip
    return done.stdout.decode()


def visible(dom: str) -> list[dict[str, str]]:
    return [row for row in Page(dom).all("tr", class_="row") if "hidden" not in row]


@pytest.mark.full
@pytest.mark.parametrize(("number", "width"), [(2, 1300), (200, 420), (200, 1300)])
def test_it_works_in_a_browser(tmp_path: Path, width: int, number: int) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(many(number)), encoding="utf-8")
    dom = browse(file, "", width, "--dump-dom")
    assert len(visible(dom)) == number
    assert f"All {number} endpoints are shown." in dom
    assert [head["data-name"] for head in Page(dom).all("th") if head.get("aria-sort")] == ["protection"]

    dom = browse(file, "#show=open&group=none", width, "--dump-dom")
    assert {row["data-glance"] for row in visible(dom)} == {"open"}
    assert Page(dom).all("tr", class_="group") == []

    dom = browse(file, "#sort=file&dir=desc&group=none", width, "--dump-dom")
    files = [row["data-by-file"] for row in visible(dom)]
    assert files == sorted(files, reverse=True)
    assert [head.get("aria-sort") for head in Page(dom).all("th") if head.get("data-name") == "file"] == ["descending"]

    dom = browse(file, "#q=smtp0.example.org&group=application", width, "--dump-dom")
    assert {row["data-by-host"] for row in visible(dom)} == {"smtp0.example.org"}
    assert "are shown." in dom

    dom = browse(file, "#level=none&more=all&sort=__proto__&group=x&q=%E0%A4%A", width, "--dump-dom")
    assert {row["data-level"] for row in visible(dom)} <= {""}

    picture = tmp_path / "report.png"
    browse(file, "", width, f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 20_000


@pytest.mark.full
@pytest.mark.parametrize("width", [1300, 1000, 500])
def test_no_column_is_cut(tmp_path: Path, width: int) -> None:
    """The longest names wrap, so that the table is never wider than the page; looked at with a script that the page itself would forbid."""
    result = many(12)
    result.endpoints.append(
        link(99, "a-rather-long-name-of-a-host.mail.internal.example.org", "starttls", file=f"deploy/{'x' * 60}/compose.yaml")
    )
    result.endpoints[-1].name = f"Shop (services.{'y' * 70})"
    ask = "document.title = [...document.querySelectorAll('.wide, tr.row > *')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
    file = tmp_path / "report.html"
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page(result))
    file.write_text(text.replace("</body>", f"<script>{ask}</script></body>"), encoding="utf-8")
    dom = browse(file, "", width, "--dump-dom")
    assert "<title>0</title>" in dom, re.findall(r"<title>.*?</title>", dom)[:1]


def test_signs_that_would_cover_one_another_stand_once() -> None:
    """Lines of one kind that leave a box side by side share their sign."""
    text = page(Result(endpoints=[link(number, f"smtp{number}.example.org", "plaintext", file="a.env") for number in range(60)]))
    signs = [(float(x), float(y)) for x, y in re.findall(r'class="pill" cx="([\d.]+)" cy="([\d.]+)"', text)]
    assert signs
    assert all(x != other or abs(y - at) >= 20 for number, (x, y) in enumerate(signs) for other, at in signs[:number])


def test_what_hangs_together_stands_together() -> None:
    """Each group has rows of its own, so that no line crosses one of another group, and a hub lies in the middle of its own."""
    links = [
        ("a", "hub", "open"),
        ("b", "alone", "locked"),
        ("c", "hub", "open"),
        ("d", "hub", "locked"),
        ("e", "one", "open"),
        ("e", "two", "open"),
    ]
    left, right, height = _places_of("abcde", links)
    assert sorted(left.values()) == list(left.values()) and list(left) == ["a", "c", "d", "b", "e"]
    assert right["hub"] == left["c"]
    assert right["alone"] == left["b"]
    assert right["one"] < left["e"] < right["two"] < height
