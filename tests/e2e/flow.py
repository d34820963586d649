"""The running system as end-to-end tests see it: a channel each, rows, and waiting until all is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery

from app.demo.telegram import Faults, LoopbackTelegram
from app.demo.world import Channel, File, Post
from app.settings import Settings
from tests.collector import Collector
from tests.factories.messages import drawn_photo, message, now
from tests.rows import Rows

DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)  # long ago: an album of that day grows no more


@dataclass
class Flow(Rows):
    """The running system, and what tests ask of it."""

    server: LoopbackTelegram
    settings: Settings
    celery: Celery
    home: Path
    _free: Iterator[Channel] = field(repr=False)
    heard: Collector | None = None  # where its spans go

    @property
    def collector(self) -> Collector:
        """The collector of a system that has one."""
        assert self.heard is not None
        return self.heard

    def channel(self) -> TestChannel:
        """A fresh channel that nobody watches yet."""
        return TestChannel(self, next(self._free))

    def until(self, holds: Callable[[], object], what: str, seconds: float = 60.0) -> None:
        """Waits until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                open_ = self.rows(
                    "SELECT step, subject_id, revision, state, reason, last_error FROM work "
                    "WHERE state IN ('due', 'leased') AND step <> 'poll'"
                )
                raise AssertionError(f"in vain: {what}; open work: {open_}")
            time.sleep(0.1)

    @contextmanager
    def faults(self, faults: Faults) -> Iterator[None]:
        """The server goes wrong in this way for a while."""
        self.server.faults = faults
        try:
            yield
        finally:
            self.server.faults = Faults()

    def idle(self) -> bool:
        """Nothing is due, leased, growing or unsent."""
        return not self.one(
            "SELECT (SELECT count(*) FROM work WHERE state IN ('due', 'leased') AND step <> 'poll')"
            " + (SELECT count(*) FROM media_groups WHERE state = 'open')"
            " + (SELECT count(*) FROM outbox_events WHERE published_at IS NULL)"
        )


@dataclass
class TestChannel:
    """A channel of the loopback server, and what became of it."""

    __test__ = False
    flow: Flow
    there: Channel
    id: int = 0  # of the row in channels

    def post(self, id: int, text: str = "", file: File | None = None, *, age: float | None = None, **rest: Any) -> None:
        """A message appears. age: seconds before now; else it is from May."""
        date = DAY + timedelta(minutes=id) if age is None else now() - timedelta(seconds=age)
        self.flow.server.apply(Post(self.there.telegram_id, message(id, text, file, date=date, **rest)))

    def album(self, ids: Sequence[int], grouped_id: int, captions: dict[int, str] | None = None, **rest: Any) -> None:
        """An album of photos appears."""
        for id in ids:
            self.post(id, (captions or {}).get(id, ""), drawn_photo(), grouped_id=grouped_id, **rest)

    def add(self) -> TestChannel:
        """Adds the channel: the workers poll it from now on."""
        self.id = self.flow.one("INSERT INTO channels (reference) VALUES (%s) RETURNING id", f"@{self.there.username}")
        return self

    def watch(self) -> TestChannel:
        """Adds the channel and waits until its history is in."""
        self.add()
        self.flow.until(lambda: self.rows("SELECT 1 FROM channels WHERE id = %s AND cursor IS NOT NULL"), "first poll")
        self.settle()
        return self

    def leave(self) -> None:
        """Nobody looks at it any more: polls of each second would take the processor from the other tests."""
        self.rows("UPDATE channels SET enabled = false WHERE id = %s RETURNING id")

    def settle(self) -> None:
        """Waits for a poll that began after now, and for everything that follows from it."""
        began = self.flow.one("SELECT now()")
        self.flow.until(
            lambda: self.flow.rows(
                "SELECT 1 FROM channels WHERE id = %s AND last_polled_at > %s AND last_success_at >= last_polled_at",
                self.id,
                began,
            ),
            "a poll",
        )
        self.flow.until(self.flow.idle, "idle")

    def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Rows of a query whose first parameter is the channel's id."""
        return self.flow.rows(query, self.id, *args)

    def one(self, query: str, *args: object) -> Any:
        """The single value of a query whose first parameter is the channel's id."""
        return self.flow.one(query, self.id, *args)

    def albums(self) -> list[dict[str, Any]]:
        """Albums with the message ids of their items in order of position."""
        return self.rows(
            "SELECT g.grouped_id, g.album_kind, g.items_count, g.state, g.caption, g.publication_id, p.revision,"
            " array_agg(o.telegram_message_id ORDER BY i.position) AS ids,"
            " array_agg(i.position ORDER BY i.position) AS at"
            " FROM media_groups g JOIN publications p ON p.id = g.publication_id"
            " JOIN media_group_items i ON i.group_id = g.id JOIN posts o ON o.id = i.post_id"
            " WHERE g.channel_id = %s GROUP BY g.id, p.id ORDER BY min(o.telegram_message_id)"
        )

    def tags(self, message_id: int) -> dict[str, Any]:
        """The tags' metadata that this message resolves to, through its publication's lead post."""
        metadata = self.one(
            "SELECT e.metadata FROM posts o JOIN publications p ON p.id = o.publication_id"
            " JOIN post_enrichment e ON e.post_id = p.lead_post_id AND e.kind = 'tags'"
            " WHERE o.channel_id = %s AND o.telegram_message_id = %s",
            message_id,
        )
        assert isinstance(metadata, dict)
        return metadata

    def lineage(self, message_id: int) -> list[dict[str, Any]]:
        """The rows of tag_changes that this message resolves to, oldest first."""
        return self.rows(
            "SELECT t.* FROM posts o JOIN tag_changes t ON t.publication_id = o.publication_id"
            " WHERE o.channel_id = %s AND o.telegram_message_id = %s ORDER BY t.id",
            message_id,
        )

    def fetched(self) -> int:
        """getFile requests for this channel's files so far."""
        ids = {m.file.id for m in self.there.messages.values() if m.file}
        return len([e for e in self.flow.server.ledger.of("upload.getFile") if e.args.get("file") in ids])
