"""What the server answers: a handler for each question of an editor, in the editor's terms."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from lsprotocol import types

from ..words import LANGUAGES, nearest_language
from .completion import offers, typed
from .cursor import cursor_at
from .expressions import Offer
from .fixes import fixes
from .hover import hover_text
from .reading import ReadPolicy, ReadVersion
from .renaming import RENAMED, renamed
from .server import Server
from .tested import lenses
from .texts import lines_of, path_of


def version_of(reading: ReadPolicy, path: Path) -> ReadVersion | None:
    """The version in whose folder a file lies, or the newest."""
    lies_in = (each for each in reading.versions if path.is_relative_to(reading.home.folder / each.written.version))
    return next(lies_in, reading.versions[-1] if reading.versions else None)


def _item(offer: Offer, place: types.Range) -> types.CompletionItem:
    return types.CompletionItem(
        label=offer.text,
        kind=offer.kind,
        detail=offer.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, offer.about) if offer.about else None,
        text_edit=types.TextEdit(place, offer.text),
    )


def make_server() -> Server:
    """The server, with all that it answers."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False  # what a person reads of it, we say
    server = Server()

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        """Speak the language of the editor, where it is one of ours."""
        of_editor = params.capabilities.workspace
        lenses_of_editor = of_editor.code_lens if of_editor else None
        server.refreshes_lenses = bool(lenses_of_editor and lenses_of_editor.refresh_support)
        server.language = nearest_language(params.locale or "en", LANGUAGES) or "en"

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenTextDocumentParams) -> None:
        """Take the text."""
        server.changed(params.text_document.uri, params.text_document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(params: types.DidChangeTextDocumentParams) -> None:
        """Take the text as it is now."""
        uri = params.text_document.uri
        server.changed(uri, server.text(uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(params: types.DidCloseTextDocumentParams) -> None:
        """Read again what is on disk."""
        server.changed(params.text_document.uri, None)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions())
    async def did_save(params: types.DidSaveTextDocumentParams) -> None:
        """Run the cases anew."""
        if (path := path_of(params.text_document.uri)) is not None:
            server.saved(path)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def code_lens(params: types.CodeLensParams) -> list[types.CodeLens]:
        """How each rule of a file is tested."""
        path = path_of(params.text_document.uri)
        reading = None if path is None else await server.reading_of(path)
        if path is None or reading is None:
            return []
        by_rule = server.projects[reading.home].tested
        return await server.apart(lambda: [*lenses(reading, path, by_rule, server.places, server.language)])

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        """Read anew what was changed, made or deleted elsewhere."""
        for path in {path for change in params.changes if (path := path_of(change.uri)) is not None}:
            server.touched(path)
            server.saved(path)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        """What a name means."""
        at = await server.named_at(params.text_document.uri, params.position)
        path = path_of(params.text_document.uri)
        if path is None:
            return None
        if at is None:
            return server.key_at(path, params.text_document.uri, params.position)
        reading, named = at
        version = version_of(reading, path)
        if version is None:
            return None
        text = await server.apart(hover_text, reading, version, named, server.language)
        content = types.MarkupContent(types.MarkupKind.Markdown, text)
        return types.Hover(content, server.places.range_of(named.span))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location] | None:
        """Where a name is declared."""
        at = await server.named_at(params.text_document.uri, params.position)
        if at is None:
            return None
        reading, named = at
        return [server.location(each) for each in reading.index.declared.get(named.thing, ())] or None

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", "{", "[", '"']))
    async def completion(params: types.CompletionParams) -> list[types.CompletionItem]:
        """What may be written here."""
        uri, number = params.text_document.uri, params.position.line
        path = path_of(uri)
        reading = None if path is None else server.last_reading(path)
        version = None if path is None or reading is None else version_of(reading, path)
        if path is None or reading is None or version is None:
            return []
        lines = lines_of(server.text(uri))
        column = server.places.column(server.line(uri, number), params.position.character)
        cursor = cursor_at(lines, number, column - 1)
        word = typed(cursor)
        place = server.places.range_in(server.line(uri, number), number + 1, column - len(word), len(word))
        offered = await server.beside(offers, reading, version, path, cursor, server.language)
        return [_item(each, place) for each in offered]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location] | None:
        """Each place that names what is named here."""
        at = await server.named_at(params.text_document.uri, params.position)
        if at is None:
            return None
        reading, named = at
        declared = reading.index.declared.get(named.thing, ()) if params.context.include_declaration else ()
        return [server.location(each) for each in (*declared, *reading.index.named.get(named.thing, ()))]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare_rename(params: types.PrepareRenameParams) -> types.Range | None:
        """What would be renamed here."""
        at = await server.named_at(params.text_document.uri, params.position)
        is_renamed = at is not None and at[1].thing.kind in RENAMED
        return server.places.range_of(at[1].span) if at is not None and is_renamed else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        """Another name for what is named here, in every file."""
        at = await server.named_at(params.text_document.uri, params.position)
        if at is None:
            return None
        reading, named = at
        extensions = await server.extensions_of(reading)
        changes: dict[str, list[types.TextEdit]] = {}
        for each in await server.apart(renamed, reading, named, params.new_name, extensions, server.language):
            where = server.location(each)
            changes.setdefault(where.uri, []).append(types.TextEdit(where.range, params.new_name))
        return types.WorkspaceEdit(changes=changes)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        """What mends the problems here."""
        uri = params.text_document.uri
        line_of = partial(server.line, uri)
        return [*fixes(params.context.diagnostics, uri, line_of, server.places, server.language)]

    return server
