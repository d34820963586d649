"""Forgetting in the pipeline's tests: as an operator asks for it, and as workers end it."""

from __future__ import annotations

from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.forget import begin
from app.forget.named import named
from app.settings import get_settings
from tests.integration.pipeline.flow import Flow
from tests.traces_left import in_database, in_files

OPERATOR = Actor("ann", Via.COMMAND)


def begun(name: str, why: str = "") -> int:
    """Only the first transaction; returns the tombstone."""
    with transaction() as session:
        return begin.forget(session, named(session, name), OPERATOR, why).tombstone


def forget(flow: Flow, name: str, why: str = "") -> int:
    """All of it, and what follows from it for the things that stay."""
    tombstone = begun(name, why)
    flow.drive.settle()
    return tombstone


def left(*needles: str) -> list[str]:
    """Where the database and the home still have a word or a hash."""
    return [*in_database(*needles), *in_files(get_settings().media_audit_home, *needles)]
