"""The limits of a channel: only the files that they take are fetched, and the others when the limits are wider."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.cli.main import cli
from app.db import transaction
from app.demo.telegram import LoopbackTelegram
from app.demo.world import File, Message
from app.domain.fetching import FetchRules
from app.domain.kinds import Step
from app.domain.messages import MediaRequest
from app.models import Channel, Post, PostMedia
from app.operations import fetch_rules
from app.pipeline.posts.left_out import leave_out
from tests.factories.messages import START, document, message, photo, picture, sha256, texts
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import albums, change, enrichment, one, rows, work
from tests.integration.pipeline.flow import Flow, elsewhere
from tests.integration.pipeline.test_download import fetched, ingest_only
from tests.integration.pipeline.verifying import told, wrong

Call = Callable[..., str]
KEPT = "SELECT array_agg(telegram_message_id ORDER BY telegram_message_id) FROM posts"
STORED = "SELECT count(*) FROM post_media WHERE sha256 IS NOT NULL"


@pytest.fixture
def call(flow: Flow) -> Call:
    """Runs a command in this process; returns its output."""

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    return run


def status(call: Call) -> dict[str, Any]:
    """The first channel of `channels list --json`."""
    found: dict[str, Any] = json.loads(call("channels", "list", "--json"))[0]
    return found


def old(day: int, id: int, words: str, file: File | None = None, **rest: Any) -> Message:
    """A message of January 2024."""
    return message(id, words, file, date=datetime(2024, 1, day, 12, tzinfo=UTC), **rest)


def clip(size: int) -> File:
    return document(b"\x00\x00\x00\x18ftypmp42" + picture() + bytes(size), "video", "video/mp4")


def test_exactly_the_wanted_files_are_fetched_and_the_others_later(
    flow: Flow, server: LoopbackTelegram, call: Call
) -> None:
    early, cat, large = photo("early"), photo("cat"), photo("large", data=picture("large") + bytes(60_000))
    short, long, song, plan = clip(100), clip(70_000), document(b"ID3 song", "audio", "audio/mpeg"), document(b"plan")
    everything = [early, cat, large, short, long, song, plan]
    flow.post(old(10, 1, "Early", early), old(20, 2, "A cat", cat), old(21, 3, "Large", large))
    flow.post(old(22, 4, "Short", short), old(23, 5, "Long", long), old(24, 6, "Song", song), old(25, 7, "Plan", plan))
    limits = ("--media", "photo,video", "--max-size", "50KB", "--since", "2024-01-15")
    [added] = json.loads(call("channels", "add", "@news", *limits, "--json"))
    assert added["fetch"] == {"media": ["photo", "video"], "max_size": 50_000, "since": "2024-01-15"}
    flow.run()
    assert fetched(server, *everything) == {cat.id: 1, short.id: 1}
    assert one(KEPT) == [2, 3, 4, 5, 6, 7], "words of posts whose files are left out stay, older ones are not read"
    assert one("SELECT count(*) FROM search_documents") == 6
    assert all(enrichment(i, "tags") for i in range(2, 8))
    assert sorted(rule for (rule,) in rows("SELECT rule FROM left_out_media")) == ["kind", "kind", "size", "size"]
    now = status(call)
    left = [large, long, song, plan]
    assert now["left_out"] == {"files": 4, "bytes": sum(len(file.read()) for file in left)}
    assert (now["history_left"], now["history_left_out"]) == (0, 1)
    assert now["limits"] == "photo and video, up to 50 KB, since 2024-01-15"

    assert "2 files that were left out" in call("channels", "set", "@news", "--max-size", "none")
    flow.run()
    assert fetched(server, *everything) == {cat.id: 1, short.id: 1, large.id: 1, long.id: 1}
    assert status(call)["left_out"]["files"] == 2

    widened = call("channels", "set", "@news", "--media", "all", "--since", "none")
    assert "2 files" in widened
    assert "older history" in widened
    flow.run()
    assert fetched(server, *everything) == dict.fromkeys([file.id for file in everything], 1), "each once"
    assert one(KEPT) == [1, 2, 3, 4, 5, 6, 7]
    assert one(STORED) == 7
    now = status(call)
    assert (now["left_out"]["files"], now["history_left"], now["history_left_out"]) == (0, 0, 0)
    assert Counter(flow.vision.calls) == dict.fromkeys(map(sha256, (early, cat, large)), 1)


def test_an_album_is_whole_without_the_item_that_is_left_out(flow: Flow, server: LoopbackTelegram, call: Call) -> None:
    cat, film = photo("cat"), clip(10)
    flow.post(message(1, "Both", cat, grouped_id=9, date=START), message(2, "", film, grouped_id=9, date=START))
    call("channels", "add", "@news", "--media", "photo")
    flow.run()
    assert albums() == [(9, "mixed", 2, "complete", [1, 2])]
    tags = enrichment(1, "tags")
    assert fetched(server, cat, film) == {cat.id: 1}
    [first, second] = json.loads(call("explain", "@news/1", "--json"))["messages"]
    assert (first["missing"], first["sha256"]) == (None, sha256(cat))
    assert "the channel takes photo" in second["missing"]
    assert "left out by choice" in call("explain", "@news/1")
    assert wrong(flow, telegram=True) == {}
    assert told(flow)["media"].notes == ["1 left out by choice: `media-audit channels list` says by which limits"]
    call("channels", "set", "@news", "--media", "all")
    flow.run()
    assert fetched(server, cat, film) == {cat.id: 1, film.id: 1}
    assert albums() == [(9, "mixed", 2, "complete", [1, 2])]
    assert enrichment(1, "tags") == tags
    assert one("SELECT count(*) FROM publications WHERE persisted_revision = revision") == 1


def test_history_ends_at_the_day_and_not_at_a_date_out_of_order(
    flow: Flow, server: LoopbackTelegram, call: Call
) -> None:
    """Midnight is inside. An old date in the upper page ends nothing, a whole page of old dates does."""
    midnight = datetime(2024, 2, 1, tzinfo=UTC)
    before = [message(i, f"Before {i}", date=midnight - timedelta(minutes=131 - i)) for i in range(1, 131)]
    after = [message(i, f"After {i}", date=midnight + timedelta(minutes=i - 131)) for i in range(131, 160)]
    out_of_order = message(160, "Imported", date=midnight - timedelta(days=90))
    flow.post(*before, *after, out_of_order, message(161, "Last", date=midnight + timedelta(days=1)))
    call("channels", "add", "@news", "--since", "2024-02-01")
    flow.run()
    assert one(KEPT) == list(range(131, 162))
    [(_, _, state, reason)] = work(Step.BACKFILL)
    assert (state, "before 2024-02-01" in reason) == ("done", True)
    asked = len(server.ledger.of("messages.getHistory"))
    assert "nothing to read" in call("backfill"), "an end by choice is no unread history"
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE step = 'backfill'")
    flow.run()
    assert len(server.ledger.of("messages.getHistory")) == asked + 1, "the poll alone"
    assert status(call)["history_left_out"] == 130
    call("channels", "set", "@news", "--since", "2024-03-01")  # narrower: what was read stays
    call("channels", "set", "@news", "--since", "2024-02-01")
    flow.run()
    assert status(call)["history_left_out"] == 130
    call("channels", "set", "@news", "--since", "none")
    flow.run()
    assert one(KEPT) == list(range(1, 162))
    assert work(Step.BACKFILL)[0][2:] == ("done", None)
    assert status(call)["history_left_out"] == 0


def test_a_channel_without_a_post_since_the_day_is_read_when_one_comes(flow: Flow, call: Call) -> None:
    flow.post(*texts([1, 2, 3]))
    call("channels", "add", "@news", "--since", "2024-06-01")
    flow.run()
    assert one(KEPT) is None
    flow.post(message(4, "New", date=datetime(2024, 6, 2, tzinfo=UTC)))
    flow.run()
    assert one(KEPT) == [4]


def test_again_reads_down_to_the_day_once_more(flow: Flow, call: Call) -> None:
    flow.post(old(1, 1, "One"), old(3, 2, "Two"))
    call("channels", "add", "@news", "--since", "2024-01-02")
    flow.run()
    change("DELETE FROM search_documents; DELETE FROM work WHERE step <> 'backfill' AND step <> 'poll'")
    assert "@news" in call("backfill", "--again")
    flow.run()
    assert one(KEPT) == [2]
    assert status(call)["history_left_out"] == 1


def test_a_limit_holds_for_files_that_wait_already(flow: Flow, server: LoopbackTelegram, call: Call) -> None:
    cat, film = photo("cat"), clip(10)
    flow.post(message(1, "A cat", cat), message(2, "A film", film))
    flow.drive.watch("@news")
    assert len(ingest_only(flow)) == 2
    call("channels", "set", "@news", "--media", "photo")
    flow.run()
    assert fetched(server, cat, film) == {cat.id: 1}


def test_a_file_under_way_stays_when_a_limit_comes(flow: Flow, call: Call) -> None:
    film = clip(10)
    flow.post(message(1, "A film", film))
    flow.drive.watch("@news")
    media = flow.drive.media

    class Meanwhile:
        """While the file is fetched, a user sets a limit."""

        def fetch(self, requests: Sequence[MediaRequest]) -> list[Any]:
            elsewhere(lambda: call("channels", "set", "@news", "--media", "photo"))
            return list(media.fetch(requests))

    flow.drive.media = Meanwhile()
    flow.run()
    assert one(STORED) == 1
    assert status(call)["left_out"]["files"] == 0


def test_a_file_that_is_here_is_linked_and_not_left_out(flow: Flow, server: LoopbackTelegram, call: Call) -> None:
    film = clip(10)
    flow.post(message(1, "A film", film), channel=CITY)
    flow.watch("@city")
    flow.post(message(1, "The same", film))
    call("channels", "add", "@news", "--media", "none")
    flow.run()
    assert fetched(server, film) == {film.id: 1}
    assert one(STORED) == 2
    assert one("SELECT count(*) FROM left_out_media") == 0


def test_a_medium_that_an_edit_brings_is_judged_anew(flow: Flow, server: LoopbackTelegram, call: Call) -> None:
    film, cat = clip(10), photo("cat")
    flow.post(message(1, "Look", film))
    call("channels", "add", "@news", "--media", "photo")
    flow.run()
    assert status(call)["left_out"]["files"] == 1
    flow.post(message(1, "Look", cat, edit_date=START))
    flow.run()
    assert fetched(server, film, cat) == {cat.id: 1}
    assert status(call)["left_out"]["files"] == 0
    assert "@news is fetched: all media" in call("channels", "set", "@news", "--media", "all")
    flow.run()
    assert fetched(server, film, cat) == {cat.id: 1}


def test_a_new_text_fetches_nothing_that_is_left_out(flow: Flow, server: LoopbackTelegram, call: Call) -> None:
    film = clip(10)
    flow.post(message(1, "Look", film))
    call("channels", "add", "@news", "--media", "photo")
    flow.run()
    flow.post(message(1, "Look here", film, edit_date=START))
    flow.run()
    assert fetched(server, film) == {}
    assert one("SELECT text FROM publications") == "Look here"
    assert status(call)["left_out"]["files"] == 1


@pytest.fixture
def cut_off(flow: Flow, call: Call, monkeypatch: pytest.MonkeyPatch) -> list[File]:
    """Five films that were left out; the limits take them now, but `channels set` was killed before it let them in."""
    monkeypatch.setattr(fetch_rules, "PAGE", 2)
    films = [clip(n) for n in range(5)]
    flow.post(*(message(n, f"Film {n}", film) for n, film in enumerate(films, 1)))
    call("channels", "add", "@news", "--media", "photo")
    flow.run()
    with transaction() as session:
        fetch_rules.change(session, session.scalars(select(Channel)).one(), {"kinds": None})
    return films


def test_letting_in_goes_on_after_it_was_cut_off(
    flow: Flow, server: LoopbackTelegram, call: Call, cut_off: list[File]
) -> None:
    """Page by page, by the same command once more."""
    assert "5 files" in call("channels", "set", "@news", "--media", "all")
    flow.run()
    assert fetched(server, *cut_off) == dict.fromkeys([film.id for film in cut_off], 1)


def test_verify_finds_files_that_are_held_back(flow: Flow, server: LoopbackTelegram, cut_off: list[File]) -> None:
    found = wrong(flow, repair=True)
    assert found["media"][0] == "@news/1: left out, although the limits of its channel take it"
    assert len(found["media"]) == 5
    flow.run()
    assert fetched(server, *cut_off) == dict.fromkeys([film.id for film in cut_off], 1)
    assert wrong(flow) == {}


@pytest.fixture
def leaving(flow: Flow) -> Iterator[Callable[[], dict[int, str]]]:
    """A download that has just been left out by the present limits, in a transaction that commits when called."""
    flow.post(message(1, "A film", clip(10)))
    flow.drive.watch("@news")
    ingest_only(flow)
    change("UPDATE channels SET fetch_kinds = ARRAY['photo']")
    with transaction() as session:
        row = session.execute(select(PostMedia, Post, Channel).join(Post, PostMedia.post_id == Post.id).join(Channel))
        found = leave_out(session, [tuple(one) for one in row])  # type: ignore[misc]

        def commit() -> dict[int, str]:
            session.commit()
            return found

        yield commit


def test_a_wider_limit_misses_no_file_that_is_being_left_out(leaving: Callable[[], dict[int, str]]) -> None:
    """The change waits for the worker that still judges by the old limit."""

    def widen() -> int:
        with transaction() as session:
            changed = fetch_rules.change(session, session.scalars(select(Channel)).one(), {"kinds": None})
        return fetch_rules.let_in_now(changed.channel)

    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with ThreadPoolExecutor(1) as pool:
        due = pool.submit(widen)
        while not due.done() and not one(waits):
            pass
        assert len(leaving()) == 1
        assert due.result() == 1
    assert one("SELECT count(*) FROM left_out_media") == 0


def test_the_limits_are_shown_and_wrong_ones_refused(flow: Flow, call: Call) -> None:
    call("channels", "add", "@news", "@city")
    assert "left out" not in call("channels", "list")
    assert "photo, up to 5 MiB" in call("channels", "set", "@news", "--media", "photo", "--max-size", "5MiB")
    listed = call("channels", "list")
    assert "photo, up to 5 MiB" in listed
    assert "all media" in listed, "of @city"
    assert "photo, video, audio, document" in call("channels", "set", "@news", "--media", "gifs", code=2)
    assert "--max-size 50MB" in call("channels", "set", "@news", "--max-size", "fifty", code=2)
    assert "--since 2024-01-31" in call("channels", "add", "@news", "--since", "1/1/2024", code=2)
    assert "yet to come" in call("channels", "set", "@news", "--since", "2999-01-01", code=2)
    assert "name a limit" in call("channels", "set", "@news", code=2)
    call("channels", "set", "@elsewhere", "--media", "all", code=1)
    with transaction() as session:
        kept = session.scalars(select(Channel).where(Channel.reference == "@news")).one()
        assert (kept.fetch_kinds, kept.fetch_max_bytes) == (["photo"], 5 * 2**20)
    assert call("channels", "set", "@news", "--media", "all", "--max-size", "none").strip().endswith(str(FetchRules()))
