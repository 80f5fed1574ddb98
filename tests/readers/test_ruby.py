"""Settings in Ruby: what Ruby itself makes of the same text, or unresolved; never anything else."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from smtplint.readers import read, syntax_of
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Scalar
from tests.readers.shared import at, plain

LITERALS = (
    *("'smtp.example.org'", '"smtp.example.org"', "587", "-1", "1_000", "2.5", "true", "false", "nil", ":login", "'it\\'s'", "'a\\nb'"),
    *(
        '"a\\tb"',
        '"a\\"b"',
        "'a # b'",
        '"é"',
        "''",
        '""',
        "'x' # why",
        "'x';",
        '"it\'s"',
        "'say \"x\"'",
        "'$HOME'",
        '"#{1 + 1}"',
        '"\\u00e9"',
    ),
)
OTHERS = (
    *(
        "['a', 'b']",
        "{ 'a' => 1, 'b' => { 'c' => 2 } }",
        "%w[a b]",
        "'a' + 'b'",
        "'a' 'b'",
        "'x'.upcase",
        "1 if false",
    ),
    *(
        "2 unless ENV['X']",
        "(1)",
        "0x19",
        "010",
        "3 * 2",
        "1 ? 2 : 3",
        "`echo x`",
        "<<~EOS\n  a\n  port = 1 'x\nEOS",
        "<<-'EOS'.strip\n  'b\n  EOS",
    ),
    *(
        "[\n  1, # one\n  'two'\n]",
        "{\n  'gitlab_rails' => \"']['\"\n}",
        "if true then 1 else 2 end",
        "begin; 7; end",
        "case 1\n  when 1 then 'one'\n  else 'other'\nend",
    ),
    *(
        "lambda { |x| x }",
        "[1, 2].map do |x|\n  x + 1\nend",
        "'multi\nline'",
        "1 +\n  2",
        "true && false",
        "!true",
        "'a' =~ /b/ ? 1 : 2",
        "1.to_s",
    ),
)
DEFAULTS = ("ENV['NO'] || 'a'", "ENV['NO'] || ENV['NONE'] || 2", "ENV.fetch('NO', 587)", "ENV.fetch('NO') { true }", "ENV.fetch('NO', '25').to_i", "(ENV['NO'] || 5).to_s")  # fmt: skip
LINES = (
    *("external_url 'https://example.org'", "# gitlab_rails['port'] = 1", "", "nginx['enable'] = false", "roles ['application_role']"),
    *("gitlab_rails['smtp'] = gitlab_rails['port'] = 3", "gitlab_rails['list'] ||= 'late'", "gitlab_rails['host'] << 'x' if false"),
    *("=begin\ngitlab_rails['port'] = 2\n=end", "gitlab_rails[:port] = 9", "gitlab_rails['deep'] = {}; gitlab_rails['deep']['port'] = 1"),
    *("gitlab_rails.merge!('port' => 4)", "%w[host user].each { |key| gitlab_rails[key] = 'loop' }", "gitlab_rails[ 'port' ] = 5"),
    *("%w[tls port].each do |key|\n  gitlab_rails[key] = true\nend", "def helper(x)\n  return 1 if x\n  2\nend", "a, b = 1, 2", "puts 'x' if false", "note <<~EOS\n  gitlab_rails['host'] = 1\nEOS"),
)  # fmt: skip
BLOCKS = (
    ("if ENV['NO']", "end"), ("if true", "end"), ("unless ENV['NO']", "else\n  gitlab_rails['port'] = 77\nend"), ("while false do", "end"),
    ("[1].each do |x|", "end"), ("[1].each { |x|", "}"), ("begin", "rescue StandardError\nend"), ("case 1\nwhen 1", "end"), ("until true", "end"),
)  # fmt: skip


def document(seed: int) -> str:
    """Lines as people write them into gitlab.rb, and a few that they do not."""
    chance = random.Random(seed)
    lines: list[str] = []
    for _ in range(chance.randint(1, 8)):
        name = chance.choice(("host", "port", "tls", "user", "enable"))
        key = chance.choice((f"'{name}'", f'"{name}"', f":{name}"))
        value = chance.choice((*LITERALS, *DEFAULTS)) if chance.random() < 0.7 else chance.choice(OTHERS)
        equals = chance.choice((" = ", "=", " =  ", " =\n  "))
        line = f"gitlab_rails[{key}]{equals}{value}"
        lines.append(chance.choice(LINES) if chance.random() < 0.25 else line)
        if chance.random() < 0.15:
            begin, end = chance.choice(BLOCKS)
            lines = [*lines[:-1], begin, f"  {lines[-1]}", end]
    return "\n".join(lines) + chance.choice(("", "\n"))


def damaged(seed: int) -> str:
    """A document that is cut in the middle, or that lacks one of its quotes and brackets."""
    chance, text = random.Random(seed), document(seed)
    signs = [at for at, char in enumerate(text) if char in "'\"()[]{}"]
    if seed % 2 or not signs:
        return text[: chance.randrange(len(text) + 1)]
    at = chance.choice(signs)
    return text[:at] + text[at + 1 :]


def refuses(text: str) -> bool:
    try:
        read(Source("gitlab.rb", text), "ruby")
    except SourceError:
        return True
    return False


def wrong(text: str, answer: dict[str, dict[str, list[object]]]) -> list[str]:
    """Values about which the two differ, and keys that Ruby sets and that cannot be seen although the mapping is said to be whole."""
    root = read(Source("gitlab.rb", text), "ruby")[0].root
    assert isinstance(root, Mapping)
    found = root.get("gitlab_rails")
    if not isinstance(found, Mapping):
        return []  # no setting is read, so nothing is said of any
    section, theirs = found, answer.get("gitlab_rails", {})
    said = []
    for name, entry in section.index.items():
        value = entry.value
        assert isinstance(value, Scalar)
        if value.state != "known":
            continue
        kind, actual = theirs.get(name, ["nothing", None])
        ours = float(value.text) if value.type in ("int", "float") else value.text
        if (kind, ours) != ({"str": "text", "int": "number", "float": "number"}.get(value.type, "word"), actual):
            said.append(f"{name}: {value.text!r} ({value.type}), but {kind} {actual!r}")
    if not section.partial:
        said += [f"{name} is not seen" for name in theirs if name not in section.index]
    return said


def test_what_ruby_makes_of_a_thousand_documents() -> None:
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("ruby is not installed")
    texts = [document(seed) for seed in range(1500)] + [damaged(seed) for seed in range(600)]
    run = subprocess.run(
        [ruby, str(Path(__file__).parent / "ruby.rb")], input="".join(json.dumps(text) + "\n" for text in texts), capture_output=True, text=True, check=True,
        timeout=300,
    )  # fmt: skip
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(texts), run.stderr[-500:]
    refused = [refuses(text) for text in texts]
    wrongly = [text for text, answer, ours in zip(texts, answers, refused, strict=True) if ours and answer.get("error") != "SyntaxError"]
    assert not wrongly, (len(wrongly), min(wrongly, key=len))
    assert sum(refused) > 50
    cases = [
        (text, wrong(text, answer))
        for text, answer, ours in zip(texts, answers, refused, strict=True)
        if "error" not in answer and not ours
    ]
    bad = sorted((case for case in cases if case[1]), key=lambda case: len(case[0]))
    assert not bad, (len(bad), bad[0])
    assert len(cases) > 1000


def read_(text: str) -> object:
    return plain(read(Source("gitlab.rb", text), "ruby")[0].root)


@pytest.mark.parametrize("value", [*LITERALS[:22], *(f"{one} # comment" for one in LITERALS[:10])])
def test_literals_are_read_at_their_places(value: str) -> None:
    root = read(Source("gitlab.rb", f"a['k'] = 1\ngitlab_rails['smtp_x']   = {value}\nb['k'] = 2\n"), "ruby")[0].root
    assert isinstance(root, Mapping)
    section = root.get("gitlab_rails")
    assert isinstance(section, Mapping)
    (entry,) = section.entries
    assert isinstance(entry.value, Scalar)
    assert (entry.key.raw, entry.value.state, entry.value.raw) == (
        "smtp_x",
        "known",
        value.partition(" # c")[0].partition(" # why")[0].rstrip(";"),
    )
    assert [one.key.text for one in root.entries] == ["a", "gitlab_rails", "b"]


@pytest.mark.parametrize(
    ("value", "shown", "note"),
    [
        ("ENV['X'] || 'mail.example'", "'mail.example'", "the default in ENV['X'] || …"),
        ('ENV["X"] || 587', "587", 'the default in ENV["X"] || …'),
        ("ENV['X']||true", "true", "the default in ENV['X']|| …"),
        ("ENV['X'].presence || 'a'", "'a'", "the default in ENV['X'].presence || …"),
        ("ENV['X'] || ENV['Y'] || 'a'", "'a'", "the default in ENV['X'] || ENV['Y'] || …"),
        ("ENV['X'] || ENV.fetch('Y', 'a')", "'a'", "the default in ENV['X'] || ENV.fetch('Y', …)"),
        ("ENV.fetch('X', 587)", "587", "the default in ENV.fetch('X', …)"),
        ("ENV.fetch( 'X' ) { 587 }", "587", "the default in ENV.fetch( 'X' ) { … }"),
        ("ENV.fetch('X', '587').to_i # why", "'587'", "the default in ENV.fetch('X', …)"),
        ("(ENV['X'] || '587').to_i;", "'587'", "the default in ENV['X'] || …"),
    ],
)
def test_the_default_of_a_look_up_in_the_environment(value: str, shown: str, note: str) -> None:
    section = at(read(Source("gitlab.rb", f"gitlab_rails['x'] = {value}\n"), "ruby")[0].root, "gitlab_rails")
    assert isinstance(section, Mapping)
    (entry,) = section.entries
    assert isinstance(entry.value, Scalar)
    assert (entry.value.state, entry.value.raw, entry.value.note) == ("known", shown, note)
    assert entry.value.text == shown.strip("'")


NO_DEFAULT = (
    *("ENV['X']", "ENV.fetch('X')", "ENV['X'] || ''", "ENV['X'] || nil", "ENV.fetch('X', nil)", "ENV['X'] || default", "ENV['X'] || 'a' + 'b'"),
    *("ENV['X'] || \"#{1}\"", "ENV['X'] || 'x'.to_i", "ENV.fetch('X', 'x').to_i", "ENV['X'] == 'true'", "ENV['X'] && 'a'"),
    *("ENV['X'] ? 1 : 2", "ENV.fetch('X') { |k| 1 }", "ENV[name] || 'a'", "MY_ENV['X'] || 'a'", "(ENV['X'] || 5) + 1"),
)  # fmt: skip


@pytest.mark.parametrize("value", NO_DEFAULT)
def test_other_look_ups_are_unresolved(value: str) -> None:
    assert read_(f"gitlab_rails['x'] = {value}\n") == {"gitlab_rails": {"x": ...}}


@pytest.mark.parametrize("value", OTHERS)
def test_anything_else_is_unresolved_and_ends_where_it_ends(value: str) -> None:
    assert read_(f"gitlab_rails['x'] = {value}\nnginx['after'] = 'seen'\n") == {"gitlab_rails": {"x": ...}, "nginx": {"after": "seen"}}


@pytest.mark.parametrize(("begin", "end"), BLOCKS)
def test_under_a_condition_nothing_is_sure(begin: str, end: str) -> None:
    root = read(Source("gitlab.rb", f"a['k'] = 1\n{begin}\n  a['k'] = 2\n  b['k'] = 3\n{end}\nc['k'] = 4\n"), "ruby")[0].root
    assert isinstance(root, Mapping)
    assert plain(at(root, "a")) == {"k": ...}
    assert plain(at(root, "b")) == {"k": ...}
    assert plain(at(root, "c")) == {"k": "4"}
    assert [section.partial for section in map(root.get, "abc") if isinstance(section, Mapping)] == [True, True, False]


def test_what_brings_in_more_makes_what_is_absent_unknown() -> None:
    for line in ("from_file '/etc/gitlab/more.rb'", "gitlab_rails.merge!(OTHERS)", "gitlab_rails[name] = 1", "eval ENV['MORE']"):
        root = read(Source("gitlab.rb", f"gitlab_rails['a'] = 1\n{line}\n"), "ruby")[0].root
        assert isinstance(root, Mapping)
        section = root.get("gitlab_rails")
        assert isinstance(section, Mapping)
        assert section.partial, line


def test_a_text_of_several_lines_is_unresolved() -> None:
    assert read_("a['x'] = 'one\ntwo' if c\na['y'] = 'shut'\nb /'/\na['z'] = 1\n") == {"a": {"x": ..., "y": "shut", "z": "1"}}


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("a['x'] = 1\na['y'] = 'open\na[\"z\"] = 1\n", 20, "quote"),
        ("a['y'] = 'open\na['z'] = 'shut'\n", 9, "quote"),
        ('a["y"] = "open\na["z"] = 1\n', 9, "quote"),
        ("a['y'] = {\n  'b' => 1,\n", 9, "bracket"),
        ("a['y'] = ENV.fetch('X', 587", 18, "bracket"),
    ],
)
def test_what_is_never_closed_is_told(text: str, at: int, what: str) -> None:
    with pytest.raises(SourceError, match=f"is not valid Ruby: a {what} is not closed") as caught:
        read(Source("gitlab.rb", text), "ruby")
    assert caught.value.offset == at


@pytest.mark.parametrize(
    "text", ["b /'/\na['y'] = 'open\n", "a['y'] = \"#{h[\"k\"]}\n\"\n", "a['y'] = 'two\nlines'if c\n", "a['y'] = x[/[(]/]\n", "a['y'] = %w{ ( }\n"]
)  # fmt: skip
def test_what_may_be_valid_is_not_refused(text: str) -> None:
    read(Source("gitlab.rb", text), "ruby")


def test_templates_and_names() -> None:
    text = "gitlab_rails['smtp_port'] = {{ smtp_port }}\ngitlab_rails['smtp_address'] = '{{ host }}'\n{% if tls %}\ngitlab_rails['smtp_tls'] = true\n{% endif %}\n"
    root = read(Source("gitlab.rb.j2", text), "ruby")[0].root
    assert plain(root) == {"gitlab_rails": {"smtp_port": ..., "smtp_address": ..., "smtp_tls": "true"}}
    assert isinstance(root, Mapping)
    section = root.get("gitlab_rails")
    assert isinstance(section, Mapping)
    assert section.partial
    assert [syntax_of(name) for name in ("gitlab.rb", "roles/x/templates/gitlab.rb.j2", "etc/my-gitlab.rb.example", "lib/gitlab/x.rb", "notgitlab.rb")] == [
        *["ruby"] * 3, "", "",
    ]  # fmt: skip
