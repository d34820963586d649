"""download_media: downloads the media of posts into the store, once for each Telegram file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, Text, case, func, select, true, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from app.domain.advisory_locks import DOWNLOAD_BEFORE, AdvisoryLock
from app.domain.flow import Key, Next
from app.domain.kinds import AGAIN, MediaKind, MediaRole, State, Step
from app.domain.messages import MediaDescriptor, MediaRequest, StoredFile
from app.domain.tombstones import FORGOTTEN
from app.errors import MediaAuditError, Skip, Transient
from app.metrics import Media
from app.models import Channel, MediaFile, Post, PostMedia, Work
from app.models.bulk import insert_all, table_of
from app.models.work import in_state
from app.pipeline.engine import erased_work, step_metrics, work
from app.pipeline.engine.built_once import built_once
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.fan_in import ready_persists
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.row_by_row import each_given, for_each, ids_given
from app.pipeline.engine.work import Claim
from app.pipeline.posts import thumbnails
from app.pipeline.posts.channels import UNWATCHED, channel_ref, resolved_elsewhere, view_of
from app.pipeline.posts.erasing import late_files
from app.pipeline.posts.left_out import leave_out
from app.pipeline.posts.resumption import persist_again
from app.ports import MediaSource


@dataclass(frozen=True)
class DownloadInput:
    """A medium to download."""

    media_id: int
    request: MediaRequest
    grouped: bool = False  # part of an album


class Download(ExternalStep[DownloadInput, StoredFile]):
    """Fetches a batch concurrently; a failure concerns its own file alone."""

    step = Step.DOWNLOAD
    chunk = 100  # one batch of publications; the adapter bounds the number of concurrent downloads

    def __init__(self, media: MediaSource, account: str) -> None:
        self._source = media
        self._account = account

    def load_all(
        self, session: Session, claims: Sequence[Claim]
    ) -> list[DownloadInput | EarlyOutcome | MediaAuditError]:
        rows = _media(session, [held.subject_id for held in claims])
        keys = {media.telegram_key for media, _, _ in rows.values()}
        taken = _taken(session, keys)  # before the next queries: they see the rows of a lock's former holder
        known, fetching = _stored(session, keys), _fetching(session, keys) | taken
        left = leave_out(session, _choosable(claims, rows, known)) | late_files.unwanted(session, rows.values())
        plans = [self._plan(held, *rows[held.subject_id], known, fetching, left) for held in claims]
        early = [held.subject_id for held, plan in zip(claims, plans, strict=True) if isinstance(plan, EarlyOutcome)]
        session.flush()
        persist_again(session, early)
        return plans

    def _plan(
        self,
        held: Claim,
        media: PostMedia,
        post: Post,
        channel: Channel,
        known: Mapping[str, str],
        fetching: Mapping[str, int],
        left: Mapping[int, str],
    ) -> DownloadInput | EarlyOutcome | MediaAuditError:
        lost = held.asked == AGAIN
        if left.get(media.id) == FORGOTTEN:
            return EarlyOutcome(state=State.SKIPPED, reason=FORGOTTEN)
        if media.sha256 is not None and not lost:
            return EarlyOutcome()
        if media.replaced_at is not None:
            return Skip("replaced by an edit before it was downloaded")
        if media.telegram_key in known and not lost:
            media.sha256 = known[media.telegram_key]
            return EarlyOutcome(reason="the same Telegram file was downloaded before")
        if media.id in left:
            return EarlyOutcome(state=State.SKIPPED, reason=left[media.id])
        if fetching.get(media.telegram_key, held.id) != held.id:
            return Transient("the same Telegram file is being downloaded for another post", 1.0, charge=False)
        if not channel.enabled:
            return Skip(UNWATCHED)
        ref = channel_ref(channel, self._account)
        if ref is None:
            return resolved_elsewhere(channel)
        seen_from = view_of(channel, self._account).seen_from
        request = MediaRequest(ref, post.telegram_message_id, _descriptor(media), seen_from)
        return DownloadInput(media.id, request, grouped=post.grouped_id is not None)

    def media(self, given: DownloadInput) -> Media:
        return step_metrics.media_label(given.request.media.kind, grouped=given.grouped)

    def perform(self, inputs: Sequence[DownloadInput]) -> Sequence[StoredFile | MediaAuditError]:
        return self._source.fetch([given.request for given in inputs])

    def lock(self, session: Session, inputs: Sequence[DownloadInput]) -> None:
        late_files.hold_tombstones(session)
        ids = [given.media_id for given in inputs]
        session.execute(select(PostMedia.id).where(PostMedia.id.in_(ids)).order_by(PostMedia.id).with_for_update())

    def dropped(
        self, session: Session, held: Claim, given: DownloadInput, result: StoredFile | MediaAuditError
    ) -> None:
        """Erases the file of a post that was forgotten meanwhile."""
        if isinstance(result, StoredFile) and erased_work.is_erased(session, held.id):
            late_files.erase_of_post(session, given.request, result.sha256)

    def finish_all(self, session: Session, done: Sequence[Performed[DownloadInput, StoredFile]]) -> list[Outcome]:
        ends = late_files.unstored(session, [(one.given.request.media.key, one.result.sha256) for one in done])
        stored = [one for one, end in zip(done, ends, strict=True) if end is None]
        kept = iter(self._store(session, stored) if stored else ())
        return [next(kept) if end is None else end for end in ends]

    def _store(self, session: Session, done: Sequence[Performed[DownloadInput, StoredFile]]) -> list[Outcome]:
        # in the order of their hashes, so that two batches with the same files never deadlock
        files = {one.result.sha256: _columns(one.result) for one in sorted(done, key=lambda one: one.result.sha256)}
        new = insert_all(MediaFile, list(files.values())).on_conflict_do_nothing(index_elements=["sha256"])
        entered = {sha256: file for file, sha256 in session.execute(new.returning(MediaFile.id, MediaFile.sha256))}
        self._count(session, done, entered.keys())
        ids = [one.given.media_id for one in done]
        here = table_of({"id": (BigInteger(), ids), "sha256": (Text(), [one.result.sha256 for one in done])}, "here")
        session.execute(update(PostMedia).where(PostMedia.id == here.c.id).values(sha256=here.c.sha256))
        _read_again(session, [one.result.sha256 for one in done if one.held.asked == AGAIN])
        for one in done:
            _relocate(session, one.given, one.result.location)
        first = (*persist_again(session, ids), *_pictured(session, done, entered))
        return [Outcome(first if index == 0 else (), reason=_remark(one)) for index, one in enumerate(done)]

    def failed(self, session: Session, held: Claim, given: DownloadInput, error: MediaAuditError) -> None:
        _relocate(session, given, error.location)  # the next attempt begins with the fresh address

    def _count(
        self, session: Session, done: Sequence[Performed[DownloadInput, StoredFile]], new: Collection[str]
    ) -> None:
        """Counts each file that is new in the store once, with the media label of its first post in the batch."""
        entered = {one.result.sha256: one for one in reversed(done) if one.result.sha256 in new}
        step_metrics.stored(session, [(self.media(one.given), one.result.size) for one in entered.values()])


def _columns(file: StoredFile) -> dict[str, Any]:
    """The file's row of media_files."""
    return {name: value for name, value in asdict(file).items() if name != "location"}


