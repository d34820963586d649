"""A question by the command, answered by a running worker: passages at once, sentences once, and Ctrl-C as asked."""

from __future__ import annotations

import json

import pytest

from app.cli.output import INTERRUPTED, OK
from tests.asking import Ended, asked, begun, held_answers, until_held
from tests.e2e.flow import Flow, TestChannel

POST = "Паром «{0}» отходит в 10:30 от третьего причала. Билет стоит 450 рублей."
SENTENCE = "Паром «{0}» отходит в 10:30 от третьего причала."
QUESTION = "Когда отходит паром «{0}»?"
BEGUN = "SELECT w.attempts FROM work w WHERE w.step = 'ask' AND w.subject_id = %s"
NEWEST = "SELECT coalesce(max(id), 0) FROM questions"


@pytest.fixture
def ferry(channel: TestChannel) -> str:
    """The name of a ferry that one post of a channel tells of; each test has its own."""
    name = str(channel.there.username).upper()
    channel.post(1, POST.format(name))
    channel.post(2, "Библиотека закрыта на ремонт до конца месяца.")
    channel.watch()
    return name


def test_a_question_is_answered_once_and_has_a_number(flow: Flow, channel: TestChannel, ferry: str) -> None:
    argv = (QUESTION.format(ferry), "--channel", f"@{channel.there.username}")
    done = asked(*argv, "--json")
    answer = done.json
    assert (done.code, answer["outcome"], answer["repeated"]) == (OK, "answered", False), done
    first = answer["sentences"][0]
    assert (first["text"], first["cites"][0]["quote"]) == (SENTENCE.format(ferry),) * 2
    link = f"https://t.me/{channel.there.username}/1"
    assert first["cites"][0]["place"]["permalink"] == answer["passages"][0]["place"]["permalink"] == link
    assert asked("--show", str(answer["id"]), "--json").json == answer
    again = asked(*argv, "--json")
    assert again.json == answer | {"repeated": True}
    assert flow.one(BEGUN, answer["id"]) == 1, "no worker was asked again"
    told = asked(*argv)
    assert "вопрос уже задавали" in told.out
    assert f"вопрос {answer['id']}" in told.out


def test_passages_are_printed_before_there_is_an_answer(flow: Flow, channel: TestChannel, ferry: str) -> None:
    with held_answers(flow.settings) as connection:
        asking = begun(QUESTION.format(ferry), "--channel", f"@{channel.there.username}")
        lines = [asking.line(), asking.line(), asking.line()]
        assert f"https://t.me/{channel.there.username}/1" in lines[1]
        assert ferry in lines[2]
        until_held(connection)
        assert asking.process.poll() is None
    done = asking.ended()
    assert done.code == OK
    assert SENTENCE.format(ferry) in done.out


def test_ctrl_c_leaves_the_question_to_its_worker(flow: Flow, ferry: str) -> None:
    number, done = _interrupted(flow, ferry)
    assert f"media-audit ask --show {number}" in done.err
    flow.until(flow.idle, "answered")
    shown = asked("--show", str(number), "--json").json
    assert (shown["outcome"], shown["sentences"][0]["text"]) == ("answered", SENTENCE.format(ferry))
    assert flow.one(BEGUN, number) == 1


def test_ctrl_c_that_stops_lets_a_worker_end_that_has_begun(flow: Flow, ferry: str) -> None:
    number, done = _interrupted(flow, ferry, "--on-interrupt", "stop")
    assert json.loads(done.out)["outcome"] == "open"
    flow.until(flow.idle, "answered")
    assert asked("--show", str(number), "--json").json["outcome"] == "answered"
    assert flow.one(BEGUN, number) == 1


def _interrupted(flow: Flow, ferry: str, *argv: str) -> tuple[int, Ended]:
    """A question whose command is interrupted while a worker answers, and its number."""
    with held_answers(flow.settings) as connection:
        asking = begun(QUESTION.format(ferry), "--json", *argv)
        until_held(connection)
        asking.interrupt()
        done = asking.ended()
        assert done.code == INTERRUPTED, done
        assert "Traceback" not in done.err
        return flow.one(NEWEST), done
