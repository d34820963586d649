"""Builds an object of any constructor of the installed TL layer, with marks in its texts and files by which a test
finds what became of each field."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from telethon.tl import types

from tests.factories.messages import START

_NAMED = re.compile(r"Type(\w+)")


def family(of: type) -> list[type]:
    """All constructors that a client may receive where this one stands."""
    every = (one for one in vars(types).values() if inspect.isclass(one) and hasattr(one, "SUBCLASS_OF_ID"))
    alike = (one for one in every if one.SUBCLASS_OF_ID == of.SUBCLASS_OF_ID)  # type: ignore[attr-defined]
    return sorted((one for one in alike if not one.__name__.startswith("Input")), key=lambda one: one.__name__)


@dataclass
class Forge:
    """Builds objects. marks: text -> the field that it is in; files: number -> the field that names it."""

    marks: dict[str, str] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)

    def make(self, kind: type) -> Any:
        """An object with all fields set."""
        return kind(**dict(self._fields(kind)))

    def _fields(self, kind: type) -> Iterator[tuple[str, Any]]:
        for name, parameter in inspect.signature(kind).parameters.items():
            if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
                yield name, self._value(str(parameter.annotation), f"{kind.__name__}.{name}")

    def _value(self, annotation: str, place: str) -> Any:
        if "List[" in annotation:
            one = self._value(annotation.split("List[", 1)[1], place)
            return [] if one is None else [one]
        if named := _NAMED.search(annotation):
            return self._object(named[1], place)
        for word, value in (("bool", True), ("datetime", START), ("bytes", b"data"), ("float", 3.5)):
            if word in annotation:
                return value
        if "int" in annotation:
            return self._file(place) if place.endswith(("photo_id", "document_id", "video_id", "audio_id")) else 3
        return self.mark(place)

    def mark(self, place: str) -> str:
        """A text that stands nowhere else."""
        text = f"mark{len(self.marks)}x"
        self.marks[text] = place
        return text

    def _file(self, place: str) -> int:
        number = 9_000 + len(self.files)
        self.files[number] = place
        return number

    def _object(self, name: str, place: str) -> Any:
        text = self.mark(place) if name in ("RichText", "TextWithEntities", "PageBlock") else ""
        simple: dict[str, Any] = {
            "RichText": types.TextPlain(text),
            "TextWithEntities": types.TextWithEntities(text, []),
            "PageBlock": types.PageBlockParagraph(types.TextPlain(text)),
            "GeoPoint": types.GeoPoint(30.5, 59.5, 1),
            "Peer": types.PeerChannel(9),
            "Chat": types.Channel(9, "elsewhere", types.ChatPhotoEmpty(), START),
            "MessageMedia": types.MessageMediaEmpty(),
            "InlineButtonType": types.InlineButtonTypeUrl("https://button.example.org"),
            "StoryItem": types.StoryItem(3, START, START, types.MessageMediaEmpty(), caption="caption"),
        }
        if name in simple:
            return simple[name]
        if name in ("Photo", "Document"):
            return photo(self._file(place)) if name == "Photo" else document(self._file(place))
        kinds = {
            "PageCaption": types.PageCaption,
            "PageListItem": types.PageListItemText,
            "PageListOrderedItem": types.PageListOrderedItemText,
            "PageTableRow": types.PageTableRow,
            "PageTableCell": types.PageTableCell,
            "PageButton": types.PageButton,
            "PageRelatedArticle": types.PageRelatedArticle,
            "Poll": types.Poll,
            "PollAnswer": types.PollAnswer,
            "PollResults": types.PollResults,
            "PollAnswerVoters": types.PollAnswerVoters,
            "TodoList": types.TodoList,
            "TodoItem": types.TodoItem,
            "TodoCompletion": types.TodoCompletion,
            "Game": types.Game,
            "WebPage": types.WebPage,
            "Page": types.Page,
            "MessageExtendedMedia": types.MessageExtendedMediaPreview,
            "InputGroupCall": types.InputGroupCall,
            "WebDocument": types.WebDocumentNoProxy,
        }
        return self.make(kinds[name]) if name in kinds else None


def photo(number: int) -> Any:
    """A photo with this number."""
    return types.Photo(number, 1, b"ref", START, [types.PhotoSize("y", 8, 8, 9)], 2)


def document(number: int) -> Any:
    """A file with this number."""
    return types.Document(number, 1, b"ref", START, "application/octet-stream", 9, 2, [])
