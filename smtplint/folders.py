"""What lies below a folder: git's own list where there is a repository (its own configuration cannot make that run anything), else a walk
that honours ignore files. Nothing here follows a link out of the tree.
"""

from __future__ import annotations

import os
import stat

from smtplint.finding import unreadable
from smtplint.listing import SKIPPED_FOLDERS, TooLarge, display, find_git, inside, project_root, read_bytes, run_git
from smtplint.prefilter import DULL, EXTENSIONS, by_name, no_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from smtplint.finding import Notification
    from smtplint.globs import Rooted

# `vendor` is also a word of trade; it is left out only where a package manager filled it.
_VENDOR_MARKS = ("autoload.php", "modules.txt", "bundle", "composer")


class Folders:
    """Collects the files below folders: `found` holds their display paths, relative to the absolute folder `cwd`.

    `exclude` leaves files and folders out, `docs` lets Markdown in. What cannot be read is told to `notify`, the files listed are counted in
    `stats`, and what git lists of whole repositories goes into `listings`, by folder, names with NULs between them.
    """

    def __init__(
        self,
        cwd: str,
        notify: Callable[[Notification], None],
        stats: dict[str, int],
        *,
        docs: bool,
        exclude: Rooted | None,
        listings: dict[str, str] | None,
    ) -> None:
        self.cwd = cwd
        self.notify = notify
        self.stats = stats
        self.docs = docs
        self.exclude = exclude
        self.listings = listings
        self.found: list[str] = []
        self.git: str | None = None

    def shown(self, path: str) -> str:
        return display(path, self.cwd)

    def excluded(self, path: str, folder: bool) -> bool:
        """Whether `exclude` speaks of an absolute path itself (its parents are asked on the way down)."""
        return self.exclude is not None and self.exclude.decide(path, folder) is True

    def folder(self, root: str) -> None:
        """Everything below an absolute folder."""
        top = project_root(root)
        if top and self._by_git(root, top):
            return
        self._walk(root, top or root)

    def _by_git(self, root: str, top: str) -> bool:
        if self.git is None:
            self.git = find_git()
        if not self.git:
            return False
        shown = self.shown(root)
        head = "" if shown == "." else shown if shown.endswith("/") else shown + "/"
        # Seen from a folder inside, only the slow way tells how each name is shown.
        outside = root == self.cwd or not inside(self.cwd, root)
        checked: dict[str, bool] = {"": True}
        docs, exclude = self.docs, self.exclude is not None
        dull = frozenset[str]() if docs else DULL
        found: list[str] = []
        inner: list[str] = []
        total = 0

        pieces: list[str] = []

        def take(piece: str) -> None:
            nonlocal total
            pieces.append(piece)
            names = piece.split("\0")
            total += len(names)
            for name in [name for name in names if name[name.rfind(".") + 1 :] not in dull or name.endswith("gitlab.rb")]:
                ending = name[name.rfind(".") + 1 :]
                slash = name.rfind("/")
                base = name[slash + 1 :]
                if not base:
                    inner.append(name[:-1])  # a repository inside this one
                    continue
                if no_settings(base, ending) if ending in EXTENSIONS else not by_name(head + name, docs):
                    if base == ".gitmodules":
                        inner.extend(self._modules(os.path.join(root, name), name[: slash + 1]))
                    continue
                above = name[:slash] if slash > 0 else ""
                fine = checked.get(above)
                if fine is None:
                    fine = self._fine(root, above, checked)
                if fine and not (exclude and self.excluded(os.path.join(root, name), False)):
                    found.append(head + name if outside else self.shown(os.path.join(root, name)))

        if run_git(self.git, root, ("ls-files", "-zco", "--exclude-standard"), take) != 0:
            return False
        if not total and root != top and run_git(self.git, top, ("check-ignore", "-q", "--", root), take) == 0:
            return False  # a folder that git ignores was named: walk it
        if self.listings is not None and root == top:
            self.listings[root] = "\0".join(pieces)
        self.stats["files"] = self.stats.get("files", 0) + total
        self.found += dict.fromkeys(found)  # a path in conflict is listed once per stage
        for name in inner:
            path = os.path.join(root, name)
            if self._fine(root, name, checked) and os.path.lexists(os.path.join(path, ".git")):
                self.folder(path)
        return True

    def _fine(self, root: str, above: str, checked: dict[str, bool]) -> bool:
        """Whether a folder of a listing is one to look into: no part of it is skipped, excluded or a link."""
        known = checked.get(above)
        if known is not None:
            return known
        parts = above.split("/")
        path = ""
        fine = True
        for part in parts:
            path = f"{path}/{part}" if path else part
            known = checked.get(path)
            if known is None:
                absolute = f"{root}{os.sep}{path}"
                known = fine and part not in SKIPPED_FOLDERS and not self.excluded(absolute, True)
                if known:
                    try:
                        known = stat.S_ISDIR(os.lstat(absolute).st_mode) and not (part == "vendor" and _vendored(absolute))
                    except (OSError, ValueError):
                        known = False
                checked[path] = known
            fine = known
        return fine

    def _modules(self, path: str, head: str) -> list[str]:
        """Folders of submodules, which git lists without what is in them."""
        try:
            data = read_bytes(path, 1 << 20)
        except (OSError, TooLarge):
            return []
        import re

        names = re.findall(r"(?m)^[ \t]*path[ \t]*=([^\r\n]*)", os.fsdecode(data))
        return [head + name for name in map(str.strip, names) if name and ".." not in name.split("/") and not name.startswith("/")]

    def _walk(self, root: str, top: str) -> None:
        """Below an absolute folder without git; `top` is where ignore files start to count and what links may not leave."""
        rules: list[Rooted] = []
        if top != root:
            rules = self._above(root, top)
        stack: list[tuple[str, list[Rooted]]] = [(root, rules)]
        links: list[str] = []
        total = 0
        while stack:
            folder, rules = stack.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = list(listing)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.notify(unreadable(self.shown(folder), error))
                continue
            if folder != root and any(entry.name == ".git" for entry in entries) and self._by_git(folder, folder):
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                rules = [*rules, *_ignore_file(os.path.join(folder, ".gitignore"), folder)]
            head = self.shown(folder)
            head = "" if head == "." else head + "/" if head != "/" else "/"
            for entry in entries:
                name = entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if name in SKIPPED_FOLDERS or (name == "vendor" and _vendored(entry.path)):
                            continue
                        if not (rules and _ignored(rules, entry.path, True)) and not self.excluded(entry.path, True):
                            stack.append((entry.path, rules))
                        continue
                    total += 1
                    if (
                        not by_name(head + name, self.docs)
                        or no_settings(name, name[name.rfind(".") + 1 :])
                        or (rules and _ignored(rules, entry.path, False))
                        or self.excluded(entry.path, False)
                    ):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        self.found.append(head + name)
                    elif entry.is_symlink():
                        links.append(entry.path)
                except OSError as error:
                    self.notify(unreadable(head + name, error))
        self.stats["files"] = self.stats.get("files", 0) + total
        self.found += [self.shown(path) for path in links]

    def _above(self, root: str, top: str) -> list[Rooted]:
        """Ignore files between the top of the repository and a folder in it, for when git itself cannot be asked."""
        rules = [
            *_ignore_file(os.path.join(top, ".git", "info", "exclude"), top),
            *_ignore_file(os.path.join(top, ".gitignore"), top),
        ]
        folder = top
        for part in root[len(top) :].strip(os.sep).split(os.sep)[:-1]:
            folder = os.path.join(folder, part)
            rules += _ignore_file(os.path.join(folder, ".gitignore"), folder)
        # A folder that is ignored as a whole was named: then only what it says itself counts.
        return [] if _ignored(rules, root, True) else rules


def _ignore_file(path: str, folder: str) -> list[Rooted]:
    """What an ignore file says of a folder, nothing when it says nothing."""
    try:
        data = read_bytes(path, 1 << 20)
    except (OSError, TooLarge):
        return []
    from smtplint.globs import Rooted

    rules = Rooted(os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")).splitlines(), folder)
    return [rules] if rules else []


def _vendored(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, mark)) for mark in _VENDOR_MARKS)


def _ignored(rules: list[Rooted], path: str, folder: bool) -> bool:
    for one in reversed(rules):
        said = one.decide(path, folder)
        if said is not None:
            return said
    return False
