"""Compares readings, merged vision and tags with the results that follow from the present rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.gate import decide
from app.domain.kinds import State, Step
from app.domain.lineage import Passed, replay
from app.domain.tags import tags_hash
from app.models import MediaFile, MediaVision, Publication, TagChange, Work
from app.pipeline.engine import work
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import Row, hashes_of, posts_of
from app.pipeline.steps.merge import Read, readings_of
from app.pipeline.steps.tag_input import made_from, state
from app.pipeline.vision import recipes
from app.verify import expected
from app.verify.check import Check, Fault
from app.verify.publications import Batch, OfPublications
from app.verify.reading import pages
from app.verify.steps import TOLD


class Readings(Check[int]):
    """Checks that every finished reading has its row."""

    name = "readings"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Work.id, (Work.step == Step.ANALYZE) & (Work.state == State.DONE))

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            return _lost(session, keys)

    def mend_one(self, fault: Fault[int]) -> bool:
        with transaction() as session:
            for row in session.scalars(select(Work).where(Work.id == fault.key).with_for_update()):
                if _lost(session, [fault.key]):
                    work.requeue(session, Step.ANALYZE, [(row.subject_id, row.revision)], hint=0.0)
        return True


class Vision(OfPublications):
    """Checks that the enrichment `vision` of each publication equals the merge of its readings."""

    name = "vision"

    def __init__(self) -> None:
        super().__init__()
        self._other: set[int] = set()

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        chain = recipes.chain(batch.session)
        readings = readings_of(batch.session, batch.rows.values())
        for id_, publication in batch.settled.items():
            rows, found = batch.rows.get(id_, []), batch.vision.get(id_)
            wanted = expected.vision(publication.revision, rows, readings, chain)
            if found == wanted:
                continue
            stage = batch.stage(id_, Step.MERGE)
            if stage is not None and stage.state in TOLD:
                self.excuse("vision", stage)
            elif found is not None and found == _as_merged(publication.revision, rows, readings, found):
                self._other.add(id_)
            elif found is not None or stage is not None:
                yield batch.fault(id_, _difference(found, wanted))

    def repair(self, batch: Batch, publication: Publication) -> None:
        work.requeue(batch.session, Step.MERGE, [(publication.id, publication.revision)], hint=0.0)

    def notes(self) -> list[str]:
        other = f"{len(self._other)} were merged under another vision chain; `media-audit reanalyze` changes that"
        return super().notes() + ([other] if self._other else [])


class Tags(OfPublications):
    """Checks that each publication has tags that fit its lineage and were made from its present text and features."""

    name = "tags"

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        chain = recipes.chain(batch.session)
        for id_, publication in batch.settled.items():
            stage, current = batch.stage(id_, Step.TAG), batch.tags.get(id_)
            if current is not None and (wrong := told_otherwise(current, batch.changes[id_])):
                yield batch.fault(id_, wrong)
                continue
            posts = posts_of(batch.rows.get(id_, []))
            # The gate does not depend on the tagger and its vocabulary.
            made, new = made_from(current), state(publication, posts, batch.vision.get(id_), "", "")
            if made is not None and (made.text_hash, made.features_hash) == (new.text_hash, new.features_hash):
                continue  # open for another rank at most, and a changed chain makes no work due
            if stage is not None:
                if stage.done:
                    decision = decide(made, new, chain)  # it names the reason alone
                    what, why = "the gate is open" if current else "it has no tags", decision and decision.reason
                    yield batch.fault(id_, f"{what} ({why or 'and does not see it'}) though tagging is done")
                else:
                    self.excuse("tags of today", stage)

    def repair(self, batch: Batch, publication: Publication) -> None:
        """Removes tags that contradict their lineage, and makes tagging due; a paid answer is not paid again."""
        current = batch.tags.get(publication.id)
        if current is not None and told_otherwise(current, batch.changes[publication.id]):
            enrichment.remove(batch.session, publication, TagsMetadata)
        work.requeue(batch.session, Step.TAG, [(publication.id, publication.revision)], hint=0.0)


def told_otherwise(current: TagsMetadata, changes: Sequence[TagChange]) -> str | None:
    """How the tags contradict themselves or their lineage, or None. changes: oldest row first."""
    if tags_hash(current.tags) != current.tags_hash:
        return "its tags are not those of tags_hash"
    if not changes:
        return "no row of lineage tells where its tags come from"
    newest = changes[-1]
    told = (newest.to_version, newest.to_features, newest.tagger_version, newest.tagger_input_hash)
    if told != (current.tags_version, current.features_hash, current.tagger_version, current.tagger_input_hash):
        return "its tags were made from something else than the newest row of lineage tells"
    passed = [Passed(change.trigger, change.added, change.removed) for change in changes]
    return None if replay(passed) == set(current.tags) else "its tags are not those that its lineage adds up to"


def _lost(session: Session, ids: Sequence[int]) -> list[Fault[int]]:
    kept = exists().where(MediaVision.media_file_id == MediaFile.id, MediaVision.vision_version_id == Work.revision)
    query = select(Work.id, MediaFile.sha256, Work.revision).join(MediaFile, MediaFile.id == Work.subject_id)
    rows = session.execute(query.where(Work.id.in_(ids), Work.step == Step.ANALYZE, Work.state == State.DONE, ~kept))
    return [Fault(id_, f"file {sha256[:12]}", f"its reading by version {v} is gone") for id_, sha256, v in rows]


def _as_merged(
    revision: int, rows: Sequence[Row], readings: Mapping[str, Mapping[int, Read]], found: VisionMetadata
) -> VisionMetadata | None:
    """Merges the same readings again: the active chain, which may change, decides which reading of a file is in use."""
    versions = {item.sha256: item.vision_version for item in found.items}
    used = {
        sha256: {versions[sha256]: some[versions[sha256]]}
        for sha256, some in readings.items()
        if versions.get(sha256) in some
    }
    left_out = hashes_of(rows) & (readings.keys() - used.keys())
    again = expected.vision(revision, rows, used, [])
    if again is None or left_out or found.vision_version not in versions.values():
        return None
    return again.model_copy(update={"vision_version": found.vision_version})


def _difference(found: VisionMetadata | None, wanted: VisionMetadata | None) -> str:
    if found is None:
        return "its vision is missing"
    if wanted is None:
        return "it has a vision, and none of its files a reading"
    names = [name for name in VisionMetadata.model_fields if getattr(found, name) != getattr(wanted, name)]
    return f"{', '.join(names)} of its vision differ from what its readings give"
