"""What the hostile tests share: a tree from texts, every output of the program over it, and CPU time."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from smtplint import cli

ROOT = Path(__file__).parents[2]
CHECKS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
LISTS = ("table", "json", "csv", "markdown", "html")


class _Stream(io.TextIOWrapper):
    """A stream in memory as the program meets it: with a buffer below."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="")

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8")


def call(*words: str) -> tuple[int, str, str]:
    """The program in this process: exit code, standard output, standard error."""
    out, err = _Stream(), _Stream()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(list(words))
    return code, out.text(), err.text()


def outputs(folder: Path, *words: str, paths: Sequence[str] = (".",), explained: Sequence[str] = ()) -> dict[str, str]:
    """Every output of the program over the working directory, by its name; the files it writes lie in `folder`, outside the tree."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, str] = {}
    options = [*words, "--color", "never"]
    pairs = [word for name in CHECKS for word in ("--format", name, "-o", str(folder / f"check.{name}"))]
    code, out, err = call("check", *pairs, *options, "--verbose", "--show-suppressed", "--report-unused-ignores", "--select", "ALL", *paths)
    assert "internal error" not in err, err
    assert code in (0, 1), err
    found["check out"], found["check err"] = out, err
    code, out, err = call("check", *options, "--color", "always", "--show-suppressed", "--write-baseline", str(folder / "baseline"), *paths)
    found["terminal"], found["terminal err"] = out, err
    code, out, err = call("check", *options, "--diff", "--unsafe-fixes", *paths)
    found["diff"], found["diff err"] = out, err
    pairs = [word for name in LISTS for word in ("--format", name, "-o", str(folder / f"endpoints.{name}"))]
    code, out, err = call("endpoints", *pairs, *options, *paths)
    assert code == 0, err
    found["endpoints out"], found["endpoints err"] = out, err
    code, out, err = call("endpoints", "--explain", *options, *paths)
    assert code == 0, err
    found["endpoints --explain"] = out
    for place in explained:
        code, out, err = call("explain", *options, place)
        found[f"explain {place}"] = out + err
    for path in sorted(folder.iterdir()):
        if path.is_file():
            found[path.name] = path.read_bytes().decode("utf-8")
    return found


def explanations(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`explain` for every line of every file, from one run."""
    from smtplint import linter
    from smtplint.config import Options
    from smtplint.report.explain import explain
    from smtplint.suppress import active, rules_of

    options = Options(docs=True)
    catalog = linter.load_catalog(options)
    result = linter.run(["."], options)
    speaking = active(rules_of(catalog.checks), options.layers)
    for path in paths:
        data = Path(path).read_bytes()
        for line in range(1, min(200, data.count(b"\n") + 2)):
            yield f"explain {path}:{line}", explain(result, path, line, catalog.checks, speaking)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """At most so much time of the processor, however busy the machine is."""
    begin = time.process_time()
    yield
    used = time.process_time() - begin
    assert used < seconds, f"{used:.2f} s of CPU"


def holding(found: Mapping[str, str], needles: Sequence[str]) -> dict[str, list[str]]:
    """The outputs that hold one of the needles, with what stands around them."""
    pattern = re.compile("|".join(re.escape(needle) for needle in needles), re.IGNORECASE)
    return {
        name: sorted({text[max(0, match.start() - 90) : match.end() + 20] for match in pattern.finditer(text)})
        for name, text in found.items()
        if pattern.search(text)
    }


def environment(**more: str) -> dict[str, str]:
    """The variables for a process of its own that runs this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


PYTHON = sys.executable
