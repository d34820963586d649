"""A question before it is written: its passages, which a user sees at once, and the price that its answer may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.adapters.answerer.asking import Asking
from app.ask.questions import Placed, Prepared, known, place, prepare
from app.ask.sources import PassageShown, passages_of
from app.ports import Embedder
from app.search.filters import Filters


@dataclass(frozen=True)
class Considered:
    """price: tokens that the answer may cost at most; 0 for one that is free or known already."""

    prepared: Prepared
    passages: Sequence[PassageShown]
    price: int
    asking: Asking

    def place(self, session: Session) -> Placed:
        """Writes the question, or finds it if it was asked before."""
        return place(session, self.prepared, self.asking.version)


def consider(
    session: Session, text: str, asking: Asking, *, embedder: Embedder | None, filters: Filters | None = None
) -> Considered:
    """Reads a question and retrieves its passages. UserError as `prepare`."""
    prepared = prepare(session, text, embedder=embedder, filters=filters)
    before = known(session, prepared, asking.version)
    price = asking.price(prepared.input) if before is None else 0
    return Considered(prepared, passages_of(session, prepared.retrieved), price, asking)
