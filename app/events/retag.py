"""What a posts.vision.analyzed event does here: its publication becomes due for tagging, once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.enrichment import TagsMetadata
from app.domain.flow import Call
from app.domain.kinds import FINAL, State, Step
from app.events.schemas import Event, VisionAnalyzedV1
from app.models import Publication, Work
from app.pipeline import enrichment, work
from app.settings import get_settings


def retag(event: Event) -> None:
    """Makes the publication due for tagging and publishes that, unless it is due, tagged or of another revision."""
    if not isinstance(event, VisionAnalyzedV1):
        return
    key = (event.publication_id, event.revision)
    with transaction() as session:
        if not _is_needed(session, event):
            return
        work.rearm(session, Step.TAG, [key], hint=get_settings().republish_after, reason="vision")
    from app.tasks.publish import publish  # late: the relay shares this package and needs no Celery

    publish([Call(Step.TAG, (key,))])


def _is_needed(session: Session, event: VisionAnalyzedV1) -> bool:
    publication = session.get(Publication, event.publication_id)
    if publication is None or publication.revision != event.revision:
        return False  # late or foreign: the newer revision has events of its own
    tags = enrichment.read(session, publication, TagsMetadata)
    if tags and (tags.tags_version, tags.features_hash) == (event.vision_version, event.features_hash):
        return False
    return not _will_see(session, event)


def _will_see(session: Session, event: VisionAnalyzedV1) -> bool:
    """Whether tagging that is on its way reads the new vision: to lease it anew would pay the tagger twice."""
    query = select(Work.state, Work.updated_at).where(
        Work.step == Step.TAG, Work.subject_id == event.publication_id, Work.revision == event.revision
    )
    row = session.execute(query).tuples().first()
    if row is None or row[0] in FINAL:
        return False
    state, updated_at = row
    return state != State.LEASED or updated_at >= event.occurred_at
