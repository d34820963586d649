"""Remedies: which one a reason has, and that each command is one of the command line."""

from __future__ import annotations

import shlex

import click
import pytest

from app.cli.main import cli
from app.domain import remedies
from app.domain.channel_states import ChannelState, state_of
from app.domain.kinds import State, Step


def check_command(typed: str) -> None:
    """Fails unless the command line takes this, without doing it."""
    program, *words = shlex.split(typed)
    assert program == "media-audit"
    command: click.Command | None = cli
    context = None
    while isinstance(command, click.Group):
        name = words.pop(0)
        context = click.Context(command, info_name=name, parent=context)
        command = command.get_command(context, name)
    assert command is not None, typed
    command.make_context(str(command.name), list(words), parent=context)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("GIGACHAT_DAILY_TOKENS=250000 is spent", "higher cap"),
        ("one call may cost 9000 tokens, more than ASK_DAILY_TOKENS=10 allows", "higher cap"),
        ("openai answered 402: pay; the account is out of credit", "top up"),
        ("vision is switched off", "VISION_PROVIDER"),
        ("cannot write to the media store at /media: No space left on device", "has it room"),
        ("the session has ended: run `media-audit login` and set TELEGRAM_SESSION to what it prints", "log in anew"),
        ("no channel has this name", "check the name"),
        ("the channel is private or has banned this account: join it with the account first", "join the channel"),
        ("this account cannot see the channel: join it, or remove it and add it again", "join the channel"),
        ("Telegram restricts the channel for this account", "Telegram app"),
        (
            "Telegram refuses the account (FROZEN_X): the account is frozen: appeal in a Telegram client",
            "the reason says",
        ),
        ("Telegram answers in a form that this release does not know: a newer release may be needed", "newer release"),
        ("openai answered 401: no; check OPENAI_API_KEY", "put right the setting"),
        ("openai answered 404: no; check the model's name (VISION_MODEL) and OPENAI_BASE_URL", "put right the setting"),
        ("openai answered 503", "by itself"),
        (None, "by itself"),
    ],
)
def test_a_reason_has_its_remedy(reason: str | None, words: str) -> None:
    found = remedies.of_reason(reason)
    assert words in found.text
    assert found.text in remedies.TEXTS


@pytest.mark.parametrize("state", [State.DEAD, State.UNKNOWN, State.WAITING])
@pytest.mark.parametrize("step", list(Step))
def test_every_row_has_a_remedy_and_its_command_is_one_of_ours(step: Step, state: State) -> None:
    for reason in ("gave up after 5 attempts: x", "damaged picture", "check OPENAI_API_KEY", None):
        found = remedies.of_work(77, step, state, reason, "@news")
        assert found.text in remedies.TEXTS
        if found.command:
            check_command(found.command)


def test_a_command_keeps_a_name_whole() -> None:
    assert remedies.command("channels add", "-1001") == "media-audit channels add -1001"
    assert shlex.split(remedies.command("backfill", "--channel", "a b; rm -r /"))[-1] == "a b; rm -r /"
    check_command(remedies.command("channels add", "-1001"))


def test_a_channel_that_is_well_or_removed_needs_none() -> None:
    assert remedies.of_channel("@a", None, restricted=False, stale=False) is None
    assert remedies.of_channel("@a", None, restricted=True, stale=True, watched=False) is None
    gone = remedies.of_channel("@a", "no channel has this name", restricted=False, stale=True)
    assert gone is not None
    assert gone.command == "media-audit channels remove @a"


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        (ChannelState.REMOVED, {"enabled": False, "error": "x"}),
        (ChannelState.REFUSED, {"error": "x", "restricted": True, "stale": True}),
        (ChannelState.RESTRICTED, {"restricted": True, "stale": True}),
        (ChannelState.STALE, {"stale": True, "polled": False}),
        (ChannelState.NEW, {"polled": False}),
        (ChannelState.ACTIVE, {}),
    ],
)
def test_the_worst_of_a_channel_is_its_state(state: ChannelState, seen: dict[str, object]) -> None:
    well: dict[str, object] = {"enabled": True, "polled": True, "error": None, "restricted": False, "stale": False}
    assert state_of(**{**well, **seen}) is state  # type: ignore[arg-type]
