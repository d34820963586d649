"""Exports in the pipeline's tests: asked for as a user asks, written as a worker writes them."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from app import wiring
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.export.plan import Format
from app.exports.acts import Made, make
from app.exports.listed import ExportShown, export_of
from app.exports.pages import ExportPages
from app.pipeline.steps.export import write_exports
from app.settings import get_settings
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.flow import Flow

ANNA = Actor("anna", Via.PAGE)
ALL = tuple(Format)


def ask(query: str, formats: Collection[Format] = ALL, **rest: Any) -> Made:
    """Asks for an export; no worker has begun it."""
    with transaction() as session:
        return make(session, ANNA, query, formats=formats, **rest)


def shown(number: int) -> ExportShown:
    """The export as a user sees it now."""
    with transaction() as session:
        return export_of(session, number)


def export(flow: Flow, query: str, formats: Collection[Format] = ALL, **rest: Any) -> Path:
    """Makes an export to its end; its directory."""
    made = ask(query, formats, **rest)
    flow.drive.follow([made.call])
    return place(made.id)


def place(number: int) -> Path:
    """The directory of a whole export."""
    found = shown(number)
    assert found.place is not None, (found, rows("SELECT state, reason, last_error FROM work WHERE step = 'export'"))
    return get_settings().home / found.place


def posts(directory: Path) -> list[dict[str, Any]]:
    """The publications of an export, in its order."""
    return [json.loads(line) for line in (directory / "posts.jsonl").read_text(encoding="utf-8").splitlines()]


def contents(directory: Path) -> dict[str, bytes]:
    """path -> bytes of all files."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def follow(made: Made, portion: int, most: int = 100) -> None:
    """A worker after the other writes a part of so many publications; `most` of them."""
    keys = made.call.keys
    for _ in range(most):
        if not write_exports(wiring.export_files(), ExportPages(portion), keys):
            return
