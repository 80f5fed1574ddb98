"""Every fix is proved: apply it, lint again from the start, read the file with somebody else's parser.

A fix counts as *gone* when its finding is, and nothing of warning level or above has come; as *local* when the file is the same outside the
edits, character by character, and other parsers (PyYAML, json, tomli, python-dotenv, javaproperties, configparser, ast) read the same
but for the edited values; as *idempotent* when fixing the fixed files changes nothing.
"""

from __future__ import annotations

import ast
import configparser
import copy
import functools
import io
import json
from collections import Counter
from typing import Any

import dotenv
import javaproperties
import pytest
import tomli
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtplint import fixes, readers
from smtplint.catalog import Catalog
from smtplint.config import Options
from smtplint.finding import Edit, Finding, Fix
from smtplint.fixes.proof import Session, by_file, encoded
from smtplint.resolve import Project
from smtplint.result import Result
from tests import examples

BASE = "/nonexistent-smtplint-example"


@functools.lru_cache(maxsize=1)
def without_401() -> Catalog:
    """The catalogue without the rule about missing credentials.

    Most examples have no login. Turned to a port that wants one they draw SMTP401, and a fix that brings a finding is not offered.
    """
    rules = copy.copy(examples.shipped())
    rules.checks = {name: check for name, check in rules.checks.items() if name != "SMTP401"}
    return rules


def session(files: dict[str, bytes], rules: Catalog | None = None) -> Session:
    """A project of nothing but these files."""
    rules = rules or examples.shipped()
    project = Project(BASE, examples.carriers_of(rules), max_bytes=1 << 20, overrides=files)
    return Session(project, sorted(files), Options(), rules)


def result_of(files: dict[str, bytes], rules: Catalog | None = None) -> Result:
    made = session(files, rules)
    view = made.view()
    result = Result(view.findings, endpoints=list(view.endpoints.values()))
    result.run = (made.project, made.named, made.options, made.catalog)
    return result


def edited(files: dict[str, bytes], made: tuple[Edit, ...]) -> dict[str, bytes]:
    """The files with edits applied, spliced here and not by the code under test."""
    after = dict(files)
    for path, own in by_file(made).items():
        source = own[0].place.source
        text, at = "", 0
        for edit in sorted(own, key=lambda one: one.place.start):
            assert edit.place.start >= at, "edits overlap"
            text += source.text[at : edit.place.start] + edit.text
            at = edit.place.end
        assert encoded(source, source.text) == files[path], "the source is not the file"
        after[path] = encoded(source, text + source.text[at:])
    return after


# --- somebody else's parsers --------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Plain scalars stay texts, unknown tags do no harm: what counts is the tree."""


_Loader.yaml_implicit_resolvers = {}


def _tagged(loader: Any, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _tagged)


def flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in flat(inner, f"{path}/{key}")]
    if isinstance(value, list):
        return [pair for inner in value for pair in flat(inner, f"{path}/-")]
    return [(path, repr(value))]


def tree(path: str, data: bytes) -> Counter[tuple[str, str]] | None:
    """What another parser reads; None where there is none for this kind of file, or where it does not take the file as it is."""
    text = data.decode("utf-8-sig")
    syntax = readers.syntax_of(path)
    try:
        if syntax == "yaml":
            return Counter(flat(list(yaml.load_all(text, Loader=_Loader))))
        if syntax == "json":
            return Counter(flat(json.loads(text)))
        if syntax == "toml":
            return Counter(flat(tomli.loads(text)))
        if syntax == "dotenv":
            return Counter(flat(dict(dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False))))
        if syntax == "properties":
            return Counter(flat(javaproperties.loads(text)))
        if syntax == "ini":
            parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
            parser.read_string(text)
            return Counter(flat({section: dict(parser[section]) for section in parser.sections()}))
        if syntax == "python":
            return Counter(
                (type(node).__name__, ast.dump(node))
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.stmt) and not hasattr(node, "body")
            )
    except (yaml.YAMLError, ValueError, tomli.TOMLDecodeError, configparser.Error, SyntaxError):
        return None
    return None


