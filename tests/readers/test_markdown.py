"""Settings in the code blocks of documentation, at their places there."""

from __future__ import annotations

from smtplint.readers.markdown import blocks, read_blocks
from smtplint.source import Source
from tests.readers.shared import mapping, plain, position, scalar

PAGE = """\
# Mail

```yaml title="app.yml"
smtp:
  port: 25
```

1. In a list:

   ```bash
   export SMTP_HOST=mail.example.org
   SMTP_PORT=25
   ```

> ~~~ini
> [smtp]
> port = 26
> ~~~

<!--
```yaml
hidden: 1
```
-->

````{.toml}
[mail]
port = 27
```
````

```
EMAIL_PORT = 25
EMAIL_USE_TLS = False
```

```
spring.mail.port=25
```

```json
{"port": 28}
```
"""


def found(text: str, path: str = "README.md") -> list[tuple[str, str]]:
    return [(block.syntax, block.text) for block in blocks(Source(path, text))]


def test_blocks_are_read_at_their_outer_places() -> None:
    source = Source("README.md", PAGE)
    read = read_blocks(source)
    assert [block.syntax for block, _ in read if block.syntax != "python"] == ["yaml", "dotenv", "ini", "properties", "json"]
    roots = {block.syntax: documents[0].root for block, documents in read}
    assert read[0][0].name == "app.yml"
    port = scalar(roots["yaml"], "smtp", "port")
    assert (port.raw, position(port), port.source is source) == ("25", (5, 9), True)
    assert position(scalar(roots["dotenv"], "SMTP_PORT")) == (12, 14)
    assert (scalar(roots["ini"], "smtp", "port").text, position(scalar(roots["ini"], "smtp", "port"))) == ("26", (17, 10))
    assert position(mapping(roots["properties"]).entries[0].key) == (38, 1)
    assert scalar(roots["json"], "port").raw == "28"


def test_windows_line_ends_move_nothing() -> None:
    source = Source("README.md", PAGE.replace("\n", "\r\n"))
    (first, *_) = read_blocks(source)
    assert position(scalar(first[1][0].root, "smtp", "port")) == (5, 9)


def test_sessions_comments_and_other_languages_are_left_out() -> None:
    assert found("```bash\n$ export SMTP_PORT=25\n```\n") == []
    assert found("```python\n>>> EMAIL_PORT = 25\n```\n") == []
    assert found("```bash\nsudo apt install postfix\nSMTP_PORT=25\n```\n") == []
    assert found("```go\nport := 25\n```\n") == []
    assert found("<!--\n```yaml\na: 1\n```\n-->\n") == []
    assert found("    port: 25\n") == []
    assert found("``` yaml `x`\nport: 25\n") == []


def test_a_block_without_a_name_is_told_by_its_looks() -> None:
    def looks(text: str) -> list[str]:
        return [syntax for syntax, _ in found(f"```\n{text}\n```\n")]

    assert looks("smtp:\n  port: 25") == ["yaml"]
    assert looks("[smtp]\nport = 25") == ["ini"]
    assert looks("SMTP_PORT=25") == ["dotenv"]
    assert looks('{"port": 25}') == ["json"]
    assert looks("spring.mail.port=25") == ["properties"]
    assert looks("EMAIL_PORT = 25") == ["python"]
    assert looks("Mail is sent by the worker.") == []


def test_a_fence_that_is_never_closed_ends_with_the_file() -> None:
    assert found("```yaml\na: 1\n") == [("yaml", "a: 1\n")]


def test_a_block_that_cannot_be_read_hides_no_other() -> None:
    read = read_blocks(Source("a.md", "```yaml\na: [\n```\n```yaml\nb: 1\n```\n"))
    assert [plain(documents[0].root) for _, documents in read] == [{"b": "1"}]


def test_restructured_text() -> None:
    text = "Mail\n====\n\n.. code-block:: yaml\n   :linenos:\n\n   smtp:\n     port: 25\n\nThen::\n\n    SMTP_PORT=25\n\nDone.\n"
    read = read_blocks(Source("a.rst", text))
    assert [block.syntax for block, _ in read] == ["yaml", "dotenv"]
    assert position(scalar(read[0][1][0].root, "smtp", "port")) == (8, 12)
    assert position(scalar(read[1][1][0].root, "SMTP_PORT")) == (12, 15)
    assert found(text, "a.md") == []


def test_settings_in_ruby() -> None:
    """In a block that says so, and in one for a shell or for nothing where every line is one."""
    line = "gitlab_rails['smtp_port'] = 25\n"
    for language, other, syntax in (
        ("ruby", "x\n", "ruby"),
        ("", "", "ruby"),
        ("shell", "# why\n", "ruby"),
        ("shell", "vim gitlab.rb\n", ""),
        ("perl", "", ""),
    ):
        assert [one for one, _ in found(f"```{language}\n{other}{line}```\n")] == ([syntax] if syntax else []), (language, other)
