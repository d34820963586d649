"""Retries as values, and how calls are put into batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.breaker import SETTING_PAUSE
from app.domain.flow import Call, FanOut, batches
from app.domain.kinds import State, Step
from app.domain.retries import CEILING, Verdict, after, backoff
from app.errors import Misconfigured, OutOfCredit, Permanent, Skip, Transient, Withheld


def test_what_becomes_of_a_failure() -> None:
    assert after(Skip("too large"), 1, 5, 0).state is State.SKIPPED
    assert after(Permanent("gone"), 1, 5, 0).state is State.DEAD
    assert after(Transient("busy"), 4, 5, 0).state is State.DUE
    assert after(Transient("busy"), 5, 5, 0).state is State.DEAD


def test_a_paid_model_without_money_or_a_right_setting_is_waited_for_at_no_charge() -> None:
    """The third attempt of three: it is no failure of the work."""
    for error, delay in (
        (OutOfCredit("no money"), 3600.0),
        (OutOfCredit("no money", retry_after=0.0), CEILING),
        (OutOfCredit("no money", retry_after=60.0), 60.0),
        (Misconfigured("wrong key"), SETTING_PAUSE),
    ):
        assert after(error, 3, 3, 0.5) == Verdict(State.WAITING, str(error), delay, charge=False)


@given(st.integers(1, 40), st.floats(0, 1), st.floats(0, 10_000))
def test_a_flood_wait_is_kept_and_never_counts(attempts: int, jitter: float, wait: float) -> None:
    verdict = after(Transient("flood", wait, charge=False), attempts, 5, jitter)
    assert verdict.state is State.DUE
    assert verdict.delay >= wait
    assert not verdict.charge


@given(st.integers(1, 40), st.floats(0, 1), st.one_of(st.none(), st.floats(0.1, 10_000)))
def test_a_refusal_is_waited_for_as_long_as_it_says_and_a_quarter_longer_at_most(
    attempts: int, jitter: float, wait: float | None
) -> None:
    verdict = after(Withheld("private", retry_after=wait), attempts, 5, jitter)
    assert (verdict.state, verdict.charge) == (State.WAITING, False)
    assert (wait or CEILING) <= verdict.delay <= (wait or CEILING) * 1.25


@given(st.integers(1, 100))
def test_backoff_grows_to_its_ceiling(attempts: int) -> None:
    assert 0 < backoff(attempts) <= backoff(attempts + 1) <= CEILING


@given(st.integers(1, 40), st.floats(0, 1))
def test_jitter_adds_a_quarter_at_most_and_takes_nothing(attempts: int, jitter: float) -> None:
    verdict = after(Transient("busy"), attempts, 100, jitter)
    assert backoff(attempts) <= verdict.delay <= backoff(attempts) * 1.25


def test_bulk_calls_are_pooled_and_cut_live_ones_are_not() -> None:
    live = Call(Step.TAG, ((1, 1),))
    fan = FanOut((Call(Step.ANALYZE, ((1, 1),)),), Call(Step.MERGE, ((1, 1),)))
    bulk = [Call(Step.TAG, ((n % 5, 1),), bulk=True) for n in range(10)]
    result = batches([*bulk, live, fan], lambda call: 2)
    assert result[:2] == [live, fan]
    assert [call.keys for call in result[2:] if isinstance(call, Call)] == [
        ((0, 1), (1, 1)),
        ((2, 1), (3, 1)),
        ((4, 1),),
    ]


def test_what_waits_for_a_network_goes_one_by_one() -> None:
    """A live post waits for the call that is under way, not for fifty of them."""
    tags = [Call(Step.TAG, ((1, 1), (2, 1)), bulk=True), Call(Step.INDEX, ((1, 1), (2, 1)), bulk=True)]
    result = batches(tags, lambda call: 1 if call.step is Step.TAG else 50)
    assert [call.keys for call in result if isinstance(call, Call)] == [((1, 1),), ((2, 1),), ((1, 1), (2, 1))]


def test_empty_calls_send_nothing() -> None:
    assert batches([Call(Step.TAG, ()), Call(Step.TAG, (), bulk=True)], lambda _: 50) == []
