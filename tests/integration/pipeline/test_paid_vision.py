"""Pictures read for money: each once, never beyond the budget, and a provider that fails stops itself only."""

from __future__ import annotations

from threading import Thread

import pytest

from app.db import transaction
from app.demo.llm import Fault
from app.demo.llm.faults import Kind
from app.domain.kinds import State, Step
from app.operations.retry import given_up, retry_rows
from app.pipeline.engine import ledger
from app.pipeline.engine import paid_step as paying_module
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.paid_step import run_paid
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.analyze import wake
from app.settings import get_settings
from tests.factories.messages import message, photo, picture
from tests.integration.pipeline.database import change, enrichment, one, rows, work
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import (
    Bought,
    Overslept,
    bought,
    crash,
    crash_in_a_call,
    due_step,
    only_reason,
    paying,
    postpone_reading,
    readings,
    reasons,
    states,
)


@pytest.mark.parametrize("provider", ["gigachat", "openai"])
def test_each_distinct_picture_is_paid_once(provider: str, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    with bought(flow, monkeypatch) as bill:
        bill.connect(provider)
        flow.watch()
        same = picture()
        for number in range(1, 4):
            flow.post(message(number, "the same picture", photo(data=same)))
        bill.photos(3, first=4)
        assert bill.chats == len(bill.server.ledger.readings()) == 4
        assert [status for status, *_ in readings()] == ["ok"] * 4
        assert bill.spent() == bill.server.ledger.tokens
        assert one("SELECT sum(tokens) FROM media_vision") == bill.spent()
        assert one("SELECT count(*) FROM raw_answers") == 4
        assert rows("SELECT DISTINCT outcome, ended_at IS NULL FROM token_ledger") == [("answered", False)]
        vision = enrichment(1, "vision")
        assert vision is not None
        assert vision["items"][0]["description"].startswith("A mostly")
        flow.run()
        assert bill.chats == 4


def test_a_bad_answer_is_repaired_by_a_call_of_its_own(bill: Bought) -> None:
    bill.server.faults.add(Fault("bad_fields"))
    bill.photos(1)
    assert [call.repair for call in bill.server.ledger.calls("chat")] == [False, True]
    assert [status for status, *_ in readings()] == ["ok"]
    assert rows("SELECT repair, outcome FROM token_ledger ORDER BY id") == [(False, "answered"), (True, "answered")]
    assert rows("SELECT purpose FROM raw_answers ORDER BY id") == [("read",), ("repair",)]
    assert bill.spent() == bill.server.ledger.tokens == one("SELECT tokens FROM media_vision")


def test_what_is_valid_of_a_hopeless_answer_is_kept_as_partial(bill: Bought) -> None:
    bill.server.faults.add(Fault("hopeless"))
    bill.photos(1)
    assert bill.chats == 2
    [(status, description, _)] = readings()
    assert status == "partial"
    assert description


@pytest.mark.parametrize("kind", ["refusal", "moderated", "blocked"])
def test_a_refusal_is_a_state_of_its_own_and_the_next_provider_reads(kind: Kind, bill: Bought) -> None:
    second = PictureReader()
    bill.connect("openai", fallback=(second,))
    bill.server.faults.add(Fault(kind, times=0))
    bill.photos(1)
    assert bill.chats == 1
    assert [(status, provider) for status, _, provider in readings()] == [("refused", "openai"), ("ok", "test")]
    assert len(second.calls) == 1
    assert any(reason.startswith("refused: ") for reason in reasons(State.SKIPPED))
    bill.later()
    assert bill.chats == 1


def test_an_empty_account_stops_the_provider_and_nothing_else(bill: Bought) -> None:
    bill.server.faults.add(Fault("no_credit", times=0))
    bill.photos(4)
    assert bill.chats == 1, "whoever comes after the first does not even ask"
    assert states() == {"waiting": 4}
    assert "out of credit" in only_reason(State.WAITING)
    assert {state for *_, state, _ in work(Step.TAG)} == {"done"}
    assert {state for *_, state, _ in work(Step.INDEX)} == {"done"}
    assert bill.spent() == 0
    bill.server.faults.clear()
    bill.later()
    assert states() == {"done": 4}
    assert len(bill.server.ledger.readings()) == 4
    assert enrichment(1, "vision") is not None


def test_a_wrong_key_is_asked_about_once_and_named(bill: Bought) -> None:
    bill.connect("openai", OPENAI_API_KEY="sk-wrong")
    bill.photos(3)
    assert bill.chats == 1
    assert states() == {"waiting": 3}
    assert "check OPENAI_API_KEY" in only_reason(State.WAITING)
    assert "sk-wrong" not in only_reason(State.WAITING)


def test_spend_stays_below_the_cap_and_the_rest_waits_with_a_reason(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=10_000)
    bill.photos(8)
    assert 0 < bill.spent() <= 10_000
    assert bill.spent() == bill.server.ledger.tokens
    done = states()["done"]
    assert states() == {"done": done, "waiting": 8 - done}
    assert reasons(State.WAITING) == {"OPENAI_DAILY_TOKENS=10000 is spent"}
    assert {state for *_, state, _ in work(Step.TAG)} == {"done"}
    until = one("SELECT min(next_attempt_at) AT TIME ZONE 'UTC' FROM work WHERE state = 'waiting'")
    assert (until.hour, until.minute, until.second) == (0, 0, 0)
    # A person raises the cap and starts the workers again.
    bill.connect("openai", OPENAI_DAILY_TOKENS="unlimited")
    with transaction() as session:
        wake(session)
    bill.flow.drive.settle()
    assert states() == {"done": 8}
    assert len(bill.server.ledger.readings()) == 8


def test_a_month_has_a_cap_of_its_own(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS="unlimited", OPENAI_MONTHLY_TOKENS=5_000)
    bill.photos(3)
    assert bill.spent() <= 5_000
    assert reasons(State.WAITING) == {"OPENAI_MONTHLY_TOKENS=5000 is spent"}


def test_nothing_may_be_spent_where_the_cap_is_nothing(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=0)
    bill.photos(1)
    assert (bill.chats, states()) == (0, {"waiting": 1})
    assert "more than OPENAI_DAILY_TOKENS=0 allows" in only_reason(State.WAITING)


def test_an_estimate_that_was_too_low_is_raised_by_what_calls_cost(bill: Bought) -> None:
    """A model that nobody knows may charge ten times as much for a picture: the second call knows it."""
    bill.photos(1)
    change("UPDATE token_ledger SET settled = 12 * estimate")
    bill.connect("openai", OPENAI_DAILY_TOKENS=70_000)
    bill.photos(1, first=2)
    assert bill.chats == 1
    assert reasons(State.WAITING) == {"OPENAI_DAILY_TOKENS=70000 is spent"}


def test_what_waits_for_its_provider_is_read_by_the_next_and_again_when_the_first_is_back(bill: Bought) -> None:
    second = PictureReader()
    bill.connect("openai", fallback=(second,))
    bill.server.faults.add(Fault("no_credit", times=0))
    bill.photos(2)
    assert states() == {"done": 2, "waiting": 2}
    assert [provider for _, _, provider in readings()] == ["test", "test"]
    vision = enrichment(1, "vision")
    assert vision is not None
    fallback = vision["vision_version"]
    bill.server.faults.clear()
    bill.later()
    assert [provider for _, _, provider in readings()] == ["test", "test", "openai", "openai"]
    vision = enrichment(1, "vision")
    assert vision is not None
    assert vision["vision_version"] != fallback
    assert vision["items"][0]["description"].startswith("A mostly")
    assert len(second.calls) == 2
    assert bill.chats - 1 == len(bill.server.ledger.readings()) == 2


def test_a_question_without_an_answer_is_unknown_and_not_repeated(bill: Bought) -> None:
    second = PictureReader()
    bill.connect("openai", fallback=(second,), VISION_TIMEOUT=0.5)
    bill.server.faults.add(Fault("hang"))
    bill.photos(1)
    assert states() == {"done": 1, "unknown": 1}
    assert bill.chats == 1
    assert rows("SELECT outcome, settled FROM token_ledger") == [("unknown", None)]
    assert bill.spent() > 0, "what may have been charged counts"
    bill.later()
    assert bill.chats == 1
    assert len(second.calls) == 1
    with transaction() as session:
        [lost] = given_up(session, State.UNKNOWN)
        assert "not repeated" in (lost.error or "")
        retry_rows(session, [lost])
    bill.flow.drive.settle()
    assert bill.chats == 2
    assert states() == {"done": 2}
    assert bill.spent() > bill.server.ledger.tokens - 1


def test_the_policy_retry_asks_again(bill: Bought) -> None:
    bill.connect("openai", VISION_TIMEOUT=0.5, UNANSWERED="retry")
    bill.server.faults.add(Fault("hang"))
    bill.photos(1)
    assert states() == {"done": 1}
    assert bill.chats == 2
    assert rows("SELECT outcome FROM token_ledger ORDER BY id") == [("unknown",), ("answered",)]


def test_a_lost_repair_leaves_what_was_valid(bill: Bought) -> None:
    bill.connect("openai", VISION_TIMEOUT=0.5)
    bill.server.faults.add(Fault("bad_fields"), Fault("hang", after=1))
    bill.photos(1)
    assert bill.chats == 2
    assert states() == {"done": 1}
    assert [status for status, *_ in readings()] == ["partial"]


def test_a_crash_in_the_middle_of_a_repair_leaves_what_was_valid(bill: Bought) -> None:
    bill.server.faults.add(Fault("bad_fields"))
    step, key = due_step(bill)
    run_external(step, [key])  # asks and stores a bad answer
    crash(step, key)
    bill.later()
    assert [call.repair for call in bill.server.ledger.calls("chat")] == [False]
    assert [status for status, *_ in readings()] == ["partial"]
    assert states() == {"done": 1}


def test_a_rate_limit_lets_everybody_wait_and_charges_nobody(bill: Bought) -> None:
    bill.server.faults.add(Fault("rate_limit", retry_after="30"))
    for number in range(1, 4):
        bill.flow.post(message(number, f"Post {number}", photo()))
    bill.flow.drive.poll()
    assert bill.chats == 1
    assert states() == {"due": 3}
    soonest, attempts = rows(
        "SELECT extract(epoch FROM min(next_attempt_at) - now())::int, max(attempts) FROM work WHERE step = 'analyze'"
    )[0]
    assert 20 < soonest <= 38
    assert attempts == 0
    bill.later()
    assert states() == {"done": 3}
    assert len(bill.server.ledger.readings()) == 3


def test_an_outage_opens_the_breaker_and_one_call_tries_again(bill: Bought) -> None:
    bill.server.faults.add(Fault("error", times=0))
    for number in range(1, 21):
        bill.flow.post(message(number, f"Post {number}", photo()))
    bill.flow.drive.poll()
    assert bill.chats == 5, "the breaker opens after five failures in a row"
    for _ in range(3):
        change("UPDATE paid_providers SET blocked_until = now() - interval '1 s'")
        change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'analyze'")
        bill.flow.drive.follow(sweep())
    assert bill.chats == 8, "each pause ends with one trial"
    assert states() == {"due": 20}, "the provider's failure is nobody's attempt"
    change("UPDATE paid_providers SET failing_since = now() - interval '1 h', blocked_until = now() - interval '1 s'")
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'analyze'")
    bill.flow.drive.follow(sweep())
    assert states().get("waiting", 0) >= 19, "a long outage holds up nobody"
    assert {"calls failed in a row" in reason for reason in reasons(State.WAITING)} == {True}
    bill.server.faults.clear()
    bill.later()
    assert states() == {"done": 20}
    assert len(bill.server.ledger.readings()) == 20


def test_failures_here_and_there_open_no_breaker(bill: Bought) -> None:
    bill.server.faults.add(Fault("error", times=4), Fault("error", times=4, after=5))
    for number in range(1, 13):
        bill.flow.post(message(number, f"Post {number}", photo()))
    bill.flow.drive.poll()
    assert bill.chats == 12
    assert states() == {"done": 4, "due": 8}


def test_a_picture_that_the_provider_cannot_stand_ends_as_dead_and_the_others_are_read(bill: Bought) -> None:
    """Others are answered between its attempts: so it is the picture, not the provider."""
    bill.server.faults.add(*(Fault("error", after=number) for number in (0, 2, 4)))
    for number in range(1, 4):
        bill.flow.post(message(number, f"Post {number}", photo()))
        bill.flow.drive.poll()
        if number > 1:
            change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE state = 'due'")
            bill.flow.drive.follow(sweep())
    assert states() == {"dead": 1, "done": 2}


def test_an_outage_kills_no_picture_however_few_there_are(bill: Bought) -> None:
    bill.server.faults.add(Fault("error", times=0))
    bill.photos(1)
    assert states() == {"waiting": 1}
    assert "answered 500" in only_reason(State.WAITING)
    bill.server.faults.clear()
    bill.later()
    assert states() == {"done": 1}


def test_a_crash_after_the_answer_was_stored_costs_nothing(bill: Bought) -> None:
    step, key = due_step(bill)
    run_external(step, [key])  # asks and stores; the process ends before the next passage
    assert (bill.chats, one("SELECT count(*) FROM raw_answers"), readings()) == (1, 1, [])
    bill.flow.drive.settle()
    assert (bill.chats, [status for status, *_ in readings()]) == (1, ["ok"])


@pytest.mark.parametrize(("policy", "calls", "state"), [("hold", 0, "unknown"), ("retry", 1, "done")])
def test_a_crash_in_the_middle_of_a_call(policy: str, calls: int, state: str, bill: Bought) -> None:
    bill.connect("openai", UNANSWERED=policy)
    crash_in_a_call(bill)
    bill.later()
    assert states() == {state: 1}
    assert bill.chats == calls
    assert bill.spent() > 0
    assert one("SELECT outcome FROM token_ledger ORDER BY id LIMIT 1") == "unknown"


def test_a_crash_keeps_no_place_from_others(bill: Bought) -> None:
    """Not even where nobody comes back to the row: its file was replaced by an edit meanwhile."""
    bill.connect("openai", OPENAI_CALLS_AT_ONCE=1)
    crash_in_a_call(bill)
    change("UPDATE work SET state = 'skipped', lease_token = NULL, lease_until = NULL WHERE state = 'leased'")
    change("UPDATE token_ledger SET created_at = now() - interval '1 h'")
    bill.photos(1, first=2)
    assert states() == {"done": 1, "skipped": 1}
    assert rows("SELECT outcome FROM token_ledger ORDER BY id") == [("unknown",), ("answered",)]


def test_an_answer_that_comes_late_is_kept(bill: Bought) -> None:
    """The process was stopped for longer than its lease: the row is unknown by now, and the answer is not lost."""
    _, key = due_step(bill)
    run_external(Overslept(bill), [key])
    bill.flow.drive.settle()
    assert states() == {"done": 1}
    assert bill.chats == 1
    assert bill.spent() == bill.server.ledger.tokens


def test_a_process_that_is_told_to_end_begins_no_call(bill: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying_module.stopping, "is_set", lambda: True)
    for number in range(1, 3):
        bill.flow.post(message(number, f"Post {number}", photo()))
    bill.flow.drive.poll()
    assert (bill.chats, states()) == (0, {"due": 2})
    monkeypatch.undo()


def test_two_workers_with_the_same_picture_make_one_call(bill: Bought) -> None:
    _, key = due_step(bill)
    steps = [paying(bill) for _ in range(6)]
    workers = [Thread(target=run_external, args=(step, [key])) for step in steps]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert bill.chats == 1
    bill.flow.drive.settle()
    assert (bill.chats, states()) == (1, {"done": 1})


def test_never_more_calls_at_once_than_are_allowed(bill: Bought) -> None:
    bill.connect("openai", OPENAI_CALLS_AT_ONCE=2, VISION_TIMEOUT=2)
    bill.server.faults.add(Fault("hang", times=2))
    for number in range(1, 7):
        bill.flow.post(message(number, f"Post {number}", photo()))
    postpone_reading(bill)
    keys = [(subject, revision) for subject, revision, *_ in work(Step.ANALYZE)]
    workers = [Thread(target=run_external, args=(paying(bill), [key])) for key in keys]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert bill.chats == 2
    assert one("SELECT count(*) FROM work WHERE step = 'analyze' AND state = 'due' AND attempts = 0") == 4


def test_the_cap_holds_however_many_ask_at_once(bill: Bought) -> None:
    cap = 9_000  # of some 2,300 a picture, reserved as 3,300
    bill.connect("openai", OPENAI_DAILY_TOKENS=cap, OPENAI_CALLS_AT_ONCE=8)
    for number in range(1, 9):
        bill.flow.post(message(number, f"Post {number}", photo()))
    postpone_reading(bill)
    keys = [(subject, revision) for subject, revision, *_ in work(Step.ANALYZE)]
    workers = [Thread(target=run_paid, args=(paying(bill), [key])) for key in keys]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert 0 < bill.server.ledger.tokens <= cap
    assert states()["waiting"] >= 4


def test_calls_begin_no_faster_than_the_bucket_fills(bill: Bought) -> None:
    bill.connect("openai", OPENAI_CALLS_PER_MINUTE=1, OPENAI_CALLS_AT_ONCE=2)
    for number in range(1, 6):
        bill.flow.post(message(number, f"Post {number}", photo()))
    bill.flow.drive.poll()
    assert bill.chats == 2, "as many as may run at once begin together; then one a minute"
    assert states() == {"done": 2, "due": 3}


def test_a_changed_recipe_makes_nothing_due_and_pays_nothing(bill: Bought) -> None:
    same = picture()
    bill.flow.post(message(1, "first", photo(data=same)))
    bill.flow.run()
    bill.connect("openai", VISION_MAX_TOKENS=700)
    bill.flow.post(message(1, "first, edited", photo(data=same)), message(2, "again", photo(data=same)))
    bill.flow.run()
    assert bill.chats == 1
    assert one("SELECT count(*) FROM vision_versions WHERE provider = 'openai'") == 2
    assert enrichment(2, "vision") is not None
    bill.photos(1, first=3)
    assert bill.chats == 2


def test_the_budget_is_one_sum_over_rows(bill: Bought) -> None:
    """Whatever is lost in the broker: the caps are sums over rows."""
    bill.photos(2)
    with transaction() as session:
        found = ledger.account(session, "openai", get_settings().limits("openai"))
    assert (found.today, found.month, found.open) == (bill.spent(), bill.spent(), 0)
