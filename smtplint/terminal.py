"""What is told to people: standard output and error, colours, widths, the line of progress."""

from __future__ import annotations

import os
import sys

from smtplint.arguments import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from smtplint.arguments import Arguments
    from smtplint.finding import Notification


def escaped(text: str) -> str:
    """Text on one line that no terminal takes for a command."""
    from smtplint.report.words import clean

    return clean(text)


def tell(text: str) -> None:
    """One line on standard error; a closed one is nobody's business."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except UnicodeEncodeError:
        try:
            sys.stderr.write(text.encode("ascii", "backslashreplace").decode() + "\n")
        except (OSError, ValueError):
            pass
    except (OSError, ValueError, AttributeError):
        pass


def put(text: str | bytes) -> None:
    """Text, or the bytes of a file, on standard output. A reader that went away is not an error; a full disk is. Raises UsageError."""
    stream = sys.stdout
    if stream is None:
        return
    try:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        data = text if isinstance(text, bytes) else text.encode(encoding, "backslashreplace")
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(data.decode(encoding, "replace"))
        else:
            stream.flush()
            buffer.write(data)
        stream.flush()
    except BrokenPipeError:
        hush()
    except OSError as error:
        hush()
        from smtplint.listing import reason

        raise UsageError(f"cannot write to standard output: {reason(error)}") from None


def hush() -> None:
    """Send what is still to come to nowhere, so that the interpreter does not complain at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False


def colored(arguments: Arguments) -> bool:
    """Whether standard output gets colours: `--color`, then NO_COLOR, FORCE_COLOR and TERM, then whether it is a terminal."""
    wanted = arguments.one("--color", "auto")
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.environ.get("TERM") != "dumb" and _is_terminal(sys.stdout)


def width() -> int:
    """Columns of the terminal, 100 where there is none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and 0 < int(columns) < 10_000:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except (OSError, ValueError, AttributeError):
        return 100


class Progress:
    """A line on standard error, only on a terminal and only once a run takes longer than a second."""

    __slots__ = ("_begin", "_last", "shown")

    def __init__(self) -> None:
        from time import monotonic

        self._begin = self._last = monotonic()
        self.shown = False

    def __call__(self, number: int, path: str) -> None:
        """Show how many files were looked at and which comes now."""
        from time import monotonic

        now = monotonic()
        if now - self._begin < 1 or (self.shown and now - self._last < 0.1):
            return
        self._last = now
        self.shown = True
        place = escaped(path)
        sys.stderr.write(f"\r\x1b[K{number} files looked at, now {place if len(place) < 50 else '…' + place[-48:]}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.shown:
            self.shown = False
            try:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            except (OSError, ValueError):
                pass


def progress(arguments: Arguments) -> Progress | None:
    """A line of progress where somebody may look at it, else None."""
    if arguments.has("--quiet") or os.environ.get("TERM") == "dumb" or not _is_terminal(sys.stderr):
        return None
    return Progress()


def notify(notifications: Sequence[Notification], arguments: Arguments) -> None:
    """Warnings and errors on standard error; notes only with --verbose."""
    if arguments.has("--quiet"):
        return
    for note in notifications:
        if note.level == "note" and not arguments.has("--verbose") and note.id != "unused-ignore":
            continue
        where = escaped(note.file)
        if where and note.line:
            where += f":{note.line}" + (f":{note.column}" if note.column else "")
        tell(f"{where + ': ' if where else ''}{note.level}: {escaped(note.message)}")


def own_frames(error: BaseException) -> list[str]:
    """Where in smtplint's own code an error arose, as `smtplint/judge.py:41`, outermost first. Its text may quote what was linted."""
    here = os.path.dirname(os.path.abspath(__file__)) + os.sep
    frames = []
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(here):
            frames.append(f"smtplint/{file[len(here) :].replace(os.sep, '/')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames
