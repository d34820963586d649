"""reanalyze and retag: what they say beforehand is what they do; nothing is paid twice, and live posts go first."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import transaction
from app.demo.llm import Fault
from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.errors import UserError
from app.pipeline.engine.sweep import BOUND, sweep
from app.pipeline.engine.work import STOPPED
from app.reprocess.choice import choose
from app.reprocess.files import Files
from app.reprocess.run import first_portion, read_again, tag_again
from app.settings import Settings, get_settings
from tests.factories.messages import START, document, message, photo, picture
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, enrichment, lineage, one, rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought, reasons, states
from tests.integration.pipeline.reprocessing import NEW, OLD, asked, planned, still_open_files, stopped


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


def test_a_limited_run_does_what_its_dry_run_said_also_when_it_was_stopped(bill: Bought) -> None:
    bill.flow.post(*(message(n, f"Post {n}", photo()) for n in (1, 2)))
    bill.flow.post(
        *(message(n, f"#winter {n}", photo()) for n in (1, 2, 3)), message(4, "#summer", photo()), channel=CITY
    )
    bill.flow.watch("@city")
    bill.connect("openai", **NEW)
    first, before, paid, calls = (
        planned(bill, "tag=winter", channel="@city"),
        versions_by_post(),
        bill.spent(),
        bill.chats,
    )
    assert (first.files, first.publications) == (3, 3)
    assert asked(first) == 3
    assert stopped(Step.ANALYZE) == 3
    plan = planned(bill, "tag=winter", channel="@city")
    assert (plan.files, plan.publications, plan.tokens) == (3, 3, first.tokens)
    assert asked(plan) == 3
    bill.flow.drive.settle()
    assert bill.chats - calls == plan.files
    assert 0 < bill.spent() - paid <= plan.tokens
    after = versions_by_post()
    assert sorted(post for post in after if after[post] != before[post]) == [("@city", 1), ("@city", 2), ("@city", 3)]
    assert planned(bill, "tag=winter", channel="@city").files == 0
    assert planned(bill).files == 3


def versions_by_post() -> dict[tuple[str, int], int]:
    """(channel, message) -> the vision version of each post."""
    found = rows(
        "SELECT c.reference, p.telegram_message_id, (e.metadata->>'vision_version')::int FROM posts p"
        " JOIN channels c ON c.id = p.channel_id JOIN post_enrichment e ON e.post_id = p.id AND e.kind = 'vision'"
    )
    return {(channel, id_): version for channel, id_, version in found}


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
    album = [message(n, "An album" if n == 1 else "", photo(), grouped_id=5, date=START) for n in (1, 2, 3)]
    bill.flow.post(*album)
    bill.photos(3, first=4)
    before = versions()[1]
    bill.connect("openai", **NEW, OPENAI_CALLS_PER_MINUTE=1, OPENAI_CALLS_AT_ONCE=2)
    calls = bill.chats
    asked(planned(bill))
    bill.flow.drive.follow(first_portion(Step.ANALYZE))
    assert bill.chats == calls + 2
    assert still_open_files() == {"due": 4}
    assert stopped(Step.ANALYZE) == 4
    assert stopped(Step.ANALYZE) == 0
    bill.connect("openai", **NEW, OPENAI_CALLS_PER_MINUTE="")
    bill.later()
    assert bill.chats == calls + 2
    assert reasons(State.SKIPPED) == {STOPPED}
    assert versions()[1] == before, "the album's lowest reading is still the old one"
    plan = planned(bill)
    assert (plan.files, plan.standing.open) == (4, 0)
    assert asked(plan) == 4
    bill.later()
    assert bill.chats == calls + 6
    assert len(bill.server.ledger.readings()) == 12
    assert planned(bill).files == 0
    assert versions()[1][0] > before[0]


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
    share = "the share of history and re-reading of OPENAI_DAILY_TOKENS="
    assert {reason.startswith(share) for reason in reasons(State.WAITING)} == {True}
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
    with transaction() as session:
        read_again(session, [(file, 1) for file in range(1000, 2000)])
        tag_again(session, [(publication, 1) for publication in range(1000, 2000)])
    for step in (Step.ANALYZE, Step.TAG):
        change("INSERT INTO work (step, subject_id, revision) VALUES (:step, 1, 1), (:step, 2, 1)", step=step.value)
    calls = [call for call in sweep() if isinstance(call, Call)]
    for step, count in ((Step.ANALYZE, 102), (Step.TAG, BOUND)):
        keys = [subject for call in calls if call.step is step for subject, _ in call.keys]
        assert (keys[:2], len(keys)) == ([1, 2], count)
    assert [call for call in sweep() if isinstance(call, Call) and call.step is Step.ANALYZE] == []
    change("UPDATE work SET state = 'done' WHERE state = 'due' AND hint_at > now()")
    assert sum(len(call.keys) for call in sweep() if isinstance(call, Call) and call.step is Step.ANALYZE) == 100


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
    change("UPDATE work SET state = 'dead', reason = 'gave up' WHERE state = 'waiting'")
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
    change("UPDATE post_media SET width = 1080, height = 9000")
    assert planned(bill, "status=unread").tokens == plan.tokens + 2 * 5 * 2090, "each part of a long picture is paid"
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
        files = Files(session, [flow.vision], choose(session, None, None, ()))
        plan = files.plan(flow.tagger)
        assert (plan.files, plan.publications, plan.prices, plan.tokens) == (1, 1, [], 0)
        read_again(session, files.keys())
    flow.drive.settle()
    assert len(flow.vision.calls) == 2
