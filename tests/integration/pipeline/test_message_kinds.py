"""Every kind of message over TCP and through the whole flow: the rows, `explain`, `search`, and the page of it in docs.

`make message-kinds` writes the page from this run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import db
from app.errors import UserError
from app.explain import Message, explain, find
from app.search.query import search
from tests.factories.message_kinds import Kind, kinds
from tests.integration.pipeline.database import one, rows
from tests.integration.pipeline.flow import Flow

PAGE = Path(__file__).resolve().parents[3] / "docs/message-kinds.md"
HEAD = """# Kinds of messages

For readers who ask which parts of a message the archive keeps. A run of the real flow over the
loopback Telegram wrote this page (`make message-kinds`): {count} kinds, each with the words that
are kept beside its own text, its files with their roles, the remarks of `media-audit explain`, and
words by which `media-audit search` finds it.

Words that are still counting (votes of an open poll, ticked tasks, a live location under way) are
shown, but neither searched nor tagged. Service messages are kept as posts and are no publications.
Pictures of previews and stories are read by the local provider, unless `VISION_PREVIEWS` is
`chain`.

| kind | `explain` calls it | words, by origin | files | not taken | found by |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Seen:
    """What a user sees of a kind after the run."""

    carries: str
    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    found: bool = False


def seen(kind: Kind, first: int) -> Seen:
    """What explain and search say of the message with this id."""
    with db.transaction() as session:
        if kind.carries.startswith("service: "):
            return Seen(one("SELECT kind FROM posts WHERE telegram_message_id = :id", id=first))
        publication = find(session, f"@news/{first}")
        items = explain(session, publication).messages
        hits = search(session, kind.finds, embedder=None, limit=100) if kind.finds else []
        return Seen(
            items[0].carries or "",
            tuple(words_of(item, words) for item in items for words in item.words),
            tuple(f"{medium.role} {medium.kind}" for item in items for medium in item.media if medium.sha256),
            tuple(why for item in items for why in item.not_taken),
            publication.id in [hit.publication_id for hit in hits],
        )


def words_of(item: Message, words: dict[str, object]) -> str:
    """One entry of an item's words in a line."""
    counting = " (still counting)" if words.get("running") else ""
    return f"{words['origin']}: {words['text']}".replace("\n", " / ") + counting


def line(kind: Kind, found: Seen) -> str:
    """The row of the page."""
    by = f"`{kind.finds}`" if found.found else "" if not kind.carries.startswith("service: ") else "a service message"
    cells = (kind.name, found.carries, *map("<br>".join, (found.words, found.files, found.left)), by)
    return "| " + " | ".join(cell.replace("High | 04:12", "High, 04:12") for cell in cells) + " |"


def test_every_kind_is_kept_as_the_page_says(flow: Flow) -> None:
    every, firsts, following = kinds(), [], 1
    for kind in every:
        firsts.append(following)
        flow.post(*kind.messages(following))
        following += len(kind.tl)
    flow.server.expire_references()
    flow.watch()
    assert rows("SELECT telegram_message_id, error FROM posts WHERE status <> 'ok'") == []
    assert rows("SELECT step, reason, last_error FROM work WHERE state = 'dead'") == []
    found = [seen(kind, first) for kind, first in zip(every, firsts, strict=True)]
    for kind, one_ in zip(every, found, strict=True):
        assert (one_.carries, one_.words, one_.files) == (kind.carries, kind.words, kind.files), kind.name
        assert len(one_.left) == len(kind.left), (kind.name, one_.left)
        assert all(piece in why for piece, why in zip(kind.left, one_.left, strict=True)), (kind.name, one_.left)
    lost = [kind.name for kind, one_ in zip(every, found, strict=True) if one_.found != (kind.finds is not None)]
    assert lost == []
    assert len({kind.name for kind in every}) >= 60
    lines = [line(kind, one_) for kind, one_ in zip(every, found, strict=True)]
    page = HEAD.format(count=len(every)) + "\n".join(lines) + "\n"
    if os.environ.get("WRITE_MESSAGE_KINDS"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, "write it anew: make message-kinds"


def test_a_note_of_telegrams_own_says_which(flow: Flow) -> None:
    [kind] = [kind for kind in kinds() if kind.name == "new title"]
    flow.post(*kind.messages(1))
    flow.watch()
    with db.transaction() as session, pytest.raises(UserError, match=r"\(chat edit title\)"):
        find(session, "@news/1")
