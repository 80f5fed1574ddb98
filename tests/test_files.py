"""Which files are looked at, that nothing hostile in a tree hurts, and what the prefilter lets through."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from smtplint import files, prefilter, writing
from smtplint.files import listed, load
from smtplint.finding import Notification
from smtplint.globs import Ignore, globs
from smtplint.listing import TooLarge, read_bytes
from smtplint.prefilter import by_name, candidate
from smtplint.readers import syntax_of
from smtplint.source import Source
from smtplint.tree import Mapping
from tests.examples import carriers_of, shipped

ROOT = Path(__file__).parents[1]
MAIL = b"SMTP_HOST=smtp.example.org\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory without a repository above it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: Path, data: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def git(folder: Path, *arguments: str) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=env, check=True, capture_output=True)


@pytest.fixture
def repository(tree: Path) -> Path:
    git(tree, "init", "-q")
    return tree


def found(*paths: str, **options: object) -> list[str]:
    return listed(paths or (".",), **options)[0]  # type: ignore[arg-type]


def loaded(*paths: str, **options: object) -> tuple[list[str], list[Notification], dict[str, int]]:
    notes: list[Notification] = []
    stats: dict[str, int] = {}
    got = [shown for shown, _ in load(paths or (".",), notify=notes.append, stats=stats, **options)]  # type: ignore[arg-type]
    return got, notes, stats


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


class TestNames:
    # Names with a bar between them; some hold blanks.
    READ = _names(
        "a.yaml|a.yml.j2|.env|.env.production|.env.example|env.example|example.env|.env.tmpl|vault.env|env|ENVEXAMPLE|.env copy|"
        ".env2|.env.example.txt|.env.upstream-example|x.env.j2|main.cf|main.cf.j2|postfix-main.cf|.msmtprc|msmtprc|Dockerfile|"
        "Dockerfile.prod|api.dockerfile|settings.py|settings.py.j2|local_settings.py.example|.gitconfig|foo.service|"
        "app.properties|application.conf|ssmtp.conf|dma.conf|revaliases|passwd.client|.flaskenv|.envrc|config.json.example|"
        "x.toml.dist|x.ini.bak|docker-compose.yml.sample|config.yaml.gotmpl|.env-prod|environment.yml|prod.env.enc|exim4.conf|"
        ".curlrc|curlrc.j2|mail.curlrc|.swaksrc|monitrc|.monitrc|monit.conf|remotes|.apprise|apprise.conf|nullmailer-remotes|remotes.j2|.mailrc|mail.rc|s-nail.rc|"
        "appsettings.Production.json|application-prod.yml|secrets.toml|setup.cfg|my.cnf|gitlab.rb|gitlab.rb.j2|my-gitlab.rb.example|"
        "monit/conf.d/mail|monit/conf-available/alerts.j2|monit.d/x.conf|etc/monit/conf-enabled/20-relay|monitrc.d/any.name"
    )
    NOT_READ = _names(
        "package-lock.json|yarn.lock|pnpm-lock.yaml|poetry.lock|uv.lock|Cargo.lock|composer.lock|Gemfile.lock|go.sum|image.png|"
        "main.go|Makefile|LICENSE|.env.ts|env.sh|environment.ts|.env.local.php|index.html|README.md|env.d.ts|auth.rb|notgitlab.rb|"
        "conf.d/mail|monit/mail|monit.d/check.sh|monit/conf.d/README.md|monit/conf.d/a/b"
    )

    @pytest.mark.parametrize("name", READ)
    def test_read(self, name: str) -> None:
        assert by_name(name)

    @pytest.mark.parametrize("name", NOT_READ)
    def test_not_read(self, name: str) -> None:
        assert not by_name(name)

    def test_markdown_on_request(self) -> None:
        assert not by_name("README.md")
        assert by_name("README.md", docs=True)

    @pytest.mark.parametrize("name", READ + NOT_READ)
    def test_every_name_a_reader_knows_is_listed(self, name: str) -> None:
        """Lock files aside, the quick test may let more through than the readers know, never less."""
        if name not in prefilter.LOCK_FILES:
            assert by_name(name, docs=True) or not syntax_of(name)

    @pytest.mark.parametrize("name", [*sorted(prefilter._NO_SETTINGS - prefilter.LOCK_FILES), "messages_de.properties", "Chart.yaml"])
    def test_what_is_passed_over_holds_no_settings_by_the_rules(self, name: str, tmp_path: Path) -> None:
        source = Source(name, "")
        claiming = carriers_of(shipped()).claiming(f"deploy/{name}", syntax_of(name) or "yaml", Mapping(source, 0, 0))
        assert claiming is not None and claiming.id == "not-settings"
        (tmp_path / name).write_bytes(MAIL)
        (tmp_path / "app.env").write_bytes(MAIL)
        assert [path.rpartition("/")[2] for path in found(str(tmp_path))] == ["app.env"]
        assert by_name(name) and len(found(str(tmp_path / name))) == 1

    @pytest.mark.parametrize("name", READ + NOT_READ)
    def test_the_hook_selects_the_same_names(self, name: str) -> None:
        hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))[0]
        assert (re.search(hook["files"], f"deploy/{name}") is not None) == by_name(name)
        assert (re.search(hook["files"], name) is not None) == by_name(name)

    def test_the_hook_leaves_vendored_folders(self) -> None:
        hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))[0]
        assert not re.search(hook["files"], "web/node_modules/x/config.json")
        assert not re.search(hook["files"], ".venv/lib/settings.py")


class TestFolders:
    @pytest.mark.parametrize("repo", [False, True], ids=["walk", "git"])
    def test_sorted_once_with_slashes(self, tree: Path, repo: bool) -> None:
        for name in ("b/x.yml", "a.env", "b/c/.env", "B/x.yml", "notes.txt", "yarn.lock"):
            put(tree / name)
        if repo:
            git(tree, "init", "-q")
            git(tree, "add", "a.env")
        assert found() == ["B/x.yml", "a.env", "b/c/.env", "b/x.yml"]
        assert found("b", "b/x.yml", ".", "./b/../a.env") == found()
        assert found("a.env", "b") == found("b", "a.env") == ["a.env", "b/c/.env", "b/x.yml"]

    @pytest.mark.parametrize("repo", [False, True], ids=["walk", "git"])
    def test_gitignore(self, tree: Path, repo: bool) -> None:
        put(tree / ".gitignore", b"*.local.yml\n/build/\n!keep.local.yml\nsub/only.env\n")
        for name in ("a.local.yml", "keep.local.yml", "build/x.yml", "deep/build/x.yml", "sub/only.env", "x/sub/only.env"):
            put(tree / name)
        put(tree / "deep/.gitignore", b"y.yml\n")
        put(tree / "deep/y.yml")
        if repo:
            git(tree, "init", "-q")
        assert found() == ["deep/build/x.yml", "keep.local.yml", "x/sub/only.env"]

    def test_a_named_file_is_there_though_git_ignores_it(self, repository: Path) -> None:
        put(repository / ".gitignore", b".env\nsecret/\n")
        put(repository / ".env")
        put(repository / "secret/x.env")
        assert found() == []
        assert found(".env") == [".env"]
        assert found("secret") == ["secret/x.env"]
        assert listed([".env", "secret"]) == ([".env", "secret/x.env"], {".env"})

    def test_tracked_but_ignored_is_listed(self, repository: Path) -> None:
        put(repository / ".env")
        git(repository, "add", ".env")
        put(repository / ".gitignore", b".env\n")
        assert found() == [".env"]

    @pytest.mark.parametrize("repo", [False, True], ids=["walk", "git"])
    def test_what_others_installed_is_left_out(self, tree: Path, repo: bool) -> None:
        for name in (
            "node_modules/x/a.json",
            "web/node_modules/x/a.json",
            ".venv/lib/settings.py",
            "vendor/acme/config.yml",
            "apps/vendor/settings.py",
        ):
            put(tree / name)
        put(tree / "vendor/autoload.php", b"")
        if repo:
            git(tree, "init", "-q")
            git(tree, "add", "-A")
        assert found() == ["apps/vendor/settings.py"]

    @pytest.mark.parametrize("repo", [False, True], ids=["walk", "git"])
    def test_exclude(self, tree: Path, repo: bool) -> None:
        for name in ("test/a.yml", "src/test/a.yml", "src/b.yml", "x.example.env"):
            put(tree / name)
        if repo:
            git(tree, "init", "-q")
        assert found(exclude=["/test/", "*.example.env"]) == ["src/b.yml", "src/test/a.yml"]
        notes: list[Notification] = []
        assert found("test/a.yml", exclude=["test"], notify=notes.append) == []
        assert [(note.level, note.file) for note in notes] == [("note", "test/a.yml")]

    def test_repository_inside_a_repository_and_submodule(self, repository: Path) -> None:
        put(repository / "inner/.env")
        git(repository / "inner", "init", "-q")
        put(repository / "inner/.gitignore", b"skip.yml\n")
        put(repository / "inner/skip.yml")
        put(repository / "lib/thing/x.yml")
        git(repository / "lib/thing", "init", "-q")
        git(repository / "lib/thing", "add", "x.yml")
        git(repository / "lib/thing", "commit", "-qm", "x")
        git(repository, "add", "lib/thing")
        put(repository / ".gitmodules", b'[submodule "thing"]\n\tpath = lib/thing\n\turl = ../thing\n')
        assert found() == ["inner/.env", "lib/thing/x.yml"]

    def test_from_a_folder_inside(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(repository / "a/x.yml")
        put(repository / "b/y.yml")
        monkeypatch.chdir(repository / "a")
        assert found() == ["x.yml"]
        assert found("..") == ["../b/y.yml", "x.yml"]

    def test_a_path_that_is_not_there(self, tree: Path) -> None:
        with pytest.raises(files.PathMissing, match="nowhere"):
            found("nowhere.yml")

    def test_without_git_the_walk_honours_ignore_files_up_to_the_top(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(repository / ".gitignore", b"secret.env\n")
        put(repository / "a/secret.env")
        put(repository / "a/x.yml")
        monkeypatch.setenv("PATH", "/nonexistent:relative")
        assert found("a") == ["a/x.yml"]


class TestGitRunsNothing:
    """A repository under test may hold any configuration; listing it must not run a thing of it."""

    @pytest.mark.parametrize("key", ["core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.gitProxy", "alias.ls-files"])
    def test_configured_commands(self, repository: Path, key: str) -> None:
        mark = repository / "ran"
        put(repository / "evil.sh", f"#!/bin/sh\ntouch '{mark}'\n".encode()).chmod(0o755)
        put(repository / "a.yml")
        git(repository, "add", "a.yml")
        value = f"{repository}/evil.sh"
        git(repository, "config", key, "!" + value if key.startswith("alias") else value)
        assert found() == ["a.yml"]
        assert not mark.exists()

    def test_hooks(self, repository: Path) -> None:
        mark = repository / "ran"
        for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
            put(repository / ".git/hooks" / hook, f"#!/bin/sh\ntouch '{mark}'\n".encode()).chmod(0o755)
        put(repository / "a.yml")
        assert found() == ["a.yml"]
        assert not mark.exists()

    def test_a_git_in_the_tree_is_not_run(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        mark = repository / "ran"
        put(repository / "git", f"#!/bin/sh\ntouch '{mark}'\n".encode()).chmod(0o755)
        put(repository / "a.yml")
        monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
        assert found() == ["a.yml"]
        assert not mark.exists()

    def test_the_index_is_not_written(self, repository: Path) -> None:
        put(repository / "a.yml")
        git(repository, "add", "a.yml")
        before = (repository / ".git/index").read_bytes()
        os.utime(repository / "a.yml", (1, 1))
        found()
        assert (repository / ".git/index").read_bytes() == before


@pytest.mark.parametrize("repo", [False, True], ids=["walk", "git"])
class TestHostileTrees:
    @pytest.fixture(autouse=True)
    def _repo(self, tree: Path, repo: bool) -> None:
        if repo:
            git(tree, "init", "-q")

    def test_loops_of_links(self, tree: Path, repo: bool) -> None:
        put(tree / "a/x.yml")
        (tree / "a/back").symlink_to(tree)
        (tree / "a/self.yml").symlink_to("self.yml")
        assert loaded()[0] == ["a/x.yml"]

    def test_links_out_of_the_tree_are_not_followed(self, tree: Path, repo: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
        outside = tmp_path_factory.mktemp("outside")
        put(outside / "secret.env")
        (tree / "secret.env").symlink_to(outside / "secret.env")
        (tree / "folder").symlink_to(outside)
        got, _, stats = loaded()
        assert got == []
        assert stats["skipped_link"] == 1

    def test_a_named_link_out_of_the_tree_is_said(self, tree: Path, repo: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
        outside = put(tmp_path_factory.mktemp("outside") / "secret.env")
        (tree / "secret.env").symlink_to(outside)
        got, notes, _ = loaded("secret.env")
        assert got == []
        assert [(note.id, note.file) for note in notes] == [("unreadable-file", "secret.env")]
        assert loaded(str(outside))[0] == [os.path.relpath(outside)]

    def test_a_link_inside_is_shown_as_what_it_leads_to_and_once(self, tree: Path, repo: bool) -> None:
        put(tree / "real.env")
        (tree / "a.env").symlink_to("real.env")
        (tree / "b.env").symlink_to("a.env")
        assert loaded()[0] == ["real.env"]
        assert loaded("a.env")[0] == ["real.env"]

    def test_a_link_to_an_ignored_file(self, tree: Path, repo: bool) -> None:
        put(tree / ".gitignore", b"shared\n")
        put(tree / "shared/prod.env")
        (tree / "x.env").symlink_to("shared/prod.env")
        assert loaded()[0] == ["shared/prod.env"]

    def test_a_folder_that_became_a_link(self, tree: Path, repo: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
        outside = tmp_path_factory.mktemp("outside")
        put(outside / "x.env")
        put(tree / "conf/x.env")
        if repo:
            git(tree, "add", "conf/x.env")
        (tree / "conf/x.env").unlink()
        (tree / "conf").rmdir()
        (tree / "conf").symlink_to(outside)
        assert loaded()[0] == []

    def test_fifo_and_folder_named_like_a_file(self, tree: Path, repo: bool) -> None:
        os.mkfifo(tree / "pipe.env")
        put(tree / "dir.yml/inner.yml")
        put(tree / "gone.env")
        if repo:
            git(tree, "add", "gone.env")
            (tree / "gone.env").unlink()
            os.mkfifo(tree / "gone.env")
        start = time.monotonic()
        got, notes, _ = loaded()
        assert got == (["dir.yml/inner.yml"] if repo else ["dir.yml/inner.yml", "gone.env"])
        assert loaded("pipe.env")[1][0].message == "is not a regular file"
        assert time.monotonic() - start < 2
        assert notes == []

    def test_device(self, tree: Path, repo: bool) -> None:
        got, notes, _ = loaded("/dev/zero")
        assert got == []
        assert [note.message for note in notes] == ["is not a regular file"]

    def test_unreadable(self, tree: Path, repo: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        put(tree / "a.env")
        put(tree / "b.env")

        def read(path: str, *rest: int, **more: bool) -> bytes:
            if path == "a.env":
                raise PermissionError(13, "Permission denied")  # root may read everything, so it is played
            return read_bytes(path, *rest, **more)

        monkeypatch.setattr(files, "read_bytes", read)
        got, notes, stats = loaded()
        assert got == ["b.env"]
        assert [(note.id, note.level, note.file, note.message) for note in notes] == [
            ("unreadable-file", "warning", "a.env", "cannot be read: permission denied")
        ]
        assert stats["skipped_unreadable"] == 1

    def test_vanishing(self, tree: Path, repo: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("a.env", "b.env", "c.env"):
            put(tree / name)
        real = read_bytes

        def read(path: str, *rest: int, **more: bool) -> bytes:
            (tree / "b.env").unlink(missing_ok=True)
            return real(path, *rest, **more)

        monkeypatch.setattr(files, "read_bytes", read)
        got, notes, stats = loaded()
        assert got == ["a.env", "c.env"]
        assert notes == []
        assert stats["skipped_vanished"] == 1

    def test_strange_names(self, tree: Path, repo: bool) -> None:
        names = ["line\nbreak.env", "tab\t.env", "emoji\N{GRINNING FACE}.yml", '"quoted".yml', "-dash.env", "back\\slash.env", " .env"]
        for name in names:
            put(tree / name)
        odd = os.fsencode(tree) + b"/\xff\xfe.env"
        with open(odd, "wb") as stream:
            stream.write(MAIL)
        assert sorted(loaded()[0]) == sorted([*names, "\udcff\udcfe.env"])

    def test_very_long_paths(self, tree: Path, repo: bool) -> None:
        here = os.open(tree, os.O_RDONLY)
        try:
            for _ in range(30):
                os.mkdir("d" * 200, dir_fd=here)
                deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
                os.close(here)
                here = deeper
            with os.fdopen(os.open("deep.env", os.O_CREAT | os.O_WRONLY, dir_fd=here), "wb") as stream:
                stream.write(MAIL)
        finally:
            os.close(here)
        put(tree / "a.env")
        got, notes, _ = loaded()
        assert got == ["a.env"]
        assert repo or [note.id for note in notes] == ["unreadable-file"]

    def test_too_large(self, tree: Path, repo: bool) -> None:
        put(tree / "big.yml", b"smtp: 1\n" + b"x" * 5000)
        put(tree / "dull.yml", b"x" * 5000)
        put(tree / "fits.yml", b"smtp: 1\n" + b"x" * 992)
        got, notes, stats = loaded(limit=1000)
        assert got == ["fits.yml"]
        assert [(note.id, note.file) for note in notes] == [("too-large", "big.yml")]
        assert stats == {"files": 3, "looked_at": 3, "skipped_too_large": 2}


class TestReadBytes:
    @pytest.mark.parametrize("size", [0, 1, 4096, 65535, 65536, 65537, 200_000])
    def test_all_of_it(self, tmp_path: Path, size: int) -> None:
        data = os.urandom(size)
        path = str(put(tmp_path / "x", data))
        assert read_bytes(path, size) == data
        assert read_bytes(path, size + 1) == data
        if size:
            with pytest.raises(TooLarge) as caught:
                read_bytes(path, size - 1)
            assert caught.value.head == data[:-1]


class TestIgnorePatterns:
    @pytest.mark.parametrize(
        ("pattern", "path", "fits"),
        [
            ("*.env", "a/b/x.env", True),
            ("/x.env", "a/x.env", False),
            ("/x.env", "x.env", True),
            ("a/**/z.yml", "a/z.yml", True),
            ("a/**/z.yml", "a/b/c/z.yml", True),
            ("**/b/*.yml", "a/b/c.yml", True),
            ("**/b/*.yml", "a/b/c/d.yml", False),
            ("docs", "x/docs/a.yml", True),
            ("docs/", "x/docs/a.yml", True),
            ("docs/", "x/docs", False),
            ("a/*", "a/b/c.yml", True),
            ("a/**", "a/b/c.yml", True),
            ("a/**", "a", False),
            ("[a-c]?.yml", "b1.yml", True),
            ("[!a-c].yml", "d.yml", True),
            ("[!a-c].yml", "a.yml", False),
            (r"\*.yml", "*.yml", True),
            (r"\*.yml", "a.yml", False),
            (r"\#x.yml", "#x.yml", True),
            ("# comment", "# comment", False),
            ("x.yml  ", "x.yml", True),
            ("[", "[", True),
        ],
    )
    def test_as_git_reads_them(self, pattern: str, path: str, fits: bool) -> None:
        assert globs([pattern])(path) is fits

    def test_the_last_that_fits_decides(self) -> None:
        rules = Ignore(["*.yml", "!a.yml", "b/a.yml"])
        assert rules.decide("x.yml", False) is True
        assert rules.decide("a.yml", False) is False
        assert rules.decide("b/a.yml", False) is True
        assert rules.decide("a.env", False) is None

    @pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "**/" * 40 + "b", "[a*" * 30, "?*" * 60 + "b", "\\" * 99])
    def test_no_pattern_is_slow(self, pattern: str) -> None:
        start = time.monotonic()
        globs([pattern])("/".join(["a" * 200] * 20))
        assert time.monotonic() - start < 1


class TestCandidate:
    """What the prefilter promises: a file it drops can hold no mail settings."""

    YES = (
        (".env", "SMTP_HOST=x"),
        (".env", "MAIL_HOST=x"),
        (".env", "APP_MAIL_SERVER = x"),
        (".env", "export EMAIL_PORT=25"),
        ("compose.yaml", "environment:\n  - MAIL_DRIVER=x"),
        ("compose.yaml", "environment:\n  RELAYHOST: x"),
        ("charts/post/values.yaml", "config:\n  general:\n    RELAYHOST: x"),
        ("x.yml", "mail:\n  host: x"),
        ("x.yml", "email: # set\r\n  host: x"),
        ("x.yml", "Mail: {host: x}"),
        ("x.yml", "mail: &m\n  host: x"),
        ("x.yml", "spring.mail.host: x"),
        ("x.yml", "mailServer: x"),
        ("x.yml", "kind: x\ntransport: email\nhost: y"),
        ("x.yml", "url: mailto://u:p@x"),
        ("x.json", '{"email": {"host": "x"}}'),
        ("x.json", '{"Email":{"Host":"x"}}'),
        ("x.json", '{"name": "MAIL_HOST", "value": "x"}'),
        ("x.toml", "[mail]\nhost = 'x'"),
        ("x.toml", "[[notify.email]]\nserver = 'x'"),
        ("x.toml", "email = {host = 'x'}"),
        ("x.ini", "[mail]\nhost = x"),
        ("x.yaml", "data:\n  app.ini: |\n    [notify.mail]\n    host = x"),
        ("x.json", '{"app.ini": "[web]\\n[mail]\\nhost = x"}'),
        ("x.yaml", "kind: CustomResourceDefinition\n---\nkind: ConfigMap\ndata:\n  SMTP_HOST: x"),
        ("x.json", '{"$schema": "https://json.schemastore.org/appsettings.json", "Smtp": {"Host": "x"}}'),
        ("x.env", "MAIL_VERIFY_PEER=false"),
        ("x.properties", "quarkus.mailer.from=x"),
        ("ssmtp.conf", "mailhub=x"),
        ("etc/postfix/main.cf", "relayhost = [x]:25"),
        ("roles/x/templates/main.cf.j2", "relayhost = x"),
        ("settings.py", "EMAIL_HOST = 'x'"),
        ("settings.py", "MAILERS = {'default': {}}"),
        ("settings.py", "EMAIL_CONFIG = env.email(default='')"),
        ("settings.py", "vars().update(env.email_url())"),
        ("settings.py", "EMAIL = {\n 'SERVER': 'x'}"),
        ("settings.py", "app.config['MAIL_SERVER'] = 'x'"),
        ("settings.py", "app.config.update(MAIL_SERVER='x')"),
        ("settings.py", "conf = ConnectionConfig(\n    MAIL_SERVER='x')"),
        ("settings.py", "class S(BaseSettings):\n    smtp_host: str = 'x'"),
        ("settings.py", "class S(BaseSettings):\n    smtp_port: int\n"),
        ("settings.py", "class SmtpSettings(BaseModel):\n    host: str = 'x'"),
        ("settings.py", "h = {'class': 'logging.handlers.SMTPHandler', 'mailhost': 'x'}"),
        ("settings.py", "SMTP_PORT: int = 25"),
    )
    NO = (
        ("x.yml", "host: x\nport: 25"),
        ("Chart.yaml", "maintainers:\n  - name: x\n    email: x@example.org\n"),
        ("package.json", '{"author": {"name": "x", "email": "x@example.org"}}'),
        ("de.json", '{"email": "E-Mail-Adresse", "mail": "Post"}'),
        ("api.yml", "email:   {}\n".replace("{}", "string")),
        ("setup.py", "setup(author_email='x@example.org')"),
        ("views.py", "def send(user):\n    send_mail(email=user.email)\n    mail = user.mail\n"),
        ("x.json", '{"a": "b"}'),
        ("empty.env", ""),
        ("icons.json", '{"tags": ["mail", "letter"]}'),
        ("users.yaml", "users:\n  - emailVerified: true\n    email_verification: 1\n"),
        ("values.schema.json", '{\n  "$schema": "http://json-schema.org/schema#",\n  "properties": {"smtpHost": {"type": "string"}}}'),
        ("api.yaml", "# ours\nopenapi: 3.0.1\npaths:\n  /: {x: smtpHost}\n"),
        ("api.json", '{"swagger": "2.0", "x": {"smtpHost": 1}}'),
        ("crds.yaml", "kind: CustomResourceDefinition\nspec:\n  smtp:\n    kind: x\n---\nkind: CustomResourceDefinition\n"),
    )

    @pytest.mark.parametrize(("name", "text"), YES)
    def test_yes(self, name: str, text: str) -> None:
        assert candidate(name, text.encode())

    @pytest.mark.parametrize(("name", "text"), NO)
    def test_no(self, name: str, text: str) -> None:
        assert not candidate(name, text.encode())

    @pytest.mark.parametrize("change", [str, str.upper, str.lower, str.swapcase, str.title])
    @pytest.mark.parametrize(("name", "text"), [*YES, *NO])
    def test_many_files_are_searched_otherwise_with_the_same_answer(self, name: str, text: str, change: Callable[[str], str]) -> None:
        for data in (change(text).encode(), change(text).encode("utf-16"), change(text).replace("m", "M").encode()):
            assert candidate(name, data, prefilter.WORDS.search) == candidate(name, data)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
    def test_other_encodings(self, encoding: str) -> None:
        mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
        assert candidate("x.yml", (mark + "smtp:\n  host: x").encode(encoding))

    @pytest.mark.parametrize("before", ["", "a", "ab"])
    @pytest.mark.parametrize("word", ["smtp_host: x", "SMTP_HOST=x", "global: {Smtp: x}", "mailhost: 1", "MAIL_HOST=1"])
    def test_a_file_in_a_secret(self, before: str, word: str) -> None:
        """In base64 a word looks different at each of three alignments."""
        import base64

        text = base64.b64encode((before + word).encode()).decode()
        assert candidate("s.yaml", f"kind: Secret\ndata:\n  config.ini: {text}\n".encode())
        assert candidate("s.json", f'{{"kind": "Secret", "data": {{"x": "{text}"}}}}'.encode())

    def test_names_that_need_no_word(self) -> None:
        """The rules say which, and nothing is asked of them before a file without words comes along."""
        asked = []

        def globs() -> list[str]:
            asked.append(1)
            return ["*msmtprc*", "config/email.y*ml"]

        wordless = prefilter.Wordless(globs)
        assert candidate("x.yml", b"smtp: {host: x}", wordless=wordless)
        assert not candidate("views.py", b"host = 1", wordless=wordless)
        assert asked == []
        assert candidate("home/.msmtprc", b"host x\ntls off", wordless=wordless)
        assert candidate("shop/config/Email.yml", b"production: {address: x}", wordless=wordless)
        assert candidate("config/email.yml", b"production: {address: x}  # mail", wordless=wordless)
        assert not candidate("msmtprc.d/other.yml", b"host: x", wordless=wordless)
        assert not candidate("email.yml", b"host: x", wordless=wordless)
        assert asked == [1]
        assert "x" not in prefilter.Wordless(list)
        many = ["a/.msmtprc", "a/b.yml", "config/email.yaml", "email.yaml", "msmtprc.d/x.yml"]
        assert wordless.among(many) == {"a/.msmtprc", "config/email.yaml"}
        odd = wordless.among([*many, "İ\n/msmtprc"])
        assert [path for path in many if path in odd] == ["a/.msmtprc", "config/email.yaml"] and "İ\n/msmtprc" in odd

    def test_a_secret_without(self) -> None:
        assert not candidate("s.yaml", b"kind: Secret\ndata:\n  token: aHVudGVyMg==\n")

    @pytest.mark.parametrize("name", ["x.yml", "x.py", "x.env"])
    @pytest.mark.parametrize(
        "piece", [b"mail", b"mail.", b"[", b"type: ", b"MAIL_X", b"MAIL:", b"class mail", b"smtp_host:", b"EMAIL", b"mail-a"]
    )
    def test_linear(self, name: str, piece: bytes) -> None:
        data = piece * (65536 // len(piece))
        start = time.process_time()
        candidate(name, data)
        assert time.process_time() - start < 1


class TestWriteWhole:
    def test_new_and_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "out"
        writing.write_whole(str(path), b"one")
        path.chmod(0o640)
        writing.write_whole(str(path), b"two")
        assert path.read_bytes() == b"two"
        assert path.stat().st_mode & 0o777 == 0o640
        assert list(tmp_path.iterdir()) == [path]

    def test_a_failure_leaves_the_old_file_and_nothing_else(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = put(tmp_path / "out", b"old")

        def full(fd: int, data: bytes) -> None:
            os.write(fd, data[:1])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(writing, "write_all", full)
        with pytest.raises(OSError, match="No space left"):
            writing.write_whole(str(path), b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_through_a_link(self, tmp_path: Path) -> None:
        target = put(tmp_path / "real", b"old")
        (tmp_path / "link").symlink_to(target)
        writing.write_whole(str(tmp_path / "link"), b"new")
        assert target.read_bytes() == b"new"
        assert (tmp_path / "link").is_symlink()

    def test_folders_and_devices(self, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError):
            writing.write_whole(str(tmp_path), b"x")
        writing.write_whole("/dev/null", b"x")


def test_progress_is_told_now_and_then(tree: Path) -> None:
    for number in range(600):
        put(tree / f"{number:03}.env", b"")
    told: list[tuple[int, str]] = []
    list(load(["."], progress=lambda number, path: told.append((number, path))))
    assert told == [(256, "255.env"), (512, "511.env")]


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "from smtplint import files\n"
        "list(files.load(['LICENSE', 'pyproject.toml']))\n"
        "print(sorted(set(sys.modules) - before))"
    )
    out = subprocess.run(["python", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in ("subprocess", "pathlib", "typing", "dataclasses", "fnmatch", "logging", "yaml"):
        assert f"'{name}'" not in out
