"""Which files are read: those that are named and those below folders that are named, read within bounds and past the prefilter.

Nothing here follows a link out of the tree, blocks on a FIFO or a device, or reads more than it was allowed to.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left

from smtplint.finding import Notification, unreadable
from smtplint.listing import TooLarge, display, inside, project_root, read_bytes
from smtplint.prefilter import WORDS, by_name, candidate
from smtplint.source import DEFAULT_MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from smtplint.folders import Folders
    from smtplint.prefilter import Wordless

    Notify = Callable[[Notification], None]
    Progress = Callable[[int, str], None]

# Of so many files one search through all bytes is faster than looking for word after word.
_MANY = 64


class PathMissing(Exception):
    """A path that was named and does not exist; `str(error)` is the path."""


def listed(
    paths: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    exclude_base: str = "",
    docs: bool = False,
    notify: Notify | None = None,
    stats: dict[str, int] | None = None,
    listings: dict[str, str] | None = None,
) -> tuple[list[str], set[str]]:
    """The display paths of the files to look at, sorted and each once, and which of them were named. A named link is shown as what it leads to.

    A named file is always there, also one that git ignores, unless `exclude` (patterns relative to `exclude_base`) says otherwise, it is
    no regular file, or it is a link out of the project it stands in; each of those is told to `notify`. `stats` and `listings` are those of
    `load`. Raises PathMissing.
    """
    cwd = os.getcwd()
    told: Notify = notify or _nowhere
    counts: dict[str, int] = {} if stats is None else stats
    left_out = None
    if exclude:
        from smtplint.globs import Rooted

        left_out = Rooted(exclude, exclude_base or cwd) or None
    folders: Folders | None = None
    named: set[str] = set()
    for path in paths:
        absolute = os.path.normpath(os.path.join(cwd, path))
        if not path:  # an empty variable, which must not mean everything
            raise PathMissing(path)
        try:
            real = os.path.realpath(absolute)
            mode = os.stat(real).st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise PathMissing(path) from None
        except OSError as error:
            counts["files"] = counts.get("files", 0) + 1
            _skip(counts, "unreadable")
            told(unreadable(display(absolute, cwd), error))
            continue
        if stat.S_ISDIR(mode):
            if folders is None:
                from smtplint.folders import Folders

                folders = Folders(cwd, told, counts, docs=docs, exclude=left_out, listings=listings)
            folders.folder(real)
            continue
        counts["files"] = counts.get("files", 0) + 1
        why = ""
        if not stat.S_ISREG(mode):
            why = "is not a regular file"
        elif real != absolute:
            tree = project_root(os.path.dirname(absolute)) or cwd
            if inside(absolute, tree) and not inside(real, os.path.realpath(tree)):
                why = "is a link that leads out of the project; name the file itself to have it linted"
        if why:
            _skip(counts, "unreadable")
            told(Notification("unreadable-file", "warning", why, display(absolute, cwd)))
        elif left_out is not None and left_out.covers(absolute):
            _skip(counts, "excluded")
            told(Notification("excluded", "note", "is excluded by the configuration", display(absolute, cwd)))
        else:
            shown, target = display(absolute, cwd), display(real, cwd)
            named.add(target if by_name(target, docs) or not by_name(shown, docs) else shown)
    found = folders.found if folders is not None else []
    found.extend(named)
    found.sort()
    if len(paths) > 1 or named:
        found = list(dict.fromkeys(found))
    return found, named


def _nowhere(_: Notification) -> None:
    return


def _skip(stats: dict[str, int], why: str) -> None:
    """Count a file that was left out."""
    key = f"skipped_{why}"
    stats[key] = stats.get(key, 0) + 1


def load(
    paths: Sequence[str],
    *,
    limit: int = DEFAULT_MAX_BYTES,
    exclude: Sequence[str] = (),
    exclude_base: str = "",
    docs: bool = False,
    notify: Notify | None = None,
    stats: dict[str, int] | None = None,
    progress: Progress | None = None,
    silent: Callable[[str, bytes], None] | None = None,
    listings: dict[str, str] | None = None,
    wordless: Wordless | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Display path and bytes of every file that passes the prefilter, in the order of `listed`.

    The rest is counted in `stats` (`files` listed, `looked_at` opened, `skipped_<why>`) and, where a person should know, told to `notify`.
    `progress` is called now and then with the number of files looked at and the current one, `silent` with those that do not pass;
    `listings` is given what git listed, by folder, names with NULs between them; `wordless`: paths that need no word. Raises PathMissing.
    """
    told: Notify = notify or _nowhere
    counts: dict[str, int] = {} if stats is None else stats
    found, names = listed(paths, exclude=exclude, exclude_base=exclude_base, docs=docs, notify=told, stats=counts, listings=listings)
    test = candidate
    many = len(found) > _MANY
    words = WORDS.search if many else None
    apart: Container[str] = wordless if wordless is not None else ()
    those: Container[str] = wordless.among(found) if many and wordless is not None else apart
    looked = 0
    followed: set[str] = set()
    try:
        for shown in found:
            looked += 1
            if progress is not None and not looked & 0xFF:
                progress(looked, shown)
            named = bool(names) and shown in names
            where = shown
            try:
                try:
                    data = read_bytes(shown, limit, follow=False)
                except FileNotFoundError:
                    if named:
                        raise
                    _skip(counts, "vanished")
                    continue
                except IsADirectoryError:
                    looked -= 1
                    continue
                except OSError:
                    if not os.path.islink(shown):
                        raise
                    real = _led_to(shown)
                    target = display(real, os.getcwd()) if real else ""
                    if not real or target in followed or _among(found, target):
                        _skip(counts, "link")
                        continue
                    followed.add(target)
                    where = target if by_name(target, docs) else shown
                    data = read_bytes(real, limit, follow=False)
            except TooLarge as large:
                _skip(counts, "too_large")
                if named or test(where, large.head, words, apart):
                    told(Notification("too-large", "warning", f"is larger than {limit} bytes and was not read", where))
                continue
            except OSError as error:
                _skip(counts, "unreadable")
                told(unreadable(where, error))
                continue
            if test(where, data, words, those if where is shown else apart):
                yield where, data
            elif named and not by_name(where, True):
                told(Notification("unknown-kind", "note", "is not of a kind that smtplint reads", where))
            elif silent is not None:
                silent(where, data)
    finally:
        counts["looked_at"] = counts.get("looked_at", 0) + looked


def _among(found: list[str], shown: str) -> bool:
    at = bisect_left(found, shown)
    return at < len(found) and found[at] == shown


def _led_to(shown: str) -> str:
    """The absolute path of what a link leads to, when that is a regular file of the same project; else ""."""
    here = os.path.join(os.path.realpath(os.path.dirname(shown) or "."), os.path.basename(shown))
    real = os.path.realpath(here)
    cwd = os.getcwd()
    tree = project_root(os.path.dirname(here)) or (cwd if inside(here, cwd) else os.path.dirname(here))
    if not inside(real, tree):
        return ""
    try:
        return real if stat.S_ISREG(os.lstat(real).st_mode) else ""
    except OSError:
        return ""
