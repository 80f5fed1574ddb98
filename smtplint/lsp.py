"""The language server: findings while one types, with the places that matter elsewhere, fixes, and what a key means where it stands.

One analysis looks at all open documents at once, their unsaved text standing for the files'. It runs in a thread of its own, one at a time,
and is thrown away when something changed meanwhile. Nothing of a document is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from smtplint import __version__, linter
from smtplint.listing import display
from smtplint.report.hover import explain_key, field_at
from smtplint.terminal import own_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.catalog import Catalog
    from smtplint.config import Options
    from smtplint.finding import Finding
    from smtplint.result import Result, RuleInfo
    from smtplint.source import Place, Source

# Seconds of quiet after a keystroke before documents are looked at again.
DEBOUNCE = 0.25
# So many fixes are worked out for one request.
MAX_PLANS = 50
CONFIG_FILES = ("smtplint.toml", ".smtplint.toml", "pyproject.toml")
WATCHED = (
    "**/*.{yml,yaml,json,jsonc,toml,ini,cfg,conf,cnf,config,env,properties,py,tpl,j2,tmpl,example,sample,dist,lock}",
    "**/.env*",
    "**/{Dockerfile,Dockerfile.*,*gitlab.rb,Gemfile,requirements*.txt,main.cf,master.cf,.msmtprc,msmtprc,.curlrc,.mailrc,monitrc,remotes,go.mod,pom.xml,"
    "*.gradle}",
)
_SEVERITY = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_BOM = "\ufeff"


def serve(options: Options, configured: bool = False) -> int:
    """Speak the language server protocol on standard input and output until the client ends it; 0.

    `configured`: the command line says which configuration counts. Otherwise the one nearest to the client's root does.
    """
    threading.stack_size(16 * 1024 * 1024)
    # pygls logs messages whole, and they hold documents.
    logger = logging.getLogger("pygls")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)
    server = build(options, configured)
    server.start_io()
    return 0


class Analysis:
    """What was found in the open documents: `texts` by display path, as the client has them."""

    __slots__ = ("catalog", "infos", "marked", "planned", "result", "sources", "texts")

    def __init__(self, texts: dict[str, str], options: Options, catalog: Catalog, infos: dict[str, RuleInfo]) -> None:
        from smtplint.prefilter import Wordless, by_name, candidate

        self.texts = texts
        self.catalog = catalog
        self.infos = infos
        # A mark that the client counts as a character and the reader takes off.
        self.marked = {path for path, text in texts.items() if text.startswith(_BOM)}
        overrides = {path: text.encode("utf-8", "replace") for path, text in texts.items()}
        wordless = Wordless(lambda: catalog.wordless, shipped=not options.rules)
        named = [
            path
            for path, data in sorted(overrides.items())
            if len(data) <= options.max_file_size and by_name(path, options.docs) and candidate(path, data, wordless=wordless)
        ]
        project = linter.new_project(options, catalog, overrides)
        self.result: Result = linter.finish(project, named, options, catalog, {}, named)
        self.sources: dict[str, Source] = project.sources
        self.planned: set[int] = set()

    def plan(self, path: str, first: int, last: int) -> None:
        """Work out the fixes of a file's findings between two 1-based lines. Each one has to be proved, so that is done on demand."""
        from smtplint import fixes

        asked = [
            finding
            for finding in self.result.findings
            if finding.place.path == path
            and id(finding) not in self.planned
            and first <= _last_line(finding.place)
            and finding.place.line <= last
        ]
        session = fixes.session_of(self.result) if asked else None
        for finding in asked[:MAX_PLANS]:
            self.planned.add(id(finding))
            if session is not None:
                finding.fix = fixes.plan(finding, session)


def _last_line(place: Place) -> int:
    return place.source.position(max(place.start, place.end))[0]