def local(files: dict[str, bytes], after: dict[str, bytes], made: tuple[Edit, ...]) -> list[str]:
    """What else has changed."""
    said = []
    for path, own in by_file(made).items():
        before, now = tree(path, files[path]), tree(path, after[path])
        if before is None:
            continue
        if now is None:
            said.append(f"{path} does not parse any more")
        elif sum((before - now).values()) > len(own) or sum((now - before).values()) > sum(map(_pieces, own)):
            said.append(f"{path}: {before - now} became {now - before}")
    return said


def _pieces(edit: Edit) -> int:
    return 1 + edit.text.count("\n") + edit.text.count(",")


# --- the proof ----------------------------------------------------------------------------------------------------------


def prove(files: dict[str, bytes], rules: Catalog | None = None) -> tuple[Counter[str], list[str]]:
    """Try every fix that is offered for these files: the counts, and what was wrong."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    first = session(files, rules)
    before = first.view()
    for finding in before.findings:
        counts["findings"] += 1
        fix = fixes.plan(finding, first)
        if fix is None:
            continue
        counts["offered"] += 1
        counts["safe" if fix.safe else "unsafe"] += 1
        problems = problems_of(files, finding, fix, before.levels, rules)
        counts["gone"] += not problems
        wrong += [f"{finding.rule} in {finding.place!r}, {fix.description}: {problem}" for problem in problems]
        counts["applied"] += 1
    for unsafe in (False, True):
        done = fixes.cure(result_of(files, rules), unsafe)
        if done is None or not done.texts:
            continue
        counts["fixed"] += done.fixed
        after = {**files, **{path: encoded(source, text) for path, (source, text) in done.texts.items()}}
        again = fixes.cure(result_of(after, rules), unsafe)
        counts["files"] += len(done.texts)
        if again is None or not again.texts:
            counts["idempotent"] += len(done.texts)
        else:
            wrong.append(f"fixing twice changes {sorted(again.texts)}")
    return counts, wrong


def problems_of(
    files: dict[str, bytes], finding: Finding, fix: Fix, levels: dict[tuple[str, str], str], rules: Catalog | None = None
) -> list[str]:
    after = edited(files, fix.edits)
    said = local(files, after, fix.edits)
    view = session(after, rules).view()
    if any((finding.rule, endpoint.id) in view.levels for endpoint in finding.endpoints):
        said.append("the finding is still there")
    said += [f"{rule} has come" for (rule, name), level in view.levels.items() if level != "note" and (rule, name) not in levels]
    for edit in fix.edits:
        # The SARIF viewer of VS Code moves a start that lies in the blanks before a line behind them.
        begin, end = edit.place.source.line_span(edit.place.line)
        line = edit.place.source.text[begin:end]
        if edit.place.start < begin + len(line) - len(line.lstrip()):
            said.append("an editor would move the start of the edit")
    return said


@functools.lru_cache(maxsize=1)
def cases() -> list[tuple[str, dict[str, bytes]]]:
    found = []
    for path in sorted((examples.RULES / "profiles").glob("*.yaml")):
        for example in examples.load(path)["examples"]:
            files = examples.files_of(example)
            if files:
                found.append((f"{path.stem}: {example['name']}", files))
    return found


def proof(every: int = 1, rules: Catalog | None = None) -> tuple[Counter[str], list[str]]:
    """The counts over every n-th example of the shipped profiles."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name, files in cases()[::every]:
        own, said = prove(files, rules)
        counts += own
        wrong += [f"{name}: {one}" for one in said]
    return counts, wrong


def test_a_sample_of_the_fixes_of_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    counts, wrong = proof(every=90)
    with capsys.disabled():
        print(f"\nfixes, a sample: {dict(sorted(counts.items()))}")
    assert wrong == []
    assert counts["offered"]
    assert counts["offered"] == counts["applied"] == counts["gone"]
    assert counts["files"] == counts["idempotent"]


@pytest.mark.full
@pytest.mark.parametrize(("logins", "least"), [("as they are", 600), ("with a login", 700)])
def test_every_fix_of_the_catalogue(logins: str, least: int, capsys: pytest.CaptureFixture[str]) -> None:
    counts, wrong = proof(rules=without_401() if logins == "with a login" else None)
    with capsys.disabled():
        print(f"\nfixes, examples {logins}: {dict(sorted(counts.items()))}")
    assert wrong == []
    assert counts["offered"] > least
    assert counts["offered"] == counts["applied"] == counts["gone"]
    assert counts["files"] == counts["idempotent"]


