"""Answers of paid models that said nothing that was asked for: which provider, how many of the last, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import PaidProvider, TokenLedger

RECENT = 50  # calls of a provider that are looked at: older ones say little about its model of today
DAY = timedelta(days=1)
ANSWERED = "answered"


@dataclass(frozen=True)
class Silence:
    """A provider whose model said nothing in some of its last answers. reason: of the newest such answer."""

    provider: str
    count: int
    answers: int  # among which they are
    reason: str

    @property
    def often(self) -> bool:
        """Whether at least every second answer says nothing: then it is the model or a setting, not a picture."""
        return 2 * self.count >= self.answers

    def __str__(self) -> str:
        return (
            f"{self.provider}: {self.count} of its last {self.answers} answers said nothing that was asked for; "
            f"the newest: {self.reason}"
        )


def silences(session: Session) -> list[Silence]:
    """The providers with such answers among the calls of the last day, RECENT at most, by name."""
    names = session.scalars(select(PaidProvider.provider).order_by(PaidProvider.provider)).all()
    return [found for name in names if (found := silence_of(session, name)) is not None]


def silence_of(session: Session, provider: str) -> Silence | None:
    """The same of one provider; None if each of its answers said something."""
    of_day = TokenLedger.created_at >= func.now() - DAY
    query = select(TokenLedger.outcome, TokenLedger.error).where(TokenLedger.provider == provider, of_day)
    calls = session.execute(query.order_by(TokenLedger.created_at.desc()).limit(RECENT)).all()
    answers = [error for outcome, error in calls if outcome == ANSWERED]
    empty = [error for error in answers if error]
    return Silence(provider, len(empty), len(answers), empty[0]) if empty else None
