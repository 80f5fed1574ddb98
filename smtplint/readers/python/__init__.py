"""Settings written in Python: Django settings modules, settings classes, mail clients built in code. Nothing is ever executed.

The standard `ast` finds the statements that matter. The plainest of them it tells in full; the text of the others is read by libcst, which is
only imported then. What cannot be known without running the module is unresolved. A module whose settings hang on a condition that cannot be
decided has several worlds.
"""

from __future__ import annotations

from smtplint.readers.python.model import UNKNOWN, EnvFile, Module, Unknown, World
from smtplint.readers.python.names import quick
from smtplint.readers.python.run import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtplint.readers import Document
    from smtplint.source import Source
    from smtplint.tree import Scalar

__all__ = ["UNKNOWN", "EnvFile", "Module", "Reader", "Unknown", "World", "quick", "read", "read_module"]


def read_module(
    source: Source,
    *,
    environ: Callable[[str, str, Sequence[EnvFile]], Scalar | Unknown | None] | None = None,
    star: Callable[[int, str, tuple[str, ...], Sequence[EnvFile]], list[World] | None] | None = None,
    interesting: Callable[[str], bool] | None = None,
) -> Module:
    """The settings of a module in all its worlds.

    `environ` is asked for environment variables, with the tool that looks them up ("python" for `os.environ`) and the env files read so
    far: a Scalar when an env file sets it (its tag is "maybe" when that hangs on a version), None when it is surely not set (then the written default applies, also an empty one), UNKNOWN
    otherwise (then a written default that is not empty counts as set, and the rest is unresolved).

    `star` is asked for other modules: how many dots stand before the name, the name, which names are imported, and the env files read so far. For `from x import *`
    the names are `"*"` and then those that this module uses without defining them. It returns the worlds of that module, or None when it is
    not in the repository.

    `interesting` says which module-level names are settings; what these depend on is followed anyway. The default knows mail settings.

    Raises SourceError when the text is not Python 3.
    """
    return Reader(source, interesting).read(environ, star)


def read(source: Source) -> list[Document]:
    """One Document per world, without any environment or other modules."""
    from smtplint.readers import Document

    return [Document(world.root, 0, len(source.text)) for world in read_module(source).worlds]
