"""The outputs: one module each, every one a pure function `render(result, context) -> str`.

Modules are imported when they are asked for, so that a hook that prints text never pays for SARIF.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from smtplint.result import Context, Result

    Render = Callable[[Result, Context], str]

# name of the format → (module, function)
CHECK_FORMATS = {
    "text": ("text", "render"),
    "json": ("json", "render"),
    "sarif": ("sarif", "render"),
    "github": ("github", "render"),
    "gitlab": ("gitlab", "render"),
    "junit": ("junit", "render"),
    "rdjson": ("rdjson", "render"),
}
ENDPOINT_FORMATS = {
    "table": ("endpoints", "table"),
    "json": ("endpoints", "to_json"),
    "csv": ("endpoints", "to_csv"),
    "markdown": ("endpoints", "markdown"),
    "html": ("html", "render"),
    "explain": ("endpoints", "explain"),
}


def renderer(name: str) -> Render:
    """The report of `check --format name`; raises KeyError for an unknown name."""
    return _load(*CHECK_FORMATS[name])


def endpoint_renderer(name: str) -> Render:
    """The report of `endpoints --format name` (`explain` for `--explain`); raises KeyError for an unknown name."""
    return _load(*ENDPOINT_FORMATS[name])


def _load(module: str, function: str) -> Render:
    # `importlib` would cost as much to import as the module itself.
    render: Render = getattr(__import__(f"smtplint.report.{module}", fromlist=[function]), function)
    return render
