"""A document that a service has twice: in a variable, and in a file that is mounted into it and read after the variable, key by key.

    environment: {GITLAB_OMNIBUS_CONFIG: "gitlab_rails['smtp_port'] = 25"}
    volumes: ['./config:/etc/gitlab']            # holds gitlab.rb

Only files of the repository that are mounted by a relative path count; any other volume is empty until somebody writes into it.
"""

from __future__ import annotations

from smtplint.resolve.index import parent
from smtplint.resolve.interpolate import expand
from smtplint.resolve.merge import clone, is_host, layered
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.resolve import Project
    from smtplint.resolve.merge import LookUp
    from smtplint.scope import Scope
    from smtplint.tree import Node


def mounted(project: Project, folder: str, services: Iterable[Mapping], target: str, look_up: LookUp) -> str:
    """The file of the repository that a service has at the path `target`, "" when there is none. `folder`: what its paths are relative to."""
    found = ""
    for service in services:
        volumes = service.get("volumes")
        for item in volumes.items if isinstance(volumes, Sequence) else ():
            source, inside = _volume(item, look_up)
            if not source.startswith(".") or not f"{target}/".startswith(f"{inside.rstrip('/')}/"):
                continue
            path = project.index.reach(folder, source + target[len(inside.rstrip("/")) :])
            if path and project.index.exists(path):
                found = path
    return found


def _volume(item: Node, look_up: LookUp) -> tuple[str, str]:
    """What is mounted, and where; two empty texts when that cannot be told."""
    if isinstance(item, Mapping):
        said = [_text(item.get(name), look_up) for name in ("source", "target")]
    else:
        said = _text(item, look_up).split(":")
    return (said[0], said[1]) if len(said) > 1 and said[0] and said[1].startswith("/") else ("", "")


def _text(node: Node | None, look_up: LookUp) -> str:
    shown = expand(node, "compose", look_up) if isinstance(node, Scalar) else None
    return shown.text if shown is not None and shown.state == "known" else ""


def over(project: Project, scope: Scope, path: str, root: str) -> Scope:
    """The document of a variable with that of a mounted file over it, in the one of the two that names the mail server. `root`: the compose
    file that is run.
    """
    file = next((one for one in project.raw(path) if one.kind == "document" and one.source.path == path and not one.path), None)
    if file is None:
        return scope
    project.memo["mounted", f"{root}\0{path}"] = True
    holder = file if _names_a_host(file.root) or not _names_a_host(scope.root) else scope
    names = dict.fromkeys(entry.key.text for root in (scope.root, file.root) for entry in root.entries)
    entries = [_section(holder, name, scope.root, file.root) for name in names]
    whole = Mapping(holder.root.source, holder.root.start, holder.root.end, entries, partial=scope.root.partial or file.root.partial)
    return clone(holder, root=whole, owner=scope.owner, branch=scope.branch)


def _section(holder: Scope, name: str, under: Mapping, above: Mapping) -> Entry:
    first, second = (root.index.get(name) for root in (under, above))
    own = second if holder.root is above and second is not None else first or second
    below, top = (one.value if one is not None else None for one in (first, second))
    assert own is not None
    if not isinstance(below, Mapping) or not isinstance(top, Mapping):
        # What may be set where it cannot be seen may be set over what the variable says.
        return Entry(own.key, _hidden(own.value) if above.partial and second is None else (second or own).value)
    lower = [Entry(one.key, _hidden(one.value)) for one in below.entries] if top.partial else below.entries
    place = own.value
    return Entry(
        own.key, Mapping(place.source, place.start, place.end, layered([lower, top.entries]), partial=below.partial or top.partial)
    )


def _hidden(node: Node) -> Node:
    if isinstance(node, Mapping):
        entries = [Entry(one.key, _hidden(one.value)) for one in node.entries]
        return Mapping(node.source, node.start, node.end, entries, partial=True)
    return node.but(text="", state="unresolved") if isinstance(node, Scalar) else node


def _names_a_host(root: Mapping) -> bool:
    return any(is_host(entry.key.text) for section in root.entries if isinstance(section.value, Mapping) for entry in section.value.entries)


def mounting(project: Project, path: str) -> list[str]:
    """The compose files in which a file lies over the document of a variable."""
    from smtplint.resolve import compose

    found = []
    folders = [parent(target).encode() for target in project.carriers.mounted.values()]
    for other in project.index.near(parent(path), compose.COMPOSE_FILES):
        data = project.index.read(other) or b""
        if b"volumes" in data and any(folder in data for folder in folders):
            project.scopes(other)
            if ("mounted", f"{other}\0{path}") in project.memo:
                found.append(other)
    return found
