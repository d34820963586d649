"""reanalyze and retag: what they say beforehand is what they do; nothing is paid twice, and live posts go first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.llm.tagger import LlmTagger
from app.adapters.tagger.vocabulary import load_vocabulary
from app.db import transaction
from app.demo.llm import Fault
from app.domain.kinds import State, Step
from app.errors import UserError
from app.pipeline.sweep import sweep
from app.reread.choice import choose
from app.reread.files import FilePlan, Files
from app.reread.run import first_portion, read_again, tag_again
from app.reread.standing import STOPPED, still_open, stop
from app.reread.tags import TagPlan, Tags
from app.settings import Settings, get_settings
from tests.integration.pipeline.paid import Bought, bought, readings, reasons, states
from tests.integration.pipeline.worlds import (
    CITY,
    START,
    Flow,
    PictureReader,
    change,
    document,
    enrichment,
    lineage,
    message,
    now,
    one,
    photo,
    picture,
    rows,
)

OLD, NEW = ({"VISION_MAX_TOKENS": tokens} for tokens in (512, 700))  # recipes, of which the loopback says the same


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bought]:
    """A watched channel whose pictures an OpenAI-compatible server reads."""
    with bought(flow, monkeypatch) as made:
        made.connect("openai")
        flow.watch()
        yield made


def planned(bill: Bought, *where: str, channel: str | None = None, since: str | None = None) -> FilePlan:
    """The dry-run."""
    drive = bill.flow.drive
    providers = [one for one in (drive.vision, *drive.fallback) if one]
    with transaction() as session:
        return Files(session, providers, choose(session, channel, since, where)).plan(drive.tagger)


def asked(plan: FilePlan) -> int:
    """The run, as far as the command does it."""
    return sum(armed for _, armed in read_again(plan.keys))


def versions() -> dict[int, tuple[Any, Any]]:
    """message -> (vision version, tags version)"""
    found = rows("SELECT telegram_message_id FROM posts")
    visions = {id_: enrichment(id_, "vision") or {} for (id_,) in found}
    tags = {id_: enrichment(id_, "tags") or {} for (id_,) in found}
    return {id_: (visions[id_].get("vision_version"), tags[id_].get("tags_version")) for id_ in visions}


def test_the_run_does_what_the_dry_run_said(bill: Bought) -> None:
    same = picture()
    album = [message(n, "An album" if n == 10 else "", photo(), grouped_id=5, date=START) for n in (10, 11, 12)]
    bill.flow.post(*album, message(20, "Twice", photo(data=same)), message(21, "the same", photo(data=same)))
    bill.flow.post(message(30, "Words alone"), message(31, "A table", document(b"PK\x03\x04", mime="application/zip")))
    bill.flow.run()
    assert bill.chats == 4
    assert planned(bill).files == 0, "the recipe of today has read everything"
    bill.connect("openai", **NEW)
    before, paid, calls = versions(), bill.spent(), bill.chats
    plan = planned(bill)
    assert (plan.files, plan.publications, plan.tags) == (4, 3, None)
    [price] = plan.prices
    assert (price.provider, price.questions, price.days) == ("openai", 4, 1)
    assert price.likely == paid, "the same model has read as many files before"
    assert bill.chats == calls

    assert asked(plan) == 4
    again = planned(bill)
    assert (again.files, again.tokens, again.standing.open) == (0, 0, 4)
    assert asked(plan) == 0, "run twice, it asks once"
    bill.flow.drive.settle()
    assert bill.chats - calls == plan.files
    assert 0 < bill.spent() - paid <= plan.tokens
    changed = [id_ for id_, found in versions().items() if found != before[id_]]
    assert len({one(f"SELECT publication_id FROM posts WHERE telegram_message_id = {id_}") for id_ in changed}) == 3
    done = planned(bill)
    assert (done.files, done.publications, done.tokens, done.standing.open) == (0, 0, 0, 0)


def test_equal_features_move_the_version_and_ask_no_tagger(bill: Bought) -> None:
    bill.photos(2)
    bill.connect("openai", **NEW)
    before, calls, passages = versions(), len(bill.flow.tagger.calls), one("SELECT count(*) FROM tag_changes")
    asked(planned(bill))
    bill.flow.drive.settle()
    assert len(bill.flow.tagger.calls) == calls
    assert one("SELECT count(*) FROM tag_changes") == passages + 2
    for id_ in (1, 2):
        assert lineage(id_)[-1][:3] == ("vision_retag", "same_input", False)
        vision, tags = versions()[id_]
        assert vision == tags > before[id_][1]


def test_stopped_in_the_middle_it_goes_on_where_it_was(bill: Bought) -> None:
    bill.photos(6)
    bill.connect("openai", **NEW, OPENAI_CALLS_PER_MINUTE=1, OPENAI_CALLS_AT_ONCE=2)
    calls = bill.chats
    asked(planned(bill))
    bill.flow.drive.follow(first_portion(Step.ANALYZE))
    assert bill.chats == calls + 2
    assert still_open_files() == {"due": 4}
    assert stop(Step.ANALYZE) == 4
    assert stop(Step.ANALYZE) == 0
    bill.connect("openai", **NEW, OPENAI_CALLS_PER_MINUTE="")
    bill.later()
    assert bill.chats == calls + 2
    assert reasons(State.SKIPPED) == {STOPPED}
    plan = planned(bill)
    assert (plan.files, plan.standing.open) == (4, 0)
    assert asked(plan) == 4
    bill.later()
    assert bill.chats == calls + 6
    assert len(bill.server.ledger.readings()) == 12
    assert planned(bill).files == 0


def still_open_files() -> dict[str, int]:
    """What was asked for and is not done."""
    with transaction() as session:
        return still_open(session, Step.ANALYZE)


def test_a_live_post_comes_first_and_has_a_budget_left(bill: Bought) -> None:
    bill.photos(8)
    spent, calls = bill.spent(), bill.chats
    each = planned_price(bill)
    # Re-reading's share of the day has room for some of the eight, and the rest of the day for a live post.
    bill.connect("openai", **NEW, OPENAI_DAILY_TOKENS=int((spent + 3 * each) / 0.8))
    assert asked(planned(bill)) == 8
    bill.flow.drive.follow(first_portion(Step.ANALYZE))
    some = bill.chats - calls
    assert 0 < some < 8
    assert still_open_files() == {"waiting": 8 - some}
    assert all(reason.startswith("re-reading's share of OPENAI_DAILY_TOKENS=") for reason in reasons(State.WAITING))
    bill.photos(1, first=9)
    assert bill.chats == calls + some + 1
    assert enrichment(9, "vision") is not None
    assert still_open_files() == {"waiting": 8 - some}
    assert bill.spent() <= get_settings().openai_daily_tokens  # type: ignore[operator]


def planned_price(bill: Bought) -> int:
    """The most that one file may cost by another recipe."""
    bill.connect("openai", **NEW)
    plan = planned(bill)
    return plan.tokens // plan.files


def test_lost_live_work_passes_a_long_re_reading_in_every_pass(settings: Settings) -> None:
    """1,000 files are to be read again, all silent for longer than the one that a live post waits for."""
    list(read_again([(file, 1) for file in range(1000, 2000)]))
    list(tag_again([(publication, 1) for publication in range(1000, 2000)]))
    for step in (Step.ANALYZE, Step.TAG):
        change("INSERT INTO work (step, subject_id, revision) VALUES (:step, 1, 1), (:step, 2, 1)", step=step.value)
    for first in (True, False):
        for step in (Step.ANALYZE, Step.TAG):
            keys = published(step)
            assert keys[:2] == [1, 2] if first else keys == [], "a portion is under way, the rest waits for it"
            assert len(keys) == 102 if first else True
    change("UPDATE work SET state = 'done' WHERE state = 'due' AND hint_at > now()")
    assert len(published(Step.ANALYZE)) == 100


PUBLISHED: dict[Step, list[int]] = {}


def published(step: Step) -> list[int]:
    """The subjects of one step that a pass publishes, in order; passes are shared between two questions."""
    if step not in PUBLISHED:
        calls: Sequence[Any] = sweep()
        for one_of in (Step.ANALYZE, Step.TAG):
            PUBLISHED[one_of] = [subject for call in calls if call.step is one_of for subject, _ in call.keys]
    return PUBLISHED.pop(step)


def test_what_may_have_been_paid_is_not_asked_again(bill: Bought) -> None:
    bill.photos(2)
    bill.connect("openai", **NEW, VISION_TIMEOUT=0.5)
    asked(planned(bill))
    bill.server.faults.add(Fault("hang"))
    bill.flow.drive.settle()
    calls = bill.chats
    plan = planned(bill)
    assert (plan.files, plan.standing.unknown) == (0, 1)
    assert asked(plan) == 0
    bill.later()
    assert bill.chats == calls
    bill.connect("openai", **NEW, UNANSWERED="retry")
    assert asked(planned(bill)) == 1
    bill.later()
    assert bill.chats == calls + 1


def test_what_died_is_tried_again_and_what_was_refused_is_not(bill: Bought) -> None:
    bill.photos(2)
    bill.connect("openai", **NEW)
    asked(planned(bill))
    bill.server.faults.add(Fault("refusal"), Fault("error", after=1, times=3))
    bill.flow.drive.settle()
    assert states() == {"dead": 1, "done": 2, "skipped": 1}
    plan = planned(bill)
    assert plan.files == 1
    assert asked(plan) == 1
    bill.later()
    assert states() == {"done": 3, "skipped": 1}
    assert planned(bill).files == 0


def test_a_fallback_is_not_paid_for_what_somebody_has_read(bill: Bought) -> None:
    bill.photos(2)
    second = PictureReader()
    bill.connect("openai", fallback=(second,), **NEW)
    bill.server.faults.add(Fault("no_credit", times=0))
    asked(planned(bill))
    bill.flow.drive.settle()
    assert second.calls == []
    assert still_open_files() == {"waiting": 2}
    bill.flow.post(message(9, "A live one", photo()))
    bill.flow.run()
    assert len(second.calls) == 1, "what is live has no other reading"


def test_who_came_while_vision_was_off_is_read_and_merged(bill: Bought) -> None:
    vision, bill.flow.drive.vision = bill.flow.drive.vision, None
    bill.photos(2)
    with pytest.raises(UserError, match="set VISION_PROVIDER"):
        planned(bill)
    bill.flow.drive.vision = vision
    plan = planned(bill, "status=unread")
    assert (plan.files, plan.publications) == (2, 2)
    assert plan.prices[0].likely is None, "nothing is known of this model"
    asked(plan)
    bill.flow.drive.settle()
    assert enrichment(1, "vision") is not None
    assert lineage(1)[-1][:2] == ("vision_retag", "higher_version")


def test_a_recipe_that_comes_back_over_a_backlog_is_asked_again(bill: Bought) -> None:
    bill.photos(1)
    bill.connect("openai", **NEW)
    asked(planned(bill))
    bill.connect("openai", **OLD)  # workers with older settings take it off the list
    bill.flow.drive.settle()
    assert bill.chats == 1
    bill.connect("openai", **NEW)
    assert asked(planned(bill)) == 1
    bill.flow.drive.settle()
    assert bill.chats == 2


def test_a_local_recipe_costs_nothing(flow: Flow) -> None:
    flow.post(message(1, "A cat", photo("cat")))
    flow.watch()
    flow.vision.prompt = "1" * 64
    with transaction() as session:
        plan = Files(session, [flow.vision], choose(session, None, None, ())).plan(flow.tagger)
    assert (plan.files, plan.publications, plan.prices, plan.tokens) == (1, 1, [], 0)
    asked(plan)
    flow.drive.settle()
    assert len(flow.vision.calls) == 2


@pytest.fixture
def varied(flow: Flow) -> Flow:
    """Pictures of different kinds in two channels, read by one recipe; then there is another."""
    flow.post(message(1, "Bridges of the old town", photo("bridge")), message(2, "#winter news", photo("cat")))
    flow.post(message(3, "A video", document(picture("film"), "video", "video/mp4")))
    flow.post(message(4, "Fresh", photo("dog"), date=now()), channel=CITY)
    flow.watch("@news", "@city")
    change("UPDATE media_vision SET reading = jsonb_set(reading, '{language}', '\"ru\"') WHERE id = 1")
    change("UPDATE media_vision SET reading = jsonb_set(reading, '{classification}', '\"meme\"') WHERE id = 2")
    change("UPDATE media_vision SET status = 'partial' WHERE id = 2")
    flow.vision.prompt = "1" * 64
    return flow


def chosen(flow: Flow, *where: str, channel: str | None = None, since: str | None = None) -> set[int]:
    """The messages whose files are chosen."""
    with transaction() as session:
        plan = Files(session, [flow.vision], choose(session, channel, since, where)).plan(flow.tagger)
        session.rollback()
    found: set[int] = set()
    for file, _ in plan.keys:
        found |= {id_ for (id_,) in rows(OF_FILE, file=file)}
    return found


OF_FILE = (
    "SELECT telegram_message_id FROM posts JOIN post_media m ON m.post_id = posts.id JOIN media_files f USING (sha256)"
    " WHERE f.id = :file"
)


def test_each_key_of_where(varied: Flow) -> None:
    first = str(one("SELECT min(id) FROM vision_versions"))
    every = {1, 2, 3, 4}
    ru, meme = (message_of_reading(id_) for id_ in (1, 2))
    assert chosen(varied) == every
    for where, expected in {
        "kind=video": {3},
        "kind=photo": {1, 2, 4},
        "kind=meme": {meme},
        "kind=audio": set(),
        "language=ru": {ru},
        "language=en": set(),
        "status=ok": every - {meme},
        "status=partial": {meme},
        "status=error": set(),
        "status=refused": set(),
        "status=unread": set(),
        "provider=test": every,
        "provider=openai": set(),
        f"version={first}": every,
        "version=999": set(),
        "mime=image/jpeg": every,
        "mime=image/png": set(),
        "tag=#Winter": {2},
        "tag=summer": set(),
    }.items():
        assert chosen(varied, where) == expected, where
    assert chosen(varied, "kind=photo", "tag=winter") == {2}
    assert chosen(varied, "kind=video", "tag=winter") == set(), "all of them hold"


def message_of_reading(id_: int) -> int:
    """The message whose file a reading is about."""
    query = (
        "SELECT p.telegram_message_id FROM media_vision v JOIN media_files f ON f.id = v.media_file_id"
        " JOIN post_media m USING (sha256) JOIN posts p ON p.id = m.post_id WHERE v.id = :id"
    )
    return int(one(query, id=id_))


def test_channel_and_since(varied: Flow) -> None:
    assert chosen(varied, channel="@city") == {4}
    assert chosen(varied, since="30d") == {4}
    assert chosen(varied, since=(START + timedelta(minutes=2)).isoformat()) == {2, 3, 4}
    assert chosen(varied, since="1h", channel="@news") == set()


@pytest.mark.parametrize(
    ("where", "since", "said"),
    [
        ("colour=red", None, "kind, language, status, provider, version, mime, tag"),
        ("kind", None, "write KEY=VALUE"),
        ("kind=", None, "write KEY=VALUE"),
        ("kind=smell", None, "kind is one of photo, video"),
        ("status=fine", None, "ok, partial, error, refused, unread"),
        ("version=new", None, "the number of a vision version"),
        ("kind=photo", "yesterday", "a date such as 2026-05-01"),
    ],
)
def test_what_cannot_be_meant_is_said(where: str, since: str | None, said: str, settings: Settings) -> None:
    with transaction() as session, pytest.raises(UserError, match=said):
        choose(session, None, since, (where,))


# Tags


class Tagging:
    """Posts tagged by a paid model."""

    def __init__(self, bill: Bought) -> None:
        self.bill = bill
        self.open: list[LlmTagger] = []

    def connect(self, **changes: object) -> None:
        """The flow tags with this model from now on; changes: settings."""
        environment = {
            **self.bill.server.environment("openai", tags=True),
            
            
            "TAG_WAIT": 0,
        }
        for name, value in {**environment, **changes}.items():
            self.bill.patch.setenv(name, str(value))
        get_settings.cache_clear()
        self.open.append(llm_tagger(get_settings(), load_vocabulary(get_settings())))
        self.bill.flow.drive.tagger = self.open[-1]

    def planned(self, *where: str, everything: bool = False, channel: str | None = None) -> TagPlan:
        """The dry-run."""
        with transaction() as session:
            return Tags(
                session, self.bill.flow.drive.tagger, choose(session, channel, None, where), everything=everything
            ).plan()

    @property
    def calls(self) -> int:
        """Questions about posts that reached the server."""
        return len([call for call in self.bill.server.ledger.calls("chat") if call.purpose == "tags"])


@pytest.fixture
def tagging(bill: Bought) -> Iterator[Tagging]:
    """Three posts, one with a picture, tagged by a paid model."""
    made = Tagging(bill)
    made.connect()
    bill.flow.post(*(message(n, f"Bridges over the river, chapter {n}") for n in (1, 2)), message(3, "Boats", photo()))
    bill.flow.run()
    yield made
    for tagger in made.open:
        tagger.close()


def test_a_new_tagger_tags_again_what_the_old_one_did(tagging: Tagging, tmp_path: Path) -> None:
    assert tagging.planned().publications == 0
    words = tmp_path / "tags.txt"
    words.write_text("river\nboats\n")
    for changes in ({"TAGGER_MAX_TOKENS": 300}, {"TAG_VOCABULARY": words}):
        tagging.connect(**changes)
        calls, spent = tagging.calls, tagging.bill.spent()
        plan = tagging.planned()
        assert (plan.publications, plan.changed) == (3, 3)
        assert plan.price is not None
        assert (plan.price.questions, plan.price.sampled) == (3, None)
        assert sum(armed for _, armed in tag_again(plan.keys)) == 3
        assert (tagging.planned().publications, tagging.planned().standing.open) == (0, 3)
        tagging.bill.flow.drive.settle()
        assert tagging.calls == calls + 3
        assert 0 < tagging.bill.spent() - spent <= plan.tokens
        assert lineage(1)[-1][:3] == ("manual", "asked", True)
        again = tagging.planned()
        assert (again.publications, again.tokens) == (0, 0)
        tagging.bill.later()
        assert tagging.calls == calls + 3
    assert enrichment(1, "tags")["vocabulary"]  # type: ignore[index]


def test_all_asks_the_model_nothing_where_nothing_changed(tagging: Tagging) -> None:
    calls = tagging.calls
    plan = tagging.planned(everything=True)
    assert (plan.publications, plan.changed, plan.tokens) == (3, 0, 0)
    assert sum(armed for _, armed in tag_again(plan.keys)) == 3
    tagging.bill.flow.drive.settle()
    assert tagging.calls == calls
    assert lineage(1)[-1][:3] == ("manual", "same_input", False)


def test_retag_takes_the_same_limits(tagging: Tagging) -> None:
    tagging.connect(TAGGER_MAX_TOKENS=300)
    assert tagging.planned("kind=photo").publications == 1
    assert tagging.planned("tag=bridges").publications == 2
    assert tagging.planned("tag=bridges", "kind=photo").publications == 0
    assert tagging.planned(channel="@news").publications == 3


def test_retag_is_stopped_and_resumed_and_a_reading_that_came_keeps_its_tags(tagging: Tagging) -> None:
    tagging.connect(TAGGER_MAX_TOKENS=300)
    list(tag_again(tagging.planned().keys))
    read = one("SELECT publication_id FROM posts WHERE telegram_message_id = 3")
    change(
        'UPDATE post_enrichment SET metadata = metadata || \'{"features_hash": "of another reading"}\''
        " WHERE kind = 'vision'"
    )
    assert stop(Step.TAG) == 2
    assert rows("SELECT subject_id, asked FROM work WHERE step = 'tag' AND state = 'due'") == [(read, None)]
    calls = tagging.calls
    tagging.bill.flow.drive.settle()
    assert tagging.calls == calls + 1
    plan = tagging.planned()
    assert plan.publications == 2
    list(tag_again(plan.keys))
    tagging.bill.flow.drive.settle()
    assert tagging.calls == calls + 3


def test_a_refusal_is_asked_for_once(tagging: Tagging) -> None:
    tagging.connect(TAGGER_MAX_TOKENS=300)
    tagging.bill.server.faults.add(Fault("blocked", times=0))
    list(tag_again(tagging.planned().keys))
    tagging.bill.flow.drive.settle()
    plan = tagging.planned()
    assert (plan.publications, plan.standing.left) == (0, 3)


def test_a_re_reading_tells_what_its_tags_may_cost(tagging: Tagging) -> None:
    tagging.bill.connect("openai", **NEW)
    plan = planned(tagging.bill)
    assert plan.tags is not None
    assert plan.tags.most >= tagging.open[-1].estimate_repair()
    assert plan.tokens == plan.prices[0].most + plan.tags.most


def test_many_are_priced_by_a_sample_and_the_most_stays_a_bound(tagging: Tagging) -> None:
    tagging.bill.flow.post(*(message(n, f"Chapter {n}") for n in range(100, 310)))
    tagging.bill.flow.run()
    change("UPDATE token_ledger SET model = 'another'")  # nothing is known of this one
    tagging.connect(TAGGER_MAX_TOKENS=300)
    plan = tagging.planned()
    assert plan.price is not None
    assert plan.changed == 213
    assert plan.price.sampled == 107
    spent = tagging.bill.spent()
    list(tag_again(plan.keys))
    tagging.bill.flow.drive.settle(60)
    assert 0 < tagging.bill.spent() - spent <= plan.price.most


# Killed

FILL = """
INSERT INTO channels (reference) VALUES ('@c');
INSERT INTO publications (channel_id, revision, persisted_revision) SELECT 1, 1, 1 FROM generate_series(1, 20000);
INSERT INTO posts (channel_id, telegram_message_id, publication_id) SELECT 1, id, id FROM publications;
INSERT INTO media_files (sha256, size, mime)
  SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, 20000) n;
