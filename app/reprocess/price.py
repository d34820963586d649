"""What a re-reading costs, before it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.domain.budget import days
from app.pipeline.engine import ledger
from app.pipeline.engine.ledger import Purchase
from app.ports import PaidModel
from app.settings import get_settings


@dataclass(frozen=True)
class Price:
    """Tokens of one provider. days: that the daily cap makes of them, None when it allows none.

    most: no question costs more, its repair included; a question that is put again after its end was unknown, since a
    person or UNANSWERED=retry wants it, comes on top. likely: as such questions cost so far; None when none did.
    """

    provider: str
    model: str
    purpose: Literal["vision", "tags"]
    questions: int
    most: int
    likely: int | None
    days: int | None
    likely_days: int | None
    sampled: int | None = None  # documents that `likely` was reckoned from, where nothing was known


class Till:
    """Prices of one model's questions."""

    def __init__(
        self, session: Session, model: PaidModel[Any, Any], purpose: Literal["vision", "tags"], key: str | None = None
    ) -> None:
        """key: of the answers to questions like these, where they have one in common."""
        self._model, self._purpose = model, purpose
        self.usual = ledger.usual(session, model.provider, model.model, purpose, key) if key else None
        if self.usual is None:
            self.usual = ledger.usual(session, model.provider, model.model, purpose)
        self._dearer = {repair: max(1.0, self._dearest(session, repair=repair)) for repair in (False, True)}

    def _dearest(self, session: Session, *, repair: bool) -> float:
        """What the ledger will make of an estimate."""
        wanted = Purchase(self._model.provider, self._model.model, self._purpose, "", 0, repair)
        return ledger.dearest(session, wanted)

    def most(self, estimate: int) -> int:
        """Of a question with this estimate, and its repair; 0 for what is not asked."""
        repair = math.ceil(self._model.estimate_repair() * self._dearer[True])
        return math.ceil(estimate * self._dearer[False]) + repair if estimate else 0

    def price(self, questions: Iterable[tuple[int, int]], guess: float | None = None, sampled: int = 0) -> Price:
        """questions: (estimate, how many of them). guess: what one costs where nothing is known, out of `sampled`."""
        counted = [(estimate, count) for estimate, count in questions if estimate]
        most = sum(self.most(estimate) * count for estimate, count in counted)
        each = guess if self.usual is None else self.usual
        likely = None if each is None else min(most, round(each * sum(count for _, count in counted)))
        limits = get_settings().limits(self._model.provider)
        return Price(
            provider=self._model.provider,
            model=self._model.model,
            purpose=self._purpose,
            questions=sum(count for _, count in counted),
            most=most,
            likely=likely,
            days=days(most, limits),
            likely_days=None if likely is None else days(likely, limits),
            sampled=sampled if self.usual is None and guess is not None else None,
        )
