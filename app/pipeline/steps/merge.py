"""merge_vision: merges the readings of a publication's files into its vision enrichment, and makes its tags due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain as joined

from sqlalchemy import Text, select, true
from sqlalchemy.orm import Session

from app.domain.enrichment import ItemVision, VisionMetadata
from app.domain.features import features_hash
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.domain.reading import Reading
from app.domain.steps import STEPS
from app.domain.versions import best, publication_version
from app.events import announce, outbox
from app.events.schemas import VisionAnalyzedV1
from app.models import MediaFile, MediaVision, Publication
from app.models.bulk import table_of
from app.pipeline.engine import reschedule, work
from app.pipeline.engine.database_runner import run_database
from app.pipeline.engine.fan_in import not_ready
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.row_by_row import for_each
from app.pipeline.engine.work import Claim
from app.pipeline.posts import enrichment
from app.pipeline.posts.media_label import label_of
from app.pipeline.posts.revisions import Row, hashes_of, items_of, lead_of, lock_publications, own_media
from app.pipeline.vision import recipes
from app.settings import get_settings


@dataclass(frozen=True)
class Read:
    """A reading in use. status: ok, or partial."""

    reading: Reading
    status: str


InUse = dict[str, tuple[int, Read]]  # sha256 -> (vision version, reading)


def merge_vision(keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Merges the ready publications among the keys; the others stay due for the sweeper."""

    def body(session: Session, claims: Sequence[Claim]) -> list[Outcome]:
        given = read_input(session, [held.subject_id for held in claims])
        return Merge(session, given, bulk=bulk).all(claims)

    return run_database(Step.MERGE, lock_publications, body, keys)


@dataclass(frozen=True)
class MergeInput:
    """The posts and media of one batch of publications, and the readings of their media files."""

    open: set[int]  # publications whose media files have not been read
    rows: dict[int, list[Row]]  # publication -> its posts with their media
    chain: list[int]  # versions of the configured providers, the primary first
    readings: InUse


def read_input(session: Session, ids: Sequence[int]) -> MergeInput:
    """Loads the input of a whole batch at once. ids: of publications."""
    open_ = not_ready(session, STEPS[Step.MERGE], ids)
    rows = items_of(session, ids)
    chain = recipes.chain(session)
    return MergeInput(open_, rows, chain, in_use(readings_of(session, rows.values()), chain))


class Merge:
    """One batch in one transaction."""

    def __init__(self, session: Session, given: MergeInput, *, bulk: bool) -> None:
        self._session = session
        self._bulk = bulk
        self._input = given
        self._merged: dict[int, VisionMetadata] = {}  # by lead post
        self._events: list[VisionAnalyzedV1] = []

    def all(self, claims: Sequence[Claim]) -> list[Outcome]:
        """Merges each publication, then writes all results at once."""
        ends = [self._one(held) for held in claims]
        enrichment.write_all(self._session, self._merged)
        outbox.add(self._session, *self._events)
        tagged = [call.keys[0] for end in ends for call in end.nexts if isinstance(call, Call)]
        traces = {held.subject_id: held.trace_id for held in claims if held.trace_id}
        work.requeue(self._session, Step.TAG, tagged, hint=get_settings().republish_after, traces=traces)
        return ends

    def _one(self, held: Claim) -> Outcome:
        publication = self._session.get_one(Publication, held.subject_id)
        if publication.revision != held.revision:
            return Outcome.superseded()
        if publication.id in self._input.open:
            return Outcome((), State.DUE, "its files have not been read")
        found = self._input
        metadata = merged(publication.revision, found.rows[publication.id], found.readings, found.chain)
        if metadata is None:
            return self._unread(publication, held)
        self._merged[lead_of(publication)] = metadata
        self._events.append(announce.vision_analyzed(publication, metadata))
        return Outcome((self._tag(held),), media=label_of(publication, found.rows[publication.id]))

    def _unread(self, publication: Publication, held: Claim) -> Outcome:
        """Skips a publication without a readable file; removes readings of files that an edit took away, so that they
        no longer count in its tags."""
        gone = enrichment.remove(self._session, publication, VisionMetadata)
        if get_settings().tags_wait():
            reschedule.make_due_now(self._session, Step.TAG, [held.key])  # they waited for this reading
        return Outcome((self._tag(held),) if gone else (), State.SKIPPED, "none of its files can be read")

    def _tag(self, held: Claim) -> Call:
        return Call(Step.TAG, (held.key,), bulk=self._bulk, trace_id=held.trace_id)


def readings_of(session: Session, publications: Iterable[Sequence[Row]]) -> dict[str, dict[int, Read]]:
    """All readings of the files of these publications' rows: sha256 -> vision version -> reading."""
    hashes = hashes_of(joined.from_iterable(publications))
    wanted = table_of({"sha256": (Text(), sorted(hashes))})
    file = for_each(select(MediaFile.id).where(MediaFile.sha256 == wanted.c.sha256))
    readings = select(MediaVision.vision_version_id, MediaVision.reading, MediaVision.status).where(
        MediaVision.media_file_id == file.c.id, MediaVision.reading.is_not(None)
    )
    read = for_each(readings)
    query = select(wanted.c.sha256, *read.c).select_from(wanted).join(file, true()).join(read, true())
    found: dict[str, dict[int, Read]] = defaultdict(dict)
    for sha256, version, reading, status in session.execute(query):
        found[sha256][version] = Read(Reading.model_validate(reading), status)
    return found


def in_use(readings: Mapping[str, Mapping[int, Read]], chain: Sequence[int]) -> InUse:
    """The highest-ranked reading of each distinct file."""
    return {sha256: best(versions, chain) for sha256, versions in readings.items()}


def merged(revision: int, rows: Sequence[Row], found: InUse, chain: Sequence[int]) -> VisionMetadata | None:
    """Merges the readings of a publication's files; None if no file has a reading."""
    readings = {sha256: found[sha256] for sha256 in hashes_of(rows) & found.keys()}
    if not readings:
        return None
    # A preview may be read by a lesser provider on purpose, which makes nothing of the post's own media older.
    own = {medium.sha256 for medium in own_media(rows)} & readings.keys()
    version = publication_version((v for sha256, (v, _) in readings.items() if sha256 in own or not own), chain)
    assert version is not None
    posts: dict[str, list[int]] = defaultdict(list)
    for post, media in rows:
        if media is not None and media.sha256 in readings and post.telegram_message_id not in posts[media.sha256]:
            posts[media.sha256].append(post.telegram_message_id)
    return VisionMetadata(
        vision_version=version,
        features_hash=features_hash({sha256: read.reading for sha256, (_, read) in readings.items()}),
        revision=revision,
        # in item order, so that texts read as the album does
        items=[_item(sha256, ids, *readings[sha256]) for sha256, ids in posts.items()],
        status="ok" if all(read.status == "ok" for _, read in readings.values()) else "partial",
    )


def _item(sha256: str, message_ids: list[int], version: int, read: Read) -> ItemVision:
    reading = read.reading
    return ItemVision(
        sha256=sha256,
        message_ids=message_ids,
        vision_version=version,
        classification=reading.classification,
        is_meme=reading.is_meme,
        description=reading.description,
        labels=[label.name for label in reading.labels],
        ocr_text=reading.text,
        language=reading.language,
        nsfw=reading.nsfw,
        phash=reading.phash,
        texts=reading.texts,
        pages=reading.pages,
    )
