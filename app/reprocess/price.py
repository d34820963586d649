"""Estimates the cost of reading or tagging again, before any call."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

from sqlalchemy.orm import Session

from app import db
from app.domain.budget import days
from app.pipeline.engine import ledger
from app.pipeline.engine.caps import in_force
from app.pipeline.engine.ledger import Purchase
from app.ports import PaidModel
from app.settings import get_settings


@dataclass(frozen=True)
class Price:
    """Tokens of one provider. days: how many the daily cap spreads them over, None if it allows none.

    most: upper limit with the repair of each call; a call that an operator or UNANSWERED=retry repeats after an
    unknown outcome adds to it. likely: by the cost of such calls so far; None without any.
    """

    provider: str
    model: str
    purpose: Literal["vision", "tags"]
    questions: int
    most: int
    likely: int | None
    days: int | None
    likely_days: int | None
    daily: int | None = None  # the cap of a day in force, of which such work has its share
    sampled: int | None = None  # documents that `likely` was estimated from, if no such call was made before


class Till:
    """Computes the prices of one model's calls, from estimates and the ledger."""

    def __init__(
        self, session: Session, model: PaidModel[Any, Any], purpose: Literal["vision", "tags"], key: str | None = None
    ) -> None:
        """key: ledger key of earlier calls of the same sort, if they share one."""
        self._model, self._purpose = model, purpose
        now = db.now(session).astimezone(UTC)
        self._limits = in_force(session, model.provider, get_settings().limits(model.provider), now)
        self.usual = ledger.usual(session, model.provider, model.model, purpose, key) if key else None
        if self.usual is None:
            self.usual = ledger.usual(session, model.provider, model.model, purpose)
        self._dearer = {repair: max(1.0, self._dearest(session, repair=repair)) for repair in (False, True)}

    def _dearest(self, session: Session, *, repair: bool) -> float:
        """The factor by which the ledger raises an estimate."""
        wanted = Purchase(self._model.provider, self._model.model, self._purpose, "", 0, repair)
        return ledger.dearest(session, wanted)

    def most(self, estimate: int) -> int:
        """Upper limit in tokens of a call with this estimate and its repair; 0 if there is no call (estimate 0)."""
        repair = math.ceil(self._model.estimate_repair() * self._dearer[True])
        return math.ceil(estimate * self._dearer[False]) + repair if estimate else 0

    def price(self, questions: Iterable[tuple[int, int]], guess: float | None = None, sampled: int = 0) -> Price:
        """questions: pairs (estimate, count). guess: tokens of a call if none was made, from `sampled` documents."""
        counted = [(estimate, count) for estimate, count in questions if estimate]
        most = sum(self.most(estimate) * count for estimate, count in counted)
        each = guess if self.usual is None else self.usual
        likely = None if each is None else min(most, round(each * sum(count for _, count in counted)))
        limits = self._limits
        return Price(
            provider=self._model.provider,
            model=self._model.model,
            purpose=self._purpose,
            questions=sum(count for _, count in counted),
            most=most,
            likely=likely,
            days=days(most, limits),
            likely_days=None if likely is None else days(likely, limits),
            daily=limits.daily,
            sampled=sampled if self.usual is None and guess is not None else None,
        )
