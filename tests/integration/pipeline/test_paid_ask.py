"""Answers by a paid model: reserved first, paid once, within a budget of their own, and never shown unchecked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db import transaction
from app.demo.llm import Fault
from app.domain.ask.frames import Outcome
from app.domain.kinds import State, Step
from app.operations.retry import given_up, retry_rows
from app.pipeline.steps.analyze import wake
from tests.factories.messages import message
from tests.integration.pipeline.asking import ask, put, read, said
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.paid import Bought, bought

FERRY = "Паром «Север» отходит в 10:30 от третьего причала."
QUESTION = "Когда отходит паром «Север»?"


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bought]:
    """A watched channel, and an OpenAI-compatible server that answers questions about it."""
    with bought(flow, monkeypatch) as made:
        made.ask_with("openai")
        flow.watch()
        flow.post(message(1, FERRY), message(2, "Библиотека закрыта на ремонт."))
        flow.run()
        yield made


@pytest.mark.parametrize("provider", ["gigachat", "openai"])
def test_a_question_is_answered_by_one_call_that_the_ledger_knows(bill: Bought, provider: str) -> None:
    bill.ask_with(provider)
    answer = ask(bill.flow.drive, QUESTION)
    assert (answer.outcome, said(answer)[0]) == (Outcome.ANSWERED, FERRY)
    assert [call.purpose for call in bill.server.ledger.calls("chat")] == ["ask"]
    assert rows("SELECT purpose, provider, outcome FROM token_ledger") == [("ask", provider, "answered")]
    assert answer.tokens == bill.spent() == bill.server.ledger.tokens
    ask(bill.flow.drive, QUESTION)
    assert bill.chats == 1, "a repeated question is answered from its rows"


def test_without_a_passage_no_model_is_asked(bill: Bought) -> None:
    answer = ask(bill.flow.drive, "Zyxwv qwrtp?")
    assert (answer.outcome, bill.chats, bill.spent()) == (Outcome.NOT_FOUND, 0, 0)


def test_questions_have_a_cap_of_their_own_beside_that_of_the_provider(bill: Bought) -> None:
    first = ask(bill.flow.drive, QUESTION)
    bill.ask_with("openai", ASK_DAILY_TOKENS=first.tokens + 1, OPENAI_DAILY_TOKENS="unlimited")
    other = ask(bill.flow.drive, "От какого причала отходит паром «Север»?")
    assert (other.outcome, bill.chats) == (Outcome.WAITING, 1)
    assert f"ASK_DAILY_TOKENS={first.tokens + 1}" in (other.reason or "")
    bill.ask_with("openai", ASK_DAILY_TOKENS="unlimited")
    with transaction() as session:
        wake(session)
    bill.flow.drive.settle()
    assert read(other.id).outcome is Outcome.ANSWERED


def test_yesterdays_questions_do_not_count_today(bill: Bought) -> None:
    first = ask(bill.flow.drive, QUESTION)
    change("UPDATE token_ledger SET created_at = created_at - interval '1 day', settled = 90000")
    bill.ask_with("openai", ASK_DAILY_TOKENS=100_000)
    assert ask(bill.flow.drive, "От какого причала отходит паром «Север»?").outcome is Outcome.ANSWERED
    assert read(first.id).outcome is Outcome.ANSWERED


def test_tags_and_pictures_do_not_count_for_questions(bill: Bought) -> None:
    ask(bill.flow.drive, QUESTION)
    change("UPDATE token_ledger SET purpose = 'tags', settled = 99000")
    bill.ask_with("openai", ASK_DAILY_TOKENS=20_000, OPENAI_DAILY_TOKENS="unlimited")
    assert ask(bill.flow.drive, "От какого причала отходит паром «Север»?").outcome is Outcome.ANSWERED


def test_an_unanswered_question_is_unknown_and_never_repeated_by_itself(bill: Bought) -> None:
    bill.ask_with("openai", ANSWERER_TIMEOUT=0.5)
    bill.server.faults.add(Fault("hang"))
    answer = ask(bill.flow.drive, QUESTION)
    bill.later()
    assert (read(answer.id).outcome, bill.chats) == (Outcome.UNKNOWN, 1)
    assert put(bill.flow.drive, QUESTION).call is None, "asking again does not pay again"
    bill.ask_with("openai")
    with transaction() as session:
        found = given_up(session, State.UNKNOWN, Step.ASK)
        assert [one.subject for one in found] == [f"question {answer.id}: {QUESTION}"]
        retry_rows(session, found)
    bill.flow.drive.settle()
    assert (read(answer.id).outcome, bill.chats) == (Outcome.ANSWERED, 2)


def test_a_broken_answer_is_repaired_once(bill: Bought) -> None:
    bill.server.faults.add(Fault("bad_fields"))
    answer = ask(bill.flow.drive, QUESTION)
    assert [call.repair for call in bill.server.ledger.calls("chat")] == [False, True]
    assert (answer.outcome, answer.tokens) == (Outcome.ANSWERED, bill.server.ledger.tokens)


def test_a_refusal_ends_the_question_and_is_told(bill: Bought) -> None:
    bill.server.faults.add(Fault("refusal", times=0))
    answer = ask(bill.flow.drive, QUESTION)
    bill.later()
    assert (answer.outcome, bill.chats) == (Outcome.STOPPED, 1)
    assert "refused" in (answer.reason or "")
    assert put(bill.flow.drive, QUESTION).call is None


def test_a_worker_that_vanishes_between_answer_and_rows_costs_no_second_call(bill: Bought) -> None:
    placed = put(bill.flow.drive, QUESTION)
    change("CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no disk'; END $$")
    change("CREATE TRIGGER broken BEFORE INSERT ON answer_sentences FOR EACH ROW EXECUTE FUNCTION broken()")
    bill.flow.drive.follow([placed.call] if placed.call else [])
    change("DROP FUNCTION broken CASCADE")
    bill.later()
    assert (read(placed.id).outcome, bill.chats) == (Outcome.ANSWERED, 1)
    assert work(Step.ASK)[0][2] == "done"


def test_the_session_and_the_key_are_in_no_row_of_a_question(bill: Bought) -> None:
    ask(bill.flow.drive, QUESTION)
    for table in ("questions", "question_spans", "answer_sentences", "raw_answers", "token_ledger"):
        assert one(f"SELECT count(*) FROM {table} t WHERE t::text LIKE :key", key=f"%{bill.server.api_key}%") == 0
