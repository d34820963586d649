"""Remedies: what a person can do about a problem, for the doctor, the command line and the page alike."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from app.domain.kinds import State, Step


@dataclass(frozen=True)
class Remedy:
    """text: what to do. command: the one that does it, or tells more; empty where none does."""

    text: str
    command: str = ""


DOCTOR = "media-audit doctor"
BUDGETS = "media-audit budgets list"
RESTART = "restart it; its log says what it did last"
SILENT = "set another model or more tokens for an answer, or turn the thoughts of the model off at its server"
BROKER = "is BROKER_URL right, and is the server up?"

_LATER = Remedy("it is tried again by itself; if it lasts, the doctor names what is wrong", DOCTOR)
_UNKNOWN = "it may have been paid, so nothing asks again by itself; to ask again, which may be paid twice"
_MEND = "mend the reason, then make it due again"
_LOST = "it may stay so and holds up nothing; to try once more"
_NAME = "check the name: remove the channel, and add it under its right one"
_JOIN = Remedy("join the channel with the account of TELEGRAM_SESSION; the next poll goes on by itself")
_RESTRICTED = Remedy("look at the channel in a Telegram app: what Telegram hides there, no poll reads either")
_STALE = Remedy("no poll reached its head: do the worker telegram and beat live, and is this machine online?", DOCTOR)

# The first rule that matches a reason decides. Reasons stand in the rows, with the names of settings as they are.
_BY_REASON: tuple[tuple[re.Pattern[str], Remedy], ...] = tuple(
    (re.compile(words), remedy)
    for words, remedy in (
        (
            r"_TOKENS=\d+",
            Remedy("it goes on by itself at its next try; sooner with a higher cap, which an operator sets", BUDGETS),
        ),
        (r"out of credit", Remedy("top up the account with the provider; work goes on by itself")),
        (r"vision is switched off", Remedy("set VISION_PROVIDER and start the workers anew, or leave it so")),
        (r"media store", Remedy("is the disk of MEDIA_URL there, and has it room? Work goes on by itself", DOCTOR)),
        (r"media-audit login", Remedy("log in anew, and set TELEGRAM_SESSION to what it prints", "media-audit login")),
        (r"names? no channel|no channel has this name|not a channel", Remedy(_NAME)),
        (r"frozen|@SpamBot|too many channels", Remedy("do what the reason says in a Telegram app; work goes on then")),
        (r"[Jj]oin|private|cannot see|not shown to this account", _JOIN),
        (r"restricts", _RESTRICTED),
        (r"newer release", Remedy("install a newer release of Media Audit")),
        (r"[Cc]heck [A-Z]|[A-Z]{3,}_[A-Z_]{3,}", Remedy("put right the setting that the reason names", DOCTOR)),
    )
)


def of_reason(reason: str | None) -> Remedy:
    """The remedy for the reason of work that waits or is tried again, and of a poll that failed."""
    return next((remedy for words, remedy in _BY_REASON if words.search(reason or "")), _LATER)


def of_work(id_: int, step: Step, state: State, reason: str | None, subject: str) -> Remedy:
    """The remedy for a row of work that no worker goes on with now. subject: in words, a channel's as it was added."""
    if state is State.UNKNOWN:
        return Remedy(_UNKNOWN, f"media-audit dead retry --unknown {id_}")
    if state is not State.DEAD:
        return of_reason(reason)
    if step is Step.POLL:
        return Remedy(_NAME, command("channels remove", subject))
    gone = step in (Step.DOWNLOAD, Step.ANALYZE) and not (reason or "").startswith("gave up after")
    return Remedy(_LOST if gone else _MEND, f"media-audit dead retry {id_}")


def of_channel(
    reference: str, error: str | None, *, restricted: bool, stale: bool, watched: bool = True
) -> Remedy | None:
    """The remedy for a channel; None while it is well, or not watched. error: of its last poll."""
    if not watched:
        return None
    if error is not None:
        found = of_reason(error)
        return Remedy(_NAME, command("channels remove", reference)) if found.text == _NAME else found
    return _RESTRICTED if restricted else _STALE if stale else None


def command(name: str, *arguments: str) -> str:
    """A command as a person types it. arguments: quoted where a shell would read them otherwise."""
    return shlex.join(["media-audit", *name.split(), *arguments])


# All that `text` may be: the page has each in its languages.
TEXTS = frozenset(
    {_UNKNOWN, _MEND, _LOST, _NAME, RESTART, BROKER, SILENT, _LATER.text, _JOIN.text, _RESTRICTED.text, _STALE.text}
    | {remedy.text for _, remedy in _BY_REASON}
)
