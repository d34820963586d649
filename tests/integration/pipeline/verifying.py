"""What the tests of `verify` share: its findings, and the places of files."""

from __future__ import annotations

from pathlib import Path

from app import wiring
from app.adapters.store import Inventory, inventory
from app.settings import get_settings
from app.verify.check import Outcome
from app.verify.verify import Subject, verify
from tests.integration.pipeline.flow import Flow


def told(flow: Flow, *, repair: bool = False, fast: bool = False, telegram: bool = False) -> dict[str, Outcome]:
    """The outcomes by the names of the checks."""
    drive = flow.drive
    subject = Subject(
        archive=archive(),
        thumbnails=wiring.thumbnails(),
        providers=(drive.vision,) if drive.vision else (),
        embedder=drive.embedder.name if drive.embedder else None,
        source=drive.source if telegram else None,
        account=drive.account,
    )
    return {outcome.name: outcome for outcome in verify(subject, repair=repair, fast=fast)}


def wrong(flow: Flow, *, repair: bool = False, telegram: bool = False) -> dict[str, list[str]]:
    """The examples of the checks that found something."""
    found = told(flow, repair=repair, telegram=telegram)
    assert not [one for one in found.values() if one.error], found
    return {name: outcome.examples for name, outcome in found.items() if outcome.wrong}


def archive() -> Inventory:
    """The store as a whole."""
    return inventory(get_settings())


def place(sha256: str) -> Path:
    """Where a file lies."""
    return get_settings().media_audit_home / "media" / sha256[:2] / sha256[2:4] / sha256


def quarantined() -> list[str]:
    """The names of what was set aside, without their times."""
    found = (get_settings().media_audit_home / "media" / "quarantine").glob("*")
    return sorted(path.name.rpartition(".")[0] for path in found)
