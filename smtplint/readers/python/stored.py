"""Trees of Python files in the cache, by the text they were read from.

An entry is a line of numbers: kinds of nodes and places in the text. No name, no value and no path is in it; whoever reads it needs the file.
"""

from __future__ import annotations

from _blake2 import blake2b

from smtplint import cache
from smtplint.readers.python.nodes import KINDS, SIGNS, Node, dump
from smtplint.readers.python.nodes import load as node_from

# To be counted up when the same text is to give another tree.
READER = 1
_VERSION = f"{READER} {KINDS} {SIGNS}".encode()
_MAX_ENTRY = 128 * 1024


def _path(text: str) -> str:
    name = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20, key=blake2b(_VERSION, digest_size=16).digest()).hexdigest()
    return cache.place("python", name)


def _sum(line: bytes) -> bytes:
    return blake2b(line, digest_size=8).hexdigest().encode()


def load(text: str) -> dict[tuple[int, int], Node] | None:
    """What was kept for a text: the line and column of each leaf, and its tree. None when there is nothing, or nothing whole."""
    path = _path(text)
    data = cache.read(path) if path else None
    if not data:
        return None
    line, _, check = data.partition(b"\n")
    if check != _sum(line):
        return None
    try:
        numbers = iter([int(word) for word in line.split()])
        return {(next(numbers), next(numbers)): node_from(numbers, len(text)) for _ in range(next(numbers))}
    except (ValueError, IndexError, StopIteration):
        return None


def save(text: str, leaves: dict[tuple[int, int], Node]) -> None:
    """Keep the trees of a text."""
    path = _path(text)
    if not path:
        return
    numbers = [len(leaves)]
    for key, node in leaves.items():
        numbers += key
        dump(node, numbers)
    line = " ".join(map(str, numbers)).encode()
    if len(line) < _MAX_ENTRY:
        cache.write(path, (line, b"\n", _sum(line)))
        cache.bound(path)
