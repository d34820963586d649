"""Makes a merge or a tagging due because an event reports a new reading."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Call, Next
from app.domain.kinds import State, Step
from app.domain.versions import rank
from app.models import Publication, Work
from app.models.work import in_state
from app.pipeline.engine import work
from app.pipeline.posts import enrichment
from app.pipeline.vision import recipes
from app.settings import get_settings


def vision_analyzed(
    session: Session, publication_id: int, revision: int, version: int, features_hash: str
) -> list[Next]:
    """Makes the work due that this reading may change: the merge if an external service has read, else the tags.

    Doubled and late events, events of older revisions or lower versions, and our own events whose tagging is under
    way or done change nothing: the rows decide on merges and tags, never the event.
    """
    # Locked, as merge and tag do before they write: else a tagging under way could end between the two queries.
    publication = session.get(Publication, publication_id, with_for_update=True)
    if publication is None or publication.revision != revision:
        return []
    vision = enrichment.read(session, publication, VisionMetadata)
    if vision is None or (vision.vision_version, vision.features_hash) != (version, features_hash):
        chain = recipes.chain(session)
        older = vision is not None and rank(vision.vision_version, chain) > rank(version, chain)
        return [] if older else _due(session, Step.MERGE, publication)
    tags = enrichment.read(session, publication, TagsMetadata)
    if tags is not None and (tags.tags_version, tags.features_hash) == (version, features_hash):
        return []
    return _due(session, Step.TAG, publication)


def _due(session: Session, step: Step, publication: Publication) -> list[Next]:
    """Makes the step due unless it is due or running already."""
    key = (publication.id, publication.revision)
    query = select(Work.id).where(
        Work.step == step,
        Work.subject_id == publication.id,
        Work.revision == publication.revision,
        in_state(State.DUE, State.LEASED),
    )
    if session.execute(query).first() is not None:
        return []
    trace = publication.trace_id or None
    work.requeue(session, step, [key], hint=get_settings().republish_after)
    return [Call(step, (key,), trace_id=trace)]
