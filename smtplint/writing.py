"""Whole-or-nothing writing."""

from __future__ import annotations

import os
import stat


def write_whole(path: str, data: bytes) -> None:
    """Write a file whole or not at all: into a temporary file beside it, which then takes its place. Raises OSError and leaves nothing.

    What is not a regular file (`/dev/stdout`, a FIFO) is written to directly.
    """
    target = os.path.realpath(path)
    mode = None
    try:
        info = os.stat(target)
        if stat.S_ISDIR(info.st_mode):
            raise IsADirectoryError(21, "is a directory")
        if not stat.S_ISREG(info.st_mode):
            fd = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
            try:
                write_all(fd, data)
            finally:
                os.close(fd)
            return
        mode = stat.S_IMODE(info.st_mode)
    except FileNotFoundError:
        pass
    folder, name = os.path.split(target)
    for number in range(100):
        temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}.{number}.tmp")
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            break
        except FileExistsError:
            continue
    else:
        raise FileExistsError(17, "no free name for a temporary file")
    try:
        try:
            write_all(fd, data)
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(fd, mode)
        finally:
            os.close(fd)
        os.replace(temporary, target)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


def write_all(fd: int, data: bytes) -> None:
    """Every byte to a file descriptor. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
