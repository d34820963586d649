"""The task that downloads media into the store."""

from __future__ import annotations

from app import wiring
from app.domain.kinds import Step
from app.pipeline.engine.reschedule import postpone
from app.pipeline.steps import download
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.tasks.slots import download_slot
from app.worker import app


@app.task
def download_media(keys: list[list[int]], bulk: bool = False) -> None:
    """Downloads media, unless downloads hold all the threads that polls leave to them."""
    with download_slot(bulk=bulk) as free:
        if free:
            adapter = wiring.telegram().media
            publish(download.download_media(adapter, wiring.account(), keys_of(keys), bulk=bulk))
        else:
            postpone(Step.DOWNLOAD, keys_of(keys))
