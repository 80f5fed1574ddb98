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
    """The inputs kept for a target: those written by hand (`corpus/<reader>/`), those that fuzzers found (`corpus/<target>.txt`, one a line,
    escaped), for whole files the examples of the rules, and those of another folder."""
    found: list[bytes] = []
    syntax = name.removesuffix("-oracle")
    for folder in (os.path.join(HERE, "corpus", syntax), os.path.join(more, name) if more else ""):
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*"))) if folder else []:
            with open(path, "rb") as file:
                data = file.read()
            # The first byte chooses a dialect for the readers that have any; there is none beside an oracle.
            found.append(data[1:] if syntax != name and syntax in ("ini", "dotenv") else data)
    kept = os.path.join(HERE, "corpus", f"{name}.txt")
    if os.path.exists(kept):
        with open(kept, encoding="ascii") as lines:
            found += [unescape(line.rstrip("\n")) for line in lines]
    if name == "whole":
        from tests.examples import RULES, files_of, load

        for path in sorted(glob.glob(os.path.join(glob.escape(str(RULES / "profiles")), "*.yaml"))):
            for example in load(RULES / "profiles" / path)["examples"]:
                found.append(b"\0".join(shown.encode() + b"\n" + text for shown, text in files_of(example).items()))
    return found or [b""]


def escape(data: bytes) -> str:
    """Bytes as one line of ASCII."""
    return data.decode("latin-1").encode("unicode_escape").decode("ascii")


def unescape(line: str) -> bytes:
    return line.encode("ascii").decode("unicode_escape").encode("latin-1")


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
    name: str, target: Callable[[bytes], bool], *, seconds: float, runs: int = -1, size: int = 200, seed: int = 0, more: str = ""
) -> tuple[int, dict[str, bytes]]:
    """Executions, and the inputs that broke a promise by what they raised and where (the first of each kind)."""
    chance = random.Random(f"{seed}/{name}")
    pool, known = corpus(name, more), words()
    first = len(pool)
    broken: dict[str, bytes] = {}
    done = 0
    end = time.monotonic() + seconds
    before = signal.signal(signal.SIGALRM, _alarm)
    try:
        while done != runs and (done & 63 or time.monotonic() < end):
            data = mutate(chance, pool, known, size)
            done += 1
            read = False
            try:
                if not done & 15:
                    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
                read = target(data)
            except (Exception, RecursionError, MemoryError) as error:
                broken.setdefault(_kind(error), data)
            if read and chance.random() < 0.05:
                # What was read is worth going on from: from what was refused nearly everything is refused too.
                if len(pool) < 4000:
                    pool.append(data)
                else:
                    pool[chance.randrange(first, 4000)] = data
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return done, broken


def _kind(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f" at {os.path.basename(last.filename)}:{last.lineno}" if last is not None else ""
    return f"{type(error).__name__}{where}: {str(error)[:80]}"
