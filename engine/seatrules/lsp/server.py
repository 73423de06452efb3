"""The server: keeps what is open, reads policies anew as they change, and answers from what was read."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from ..bugs import BugError
from ..diagnostics import Diagnostic, printable
from ..errors import FileError
from ..files import read_bytes
from ..policy.folders import EXTENSION, KeptFiles
from ..version import __version__
from ..words import words
from .cursor import cursor_at
from .deep import a_process, every_problem
from .homes import Home, home_of, suites_elsewhere
from .hover import key_text
from .index import NamedPlace
from .problems import beside, by_file, moved
from .reading import ReadPolicy, read
from .schemas import kind_of
from .tested import RuleTests, tested
from .texts import EditorPlaces, file_of, lines_of, path_of, uri_of

Answer = TypeVar("Answer")
PAUSE = 0.15
"""How many seconds of a pause end a row of keystrokes: what these touch in later versions is read then."""
QUIET = 0.3
"""For how many seconds nothing has to change before is looked deeper."""


class Project:
    """A policy that is open: the newest reading of it, and whether something has changed since."""

    def __init__(self, home: Home) -> None:
        self.home, self.known = home, KeptFiles()
        self.reading: ReadPolicy | None = None
        self.whole: ReadPolicy | None = None
        """The newest reading in which nothing was lacking."""
        self.is_stale = True
        self.settled: ReadPolicy | None = None
        """The newest reading that is complete; nothing where it is not known what has changed since."""
        self.changed: set[Path] = set()
        """The files that have changed since that was read."""
        self.since: set[Path] = set()
        """Those that have changed since the reading that is under way began."""
        self.stirred = asyncio.Event()
        """Something has changed, or is asked."""
        self.renewing: asyncio.Task[None] | None = None
        self.looking: asyncio.Task[None] | None = None
        self.testing: asyncio.Task[None] | None = None
        self.is_untested = True
        self.tested: Mapping[str, RuleTests] = {}
        self.deeper: list[Diagnostic] = []
        """What was found by looking deeper, of which the newest reading tells nothing."""
        self.shown: set[Path] = set()


class _Protocol(LanguageServerProtocol):
    """Sends answers; of a bug in our words, where the library would send those of the error, and files and lines."""

    _server: Server

    def _send_response(
        self, msg_id: str | int, result: object = None, error: types.ResponseError | None = None
    ) -> None:
        failed = sys.exception()
        if error is not None and failed is not None and error.code == JsonRpcInternalError.CODE:
            error = types.ResponseError(error.code, self._server.bug(failed))
            self._server.log(error.message)
        super()._send_response(msg_id, result, error)


class Server(LanguageServer):
    """Answers an editor over a pair of streams."""

    def __init__(self) -> None:
        super().__init__("seatrules", __version__, types.TextDocumentSyncKind.Full, protocol_cls=_Protocol)
        self.unsaved: dict[Path, bytes] = {}
        self.uris: dict[Path, str] = {}
        self.projects: dict[Home, Project] = {}
        self.language = "en"
        self._reader, self._answerer = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._processes = {task: a_process() for task in ("problems", "cases")}
        self.refreshes_lenses = False
        self._told_nowhere: set[Path] = set()

    def shutdown(self) -> None:
        """End what works beside the server."""
        for processes in self._processes.values():
            processes.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            child.terminate()
        for pool in (self._reader, self._answerer):
            pool.shutdown(wait=False, cancel_futures=True)
        super().shutdown()  # type: ignore[no-untyped-call]

    @property
    def places(self) -> EditorPlaces:
        """Between our places and the editor's."""
        return EditorPlaces(self.workspace.position_codec)

    def changed(self, uri: str, text: str | None) -> None:
        """Take a text as it is now; nothing where it is no longer open."""
        path = path_of(uri)
        if path is None:
            return
        if text is None:
            self.unsaved.pop(path, None)
        else:
            self.unsaved[path], self.uris[path] = text.encode("utf-8", "surrogatepass"), uri
        self.touched(path)

    def touched(self, path: Path) -> None:
        """Read the policy anew that a file belongs to."""
        home = home_of(path, self.unsaved)
        if home is None:
            self._say_nowhere(path)
        for project in self.projects.values():
            if path.is_relative_to(project.home.folder) and project.home != home:
                self._renew(project)  # what it belonged to before, or what lies around an extension
        if home is not None:
            self._renew(self.projects.setdefault(home, Project(home)), path)

    def _say_nowhere(self, path: Path) -> None:
        if path in self.unsaved and path not in self._told_nowhere:
            self._told_nowhere.add(path)
            self.log(words("editor", self.language)["belongs_nowhere"].format(file=printable(str(path))))

    def log(self, message: str) -> None:
        """Tell something in the editor's log."""
        self.window_log_message(types.LogMessageParams(types.MessageType.Warning, message))

    def report_server_error(self, error: Exception, source: object) -> None:
        """Tell in the log what went wrong with a message; what is refused, and a bug, is told in the answer itself."""
        if source is JsonRpcException:
            self.log(words("editor", self.language)["unreadable_message"])
        elif source is not FeatureRequestError:
            self.log(self.bug(sys.exception() or error))

    def bug(self, error: BaseException) -> str:
        """What is told of a bug, in the language of the editor: the words of a library are not ours."""
        return BugError(error).spoken(self.language).message

    def _renew(self, project: Project, path: Path | None = None) -> None:
        """Read a policy anew, of which a file has changed, or nobody knows what."""
        project.is_stale = True
        project.stirred.set()
        if path is None:
            project.settled = None
        else:
            project.changed.add(path)
            project.since.add(path)
        if project.renewing is None or project.renewing.done():
            project.renewing = asyncio.get_running_loop().create_task(self._read(project))

    async def _read(self, project: Project) -> None:
        """Read a policy until nothing has changed meanwhile, and show what is wrong with it."""
        while project.is_stale:
            project.is_stale, project.since = False, set()
            try:
                await self._read_once(project, frozenset(project.changed))
            except Exception as error:
                project.settled = None
                self.report_server_error(error, None)
        if project.is_untested:
            self._test(project)
        if project.looking is None or project.looking.done():
            project.looking = asyncio.get_running_loop().create_task(self._look_deeper(project))

    async def _read_once(self, project: Project, changed: frozenset[Path]) -> None:
        """Read a policy, and show what is wrong as far as it is known; that ends early where something else changes."""
        has_rested = False
        readings = read(project.home, dict(self.unsaved), project.known, project.settled, changed)
        while (reading := await self.apart(next, readings, None)) is not None:
            project.reading = reading
            self._show(project)
            if reading.complete:
                project.settled, project.changed = reading, {*project.since}
                project.whole = reading if reading.is_whole else project.whole
            elif project.is_stale:
                return
            elif reading.may_rest and not has_rested:
                has_rested = True
                if await self._is_typed_in(project):
                    return

    async def _is_typed_in(self, project: Project) -> bool:
        """Whether something else changes soon: then the rest is not read; it is at once where somebody asks for it."""
        project.stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(project.stirred.wait(), PAUSE)
        return project.is_stale

    def saved(self, path: Path) -> None:
        """Run the cases of the policy anew that a file belongs to."""
        home = home_of(path, self.unsaved)
        if home is not None and (project := self.projects.get(home)) is not None:
            project.is_untested = True
            self._test(project)

    def _test(self, project: Project) -> None:
        if project.testing is None or project.testing.done():
            project.testing = asyncio.get_running_loop().create_task(self._run_cases(project))

    async def _run_cases(self, project: Project) -> None:
        """Run the cases of a policy as it is saved, until nothing was saved meanwhile."""
        while project.is_untested:
            project.is_untested = False
            await asyncio.sleep(QUIET)
            if not self._is_open(project):
                project.is_untested = True  # it is tested when it is opened again
                return
            try:
                result = await self._in_process("cases", tested, project.home)
                project.tested = {} if result is None else result
            except Exception as error:
                project.is_untested, project.tested = True, {}
                self.report_server_error(error, None)
                return
            if self.refreshes_lenses:
                self.workspace_code_lens_refresh(None)

    def _is_open(self, project: Project) -> bool:
        """Whether a file of a policy is open."""
        folder = project.home.folder
        return any(path.is_relative_to(folder) for path in self.unsaved) or bool(
            suites_elsewhere(project.home, self.unsaved)
        )

    async def _look_deeper(self, project: Project) -> None:
        """Once nothing has changed for a while, find all that is wrong with a policy, and show it."""
        looked_at = None
        while looked_at is not project.reading:
            looked_at = project.reading
            await asyncio.sleep(QUIET)
            if looked_at is not project.reading or looked_at is None:
                continue
            if not self._is_open(project):
                return
            await self.apart(lambda reading: reading.index, looked_at)  # no question waits for it
            try:
                problems = await self._in_process("problems", every_problem, looked_at.home, dict(looked_at.unsaved))
            except Exception as error:
                self.report_server_error(error, None)
                return
            if looked_at is project.reading:
                project.deeper = beside(problems, looked_at.problems)
                self._show(project)

    async def _in_process(self, task: str, ask: Callable[..., Answer], *arguments: object) -> Answer:
        """What is answered in the process for a task; one that was ended is started anew, once."""
        run = asyncio.get_running_loop().run_in_executor
        try:
            return await run(self._processes[task], ask, *arguments)
        except BrokenExecutor:
            self._processes[task] = a_process()
            return await run(self._processes[task], ask, *arguments)

    def _show(self, project: Project) -> None:
        """Publish the problems of each file, and of each that has none any more that it has none."""
        assert project.reading is not None
        project.deeper = self._now(project.deeper)
        files = by_file([*self._now(project.reading.problems), *project.deeper], self.places)
        for path in sorted({*files, *project.shown}):
            uri = self.uris.get(path) or uri_of(path)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, files.get(path, [])))
        project.shown = {*files}

    def _now(self, problems: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Problems where they are now, without those whose text has changed."""
        lines = {path: lines_of(text.decode("utf-8", "surrogatepass")) for path, text in self.unsaved.items()}
        spans = (span for each in problems for span in (each.span, *(place for place, _ in each.notes)))
        files = {name: file_of(source) for name, source in {span.source.name: span.source for span in spans}.items()}
        texts = {name: lines[path] for name, path in files.items() if path in lines}
        return [now for each in problems if (now := moved(each, texts)) is not None]

    async def apart(self, ask: Callable[..., Answer], *arguments: object) -> Answer:
        """What takes longer, beside what is answered meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, ask, *arguments)

    async def reading_of(self, path: Path) -> ReadPolicy | None:
        """The reading of the policy of a file, with all changes that came before."""
        home = home_of(path, self.unsaved)
        if home is None:
            return None
        if home not in self.projects:
            self._renew(self.projects.setdefault(home, Project(home)))
        project = self.projects[home]
        while project.renewing is not None and not project.renewing.done():
            project.stirred.set()
            await asyncio.shield(project.renewing)
        return project.reading

    async def beside(self, ask: Callable[..., Answer], *arguments: object) -> Answer:
        """What is answered from what was read before, though something is being read."""
        return await asyncio.get_running_loop().run_in_executor(self._answerer, ask, *arguments)

    def last_reading(self, path: Path) -> ReadPolicy | None:
        """The last reading of the policy of a file in which nothing was lacking, or else the newest."""
        home = home_of(path, self.unsaved)
        project = self.projects.get(home) if home is not None else None
        return None if project is None else project.whole or project.reading

    async def extensions_of(self, reading: ReadPolicy) -> list[ReadPolicy]:
        """What was read of the extensions of a policy that are open, or lie near it."""
        folder, name = reading.home.folder, reading.versions[0].written.name if reading.versions else ""
        near = {header.parent for above in [*folder.parents][:2] for header in above.glob(f"*/{EXTENSION}")}
        near |= {home.folder for home in self.projects if home.is_extension}
        others = [await self.reading_of(each / EXTENSION) for each in sorted(near - {folder})]
        return [each for each in others if each is not None and each.versions and each.versions[0].written.name == name]

    async def named_at(self, uri: str, position: types.Position) -> tuple[ReadPolicy, NamedPlace] | None:
        """What stands at a place of a text, if it names something."""
        path = path_of(uri)
        reading = None if path is None else await self.reading_of(path)
        if path is None or reading is None:
            return None
        line = self.line(uri, position.line)
        column = self.places.column(line, position.character)
        named = await self.apart(lambda: reading.index.at(path, position.line + 1, column))
        return None if named is None else (reading, named)

    def key_at(self, path: Path, uri: str, position: types.Position) -> types.Hover | None:
        """What the key at a place means, in a file of a policy."""
        lines = lines_of(self.text(uri))
        if position.line < len(lines) and home_of(path, self.unsaved) is not None:
            column = self.places.column(lines[position.line], position.character) - 1
            rest = re.match(r"[\w$-]*\s*:(?=\s|$)", lines[position.line][column:])
            cursor = cursor_at(lines, position.line, column + rest.end()) if rest else None
            text = key_text(kind_of(path, cursor), cursor) if cursor else ""
            if text:
                return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))
        return None

    def text(self, uri: str) -> str:
        """A text as the editor has it, else as it is saved; an empty one where there is none that can be read."""
        document = self.workspace.text_documents.get(unquote(uri))
        if document is not None:
            return str(document.source)
        path = path_of(uri)
        with suppress(FileError):
            return "" if path is None else read_bytes(path).decode("utf-8", "replace")
        return ""

    def line(self, uri: str, number: int) -> str:
        """A line of a text, from 0; an empty one where it has none of that number."""
        lines = lines_of(self.text(uri))
        return lines[number] if 0 <= number < len(lines) else ""

    def location(self, named: NamedPlace) -> types.Location:
        """The place of a name, as the editor counts it."""
        path = named.path
        return types.Location(self.uris.get(path) or uri_of(path), self.places.range_of(named.span))
