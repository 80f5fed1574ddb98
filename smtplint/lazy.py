"""Regular expressions that are compiled when they are first used.

Compiling is what most modules would spend their import on, and a run over one file uses few of the patterns.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import AnyStr

    def later(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """A pattern, of texts or of bytes, with all the methods of a compiled one."""
        return re.compile(source, flags)
else:

    class later:  # noqa: N801
        """A pattern with all the methods of a compiled one."""

        def __init__(self, source: str | bytes, flags: int = 0) -> None:
            self._source = source
            self._flags = flags

        def __getattr__(self, name: str) -> object:
            import re

            compiled = re.compile(self._source, self._flags)
            self.__dict__.update(
                match=compiled.match,
                search=compiled.search,
                fullmatch=compiled.fullmatch,
                sub=compiled.sub,
                split=compiled.split,
                findall=compiled.findall,
                finditer=compiled.finditer,
                pattern=compiled.pattern,
            )
            return getattr(compiled, name)
