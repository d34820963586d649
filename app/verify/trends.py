"""Checks the trends of documents: the tags by day and the origins by week with which each is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date

from sqlalchemy.orm import Session

from app.domain.advisory_locks import AdvisoryLock
from app.models import SearchDocument, SearchDocumentTrends, SearchTrendsFill
from app.pipeline.posts.revisions import Row
from app.verify.counted import Counted, counted_otherwise


class Trends(Counted):
    """Checks that tag_days and forward_weeks have as many publications as are counted there."""

    name = "trends"
    item, separator, lock, fill = "trend", "\n", AdvisoryLock.TRENDS, SearchTrendsFill
    totals = """
        SELECT concat_ws(' ', 'tag', to_char(day, 'YYYY-MM-DD'), channel_id, tag) AS item, n AS documents FROM tag_days
        UNION ALL
        SELECT concat_ws(' ', 'from', to_char(week, 'YYYY-MM-DD'), channel_id, origin), n FROM forward_weeks
    """


def untold(session: Session, documents: Iterable[SearchDocument], rows: Mapping[int, Sequence[Row]]) -> dict[int, str]:
    """publication -> its fault in trends, for documents that are not counted with their trends. rows: their posts."""
    wanted = {row.publication_id: "\n".join(sorted(set(_lines(row, rows[row.publication_id])))) for row in documents}
    return counted_otherwise(session, SearchDocumentTrends.trends, SearchTrendsFill, wanted)


def _lines(document: SearchDocument, rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a document, by a formula of verify's own: the week by its number in the ISO calendar."""
    if document.posted_at is None:
        return
    day = document.posted_at.astimezone(UTC)
    week = date.fromisocalendar(day.isocalendar().year, day.isocalendar().week, 1)
    for tag in document.tag_list:
        yield f"tag {day:%Y-%m-%d} {document.channel_id} {' '.join(tag.split())}"
    for post, _ in rows:
        if (origin := (post.forward or {}).get("from_telegram_id")) is not None:
            yield f"from {week:%Y-%m-%d} {document.channel_id} {origin}"
