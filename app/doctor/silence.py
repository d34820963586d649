"""The doctor's check of what paid models answered of late. Spends no token: it reads the ledger alone."""

from __future__ import annotations

from app.db import transaction
from app.doctor.check import CheckFailed
from app.domain import remedies
from app.status.silence import silence_of


def answers(provider: str) -> str:
    """Tells of the last answers. CheckFailed where at least every second one said nothing that was asked for."""
    with transaction() as session:
        found = silence_of(session, provider)
    if found is None:
        return "no answer of the last day said nothing"
    if found.often:
        raise CheckFailed(str(found), remedies.SILENT)
    return str(found)