class Server(LanguageServer):
    """State of one session. `wanted` counts what asked for a look, `done` is the count the last analysis answers to."""

    def __init__(self, options: Options, configured: bool) -> None:
        super().__init__("smtplint", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.options = options
        self.configured = configured
        self.catalog: Catalog | None = None
        self.infos: dict[str, RuleInfo] = {}
        self.analysis: Analysis | None = None
        self.uris: dict[str, str] = {}  # display path → the client's own URI of an open document
        self.published: set[str] = set()
        self.wanted = 0
        self.done = 0
        self.timer: asyncio.TimerHandle | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.lock = asyncio.Lock()

    # -- talking

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002
        """An error outside of a request, told without its text."""
        self.complain(error)

    def complain(self, error: BaseException) -> None:
        """One line in the client's log: the type of an error of ours and where it arose. Its text may quote a document."""
        frames = own_frames(error)
        where = f" at {frames[-1]}" if frames else ""
        self.say(f"internal error: {type(error).__name__}{where}. This is a bug in smtplint, not in your files.")

    def say(self, text: str) -> None:
        """A line of ours in the client's log."""
        try:
            self.window_log_message(types.LogMessageParams(type=types.MessageType.Error, message=f"smtplint: {text}"))
        except Exception:  # the client is gone
            pass

    # -- documents

    def path_of(self, uri: str) -> str:
        """The display path of a file's URI, "" for what is no file."""
        if not uri.startswith("file:"):
            return ""
        path = to_fs_path(uri)
        return display(os.path.normpath(path), os.getcwd()) if path else ""

    def uri_of(self, path: str) -> str:
        """The URI of a display path: the client's own for an open document."""
        return self.uris.get(path) or from_fs_path(os.path.normpath(os.path.join(os.getcwd(), path))) or ""

    def text_of(self, path: str) -> str | None:
        """The text of an open document, None when it is not open."""
        uri = self.uris.get(path)
        document = self.workspace.text_documents.get(uri) if uri is not None else None
        return document.source if document is not None else None

    def version_of(self, path: str) -> int | None:
        """The version of an open document as the client counts, None for a file."""
        uri = self.uris.get(path)
        document = self.workspace.text_documents.get(uri) if uri is not None else None
        return document.version if document is not None else None

    def range_of(self, place: Place) -> types.Range:
        """A place in the units of this client."""
        return types.Range(self.position_of(place.source, place.start), self.position_of(place.source, place.end))

    def position_of(self, source: Source, offset: int) -> types.Position:
        """A code-point offset as the client counts: 0-based line, units of the negotiated encoding."""
        line, column = source.position(offset)
        before = source.text[offset - column + 1 : offset]
        if line == 1 and self.analysis is not None and source.path in self.analysis.marked:
            before = _BOM + before
        return types.Position(line - 1, self.workspace.position_codec.client_num_units(before))

    def offset_of(self, source: Source, position: types.Position) -> int:
        """The code-point offset of a client's position; past the end of a line it is that end."""
        if position.line >= source.line_count:
            return len(source.text)
        begin, end = source.line_span(position.line + 1)
        codec = self.workspace.position_codec
        units = position.character
        if position.line == 0 and self.analysis is not None and source.path in self.analysis.marked:
            units -= codec.client_num_units(_BOM)
        offset = begin
        while offset < end and units > 0:
            units -= codec.client_num_units(source.text[offset])
            offset += 1
        return offset

    # -- analysis

    def refresh(self, delay: float = 0.0) -> None:
        """Look at the open documents again, at once or after a pause in which nothing else happens."""
        self.wanted += 1
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(delay, self._start)

    def _start(self) -> None:
        self.timer = None
        task = asyncio.get_running_loop().create_task(self.look())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def look(self) -> None:
        """Bring the analysis up to date and publish it. Never raises."""
        async with self.lock:
            while self.done != self.wanted:
                wanted = self.wanted
                texts = {path: text for path in self.uris if (text := self.text_of(path)) is not None}
                try:
                    self.analysis = await asyncio.to_thread(self._analyse, texts)
                    self.done = wanted
                    if self.wanted == wanted:
                        self._publish(self.analysis)
                except Exception as error:
                    self.done = wanted
                    self._fail(error)

    def _fail(self, error: Exception) -> None:
        from smtplint.catalog.compile import CatalogError

        if isinstance(error, CatalogError):
            self.say(str(error))
        else:
            self.complain(error)

    def _analyse(self, texts: dict[str, str]) -> Analysis:
        if self.catalog is None:
            from smtplint.catalog.describe import rule_infos

            catalog = linter.load_catalog(self.options)
            self.infos = {info.id: info for info in rule_infos(catalog)}
            self.catalog = catalog
        return Analysis(texts, self.options, self.catalog, self.infos)

    async def current(self) -> Analysis | None:
        """The analysis of the documents as they are now."""
        if self.done != self.wanted:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            await self.look()
        return self.analysis

    def configure(self) -> None:
        """Read the configuration nearest to the working directory anew; a faulty one is told and the old one stays."""
        if self.configured:
            return
        from smtplint import config

        try:
            self.options = config.find(os.getcwd()).options()
            self.catalog = None
        except config.ConfigError as error:
            self.window_show_message(types.ShowMessageParams(type=types.MessageType.Error, message=f"smtplint: {error}"))

    # -- diagnostics

    def _publish(self, analysis: Analysis) -> None:
        found: dict[str, list[types.Diagnostic]] = {self.uri_of(path): [] for path in analysis.texts}
        for finding in analysis.result.findings:
            found.setdefault(self.uri_of(finding.place.path), []).append(self._diagnostic(finding))
        for note in analysis.result.notifications:
            if note.file in analysis.texts and note.level != "note":
                source = analysis.sources.get(note.file)
                at = source.offset(note.line, max(note.column, 1)) if source is not None and note.line else 0
                position = self.position_of(source, at) if source is not None else types.Position(0, 0)
                found[self.uri_of(note.file)].append(
                    types.Diagnostic(
                        types.Range(position, position), f"Not looked at for SMTP settings: {note.message}.",
                        severity=types.DiagnosticSeverity.Information, code=note.id, source="smtplint",
                    )
                )  # fmt: skip
        for uri in sorted(self.published - set(found)):
            found[uri] = []
        versions = {self.uri_of(path): self.version_of(path) for path in analysis.texts}
        for uri, diagnostics in found.items():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version=versions.get(uri)))
        self.published = {uri for uri, diagnostics in found.items() if diagnostics}

    def _diagnostic(self, finding: Finding) -> types.Diagnostic:
        from smtplint.report.words import clean, message
        from smtplint.result import rule_url

        info = self.infos.get(finding.rule)
        related = [
            types.DiagnosticRelatedInformation(
                types.Location(self.uri_of(one.place.path), self.range_of(one.place)), clean(" ".join(one.message.split()))
            )
            for one in finding.related
        ]
        return types.Diagnostic(
            self.range_of(finding.place),
            message(finding),
            severity=_SEVERITY[finding.level],
            code=finding.rule,
            code_description=types.CodeDescription(rule_url(info, "")) if info is not None else None,
            source="smtplint",
            related_information=related or None,
            data={"fingerprint": finding.fingerprint},
        )

    # -- fixes

    def actions(self, analysis: Analysis, path: str, params: types.CodeActionParams) -> list[types.CodeAction]:
        """The quick fixes of the findings that touch the range of the request."""
        only = params.context.only
        if only and not any(kind in ("", types.CodeActionKind.QuickFix.value) for kind in only):
            return []
        found = []
        wanted = params.range
        for finding in analysis.result.findings:
            fix = finding.fix
            if fix is None or not fix.edits or finding.place.path != path:
                continue
            diagnostic = self._diagnostic(finding)
            if _key(diagnostic.range.end) < _key(wanted.start) or _key(wanted.end) < _key(diagnostic.range.start):
                continue
            edit = self._edit(analysis, [(one.place, one.text) for one in fix.edits])
            if edit is not None:
                title = fix.description if fix.safe else f"{fix.description} (may change whether mail flows)"
                found.append(
                    types.CodeAction(
                        title, kind=types.CodeActionKind.QuickFix, diagnostics=[diagnostic], is_preferred=fix.safe or None, edit=edit
                    )
                )
        return found

    def _edit(self, analysis: Analysis, edits: Iterable[tuple[Place, str]]) -> types.WorkspaceEdit | None:
        """Edits for the client, with the versions they were made for; None when a document has changed meanwhile."""
        by_path: dict[str, list[types.TextEdit]] = {}
        for place, text in edits:
            if self.text_of(place.path) != analysis.texts.get(place.path):
                return None
            by_path.setdefault(place.path, []).append(types.TextEdit(self.range_of(place), text))
        workspace = self.client_capabilities.workspace
        able = workspace is not None and workspace.workspace_edit is not None and workspace.workspace_edit.document_changes
        if not able:
            return types.WorkspaceEdit(changes={self.uri_of(path): made for path, made in by_path.items()})
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(self.uri_of(path), self.version_of(path)), list(made))
                for path, made in by_path.items()
            ]
        )

    # -- hover

    def hover(self, analysis: Analysis, path: str, position: types.Position) -> types.Hover | None:
        """What the key or value at a position does in the application it belongs to."""
        source = analysis.sources.get(path)
        if source is None:
            return None
        offset = self.offset_of(source, position)
        hit = field_at(analysis.result, path, offset)
        if hit is None:
            return None
        endpoint, field, place, others = hit
        text = explain_key(endpoint, field, analysis.catalog, others)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), self.range_of(place))


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