INSERT INTO post_media (post_id, kind, sha256) SELECT p.id, 'photo', f.sha256 FROM posts p JOIN media_files f USING (id);
"""


def test_killed_while_it_asks_it_goes_on_when_it_is_run_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        session.connection().exec_driver_sql(FILL)
    change("ANALYZE")
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "m", "VISION_PROVIDER": "openai"}
    argv = [sys.executable, "-c", "from app.cli.main import main; main()", "reanalyze", "--json"]
    env = {**os.environ, **environment}
    refused = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert armed() == 0
    with subprocess.Popen([*argv, "--yes"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        deadline = time.monotonic() + 60
        while not armed() and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    some = armed()
    assert 0 < some < 20_000
    done = subprocess.run([*argv, "--yes"], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert armed() == 20_000
    assert f'"asked_for": {20_000 - some}' in done.stdout


def armed() -> int:
    """Files that were asked for."""
    return int(one("SELECT count(*) FROM work WHERE step = 'analyze' AND asked = 'reread' AND state = 'due'"))


def test_all_readings_are_there(bill: Bought) -> None:
    """A re-reading keeps what was read before."""
    bill.photos(1)
    bill.connect("openai", **NEW)
    asked(planned(bill))
    bill.flow.drive.settle()
    assert [status for status, *_ in readings()] == ["ok", "ok"]
