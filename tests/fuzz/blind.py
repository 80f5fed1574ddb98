"""A mutating fuzzer without coverage: no tools, many executions. The corpus and the words of `words.dict` are cut, doubled, crossed and bent.

The same seed gives the same inputs. `atheris` (see `__main__`) finds its way deeper; this one is faster by a factor of ten.
"""

from __future__ import annotations

import glob
import os
import random
import re
import signal
import time
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
# An input of a few hundred bytes that takes this many seconds hangs, on however slow a machine.
PATIENCE = 10.0
_BYTES = b"\n\r\t \"'\\{}[]()<>:=#$%&*!|-,;.@`~^?/\x00\x0b\x0c\x1b\x85\xa0azAZ019_"


def corpus(name: str, more: str = "") -> list[bytes]:
    """The inputs kept for a target, sorted by name, and those of another folder."""
    found: list[bytes] = []
    for folder in (os.path.join(HERE, "corpus", name), os.path.join(more, name) if more else ""):
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*"))) if folder else []:
            with open(path, "rb") as file:
                found.append(file.read())
    return found or [b""]


def words() -> list[bytes]:
    with open(os.path.join(HERE, "words.dict"), encoding="utf-8") as file:
        found = re.findall(r'^"(.*)"$', file.read(), re.MULTILINE)
    return [re.sub(rb"\\(x..|[\s\S])", _unescape, word.encode()) for word in found]


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1][1:], 16)]) if match[1][:1] == b"x" and len(match[1]) == 3 else match[1]


def mutate(chance: random.Random, pool: list[bytes], known: list[bytes], size: int) -> bytes:
    """A new input: one of the pool after one to four changes, at most `size` bytes."""
    data = bytearray(chance.choice(pool))
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 2, 4, 12)))
        kind = chance.randrange(7)
        if kind == 0:
            data[at:at] = chance.choice(known)
        elif kind == 1:
            del data[at:end]
        elif kind == 2:
            data[at:at] = data[at:end] * chance.choice((1, 2, 9))
        elif kind == 3:
            data[at:end] = chance.choice(known)
        elif kind == 4:
            other = chance.choice(pool)
            begin = chance.randrange(len(other) + 1)
            data[at:end] = other[begin : begin + 20]
        elif kind == 5:
            data.insert(at, _BYTES[chance.randrange(len(_BYTES))])
        elif at < len(data):
            data[at] = _BYTES[chance.randrange(len(_BYTES))] if chance.random() < 0.9 else chance.randrange(256)
    return bytes(data[:size])


class Slow(Exception):
    """An input that takes too long."""


def _alarm(number: int, frame: object) -> None:
    raise Slow


def run(
    name: str, target: Callable[[bytes], None], *, seconds: float, runs: int = -1, size: int = 200, seed: int = 0, more: str = ""
) -> tuple[int, dict[str, bytes]]:
    """Executions, and the inputs that broke a promise by what they raised and where (the first of each kind)."""
    chance = random.Random(f"{seed}/{name}")
    pool, known = corpus(name, more), words()
    broken: dict[str, bytes] = {}
    done = 0
    end = time.monotonic() + seconds
    before = signal.signal(signal.SIGALRM, _alarm)
    try:
        while done != runs and (done & 63 or time.monotonic() < end):
            data = mutate(chance, pool, known, size)
            done += 1
            try:
                if not done & 15:
                    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
                target(data)
            except (Exception, RecursionError, MemoryError) as error:
                broken.setdefault(_kind(error), data)
            if len(pool) < 4000 and not done % 50:
                # Some of what was made is worth going on from; nobody knows which.
                pool.append(data)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return done, broken


def _kind(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f" at {os.path.basename(last.filename)}:{last.lineno}" if last is not None else ""
    return f"{type(error).__name__}{where}: {str(error)[:80]}"