def _relocate(session: Session, given: DownloadInput, location: dict[str, Any] | None) -> None:
    """Keeps a fresh address, unless an edit has replaced the file meanwhile."""
    if location is not None:
        same = (PostMedia.id == given.media_id) & (PostMedia.telegram_key == given.request.media.key)
        session.execute(update(PostMedia).where(same).values(location=location))


def _remark(one: Performed[DownloadInput, StoredFile]) -> str | None:
    """The difference between the announced size and the file, for the reason of the row."""
    announced = one.given.request.media.size
    if announced in (None, one.result.size):
        return None
    return f"{announced} bytes were announced, {one.result.size} are served"


def download_media(media: MediaSource, account: str, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Downloads the due media among the keys. In bulk no chord fans in: returns calls of persists that are ready."""
    nexts = run_external(Download(media, account), keys)
    return [*nexts, *ready_persists([subject for subject, _ in keys])] if bulk else nexts


def _read_again(session: Session, hashes: Collection[str]) -> None:
    """Makes readings due again that gave up while the store had lost the file: the file is there now."""
    query = select(Work.subject_id, Work.revision).join(MediaFile, MediaFile.id == Work.subject_id)
    dead = query.where(Work.step == Step.ANALYZE, in_state(State.DEAD), MediaFile.sha256.in_(hashes))
    keys = [(file, version) for file, version in session.execute(dead)] if hashes else []
    work.requeue(session, Step.ANALYZE, keys, hint=0.0)


def _pictured(
    session: Session, done: Sequence[Performed[DownloadInput, StoredFile]], entered: Mapping[str, int]
) -> tuple[Next, ...]:
    """Makes thumbnails due: of files that are new in the store (sha256 -> id), and of those that it had lost."""
    again = [one.result.sha256 for one in done if one.held.asked == AGAIN]
    if again:
        query = select(MediaFile.id, MediaFile.mime).where(MediaFile.sha256.in_(again))
        thumbnails.make_again(session, dict(session.execute(query).all()))
    # In reverse, so that the first of the media that share a file counts.
    new = {entered[one.result.sha256]: one for one in reversed(done) if one.result.sha256 in entered}
    traces = {file: one.held.trace_id for file, one in new.items() if one.held.trace_id}
    return thumbnails.enqueue(session, {file: one.result.mime for file, one in new.items()}, traces)


def _media(session: Session, ids: Sequence[int]) -> dict[int, tuple[PostMedia, Post, Channel]]:
    found = session.execute(_media_given(), ids_given(ids))
    return {media.id: (media, post, channel) for media, post, channel in found}


@built_once
def _media_given() -> Select[PostMedia, Post, Channel]:
    wanted = each_given()
    media_ = aliased(PostMedia, for_each(select(PostMedia).where(PostMedia.id == wanted.c.id)))
    post_ = aliased(Post, for_each(select(Post).where(Post.id == media_.post_id)))
    channel_ = aliased(Channel, for_each(select(Channel).where(Channel.id == post_.channel_id)))
    query = select(media_, post_, channel_).select_from(wanted).join(media_, true()).join(post_, true())
    return query.join(channel_, true())


def _choosable(
    claims: Sequence[Claim], rows: Mapping[int, tuple[PostMedia, Post, Channel]], known: Collection[str]
) -> list[tuple[PostMedia, Post, Channel]]:
    """The media that the limits of their channels apply to. A file that is here costs nothing: its posts get it."""
    found = [rows[held.subject_id] for held in claims if held.asked != AGAIN]
    return [
        (media, post, channel)
        for media, post, channel in found
        if channel.enabled and not (media.sha256 or media.replaced_at or media.telegram_key in known)
    ]


def _stored(session: Session, keys: Collection[str]) -> dict[str, str]:
    """Telegram key -> sha256 of the files that were downloaded before, for any post."""
    query = select(PostMedia.telegram_key, PostMedia.sha256).where(
        PostMedia.telegram_key.in_(keys), PostMedia.telegram_key != "", PostMedia.sha256.is_not(None)
    )
    return {key: sha256 for key, sha256 in session.execute(query) if sha256 is not None}


def _fetching(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Telegram key -> id of the work row that downloads it: all others wait instead of downloading it twice.

    0 stands for a row leased before this transaction; else it is the oldest row that this transaction has just leased.
    """
    before = case((Work.updated_at == func.now(), Work.id), else_=0).label("before")
    mine = (Work.step == Step.DOWNLOAD) & (Work.subject_id == PostMedia.id) & in_state(State.LEASED)
    row = for_each(select(before).where(mine))
    query = select(PostMedia.telegram_key, func.min(row.c.before)).join(row, true())
    query = query.where(PostMedia.telegram_key.in_(keys), PostMedia.telegram_key != "")
    return dict(session.execute(query.group_by(PostMedia.telegram_key)).all())


def _taken(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Telegram keys that another transaction is leasing now, invisible until its commit; with 0, as in `_fetching`."""
    named = func.unnest(array(sorted(keys), type_=Text)).column_valued("key")
    seeds = (AdvisoryLock.DOWNLOAD, DOWNLOAD_BEFORE)
    free = [func.pg_try_advisory_xact_lock(func.hashtextextended(named, seed.value)) for seed in seeds]
    return {key: 0 for key, *ours in session.execute(select(named, *free)) if key and not all(ours)}


def _descriptor(media: PostMedia) -> MediaDescriptor:
    return MediaDescriptor(
        MediaKind(media.kind),
        media.telegram_key,
        media.size,
        media.mime,
        media.file_name,
        media.width,
        media.height,
        media.duration,
        media.location,
        MediaRole(media.role),
    )
