"""The language server, spoken to by a real client over pipes, as VS Code (UTF-16) and as Neovim (UTF-8)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.importorskip("pygls.lsp.server")
pytest_lsp = pytest.importorskip("pytest_lsp")

from lsprotocol import types  # noqa: E402
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities  # noqa: E402

from tests.folders import ALERTS  # noqa: E402

SERVER = [sys.executable, "-m", "smtplint", "server", "--isolated"]
SPRING = 'spring: {mail: {"\N{ROCKET}\N{ROCKET}": 1, host: smtp.example.org, port: 587, properties: {mail.smtp.starttls.enable: true}}}\n'
COMPOSE = """\
services:
  vault:
    image: vaultwarden/server:1.32.0
    environment:
      SMTP_HOST: smtp.example.org
      SMTP_SECURITY: ${SEC}
      SMTP_USERNAME: joe
      SMTP_PASSWORD: ${PASSWORD}
"""
CANARY = "hunter2"


@pytest_lsp.fixture(params=["visual_studio_code", "neovim"], config=ClientServerConfig(server_command=SERVER, server_env={}))  # type: ignore[untyped-decorator]
async def client(lsp_client: LanguageClient, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[None]:
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
    def register(params: types.RegistrationParams) -> None:
        watching.append(params)

    watching: list[types.RegistrationParams] = []
    await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities(request.param), root_uri=tmp_path.as_uri(), process_id=None)
    )
    yield
    await lsp_client.shutdown_session()


class Session:
    """An editor: opens, changes, saves and closes documents, and waits for what the server says about them."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.versions: dict[str, int] = {}

    def open(self, file: Path, text: str) -> str:
        uri = file.as_uri()
        self.versions[uri] = 1
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "plaintext", 1, text)))
        return uri

    def change(self, uri: str, text: str) -> None:
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri]),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def rules(self, uri: str) -> list[str]:
        return sorted(str(one.code) for one in self.client.diagnostics.get(uri, ()))

    async def until(self, uri: str, *rules: str, absent: bool = False) -> list[types.Diagnostic]:
        """Wait until all of the rules (or, with `absent`, none of them) are said of a document."""
        for _ in range(400):
            said = self.rules(uri) if uri in self.client.diagnostics else None
            if said is not None and all((rule in said) != absent for rule in rules):
                return list(self.client.diagnostics[uri])
            await asyncio.sleep(0.05)
        raise AssertionError(f"{rules} {'still' if absent else 'not'} said: {self.rules(uri)}")


@pytest.fixture
def session(client: LanguageClient) -> Session:
    return Session(client)


def at(line: int, character: int) -> types.Range:
    return types.Range(types.Position(line, character), types.Position(line, character))


def columns(name: str, line: str, text: str) -> tuple[int, int]:
    """Where `text` stands in `line`, in the units of a client."""
    encoding, size = ("utf-8", 1) if name == "neovim" else ("utf-16-le", 2)
    start = len(line[: line.index(text)].encode(encoding)) // size
    return start, start + len(text.encode(encoding)) // size


def applied(text: str, edits: list[types.TextEdit], name: str) -> str:
    """One line of text with edits applied, as a client does that counts in its own units."""
    data = text.encode("utf-8" if name == "neovim" else "utf-16-le")
    size = 1 if name == "neovim" else 2
    for edit in sorted(edits, key=lambda one: one.range.start.character, reverse=True):
        start, end = edit.range.start.character * size, edit.range.end.character * size
        data = data[:start] + edit.new_text.encode("utf-8" if size == 1 else "utf-16-le") + data[end:]
    return data.decode("utf-8" if size == 1 else "utf-16-le")


def client_name(request: pytest.FixtureRequest) -> str:
    return "neovim" if "neovim" in request.node.name else "visual_studio_code"


@pytest.mark.asyncio
async def test_diagnostics_fix_and_hover(session: Session, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    name = client_name(request)
    begin = time.perf_counter()
    uri = session.open(tmp_path / "application.yml", SPRING)
    said = await session.until(uri, "SMTP202")
    print(f"first diagnostics after {time.perf_counter() - begin:.2f} s")
    (found,) = [one for one in said if one.code == "SMTP202"]
    start, end = columns(name, SPRING, "true")
    assert (found.range.start, found.range.end) == (types.Position(0, start), types.Position(0, end))
    assert found.source == "smtplint"
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.code_description is not None and found.code_description.href.startswith("https://")
    assert "starttls.required" in found.message

    actions = await session.client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), found.range, types.CodeActionContext([found]))
    )
    assert actions is not None
    (action,) = actions
    assert isinstance(action, types.CodeAction)
    wanted = "Write `spring.mail.properties.mail.smtp.starttls.required: true`"
    assert (action.title, action.kind, action.is_preferred) == (wanted, types.CodeActionKind.QuickFix, True)
    assert action.edit is not None
    if name == "neovim":  # this client says that it takes no versions
        assert action.edit.changes is not None
        edits = [*action.edit.changes[uri]]
    else:
        assert action.edit.document_changes is not None
        (edited,) = action.edit.document_changes
        assert isinstance(edited, types.TextDocumentEdit)
        assert (edited.text_document.uri, edited.text_document.version) == (uri, 1)
        edits = [edit for edit in edited.edits if isinstance(edit, types.TextEdit)]
    assert [(edit.range, edit.new_text) for edit in edits] == [(at(0, end), ", mail.smtp.starttls.required: true")]
    # Applied as the client counts, it cures.
    session.change(uri, applied(SPRING, edits, name))
    await session.until(uri, "SMTP202", absent=True)
    session.change(uri, SPRING)
    await session.until(uri, "SMTP202")
    elsewhere = await session.client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), at(0, 0), types.CodeActionContext([]))
    )
    assert not elsewhere

    hover = await session.client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, columns(name, SPRING, "587")[0]))
    )
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    assert "spring.mail.port" in hover.contents.value and "Spring Boot" in hover.contents.value
    assert "smtp.example.org:587" in hover.contents.value and "goes on in clear" in hover.contents.value
    assert hover.range is not None and hover.range.start.character == columns(name, SPRING, "587")[0]
    nothing = await session.client.text_document_hover_async(types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(1, 0)))
    assert nothing is None


