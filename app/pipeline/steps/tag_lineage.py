"""Rows stored for each tagging: the tags with all their inputs, and the lineage row."""

from __future__ import annotations

from app.domain.enrichment import TagsMetadata
from app.domain.tags import tags_hash
from app.models import TagChange
from app.pipeline.engine.outcomes import Performed
from app.pipeline.engine.work import Claim
from app.pipeline.steps.tag_input import TaggingInput
from app.ports import Tagger, Tagging


def metadata_of(tagger: Tagger, held: Claim, given: TaggingInput, result: Tagging) -> TagsMetadata:
    """Returns the enrichment `tags` of a publication."""
    return TagsMetadata(
        tags=result.tags,
        tags_hash=tags_hash(result.tags),
        status=result.status,
        vocabulary=tagger.vocabulary,
        tags_version=given.new.version,
        features_hash=given.new.features_hash,
        text_hash=given.new.text_hash,
        tagger_version=tagger.version,
        tagger_input_hash=given.new.input_hash,
        revision=held.revision,
        trigger=given.decision.trigger,
    )


def change_of(one: Performed[TaggingInput, Tagging], metadata: TagsMetadata, tokens: int) -> TagChange:
    """Returns the lineage row. tokens: cost of all calls for these tags."""
    held, given, before = one.held, one.given, one.given.current
    old = set(before.tags) if before else set()
    return TagChange(
        publication_id=held.subject_id,
        revision=held.revision,
        trigger=given.decision.trigger,
        reason=given.decision.reason,
        called_tagger=given.decision.call,
        from_version=before.tags_version if before else None,
        to_version=metadata.tags_version,
        from_features=before.features_hash if before else None,
        to_features=metadata.features_hash,
        tagger_version=metadata.tagger_version,
        tagger_input_hash=metadata.tagger_input_hash,
        vocabulary=metadata.vocabulary,
        problems=list(one.result.problems),
        added=sorted(set(metadata.tags) - old),
        removed=sorted(old - set(metadata.tags)),
        tokens=tokens,
    )
