"""Code for a newer Python than the one that runs smtplint: read all the same, at the same places."""

from __future__ import annotations

import ast
import sys
import sysconfig
import warnings
from pathlib import Path

import pytest

from smtplint.readers.python import newer, read_module
from smtplint.source import Source, SourceError
from smtplint.tree import Scalar

HOST = "EMAIL_HOST = 'smtp.example.org'\n"


def value(text: str, name: str = "EMAIL_PORT") -> Scalar:
    """A setting of a module, whose place is checked."""
    source = Source("settings.py", text)
    found = read_module(source).worlds[0].root.get(name)
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    "text",
    [
        'NAME = f"{os.environ["NAME"]}"; ',
        "NAMES = f'{', '.join(NAMES)}é'; ",
        'BOTH = f"{f"{NAME!r:>{WIDTHS["é"]}}"}" f"{"a"}"; ',
        'RAW = rf"\\{os.environ["NAME"]}{{"; ',
        'DAY = f"{now:%H:%M}" + f"{os.environ["\\N{BULLET}{\\""]}"; ',
        'LINES = f"{\n  NAME  \n}"; ',
        'NOTED = f"""{\n  NAME  # "é"\n}"""; ',
        'TEMPLATE = t"{NAME} of {PLACES["here"]}"; ',
        "class Loader[K, V: (int, str) = int](Base[K]):\n    pass\n",
        "def load[T](key: T) -> T:\n    return key\n",
        "type Pair[T] = tuple[T, T]\n",
        "try:\n    import local\nexcept ImportError, (AttributeError):\n    pass\n",
        "try:\n    import local\nexcept* (ImportError, OSError):\n    pass\n",
    ],
)
def test_newer_code_beside_settings(text: str) -> None:
    text = f"NAME = 'x'\n{text}EMAIL_PORT = 2525  # é\n{HOST}"
    port = value(text)
    assert (port.text, text[port.start : port.end]) == ("2525", "2525")


def test_newer_code_in_settings() -> None:
    text = 'ZONES = {"mail": "example.org"}\nEMAIL_HOST = f"smtp.{ZONES["mail"]}"\nEMAIL_PORT = int(f"{"25"}")\n'
    host, port = value(text, "EMAIL_HOST"), value(text)
    assert (host.text, host.raw) == ("smtp.example.org", 'f"smtp.{ZONES["mail"]}"')
    assert port.text == "25"


@pytest.mark.parametrize("written", ['t"smtp.example.org"', '"smtp." t"example.org"', 't"smtp." "example.org"'])
def test_a_template_is_no_text(written: str) -> None:
    """Texts and templates do not even go beside each other, which libcst finds out late."""
    text = f"EMAIL_PORT = 25\nEMAIL_HOST = {written}\n"
    try:
        ast.parse(text)
    except SyntaxError:
        if sys.version_info >= (3, 14):
            return
    assert value(text, "EMAIL_HOST").state == "unresolved"
    assert value(text).text == "25"


@pytest.mark.parametrize(
    "text",
    [
        'X = f"{"a}"\n',
        'X = f"{a b}"\n',
        "class A[K(B):\n    pass\n",
        "except A, B:\n",
        "print 'x'\n",
        'X = f"{' + "(" * 5000 + ")" * 5000 + '}"\n',
        'X = f"{f"{' + "(" * 5000 + ")" * 5000 + '}"}"\n',
        'X = f"{f"{' + "-" * 20_000 + '1}"}"\n',
    ],
)
def test_what_no_python_reads_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="Python"):
        read_module(Source("settings.py", HOST + text))


@pytest.mark.parametrize("nested", ["[" * 90 + "]" * 90, "-" * 180 + "x", "not " * 45 + "x", "a" + "()" * 90, "a" + ".b" * 90])
def test_what_is_nested_in_strings_does_no_harm(nested: str) -> None:
    assert value(f'EMAIL_PORT = f"{{f"{{{nested}}}"}}"\n{HOST}').state == "unresolved"


def stdlib(step: int) -> list[Path]:
    return sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))[::step]


def same_places(path: Path) -> bool:
    """Of code that needs no rewriting the statements stay where they are; False for what `ast` does not read."""
    try:
        text = path.read_bytes().decode()
        before = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    places = [
        [(type(one), one.lineno, one.col_offset, one.end_lineno, one.end_col_offset) for one in ast.walk(tree) if isinstance(one, ast.stmt)]
        for tree in (before, ast.parse(newer.rewritten(text)))
    ]
    assert places[0] == places[1], path
    return True


@pytest.mark.filterwarnings("ignore")
def test_places_stay_in_the_standard_library() -> None:
    assert sum(map(same_places, stdlib(40))) > 20


@pytest.mark.full
def test_places_stay_in_all_of_the_standard_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The tests of f-strings write several strings beside each other in one field.
        assert sum(same_places(path) for path in stdlib(1) if path.name != "test_fstring.py") > 1000
