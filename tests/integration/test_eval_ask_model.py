"""make eval-ask --model against the loopback models: checked answers beside a plain prompt, a price before each run."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Engine

from app import wiring
from app.demo.llm import Asked, Fault, LoopbackLLM
from app.demo.llm.answers import plausible
from app.errors import UserError
from app.eval.ask.attempts import Attempt, Offer
from app.eval.ask.baselines import FROM_RETRIEVAL, PASSAGES, PROMPT_ALONE
from app.eval.ask.model import CHECKED, methods, opened
from app.eval.ask.plain_prompt import Marked, marked
from app.eval.ask.report import failures
from app.eval.ask.run import attempts, offers
from app.eval.ask.scores import faith
from app.eval.price import agree
from app.settings import get_settings
from tests.integration.test_eval_ask import ASKED, SET, empty

__all__ = ["empty"]
PLAIN = "numbered passages"  # of the plain prompt
CALLS = len(ASKED)


def careless(asked: Asked) -> dict[str, Any]:
    """To a plain prompt: a wrong time with a mark, a mark of a passage that there is not, and no refusal, ever."""
    if PLAIN in asked.turns[-1][1]:
        return {"answer": "The last ferry to Skerry leaves at 23:45. [1] It is far [99]."}
    return dict(plausible(asked))


@pytest.fixture(params=["openai", "gigachat"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackLLM]:
    """A careless model that the settings name."""
    with LoopbackLLM(answer=careless) as running:
        for name, value in running.environment(request.param, answers=True).items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        yield running


def asked(found: list[Offer]) -> dict[str, list[Attempt]]:
    embedder = wiring.embedder()
    assert embedder is not None
    with opened(get_settings()) as model:
        made = attempts(found, methods(model, embedder))
    return {name: [one for one in made if one.method == name] for name in (CHECKED, PROMPT_ALONE, FROM_RETRIEVAL)}


def test_a_plain_prompt_is_taken_unchecked_and_each_question_asked_once(empty: Engine, server: LoopbackLLM) -> None:
    found = offers(empty, SET, ASKED, wiring.embedder())
    made = asked(found)
    checked, alone, retrieved = made.values()
    assert [one.text for one in alone[0].said] == ["The last ferry to Skerry leaves at 23:45.", "It is far."]
    assert all(one.said for one in (*alone, *retrieved))  # also where there is no answer
    assert not alone[0].said[0].citations[0].faithful  # its time stands in no post
    assert not alone[0].said[1].citations[0].faithful  # no passage 99
    best = list(found[0].passages)[:PASSAGES]
    assert [len(said.citations) for said in retrieved[0].said] == [len(best), len(best)]
    assert faith(alone).foreign == 1  # the question in Russian
    assert faith(checked).foreign == 0
    assert checked[0].said
    assert all(citation.faithful for one in checked for citation in one.citations)
    assert len(server.ledger.calls("chat")) == 2 * CALLS


def test_the_price_is_an_upper_limit_and_nothing_is_spent_without_a_yes(
    empty: Engine, server: LoopbackLLM, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = offers(empty, SET, ASKED, wiring.embedder())
    with opened(get_settings()) as model:
        prices = model.prices([one.given for one in found])
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(UserError, match="this costs money: add --yes"):
        agree(prices, yes=False)
    assert f": {CALLS} calls, at most " in capsys.readouterr().err
    assert server.ledger.calls("chat") == []
    asked(found)
    spent = sum(call.tokens for call in server.ledger.calls("chat"))
    assert 0 < spent <= sum(one.tokens for one in prices)


def test_a_failed_call_is_counted_and_has_no_score(empty: Engine, server: LoopbackLLM) -> None:
    server.faults.add(Fault("no_credit", times=1))
    made = asked(offers(empty, SET, ASKED[:2], wiring.embedder()))
    assert sum(one.error is not None for one in made[CHECKED]) == 1
    assert failures([one for some in made.values() for one in some]) == [
        f"{CHECKED}: 1 questions without a score (OutOfCredit)"
    ]


def test_without_a_model_the_setting_is_named() -> None:
    get_settings.cache_clear()
    with pytest.raises(UserError, match="set ANSWERER to gigachat or openai"), opened(get_settings()):
        pass


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("", []),
        ("It rained [1].", [Marked("It rained.", (1,))]),
        ("It rained. [1][2] Then snow [2, 3].", [Marked("It rained.", (1, 2)), Marked("Then snow.", (2, 3))]),
        ("No mark.", [Marked("No mark.", ())]),
        ("[1]", []),
        ("Twice [2] said [2].", [Marked("Twice said.", (2,))]),
    ],
)
def test_marks_are_read_as_they_are_written(answer: str, found: list[Marked]) -> None:
    assert list(marked(answer)) == found
