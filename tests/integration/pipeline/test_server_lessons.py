"""What a server does not take, in the flow: each process knows it from rows, and nothing is paid twice for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.cli.output import UNREAD
from app.cli.run import _code
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.domain.kinds import State
from app.pipeline.engine.server_lessons import server_lessons
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought, bought, only_reason, readings, states
from tests.integration.pipeline.reprocessing import planned
from tests.integration.pipeline.test_refusals_told import run_once

PROVIDERS = pytest.mark.parametrize("provider", ["gigachat", "openai"])


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch, running_models: LoopbackLLM) -> Iterator[Bought]:
    """A watched channel; nothing of another test is known."""
    server_lessons.forget()
    with bought(flow, monkeypatch, running_models) as made:
        flow.watch()
        yield made
    server_lessons.forget()


def another_process(bill: Bought, provider: str, **changes: object) -> None:
    """The flow goes on in a process that has asked nothing yet."""
    server_lessons.forget()
    bill.connect(provider, **changes)  # type: ignore[arg-type]
    bill.server.ledger.clear()


def outcomes(bill: Bought) -> list[str]:
    return [call.outcome for call in bill.server.ledger.calls("chat")]


@PROVIDERS
def test_another_process_asks_at_once_in_the_form_that_the_server_takes(provider: str, bill: Bought) -> None:
    bill.connect(provider)
    bill.server.faults.add(Fault("no_schema", times=0))
    bill.photos(1)
    assert outcomes(bill) == ["no_schema", "ok"]
    assert rows("SELECT outcome, count(*) FROM token_ledger GROUP BY 1") == [("answered", 1)]
    another_process(bill, provider)
    bill.photos(1, first=2)
    assert outcomes(bill) == ["ok"]
    [(address, part, words)] = rows("SELECT address, part, words FROM server_lessons")
    assert (part, "@" in address) == ("json_schema", False)
    assert "response_format" in words
    change("UPDATE server_lessons SET learned_at = now() - interval '25 hours'")  # the next day
    another_process(bill, provider)
    bill.photos(1, first=3)
    assert outcomes(bill) == ["no_schema", "ok"]
    assert bill.spent() == sum(tokens for (tokens,) in rows("SELECT settled FROM token_ledger"))
    assert [status for status, *_ in readings()] == ["ok"] * 3


@PROVIDERS
def test_a_model_without_eyes_hands_on_at_once_and_its_provider_tags_on(provider: str, bill: Bought) -> None:
    bill.connect(provider, fallback=(PictureReader(),))
    bill.tag_with(provider)
    bill.server.faults.add(Fault("no_pictures", times=0))
    bill.photos(2)
    assert outcomes(bill).count("no_pictures") == 1
    assert [name for _, _, name in readings()] == ["test", "test"]
    assert len(bill.server.ledger.taggings()) >= 2
    assert "set VISION_MODEL" in only_reason(State.WAITING)
    assert rows("SELECT block FROM paid_providers") == [(None,)]
    assert rows("SELECT sum(settled) FROM token_ledger WHERE purpose = 'vision'") == [(0,)]
    bill.server.faults.clear()  # the person has loaded the missing part of the model
    change("UPDATE server_lessons SET learned_at = now() - interval '11 minutes'")
    server_lessons.forget()
    bill.connect(provider)
    bill.later()
    assert [name for _, _, name in readings()] == ["test", "test", provider, provider]
    assert states() == {"done": 4}


@pytest.mark.parametrize(
    ("kind", "why"), [("too_large", "too large: openai answered 413"), ("no_pictures", "openai: ")]
)
def test_a_run_in_which_a_server_took_no_picture_ends_with_four(kind: Kind, why: str, bill: Bought) -> None:
    bill.connect("openai")
    bill.server.faults.add(Fault(kind, times=0))
    bill.flow.post(message(1, "A cat", photo("cat")))
    done = run_once(bill.flow)
    [problem] = done.problems
    assert _code(done) == UNREAD
    assert problem.startswith(f"none of the 1 pictures that were due could be read: {why}")


def test_own_words_make_no_work_due_by_themselves(bill: Bought) -> None:
    bill.connect("openai")
    bill.photos(2)
    assert planned(bill).files == 0
    calls, paid = bill.chats, bill.spent()
    bill.connect("openai", VISION_LANGUAGE="de", VISION_INSTRUCTIONS="Name the cars.")
    bill.flow.run()
    assert (bill.chats, bill.spent()) == (calls, paid)
    plan = planned(bill)
    assert (plan.files, [price.questions for price in plan.prices]) == (2, [2])
    assert bill.chats == calls
    bill.connect("openai", VISION_LANGUAGE="", VISION_INSTRUCTIONS="")
    assert planned(bill).files == 0
