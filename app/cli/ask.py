"""The command media-audit ask: prints passages at once, then the sentences of the answer that stood every check."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Literal

import click
from sqlalchemy.exc import InterfaceError, OperationalError

from app import wiring
from app.ask import questions
from app.ask.answers import AnswerShown, answer_of, is_open
from app.ask.considered import consider
from app.ask.questions import Placed
from app.ask.waiting import no_worker
from app.cli.output import INTERRUPTED, OK, TIMED_OUT, out, print_json
from app.cli.show_ask import show_answer, show_passages, show_question
from app.cli.words import QueryCommand
from app.db import transaction
from app.domain.ask.frames import Outcome
from app.domain.flow import Call
from app.errors import UserError
from app.local.ready import database
from app.search.filters import read_filters

LOOK = 0.2  # seconds between two looks at the rows: an answer without a model takes less than one
PATIENT = 3.0  # seconds after which a user who waits is told that no worker runs


@click.command(cls=QueryCommand)
@click.argument("words", metavar="QUESTION", nargs=-1)
@click.option("--channel", help="Only this one: @name, title or number.")
@click.option("--since", type=click.DateTime(), help="Only posts from this day on (UTC).")
@click.option("--yes", is_flag=True, help="Spend what a paid model may cost without asking.")
@click.option("--timeout", type=click.FloatRange(0), default=300.0, show_default=True, help="Seconds to wait.")
@click.option(
    "--on-interrupt",
    type=click.Choice(["leave", "stop"]),
    default="leave",
    show_default=True,
    help="What Ctrl-C does with the question.",
)
@click.option("--show", "shown", type=int, metavar="NUMBER", help="Show a question that was asked before.")
@click.option("--stop", "stopped", type=int, metavar="NUMBER", help="Stop a question that no worker has begun.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ask(
    words: tuple[str, ...],
    channel: str | None,
    since: datetime | None,
    yes: bool,
    timeout: float,
    on_interrupt: Literal["leave", "stop"],
    shown: int | None,
    stopped: int | None,
    as_json: bool,
) -> int:
    """Ask the archive a QUESTION in Russian, English or Ukrainian: every sentence of the answer has its post.

    The QUESTION may hold filters as in `search`: channel:news date:P1W has:ocr. Workers answer it: start them with
    `media-audit up`. Without a model (ANSWERER=extractive) the sentences are those of the posts themselves.
    """
    if sum([bool(words), shown is not None, stopped is not None]) != 1:
        raise click.UsageError("give a QUESTION, or --show or --stop with the number of one")
    with database():
        if stopped is not None:
            return _stop(stopped, as_json)
        if shown is not None:
            return _show(_read(shown), as_json)
        placed = _place(" ".join(words), channel, since, yes=yes, as_json=as_json)
        return _await(placed, timeout, on_interrupt, as_json)


def _place(text: str, channel: str | None, since: datetime | None, *, yes: bool, as_json: bool) -> Placed:
    """Writes the question, after its passages are shown and its price is agreed to."""
    with transaction() as session:
        filters = read_filters(session, channel, since)
        asked = consider(session, text, wiring.asking(), embedder=wiring.embedder(), filters=filters)
    if not as_json:
        show_passages(out(), asked.prepared.input.language, asked.passages)
    _agree(asked.price, asked.asking.provider, yes=yes)
    with transaction() as session:
        return asked.place(session)


def _agree(price: int, provider: str | None, *, yes: bool) -> None:
    """Shows the price of a paid answer, and asks. UserError where there is no terminal to ask on."""
    if not price:
        return
    said = f"{provider} may charge up to {price:,} tokens for this answer"
    if yes:
        click.echo(said, err=True)
    elif not sys.stdin.isatty():
        raise UserError(f"{said}: agree with --yes")
    else:
        click.confirm(f"{said}. Go on?", abort=True, err=True)


def _await(placed: Placed, timeout: float, on_interrupt: Literal["leave", "stop"], as_json: bool) -> int:
    """Waits for the answer and prints it. TIMED_OUT if there is none yet; the question goes on without the command."""
    try:
        if placed.call is not None:
            _publish(placed.call)
        answer = _answered(placed.id, timeout)
    except KeyboardInterrupt:
        if on_interrupt == "stop":
            _stop(placed.id, as_json)
        else:
            click.echo(f"\nthe question goes on: media-audit ask --show {placed.id}", err=True)
        return INTERRUPTED
    if answer is not None:
        _print(answer, as_json, repeated=placed.repeated)
        if answer.outcome not in (Outcome.OPEN, Outcome.WAITING):
            return OK
    click.echo(f"not answered yet; the question is kept: media-audit ask --show {placed.id}", err=True)
    return TIMED_OUT


def _answered(number: int, timeout: float) -> AnswerShown | None:
    """The question once it has an end, waits for an operator, finds no worker, or has taken too long.

    None if the database was away all the time: a command waits for it as for an answer.
    """
    began, answer, alone = time.monotonic(), None, False
    while True:
        waited = time.monotonic() - began
        with suppress(OperationalError, InterfaceError):
            if answer is None or not _is_open(number):
                answer = _read(number)
            if answer.outcome is not Outcome.OPEN:
                return answer
            if not alone and waited > PATIENT:
                alone = True
                if remark := _alone():
                    click.echo(remark, err=True)
                    return answer
        if waited >= timeout:
            return answer
        time.sleep(LOOK)


def _alone() -> str | None:
    with transaction() as session:
        return no_worker(session)


def _is_open(number: int) -> bool:
    with transaction() as session:
        return is_open(session, number)


def _read(number: int) -> AnswerShown:
    with transaction() as session:
        return answer_of(session, number)


def _stop(number: int, as_json: bool) -> int:
    with transaction() as session:
        answer_of(session, number)
        questions.stop(session, number)
    return _print(_read(number), as_json)


def _show(answer: AnswerShown, as_json: bool) -> int:
    if as_json:
        return _print(answer, as_json)
    show_question(out(), answer)
    return OK


def _print(answer: AnswerShown, as_json: bool, *, repeated: bool = False) -> int:
    if as_json:
        print_json(asdict(answer) | {"repeated": repeated})
    else:
        show_answer(out(), answer, repeated=repeated)
    return OK


def _publish(call: Call) -> None:
    from app.tasks.publish import publish  # late: imports Celery, configured for services that run by now

    publish([call])
