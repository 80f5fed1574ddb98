"""What makes a finding the same one tomorrow, wherever its lines have moved to, and wherever smtplint is started."""

from __future__ import annotations

import os


def fingerprint(rule: str, file: str, profile: str, key_path: str, ordinal: int) -> str:
    """32 hexadecimal digits. `file` is relative to the root of the repository (see `rooted`), `ordinal` tells equals apart."""
    try:
        from _blake2 import blake2b  # what hashlib hands out, without its start-up
    except ImportError:
        from hashlib import blake2b
    words = "\0".join((rule, file, profile, key_path, str(ordinal)))
    return blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def identify(rule: str, path: str, profile: str, key_path: str, ordinal: int) -> str:
    """The fingerprint of a finding in the file at a display path."""
    return fingerprint(rule, rooted(path, prefix()), profile, key_path, ordinal)


def prefix() -> str:
    """What stands before a display path to make it relative to the root of the repository: "" or `services/web/`."""
    cwd = os.getcwd()
    folder = cwd
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent
    return "" if folder == cwd else cwd[len(folder) :].strip(os.sep).replace(os.sep, "/") + "/"


def rooted(path: str, before: str) -> str:
    """A display path relative to the root of the repository; `before` is `prefix()`."""
    if not before or os.path.isabs(path):
        return path
    joined = before + path
    return os.path.normpath(joined).replace(os.sep, "/") if ".." in joined else joined