@pytest.mark.asyncio
async def test_unsaved_text_counts_and_closing_clears(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "application.yml"
    file.write_text(SPRING, encoding="utf-8")
    uri = session.open(file, SPRING)
    await session.until(uri, "SMTP202")
    session.change(uri, SPRING.replace("enable: true", "required: true"))
    await session.until(uri, "SMTP202", absent=True)
    session.change(uri, SPRING.replace("}}}", ""))
    said = await session.until(uri, "parse-error")
    assert [one.severity for one in said] == [types.DiagnosticSeverity.Information]
    session.change(uri, SPRING)
    await session.until(uri, "SMTP202")
    session.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await session.until(uri, "SMTP202", absent=True)


@pytest.mark.asyncio
async def test_companions(session: Session, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEC=off\n")
    uri = session.open(tmp_path / "compose.yaml", COMPOSE)
    env = (tmp_path / ".env").as_uri()
    # The value that decides stands in another file, which is not open: the finding is there, and leads here.
    (found,) = [one for one in await session.until(env, "SMTP201") if one.code == "SMTP201"]
    assert found.range == types.Range(types.Position(0, 4), types.Position(0, 7))
    assert found.related_information is not None
    assert uri in {one.location.uri for one in found.related_information}

    # Saved by another program, and told by the client.
    (tmp_path / ".env").write_text("SEC=starttls\n")
    session.client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(env, types.FileChangeType.Changed)])
    )
    await session.until(env, "SMTP201", absent=True)

    # Another open document, not saved.
    session.open(tmp_path / ".env", "SEC=starttls\n")
    session.change(env, "# \N{ROCKET}\nSEC=off\n")
    (found,) = [one for one in await session.until(env, "SMTP201") if one.code == "SMTP201"]
    assert found.range.start == types.Position(1, 4)
    actions = await session.client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(env), found.range, types.CodeActionContext([found]))
    )
    assert actions is not None
    titles = [action.title for action in actions]
    assert titles == ["Write `SMTP_SECURITY=starttls` (may change whether mail flows)"]
    session.change(env, "SEC=starttls\n")
    await session.until(env, "SMTP201", absent=True)


@pytest.mark.asyncio
async def test_it_lives_on_and_keeps_secrets(session: Session, tmp_path: Path) -> None:
    odd = session.open(tmp_path / "odd.yml", f"smtp: {{host: [{'[' * 5000}\n")
    session.open(tmp_path / "\N{ROCKET} b.env", f"\ufeffSMTP_HOST=x\x00\nSMTP_PASSWORD={CANARY}\n")
    session.client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem("untitled:Untitled-1", "yaml", 1, f"smtp: {{password: {CANARY}}}"))
    )
    uri = session.open(tmp_path / "mail.env", f"SMTP_HOST=smtp.example.org\r\nSMTP_PORT=25\r\nSMTP_USER=joe\r\nSMTP_PASSWORD={CANARY}\r\n")
    await session.until(uri, "SMTP101")
    for character in (0, 14, 99):
        hover = await session.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(3, character))
        )
        assert hover is None or CANARY not in str(hover)
    assert "too-deep" in session.rules(odd) or "parse-error" in session.rules(odd)
    said = [*session.client.log_messages, *session.client.messages, *session.client.diagnostics.values()]
    assert CANARY not in str(said)
    assert "internal error" not in str(said)


def test_a_real_fix_is_worked_out_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smtplint import linter
    from smtplint.config import Options
    from smtplint.lsp import Analysis

    monkeypatch.chdir(tmp_path)
    options = Options()
    analysis = Analysis({"alertmanager.yml": ALERTS}, options, linter.load_catalog(options), {})
    assert not any(finding.fix for finding in analysis.result.findings)
    analysis.plan("alertmanager.yml", 1, 2)
    assert not any(finding.fix for finding in analysis.result.findings if finding.rule == "SMTP201")
    analysis.plan("alertmanager.yml", 4, 4)
    (fix,) = [finding.fix for finding in analysis.result.findings if finding.rule == "SMTP201"]
    assert fix is not None
    assert [(edit.place.path, edit.place.line, edit.text) for edit in fix.edits] == [("alertmanager.yml", 4, "true")]


@pytest.mark.asyncio
async def test_a_byte_order_mark_in_the_text_shifts_nothing(session: Session, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = "\ufeff" + SPRING
    uri = session.open(tmp_path / "application.yml", text)
    (found,) = [one for one in await session.until(uri, "SMTP202") if one.code == "SMTP202"]
    start, _ = columns(client_name(request), text, "true")
    assert found.range.start == types.Position(0, start)
