"""Tags by day and forwards by week: exact however often, late or out of order a document is indexed, on real rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.db import transaction
from app.domain.enrichment import TagsMetadata
from app.domain.kinds import Step
from app.models import Publication
from app.pipeline.engine import work
from app.pipeline.posts import document_counts, enrichment
from app.pipeline.posts.search_trends import TRENDS
from app.pipeline.steps.index import index_publications
from app.settings import Settings
from tests.factories import rows
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.database import rows as read

SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY = date(2026, 2, 23)  # of its week
DELTAS = "SELECT count(*) FROM search_trend_deltas"
VERSIONS = "SELECT publication_id, xmin::text FROM search_document_trends ORDER BY 1"
Tags = dict[tuple[str, date, int], int]  # (tag, day, channel) -> publications
Edges = dict[tuple[date, int, int], int]  # (week, origin, channel) -> publications


@pytest.fixture
def channel(settings: Settings) -> int:
    """A channel; its id."""
    return watched("@news")


def watched(name: str) -> int:
    """A channel; its id."""
    with transaction() as session:
        return rows.channel(session, name).id


def posted(channel: int, *tags: str, at: datetime | None = SUNDAY, origins: Sequence[int | None] = (None,)) -> int:
    """A publication with these tags, and a post for each origin (None: it is no forward); its id."""
    with transaction() as session:
        made = rows.publication(session, channel, text="words", posted_at=at, grouped_id=None)
        for number, origin in enumerate(origins):
            forward = None if origin is None else {"from_telegram_id": origin, "from_name": None, "message_id": 7}
            rows.post(session, made, 100 * made.id + number, leads=number == 0, text="words", forward=forward)
    retag(made.id, *tags)
    return made.id


def retag(publication: int, *tags: str) -> None:
    """Other tags, without another revision."""
    about = {"tags_version": None, "features_hash": None, "text_hash": "t", "tagger_version": "v"}
    made = TagsMetadata(tags=list(tags), tags_hash="h", tagger_input_hash="i", revision=1, trigger="initial", **about)
    with transaction() as session:
        lead = session.get_one(Publication, publication).lead_post_id
        assert lead is not None
        enrichment.write_all(session, {lead: made})


def move(publication: int, at: datetime | None) -> None:
    """Another time, as when the first post of an album comes late."""
    change("UPDATE publications SET posted_at = :at WHERE id = :id", at=at, id=publication)


def index(*publications: int) -> None:
    """The step, for publications that are due, as one batch."""
    keys = [(id_, 1) for id_ in publications]
    with transaction() as session:
        work.requeue(session, Step.INDEX, keys, hint=0.0)
    assert index_publications(None, keys) == []


def tags() -> Tags:
    """The rows of tag_days once all changes are added up."""
    while TRENDS.fold():
        pass
    return {(tag, day, channel): n for tag, day, channel, n in read("SELECT tag, day, channel_id, n FROM tag_days")}


def edges() -> Edges:
    """The same of forward_weeks."""
    while TRENDS.fold():
        pass
    found = read("SELECT week, origin, channel_id, n FROM forward_weeks")
    return {(week, origin, channel): n for week, origin, channel, n in found}


def scanned() -> tuple[Tags, Edges]:
    """Both by a scan of documents and posts."""
    by_tag: Counter[tuple[str, date, int]] = Counter()
    by_origin: Counter[tuple[date, int, int]] = Counter()
    for id_, channel, at, names in read("SELECT publication_id, channel_id, posted_at, tag_list FROM search_documents"):
        if at is None:
            continue
        day: date = at.astimezone(UTC).date()
        by_tag.update((name, day, channel) for name in names)
        forwards = read("SELECT DISTINCT forward ->> 'from_telegram_id' FROM posts WHERE publication_id = :id", id=id_)
        year, week, _ = day.isocalendar()
        begins = date.fromisocalendar(year, week, 1)
        by_origin.update((begins, int(origin), channel) for (origin,) in forwards if origin is not None)
    return dict(by_tag), dict(by_origin)


def test_a_tag_counts_once_for_each_publication_of_its_day_and_channel(channel: int) -> None:
    other, day = watched("@city"), SUNDAY.date()
    ids = [posted(channel, "паром", "кит"), posted(channel, "паром"), posted(channel), posted(other, "паром")]
    index(*ids, posted(channel, "паром", at=SUNDAY + timedelta(days=1)))
    assert tags() == {
        ("паром", day, channel): 2,
        ("кит", day, channel): 1,
        ("паром", day, other): 1,
        ("паром", day + timedelta(days=1), channel): 1,
    }


def test_days_and_weeks_are_those_of_utc(channel: int) -> None:
    """On the clock of the channel it is Monday already."""
    index(posted(channel, "паром", at=datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=3))), origins=[5]))
    assert tags() == {("паром", date(2026, 3, 1), channel): 1}
    assert edges() == {(MONDAY, 5, channel): 1}


def test_an_edge_counts_publications_and_an_album_once_for_each_origin(channel: int) -> None:
    album = posted(channel, origins=[5, 5, None, 6])
    later = posted(channel, origins=[5], at=SUNDAY + timedelta(days=1))
    index(album, later, posted(channel, origins=[5], at=SUNDAY - timedelta(days=6)), posted(channel))
    assert edges() == {
        (MONDAY, 5, channel): 2,
        (MONDAY, 6, channel): 1,
        (MONDAY + timedelta(days=7), 5, channel): 1,
    }


def test_a_publication_without_a_date_or_with_a_hidden_sender_counts_nowhere(channel: int) -> None:
    hidden = posted(channel, at=None, origins=[5])
    with transaction() as session:
        made = rows.publication(session, channel, posted_at=SUNDAY)
        rows.post(session, made, 9, leads=True, forward={"from_telegram_id": None, "from_name": "Ann"})
    index(hidden, made.id)
    assert (tags(), edges()) == ({}, {})
    assert one(DELTAS) == 0


def test_indexing_again_changes_nothing_and_writes_no_row(channel: int) -> None:
    ids = [posted(channel, "паром", origins=[5]), posted(channel, "кит")]
    index(*ids)
    before = tags(), edges(), read(VERSIONS)
    for _ in range(2):
        index(*ids)
        assert one(DELTAS) == 0
    assert (tags(), edges(), read(VERSIONS)) == before


def test_a_batch_appends_one_row_whatever_it_changes(channel: int) -> None:
    ids = [posted(channel, f"тег {n}", origins=[n]) for n in range(1, 9)]
    index(*ids)
    assert one(DELTAS) == 1


def test_new_tags_and_another_day_move_the_counts_and_a_count_of_zero_has_no_row(channel: int) -> None:
    first, second = posted(channel, "паром", origins=[5]), posted(channel, "паром")
    index(first, second)
    assert tags() == {("паром", date(2026, 3, 1), channel): 2}
    retag(first, "кит")
    index(first)
    assert tags() == {("кит", date(2026, 3, 1), channel): 1, ("паром", date(2026, 3, 1), channel): 1}
    move(second, SUNDAY + timedelta(days=1))
    index(second)
    assert tags() == {
        ("кит", date(2026, 3, 1), channel): 1,
        ("паром", date(2026, 3, 2), channel): 1,
    }
    move(first, SUNDAY - timedelta(days=7))
    move(second, None)
    index(first, second)
    assert tags() == {("кит", date(2026, 2, 22), channel): 1}
    assert edges() == {(MONDAY - timedelta(days=7), 5, channel): 1}


def test_a_deleted_post_stays_counted_for_it_was_published(channel: int) -> None:
    publication = posted(channel, "паром")
    index(publication)
    change("UPDATE publications SET deleted_at = now()")
    index(publication)
    assert tags() == {("паром", SUNDAY.date(), channel): 1}


def test_any_order_of_changes_and_folds_ends_as_a_scan_of_the_rows(channel: int) -> None:
    rng = random.Random(7)
    channels = [channel, watched("@city"), watched("@desk")]
    ids = [posted(rng.choice(channels), "паром", origins=[rng.choice([None, 5, 6])]) for _ in range(9)]
    for turn in range(60):
        some = rng.sample(ids, rng.randint(1, 4))
        for id_ in some:
            _change(rng, id_)
        index(*some)
        if turn % 7 == 0:
            TRENDS.fold()
        if turn % 20 == 0:
            ids.append(posted(rng.choice(channels), "порт", origins=[5, 6]))
    change("UPDATE search_trend_deltas SET id = -id")  # the newest first
    assert (tags(), edges()) == scanned()
    index(*ids)
    assert (tags(), edges()) == scanned()


def _change(rng: random.Random, publication: int) -> None:
    """A retag, a move, a deletion or nothing."""
    match rng.randrange(4):
        case 0:
            retag(publication, *rng.sample(["паром", "катер", "кит", "порт"], rng.randint(0, 3)))
        case 1:
            move(publication, rng.choice([None, SUNDAY + timedelta(hours=rng.randint(-300, 300))]))
        case 2:
            change("UPDATE publications SET deleted_at = now() WHERE id = :id", id=publication)


def test_workers_and_folds_at_once_wait_for_no_one_and_lose_no_count(channel: int) -> None:
    ids = [posted(channel, "паром", f"тег {n % 4}", origins=[n % 3]) for n in range(40)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda part: index(*part), [ids[n::4] for n in range(4)]))
        parts = [pool.submit(index, *ids[n::2]) for n in range(2)]
        list(pool.map(lambda _: TRENDS.fold(), range(4)))
        assert [part.result(timeout=20) for part in parts] == [None, None]
    assert (tags(), edges()) == scanned()


def test_a_batch_and_a_fold_that_are_killed_count_nothing(channel: int) -> None:
    first = posted(channel, "паром")
    index(first)
    with transaction() as session:
        TRENDS.count(session, {first: f"tag 2026-03-01 {channel} кит"})
        session.rollback()
    with transaction() as session:
        assert TRENDS.fold_within(session) == 1
        session.rollback()
    assert one(DELTAS) == 1
    assert tags() == {("паром", SUNDAY.date(), channel): 1}


def test_documents_of_before_are_counted_in_portions_from_where_it_stopped(
    channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [posted(channel, "паром", origins=[5]) for _ in range(7)]
    index(*ids)
    _as_before(ids)
    monkeypatch.setattr(document_counts, "FILLED", 3)
    assert TRENDS.fill()
    day = SUNDAY.date()
    assert (tags(), edges()) == ({("паром", day, channel): 3}, {(MONDAY, 5, channel): 3})
    retag(ids[0], "катер")
    retag(ids[6], "катер")
    index(ids[0], ids[6])  # one that is counted, one that is not yet
    while TRENDS.fill():
        pass
    assert tags() == {("паром", day, channel): 5, ("катер", day, channel): 2}
    assert edges() == {(MONDAY, 5, channel): 7}
    assert read("SELECT * FROM search_trends_fill") == []
    assert not TRENDS.fill()


def _as_before(ids: Collection[int]) -> None:
    """The archive as an earlier release left it, after the migration."""
    for table in ("search_trend_deltas", "search_document_trends", "tag_days", "forward_weeks"):
        change(f"DELETE FROM {table}")
    change("INSERT INTO search_trends_fill VALUES (1, 0)")


def test_documents_of_before_wait_while_a_live_post_is_due(channel: int) -> None:
    first, second = posted(channel, "паром"), posted(channel, "кит")
    index(first)
    _as_before([first])
    with transaction() as session:
        work.requeue(session, Step.INDEX, [(second, 1)], hint=0.0)
    assert not TRENDS.fill()
    index_publications(None, [(second, 1)])
    assert TRENDS.fill()


def test_what_a_worker_of_the_release_before_wrote_is_counted_at_the_next_index(channel: int) -> None:
    """It writes the document and no trends: the counts of before go by those that are stored, not by the document."""
    publication = posted(channel, "паром")
    index(publication)
    change("UPDATE search_documents SET tag_list = '{кит}', posted_at = posted_at - interval '1 day'")
    retag(publication, "порт")
    index(publication)
    assert tags() == {("порт", SUNDAY.date(), channel): 1}