# --- files nobody wrote -------------------------------------------------------------------------------------------------

BLANK = st.sampled_from(["", " ", "  ", "\t"])
NEWLINE = st.sampled_from(["\n", "\r\n"])
MARK = st.sampled_from(["", "\ufeff"])
COMMENTS = ["# a relay of ours", "#", "# SMTP_PORT=25", "# Grüße \U0001f4e7"]
COMMENT = st.sampled_from(COMMENTS)
QUOTE = st.sampled_from(["", "'", '"'])
NOTED = ("yaml", "toml", "dotenv", "properties", "ini", "python", "keyword", "postfix")
FAST = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def rewritten(data: st.DataObject, path: str, content: bytes) -> bytes:
    """A file of the same meaning as somebody else would have saved it: line ends, mark, comments, blank lines, the end of the file."""
    lines = content.decode().splitlines()
    if readers.syntax_of(path) in NOTED:
        for _ in range(data.draw(st.integers(0, 3))):
            lines.insert(data.draw(st.integers(0, len(lines))), data.draw(st.sampled_from([*COMMENTS, ""])))
    newline = data.draw(NEWLINE)
    text = newline.join(lines) + data.draw(st.sampled_from(["", newline, newline * 2]))
    return (data.draw(MARK) + text).encode()


@pytest.mark.full
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_every_example_as_somebody_else_would_have_saved_it(data: st.DataObject) -> None:
    name, files = data.draw(st.sampled_from(cases()))
    counts, wrong = prove({path: rewritten(data, path, content) for path, content in files.items()}, without_401())
    assert wrong == [], name
    assert counts["offered"] == counts["gone"]


def cured(path: str, text: str, rule: str) -> str:
    """The text of a file after the fix of a rule, which must be offered and hold."""
    files = {path: text.encode()}
    first = session(files)
    view = first.view()
    finding = next(one for one in view.findings if one.rule == rule)
    fix = fixes.plan(finding, first)
    assert fix is not None
    assert problems_of(files, finding, fix, view.levels) == []
    after = edited(files, fix.edits)[path].decode()
    # The lines that were there stand there still, but for those with a replaced value.
    kept = [line for line in after.splitlines(keepends=True) if line in text.splitlines(keepends=True)]
    assert len(kept) >= len(text.splitlines()) - len(fix.edits)
    return after


@FAST
@given(st.data())
def test_dotenv(data: st.DataObject) -> None:
    newline, quote = data.draw(NEWLINE), data.draw(QUOTE)
    lines = ["SMTP_HOST=smtp.example.org", f"SMTP_SECURITY={quote}off{quote}", "SMTP_PORT=587", "SMTP_FROM=a@example.org", "SMTP_USERNAME=x",  # noqa: E501
             "SMTP_PASSWORD='p w #d'"]  # fmt: skip
    lines = list(data.draw(st.permutations(lines)))
    lines.insert(data.draw(st.integers(0, len(lines))), data.draw(COMMENT))
    text = data.draw(MARK) + newline.join(lines) + data.draw(st.sampled_from(["", newline]))
    after = cured(".env", text, "SMTP201")
    assert f"SMTP_SECURITY={quote}starttls{quote}" in after
    assert after == text.replace(f"SMTP_SECURITY={quote}off{quote}", f"SMTP_SECURITY={quote}starttls{quote}")


@FAST
@given(st.data())
def test_yaml(data: st.DataObject) -> None:
    newline, indent = data.draw(NEWLINE), " " * data.draw(st.integers(1, 5))
    comment = data.draw(st.sampled_from(["", "  # note", " #"]))
    rows = ["host: smtp.example.org", f"port:{data.draw(st.sampled_from([' ', '   ']))}587{comment}", "username: alice", "password: 's3cr3t # no'",  # noqa: E501
            "properties: {mail.smtp.auth: true, mail.smtp.starttls.enable: true}"]  # fmt: skip
    lines = ["spring:", f"{indent}mail:", *(indent * 2 + row for row in data.draw(st.permutations(rows))), data.draw(COMMENT)]
    text = data.draw(MARK) + newline.join(lines) + newline
    after = cured("application.yml", text, "SMTP202")
    assert "mail.smtp.starttls.required: true" in after
    assert after.replace(", mail.smtp.starttls.required: true", "") == text


