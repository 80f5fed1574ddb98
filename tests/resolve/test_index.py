"""The index: the same answers from anywhere, within bounds, nothing outside the tree."""

from __future__ import annotations

import os
import subprocess
from itertools import permutations
from pathlib import Path

import pytest

from smtplint.resolve import Project
from smtplint.resolve.index import distance, join, parent
from tests.resolve.project import carriers, project, told, value

TREE = {
    ".env": "SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n",
    "compose.yaml": "services:\n  web: {image: a/web, env_file: .env}\n  api: {image: a/api, environment: {MAIL_HOST: $SMTP_HOST}}\n",
    "compose.override.yaml": "services:\n  web: {environment: {SMTP_PORT: '587'}}\n",
    "compose.prod.yaml": "services:\n  api: {environment: {MAIL_HOST: other}}\n",
    "app/settings/base.py": "import os\nfrom dotenv import load_dotenv\nload_dotenv()\nEMAIL_HOST = os.environ['SMTP_HOST']\n",
    "app/settings/prod.py": "from .base import *\nEMAIL_PORT = 465\n",
    "app/settings/dev.py": "from .prod import *\nEMAIL_PORT = 1025\n",
    "k/pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: p\n      envFrom:\n"
        "        - configMapRef: {name: m}\n"
    ),
    "k/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {SMTP_HOST: h}\n",
    "r/application.yml": "spring.mail: {host: h, port: 25}\n",
    "r/application-prod.yml": "spring.mail.port: 587\n",
}
KEYS = ("SMTP_HOST", "SMTP_PORT", "MAIL_HOST", "EMAIL_HOST", "EMAIL_PORT")

Told = dict[str, list[tuple[str, str, str, dict[str, str | None]]]]


def everything(base: Path, order: tuple[str, ...]) -> Told:
    """The scopes of all roots of some files, asked for in this order."""
    tree = project(base)
    return {root: told(tree.scopes(root), *KEYS) for name in order for root in tree.roots(name)}


@pytest.mark.parametrize("git", [False, True])
def test_neither_order_nor_company_changes_an_answer(tmp_path: Path, git: bool) -> None:
    project(tmp_path, TREE)
    if git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    whole = everything(tmp_path, tuple(TREE))
    assert sum(len(found) for found in whole.values()) == 8
    for name in TREE:
        alone = everything(tmp_path, (name,))
        assert name in alone
        assert alone == {root: whole[root] for root in alone}
    for order in list(permutations(TREE))[::1_900_000]:
        assert everything(tmp_path, order) == whole


def test_the_working_directory_does_not_matter(tmp_path: Path) -> None:
    project(tmp_path, TREE)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    below = Project(str(tmp_path / "app"), carriers(), max_bytes=1 << 20)
    assert told(below.scopes("settings/prod.py"), "EMAIL_HOST") == [("settings/prod.py", "", "", {"EMAIL_HOST": "smtp.example.org"})]
    assert below.roots("../.env")[1:3] == ["../compose.yaml", "../compose.override.yaml"] or "../compose.yaml" in below.roots("../.env")
    assert "settings/prod.py" in below.roots("../.env")


def test_without_a_repository_nothing_above_the_base_is_read(tmp_path: Path) -> None:
    project(
        tmp_path,
        {".env": "H=h\n", "app/settings.py": "import os\nfrom dotenv import load_dotenv\nload_dotenv()\nEMAIL_HOST = os.environ['H']\n"},
    )
    below = Project(str(tmp_path / "app"), carriers(), max_bytes=1 << 20)
    assert value(below.scopes("settings.py")[0], "EMAIL_HOST") == "?"


def test_no_link_is_followed_out_of_the_tree(tmp_path: Path) -> None:
    project(tmp_path, {"secret.env": "SMTP_HOST=h\n", "in/real.env": "SMTP_HOST=i\n"})
    (tmp_path / "in" / "out.env").symlink_to(tmp_path / "secret.env")
    (tmp_path / "in" / "link.env").symlink_to("real.env")
    text = (
        "services:\n  a: {image: x/a, env_file: out.env}\n  b: {image: x/b, env_file: link.env}\n"
        "  c: {image: x/c, env_file: ../secret.env}\n"
    )
    tree = project(tmp_path / "in", {"compose.yaml": text})
    assert [(value(one, "SMTP_HOST"), one.complete) for one in tree.scopes("compose.yaml")] == [(None, False), ("i", True), (None, False)]


def test_unsaved_text_stands_for_the_file(tmp_path: Path) -> None:
    project(tmp_path, {".env": "SMTP_HOST=old\n"})
    tree = project(tmp_path, overrides={".env": b"SMTP_HOST=new\n", "new/.env": b"SMTP_HOST=x\n"})
    assert value(tree.scopes(".env")[0], "SMTP_HOST") == "new"
    assert value(tree.scopes("new/.env")[0], "SMTP_HOST") == "x"


def test_what_cannot_be_read_is_nobodys_companion(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(tmp_path / "pipe.env")
    tree = project(
        tmp_path, {".env": "SMTP_HOST=h\n", "a.yaml": "services:\n  a: {image: x/a, environment: {SMTP_HOST: h}, env_file: pipe.env}\n"}
    )
    assert len(tree.scopes(".env")) == 1
    assert not tree.scopes("a.yaml")[0].complete


def test_more_companions_than_allowed(tmp_path: Path) -> None:
    files = {f"d{number:03}/docker-compose.yml": "services: {a: {image: x/a, env_file: ../.env}}\n" for number in range(420)}
    tree = project(tmp_path, {**files, ".env": "SMTP_HOST=h\n"})
    assert len(tree.roots(".env")) == 401
    assert [note.id for note in tree.notifications] == ["limit-met"]


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [("", "a", "a"), ("a", "../b", "b"), ("a", "..", ""), ("", "../b", "../b"), ("..", "./x", "../x"), ("a/b", "c", "a/b/c")],
)
def test_paths(folder: str, name: str, path: str) -> None:
    assert join(folder, name) == path


def test_distances() -> None:
    assert [distance("a/b", other) for other in ("a/b", "a", "", "a/c", "d")] == [0, 1, 2, 2, 3]
    assert parent("api/") == "api"
