"""Compares the token ledger with the work that it paid for and the answers that it bought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, exists, func, or_, select

from app.db import snapshot, transaction
from app.models import RawAnswerRow, TokenLedger, Work
from app.pipeline.engine import ledger
from app.settings import get_settings
from app.status.providers import caps_in_words, providers
from app.verify.check import Check, Fault
from app.verify.reading import pages

CHARGED = "what was charged is known to the provider alone"
KEPT = "an answer is stored with its payment or never"


class Spending(Check[int]):
    """Checks that every call has an end that fits its sums, its work and, if it was answered, its answer."""

    name = "token ledger"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(TokenLedger.id)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            rows = session.execute(_wrong().where(TokenLedger.id.in_(keys)).order_by(TokenLedger.id)).all()
        return [
            Fault(entry.id, f"call {entry.id} to {entry.provider} for {entry.purpose}", what,
                  None if entry.ended_at is None else KEPT if "answer" in what else CHARGED)
            for entry, what in rows
            if what is not None
        ]  # fmt: skip

    def mend_one(self, fault: Fault[int]) -> bool:
        """Closes calls whose outcome will stay unknown: they count as reserved, and UNANSWERED decides on a retry."""
        with transaction() as session:
            ledger.abandon_old(session, get_settings().longest_lease())
        return True

    def notes(self) -> list[str]:
        with snapshot() as session:
            caps = {one.name: caps_in_words(one) for one in providers(session, get_settings())}
            sums = select(TokenLedger.provider, func.sum(TokenLedger.settled), func.sum(_reserved())).group_by(
                TokenLedger.provider
            )
            found = session.execute(sums.order_by(TokenLedger.provider)).all()
        return [
            f"{name}: {settled or 0:,} tokens settled, {open_ or 0:,} open or unknown"
            + (f"; caps: {caps[name]}" if name in caps else "")
            for name, settled, open_ in found
        ]


def _reserved() -> ColumnElement[int | None]:
    return case((TokenLedger.settled.is_(None), TokenLedger.reserved), else_=None)


def _wrong() -> Select[TokenLedger, str | None]:
    """(call, its fault in words or NULL)"""
    row = Work.id == TokenLedger.work_id
    answer = exists().where(RawAnswerRow.ledger_id == TokenLedger.id)
    # If two calls for one question were both answered, only the first answer is kept.
    same = exists().where(
        RawAnswerRow.step == Work.step, RawAnswerRow.subject_id == Work.subject_id, RawAnswerRow.key == TokenLedger.key
    )
    old = func.clock_timestamp() - timedelta(seconds=get_settings().longest_lease())
    known = TokenLedger.outcome.in_(["answered", "free"])
    # Of a forgotten subject the ledger keeps the price alone, without its work or without the key of its question.
    answered = (TokenLedger.outcome == "answered") & Work.id.is_not(None) & TokenLedger.key.is_not(None)
    what = case(
        (TokenLedger.work_id.is_not(None) & Work.id.is_(None), "its work is not there"),
        (and_(TokenLedger.ended_at.is_(None), TokenLedger.created_at < old), "it has no end, and its lease is over"),
        ((TokenLedger.ended_at.is_(None)) != (TokenLedger.outcome.is_(None)), "it has an end without an outcome"),
        (known & TokenLedger.settled.is_(None), "it ended, and nothing was settled"),
        ((TokenLedger.outcome == "free") & (TokenLedger.settled != 0), "it was free, and tokens are settled"),
        (answered & ~or_(answer, same), "the answer that it paid for is not kept"),
        else_=None,
    )
    return select(TokenLedger, cast(what, Text)).outerjoin(Work, row)
