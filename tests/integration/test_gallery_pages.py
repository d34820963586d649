"""Pages of the gallery: one tile a cluster, the newest first, each once, whatever arrives meanwhile."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.errors import UserError
from app.search import gallery
from app.search.gallery import COUNTS, Page, Tile, _Filter, _given, newer_than, tiles
from app.search.limits import walking
from tests.factories import rows
from tests.integration.search_rows import add_channels, filled_database
from tests.services import TestServices

DAY = datetime(2026, 3, 1, tzinfo=UTC)
CHANNELS = (1, 2, 3)


@dataclass(frozen=True)
class Medium:
    """A row of the table. hour: of its post."""

    id: int
    hour: int
    channel: int = 1
    kind: str = "photo"
    cluster: int = 1

    @property
    def place(self) -> tuple[int, int]:
        return self.hour, self.id


def _fill(session: Session) -> None:
    add_channels(session)
    rows.channel(session, "@third", id=3, username="third", telegram_id=333)


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    """A database with three channels."""
    with filled_database(services, _fill) as engine:
        yield engine


def put(session: Session, *media: Medium) -> None:
    """Posts of one medium each, with the rows of the gallery."""
    given = [
        {"id": one.id, "at": DAY + timedelta(hours=one.hour), "channel": one.channel, "kind": one.kind}
        | {"file": one.cluster, "sha256": f"{one.cluster:064x}"}
        for one in media
    ]
    for statement in (
        "INSERT INTO posts (id, channel_id, telegram_message_id, posted_at) OVERRIDING SYSTEM VALUE"
        " VALUES (:id, :channel, :id, :at)",
        "INSERT INTO media_files (sha256, size, mime) VALUES (:sha256, 1, 'image/jpeg') ON CONFLICT DO NOTHING",
        "INSERT INTO post_media (id, post_id, kind, sha256) OVERRIDING SYSTEM VALUE VALUES (:id, :id, :kind, :sha256)",
        "INSERT INTO shown (media_id, posted_at, channel_id, kind, file_id, cluster_id)"
        " VALUES (:id, :at, :channel, :kind, :file, :file)",
    ):
        session.execute(text(statement), given)


def ids(page: Page) -> list[int]:
    return [tile.media_id for tile in page.tiles]


def walk(
    session: Session, limit: int, *, channel: int | None = None, kind: str | None = None, start: str | None = None
) -> list[Tile]:
    """All pages from a cursor on, or from the first."""
    found: list[Tile] = []
    cursor = start
    while True:
        page = tiles(session, channel=channel, kind=kind, limit=limit, cursor=cursor)
        found += page.tiles
        if page.cursor is None:
            return found
        cursor = page.cursor


def naive(media: list[Medium], channel: int | None, kind: str | None) -> list[int]:
    """The tiles by a scan: the newest of each cluster within the filter."""
    newest: dict[int, Medium] = {}
    for one in media:
        if channel in (None, one.channel) and kind in (None, one.kind):
            known = newest.setdefault(one.cluster, one)
            newest[one.cluster] = max(known, one, key=lambda each: each.place)
    return [one.id for one in sorted(newest.values(), key=lambda each: each.place, reverse=True)]


@pytest.mark.parametrize("seed", [1, 2])
def test_all_pages_of_every_filter_equal_a_scan(session: Session, seed: int) -> None:
    lot = Random(seed)
    media = [
        Medium(n, lot.randint(0, 40), lot.choice(CHANNELS), lot.choice(["photo", "photo", "file"]), lot.randint(1, 60))
        for n in range(1, 400)
    ]
    put(session, *media)
    for channel in (None, *CHANNELS):
        for kind in (None, "photo", "file", "voice"):
            found = walk(session, lot.choice([1, 7, 50]), channel=channel, kind=kind)
            assert [tile.media_id for tile in found] == naive(media, channel, kind), (channel, kind)
            for tile in found:
                same = [one for one in media if one.cluster == media[tile.media_id - 1].cluster]
                assert (tile.copies, tile.channels, tile.more) == (len(same), len({one.channel for one in same}), False)


def test_a_tile_tells_its_post(session: Session) -> None:
    put(session, Medium(7, 3, cluster=9), Medium(8, 4, channel=2, kind="file", cluster=10))
    session.execute(text("UPDATE posts SET deleted_at = :day WHERE id = 7"), {"day": DAY})
    unresolved, deleted = tiles(session).tiles
    assert deleted == Tile(
        media_id=7,
        post_id=7,
        message_id=7,
        channel="Город",
        channel_key="city_news",
        permalink="https://t.me/city_news/7",
        posted_at=DAY + timedelta(hours=3),
        deleted_at=DAY,
        kind="photo",
        role="own",
        sha256=f"{9:064x}",
        mime="image/jpeg",
        file_name=None,
        duration=None,
        description=None,
        labels=(),
        copies=1,
        channels=1,
        more=False,
    )
    assert (unresolved.channel, unresolved.permalink, unresolved.deleted_at) == ("@quiet_place", None, None)
    assert unresolved.channel_key == "quiet_place"


def test_posts_that_arrive_change_no_page_of_a_walk(session: Session) -> None:
    """New pictures, and new copies of clusters that the walk has shown or is still to show."""
    put(session, *(Medium(n, n, cluster=n) for n in range(1, 31)))
    page = tiles(session, limit=4)
    seen = ids(page)
    for n in range(7):
        put(session, *(Medium(1000 * n + 1000 + c, 50 + n, cluster=c) for c in {30, 30 - 4 * n, 2, 1, 200 + n}))
        assert page.cursor
        page = tiles(session, limit=4, cursor=page.cursor)
        seen += ids(page)
    assert seen == list(range(30, 0, -1))
    assert page.cursor is None
    assert [tile.media_id for tile in walk(session, 4)][:2] == [7206, 7030], "the next walk begins with them"


def test_a_posting_out_of_history_takes_its_tile_along(session: Session) -> None:
    """It is no newer than the walk's first tile: the cluster is shown where the copy stands, but never twice."""
    put(session, *(Medium(n, 10 * n, cluster=n) for n in range(1, 9)))
    page = tiles(session, limit=4)
    assert ids(page) == [8, 7, 6, 5]
    put(session, Medium(100, 65, cluster=2), Medium(101, 35, cluster=1), Medium(102, 25, cluster=8))
    assert [tile.media_id for tile in walk(session, 4, start=page.cursor)] == [4, 101, 3]
    assert [tile.media_id for tile in walk(session, 4)] == [8, 7, 100, 6, 5, 4, 101, 3]