@FAST
@given(st.data())
def test_properties(data: st.DataObject) -> None:
    newline, between = data.draw(NEWLINE), data.draw(st.sampled_from(["=", " = ", ": ", " : "]))
    rows = (
        ["host", "smtp.example.org"],
        ["port", "587"],
        ["username", "alice"],
        ["password", "s3cr3t"],
        ["properties.mail.smtp.starttls.enable", "true"],
    )
    lines = [f"spring.mail.{key}{between}{value}" for key, value in data.draw(st.permutations(rows))]
    lines.insert(data.draw(st.integers(0, 5)), "! a comment = none")
    text = newline.join(lines) + data.draw(st.sampled_from(["", newline]))
    after = cured("application.properties", text, "SMTP202")
    assert after.replace(f"{newline}spring.mail.properties.mail.smtp.starttls.required{between}true", "") == text


@FAST
@given(st.data())
def test_json(data: st.DataObject) -> None:
    newline, indent = data.draw(NEWLINE), data.draw(st.sampled_from(["  ", "\t", "    "]))
    rows = [
        '"smtp_host": "smtp.example.org"',
        '"smtp_port" : 587',
        '"smtp_username": "x"',
        '"smtp_password": "a, \\"b"',
        '"smtp_security":  "off"',
    ]
    between = data.draw(st.sampled_from([", ", "," + newline + indent]))
    text = (
        data.draw(MARK)
        + "{"
        + newline
        + indent
        + '"_enable_smtp": true, "smtp_accept_invalid_certs": false, '
        + between.join(data.draw(st.permutations(rows)))
        + newline
        + "}"
        + newline
    )
    after = cured("data/config.json", text, "SMTP201")
    assert after == text.replace('"off"', '"starttls"')


@FAST
@given(st.data())
def test_toml(data: st.DataObject) -> None:
    newline, blank, quote = data.draw(NEWLINE), data.draw(BLANK), data.draw(st.sampled_from(["'", '"']))
    rows = [f"host{blank}={blank}{quote}smtp.example.org{quote}", "port = 587 # note", f"username = {quote}me{quote}", 'password = "a\\"b"',
            f"skip_verify{blank}={blank}true", "starttls = true"]  # fmt: skip
    text = newline.join(["[smtp]", *data.draw(st.permutations(rows)), "[other]", "skip_verify = true"]) + newline
    after = cured("config.toml", text, "SMTP303")
    assert after == text.replace(f"skip_verify{blank}={blank}true", f"skip_verify{blank}={blank}false", 1)


@FAST
@given(st.data())
def test_python(data: st.DataObject) -> None:
    newline, blank = data.draw(NEWLINE), data.draw(BLANK)
    quote = data.draw(st.sampled_from(["'", '"']))
    rows = [f"EMAIL_HOST = {quote}smtp.gmail.com{quote}", f"EMAIL_PORT{blank}={blank}25  # the old one, Grüße", f"EMAIL_HOST_USER = {quote}me{quote}",  # noqa: E501
            "EMAIL_HOST_PASSWORD = (\n    'a'\n    'b'\n)".replace("\n", newline), "INSTALLED_APPS = ['mysite']"]  # fmt: skip
    text = data.draw(MARK) + newline.join(data.draw(st.permutations(rows))) + data.draw(st.sampled_from(["", newline]))
    after = cured("mysite/settings.py", text, "SMTP101")
    assert f"EMAIL_PORT{blank}={blank}587  # the old one, Grüße{newline}EMAIL_USE_TLS = True" in after
    assert after.replace(f"{newline}EMAIL_USE_TLS = True", "").replace("587", "25") == text


def test_examples_of_real_size() -> None:
    """A settings file of a few hundred lines changes in one place only."""
    filler = "".join(f"NAME_{number} = {{'a': {number}, 'b': [1, 2]}}  # {number}\n" for number in range(300))
    text = filler + 'EMAIL_HOST = "smtp.gmail.com"\nEMAIL_PORT = 587\nEMAIL_HOST_USER = "me"\nEMAIL_HOST_PASSWORD = ""\n' + filler
    after = cured("mysite/settings.py", text, "SMTP201")
    assert after == text.replace("EMAIL_PORT = 587\n", "EMAIL_PORT = 587\nEMAIL_USE_TLS = True\n")
