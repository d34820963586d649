"""The task that writes exports."""

from __future__ import annotations

from app import wiring
from app.exports.pages import ExportPages
from app.pipeline.steps.export import write_exports
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def write_export(keys: list[list[int]], bulk: bool = False) -> None:
    """Writes the next part of exports, or closes those that are written; the row is due again until the end."""
    publish(write_exports(wiring.export_files(), ExportPages(), keys_of(keys)))