def test_a_picture_that_joins_a_shown_cluster_is_not_shown_again(session: Session) -> None:
    put(session, *(Medium(n, n, cluster=n) for n in range(1, 9)))
    page = tiles(session, limit=4)
    session.execute(text("UPDATE shown SET cluster_id = 8 WHERE media_id IN (2, 3)"))
    assert [tile.media_id for tile in walk(session, 4, start=page.cursor)] == [4, 1]


def test_media_that_came_since_are_counted_within_the_filter(session: Session) -> None:
    empty = tiles(session).top
    put(session, Medium(1, 1, cluster=1), Medium(2, 2, channel=2, kind="file", cluster=2))
    assert newer_than(session, empty) == 2
    whole, own = tiles(session), tiles(session, channel=2, kind="file")
    assert [newer_than(session, one.top) for one in (whole, own)] == [0, 0]
    put(session, *(Medium(10 + n, 10 + n, 1 + n % 2, "photo" if n % 3 else "file", 1 + n % 5) for n in range(30)))
    put(session, Medium(5, 0, cluster=9))  # out of history
    assert newer_than(session, whole.top) == 30
    assert newer_than(session, own.top, channel=2, kind="file") == 5
    assert newer_than(session, tiles(session, kind="file").top, kind="file") == 0
    put(session, *(Medium(100 + n, 100 + n, cluster=3) for n in range(200)))
    assert newer_than(session, whole.top) == 100, "stands for more"
    second = tiles(session, limit=1, cursor=tiles(session, limit=1).cursor)
    assert newer_than(session, second.top) == 0, "each page of a walk knows where it began"