# --- the session -------------------------------------------------------------------------------------------------------


def build(options: Options, configured: bool = False) -> Server:
    """A server with its handlers, not yet started."""
    server = Server(options, configured)

    @server.feature(types.INITIALIZED)
    def initialized(ls: Server, params: types.InitializedParams) -> None:  # noqa: ARG001
        root = ls.workspace.root_path
        try:
            if root and os.path.isdir(root) and os.path.realpath(root) != os.path.realpath(os.getcwd()):
                ls.options.rules = tuple(os.path.abspath(folder) for folder in ls.options.rules)
                os.chdir(root)
                ls.configure()
        except OSError:
            pass
        workspace = ls.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(glob) for glob in WATCHED]
            ls.client_register_capability(
                types.RegistrationParams(
                    [
                        types.Registration(
                            "smtplint-files",
                            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                            types.DidChangeWatchedFilesRegistrationOptions(watchers),
                        )
                    ]
                )
            )
        ls.refresh()  # with nothing open yet: what costs time is loaded before the first document comes

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        path = ls.path_of(params.text_document.uri)
        if path:
            ls.uris[path] = params.text_document.uri
            ls.refresh()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:  # noqa: ARG001
        ls.refresh(DEBOUNCE)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        if ls.path_of(params.text_document.uri).rpartition("/")[2] in CONFIG_FILES:
            ls.configure()
        ls.refresh()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        ls.uris.pop(ls.path_of(uri), None)
        ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        ls.published.discard(uri)
        ls.refresh()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        if any(change.uri.rpartition("/")[2] in CONFIG_FILES for change in params.changes):
            ls.configure()
        ls.refresh(DEBOUNCE)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]))
    async def code_action(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        try:
            analysis = await ls.current()
            path = ls.path_of(params.text_document.uri)
            if analysis is None or path not in analysis.texts:
                return []
            async with ls.lock:
                await asyncio.to_thread(analysis.plan, path, params.range.start.line + 1, params.range.end.line + 1)
            return ls.actions(analysis, path, params)
        except Exception as error:
            ls.complain(error)
            return []

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        try:
            analysis = await ls.current()
            path = ls.path_of(params.text_document.uri)
            return ls.hover(analysis, path, params.position) if analysis is not None and path in analysis.texts else None
        except Exception as error:
            ls.complain(error)
            return None

    return server
