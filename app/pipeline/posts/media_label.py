"""The media label of metrics for a publication, from the rows that a step has read already."""

from __future__ import annotations

from collections.abc import Iterable

from app.metrics import Media
from app.models import Publication
from app.pipeline.engine.step_metrics import media_label
from app.pipeline.posts.revisions import Row, own_media


def label_of(publication: Publication, rows: Iterable[Row]) -> Media:
    """`album`, or the label of its own medium. The same as step_metrics.media_of finds by a query."""
    kinds = [medium.kind for medium in own_media(rows)]
    return media_label(min(kinds, default=None), grouped=publication.grouped_id is not None)