def test_a_run_of_copies_is_one_tile_and_its_count_is_bounded(session: Session) -> None:
    run = [Medium(n, n, channel=2 if n < 2000 else 1 + 2 * (n % 2), cluster=1) for n in range(1000, 4000)]
    put(session, Medium(1, 1, cluster=2), *run, Medium(5000, 5000, cluster=3))
    top, copies, below = tiles(session, limit=10).tiles
    assert (top.media_id, copies.media_id, below.media_id) == (5000, 3999, 1)
    assert (copies.copies, copies.channels, copies.more) == (1000, 2, True), "those of the newest"
    assert (top.copies, top.more) == (1, False)


def test_a_page_looks_at_so_many_media_and_goes_on_in_the_next(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "LOOKED_AT", 40)
    put(session, Medium(1, 1, cluster=2), *(Medium(n, n, cluster=1) for n in range(1000, 1100)))
    page = tiles(session, limit=10)
    assert ids(page) == [1099]
    pages = []
    while page.cursor is not None:
        page = tiles(session, limit=10, cursor=page.cursor)
        pages.append(ids(page))
    assert pages == [[], [1]]


def test_a_rare_kind_of_a_channel_is_sought_in_portions(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "LOOKED_AT", 40)
    put(session, Medium(1, 1, kind="voice", cluster=1), *(Medium(n, n, cluster=n) for n in range(100, 200)))
    page = tiles(session, channel=1, kind="voice")
    assert (page.tiles, page.cursor is None) == ((), False)
    assert [tile.media_id for tile in walk(session, 10, channel=1, kind="voice")] == [1]


@pytest.mark.parametrize("cursor", ["", "x", "WyJ0aWxlIl0", "eyJhIjoxfQ", "WyJsaXN0IiwiYSIsMV0", "\N{SNOWMAN}"])
def test_another_cursor_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(UserError, match="the cursor is not one that the gallery gave"):
        tiles(session, cursor=cursor)


FILL = """
    INSERT INTO shown (media_id, posted_at, channel_id, kind, file_id, cluster_id)
    SELECT n, now() - n * interval '1 minute', 1 + mod(n, 3), CASE mod(n, 50) WHEN 0 THEN 'file' ELSE 'photo' END, n,
        CASE WHEN n < {} THEN 1 ELSE n END FROM generate_series(1, 20000) AS n
"""
FILTERS = {
    _Filter(None, None): "idx_shown_posted_at",
    _Filter(2, None): "idx_shown_channel_id",
    _Filter(None, "file"): "idx_shown_kind",
    _Filter(2, "file"): "idx_shown_channel_id",
}


def plans(session: Session) -> Iterator[tuple[str, str]]:
    """(the index that serves it, plan) of each statement of a page."""
    for only, index in FILTERS.items():
        place = {**only.given(), **_given((DAY, 9))}
        yield index, _plan(session, only.list().text, {**place, "most": 100})
        yield index, _plan(session, only.newer().text, {**place, "most": 100, "counted": 10})
        yield "idx_shown_cluster_id", _plan(session, only.newest().text, {**place, "clusters": [1, 2, 3]})
    yield "idx_shown_cluster_id", _plan(session, COUNTS.text, {"clusters": [1, 2, 3], "most": 100})


def _plan(session: Session, statement: str, given: dict[str, object]) -> str:
    with walking(session):
        return "\n".join(session.scalars(text(f"EXPLAIN {statement}"), given))


@pytest.mark.parametrize("copies", [0, 19_000])
def test_each_statement_takes_its_index_whatever_is_known_of_the_table(session: Session, copies: int) -> None:
    unknown = list(plans(session))
    session.execute(text(FILL.format(copies)))
    grown = list(plans(session))
    session.execute(text("ANALYZE shown"))
    for index, plan in [*unknown, *grown, *plans(session)]:
        assert f"using {index} on shown" in plan, plan
        assert "Sort" not in plan.rpartition("Limit")[2], plan
        assert plan.count(" on shown") == 1, plan


def test_a_cursor_of_a_thousand_brackets_is_refused(session: Session) -> None:
    with pytest.raises(UserError, match="begin again without it"):
        tiles(session, cursor=base64.b64encode(b"[" * 100_000).decode())
