"""Reads contents built of blocks: rich messages and pages that Telegram shows by itself (instant view).

Words are flattened to plain text with a line for each block; links and hashtags stay as entities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from telethon.tl import types

from app.adapters.telegram.texts import clean, coordinates, length
from app.domain.messages import Entity

# Parts of a text that a tagger or reader can follow; bold and the like are left out.
ENTITIES: Mapping[type, str] = {
    types.TextHashtag: "hashtag",
    types.TextCashtag: "cashtag",
    types.TextMention: "mention",
    types.TextUrl: "text_url",
    types.TextAutoUrl: "url",
    types.TextEmail: "email",
    types.TextAutoEmail: "email",
}
LINE = 1_000  # characters in which an address may stand already
Files = Mapping[int, Any]  # TL photos and documents by id


@dataclass
class Article:
    """The words and files of blocks, in the order of the page."""

    photos: Files
    documents: Files
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)
    missing: int = 0  # files that the blocks name and the message does not bring
    unknown: int = 0  # blocks of a kind that this layer does not know
    elsewhere: int = 0  # other articles and channels that the page only points to
    frames: int = 0  # contents of other sites that the page shows in a frame


def article(page: Any) -> Article:
    """Reads a types.Page or types.RichMessage."""
    found = Article({p.id: p for p in page.photos}, {d.id: d for d in page.documents})
    _blocks(found, page.blocks)
    before = length(found.text) - length(found.text.lstrip())
    found.text = found.text.strip()
    found.entities = [replace(one, offset=one.offset - before) for one in found.entities if one.offset >= before]
    return found


def _blocks(out: Article, blocks: Iterable[Any]) -> None:
    for block in blocks:
        SHAPES.get(type(block), _plain)(out, block)


def _line(out: Article, *texts: Any, mark: str = "") -> None:
    """Adds texts as one line; nothing if they are empty."""
    before = out.text
    out.text += mark
    start = out.text
    for text in texts:
        if text is not None:
            _text(out, text)
    out.text = before if out.text == start else out.text + "\n"


def _text(out: Article, text: Any) -> None:
    if isinstance(text, types.TextConcat):
        for part in text.texts:
            _text(out, part)
        return
    if isinstance(text, types.TextPlain):
        out.text += clean(text.text)
        return
    if isinstance(text, types.TextImage):
        _file(out, out.documents, text.document_id)
        return
    if isinstance(text, types.TextEmpty):
        return
    if isinstance(text, types.TextCustomEmoji | types.TextMath):
        out.text += clean(text.alt if isinstance(text, types.TextCustomEmoji) else text.source)
        return
    start = length(out.text)
    _text(out, text.text)
    if (kind := ENTITIES.get(type(text))) is not None and (size := length(out.text) - start):
        url = clean(text.url) if isinstance(text, types.TextUrl) else None
        out.entities.append(Entity(kind, start, size, url))
    if (address := getattr(text, "email", None) or getattr(text, "phone", None)) and address not in out.text[-LINE:]:
        out.text += f" ({clean(address)})"


def _plain(out: Article, block: Any) -> None:
    """A block with a text, and perhaps a caption, an author or nothing of these."""
    if isinstance(block, types.PageBlockUnsupported):
        out.unknown += 1
    for name in ("title", "text", "author"):
        if (text := getattr(block, name, None)) is not None and not isinstance(text, str):
            _line(out, text)
    _caption(out, getattr(block, "caption", None))


def _caption(out: Article, caption: Any) -> None:
    if isinstance(caption, types.PageCaption):
        _line(out, caption.text)
        _line(out, caption.credit)
    elif caption is not None:
        _line(out, caption)


def _file(out: Article, files: Files, number: int) -> None:
    if number in files:
        out.files.append(files[number])
    else:
        out.missing += 1


def _media(collection: str, name: str) -> Callable[[Article, Any], None]:
    def shape(out: Article, block: Any) -> None:
        _file(out, getattr(out, collection), getattr(block, name))
        _caption(out, block.caption)

    return shape


def _nested(name: str) -> Callable[[Article, Any], None]:
    def shape(out: Article, block: Any) -> None:
        _line(out, getattr(block, "title", None))
        inner = getattr(block, name)
        _blocks(out, inner if isinstance(inner, list) else [inner])
        _caption(out, getattr(block, "caption", None))

    return shape


def _list(out: Article, block: Any) -> None:
    for item, number in zip(block.items, _numbers(block), strict=True):
        mark = f"{number} " if number else ""
        mark += ("☑ " if item.checked else "☐ ") if item.checkbox else ""
        if isinstance(item, types.PageListItemText | types.PageListOrderedItemText):
            _line(out, item.text, mark=mark)
        else:
            _marked(out, item.blocks, mark)


def _numbers(block: Any) -> list[str]:
    """The mark of each item of an ordered list, which may count downwards; empty ones for other lists."""
    if not isinstance(block, types.PageBlockOrderedList):
        return [""] * len(block.items)
    step = -1 if block.reversed else 1
    following = block.start if block.start is not None else len(block.items) if block.reversed else 1
    found = []
    for item in block.items:
        number = following if item.value is None else item.value
        found.append(item.num or f"{number}.")
        following = number + step
    return found


def _marked(out: Article, blocks: Iterable[Any], mark: str) -> None:
    """Adds blocks, with a mark before their first line."""
    before, entities = out.text, len(out.entities)
    out.text += mark
    _blocks(out, blocks)
    if out.text == before + mark:
        out.text, out.entities = before, out.entities[:entities]


def _table(out: Article, block: Any) -> None:
    _line(out, block.title)
    for row in block.rows:
        between = types.TextPlain(" | ")
        cells = [part for cell in row.cells for part in (between, cell.text or types.TextEmpty())]
        _line(out, *cells[1:])


def _embedded_post(out: Article, block: Any) -> None:
    _line(out, types.TextPlain(block.author))
    if block.author_photo_id in out.photos:
        _file(out, out.photos, block.author_photo_id)
    _nested("blocks")(out, block)


def _frame(out: Article, block: Any) -> None:
    """A content of another site: its address and its poster; the page of its own is no part of the message."""
    out.frames += 1
    if block.poster_photo_id:
        _file(out, out.photos, block.poster_photo_id)
    _line(out, types.TextPlain(block.url or ""))
    _caption(out, block.caption)


def _map(out: Article, block: Any) -> None:
    if (where := coordinates(block.geo)) is not None:
        _line(out, types.TextPlain(where))
    _caption(out, block.caption)


def _math(out: Article, block: Any) -> None:
    _line(out, types.TextPlain(block.source))


def _buttons(out: Article, block: Any) -> None:
    for button in block.buttons:
        _line(out, button.text, types.TextPlain(f" {target_of(button.type)}".rstrip()))


def target_of(button: Any) -> str:
    """The address that a button opens, or the text that it copies; empty for a button that asks a bot."""
    return clean(getattr(button, "url", None) or getattr(button, "copy_text", None) or "")


def _elsewhere(out: Article, block: Any) -> None:
    """Articles and channels that the page only points to are not its content."""
    out.elsewhere += len(getattr(block, "articles", (block,)))


SHAPES: Mapping[type, Callable[[Article, Any], None]] = {
    types.PageBlockPhoto: _media("photos", "photo_id"),
    types.PageBlockVideo: _media("documents", "video_id"),
    types.PageBlockAudio: _media("documents", "audio_id"),
    types.PageBlockDocument: _media("documents", "document_id"),
    types.PageBlockCover: _nested("cover"),
    types.PageBlockCollage: _nested("items"),
    types.PageBlockSlideshow: _nested("items"),
    types.PageBlockDetails: _nested("blocks"),
    types.PageBlockBlockquoteBlocks: _nested("blocks"),
    types.PageBlockEmbedPost: _embedded_post,
    types.PageBlockList: _list,
    types.PageBlockOrderedList: _list,
    types.PageBlockTable: _table,
    types.PageBlockMath: _math,
    types.PageBlockButtonRow: _buttons,
    types.PageBlockEmbed: _frame,
    types.PageBlockMap: _map,
    types.PageBlockRelatedArticles: _elsewhere,
    types.PageBlockChannel: _elsewhere,
}
