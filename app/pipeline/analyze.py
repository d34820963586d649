"""analyze_media: one reading for each (media file, recipe)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.domain.reading import Analysis
from app.errors import MediaAuditError, Permanent, Refused
from app.models import MediaFile, MediaVision
from app.pipeline import ledger, readings, work
from app.pipeline.chain import Chain, unread
from app.pipeline.fanin import late_merges, ready_merges
from app.pipeline.paying import REREAD, Buyer, Paying, run_paying
from app.pipeline.runner import Finish, Ready, run_database, run_outside
from app.pipeline.work import Claim
from app.ports import MediaInput, MediaStore, PaidModel, VisionProvider
from app.settings import get_settings

SWITCHED_OFF = "vision is switched off"
CHANGED = "another recipe is configured now"
LOOK_AGAIN = 3600.0  # seconds until a file that waits for vision asks whether it is on again; a worker's start asks too


class Analyze(Buyer[MediaInput, MediaInput, Analysis]):
    """One file a lease: a file that kills its process takes no other with it."""

    step = Step.ANALYZE
    substitutes = True

    def __init__(self, version: int, provider: VisionProvider, chain: Chain, store: MediaStore, *, bulk: bool) -> None:
        self._version, self._provider, self._chain = version, provider, chain
        self._store, self._bulk = store, bulk

    def load(self, session: Session, held: Claim) -> MediaInput | Ready:
        read = select(MediaVision.id).where(
            MediaVision.media_file_id == held.subject_id, MediaVision.vision_version_id == held.revision
        )
        if session.execute(read).first() is not None:
            return Ready(reason="read before")
        file = session.get_one(MediaFile, held.subject_id)
        return MediaInput(self._store.path(file.sha256), file.sha256, file.mime)

    def perform(self, inputs: Sequence[MediaInput]) -> list[Analysis | MediaAuditError]:
        return [self._provider.read(media) for media in inputs]

    def finish(self, session: Session, held: Claim, given: MediaInput, result: Analysis) -> Finish:
        readings.store(session, held, result)
        damaged = result.inspection.damaged
        return Finish(tuple(late_merges(session, held.subject_id)), reason=damaged)

    def failed(self, session: Session, held: Claim, given: MediaInput, error: MediaAuditError) -> Finish | None:
        """A file that nobody can decode is a fact about the file, not work left undone; a refusal is no error."""
        if isinstance(error, Refused):
            readings.store_refusal(session, held, error.reason)
            return Finish(self.meanwhile(session, held, given), State.SKIPPED, f"refused: {error.reason}")
        if not isinstance(error, Permanent):
            return None
        readings.store_error(session, held, error.reason)
        return Finish((), State.SKIPPED, error.reason)

    def question(self, given: MediaInput) -> tuple[MediaInput, str]:
        """The file; its answers belong to the recipe."""
        return given, str(self._version)

    def meanwhile(self, session: Session, held: Claim, given: MediaInput) -> tuple[Next, ...]:
        """The next provider of the chain reads the file, as work of its own."""
        version = self._chain.after(held.revision, given.mime)
        if version is None or (held.asked == REREAD and not unread(session, [held.subject_id])):
            return ()  # a re-reading has time: whoever ranks lower would be paid for what is known already
        key = (held.subject_id, version)
        work.arm(session, Step.ANALYZE, [key], hint=get_settings().republish_after, asked=held.asked)
        return (Call(Step.ANALYZE, (key,), bulk=self._bulk, remote=self._chain.remote(version)),)


def analyze_media(
    providers: Sequence[VisionProvider], store: MediaStore, keys: Sequence[Key], *, bulk: bool
) -> list[Next]:
    """Reads what is due of the keys. What became ready to merge outside of its own chord comes next.

    providers: the chain, the primary first. Empty, vision was switched off after the work had been made due:
    publications go on without a reading, and the file waits for vision to come back.
    """
    if providers:
        with transaction() as session:
            chain = Chain(session, providers)
        nexts = [
            item for version, some in _by_version(keys).items() for item in _read(chain, version, store, some, bulk)
        ]
    else:
        nexts = run_database(Step.ANALYZE, lambda *_: None, _wait, keys)
    return [*nexts, *ready_merges([subject for subject, _ in keys], shared=not bulk)]


def _read(chain: Chain, version: int, store: MediaStore, keys: Sequence[Key], bulk: bool) -> list[Next]:
    provider = chain.provider(version)
    if provider is None:
        return run_database(Step.ANALYZE, lambda *_: None, lambda *given: _anew(chain, *given), keys)
    step = Analyze(version, provider, chain, store, bulk=bulk)
    if isinstance(provider, PaidModel):
        settings = get_settings()
        return run_paying(Paying(step, provider, settings.limits(provider.provider), settings.vision_timeout), keys)
    return run_outside(step, keys)


def _anew(chain: Chain, session: Session, claims: Sequence[Claim]) -> list[Finish]:
    """Another recipe is configured now: files that still want a reading get it by the recipe of today."""
    ends = []
    for held in claims:
        ledger.abandon(session, held.id)
        version = chain.first(session.get_one(MediaFile, held.subject_id).mime)
        key = (held.subject_id, version or 0)
        if version is not None:
            work.arm(session, Step.ANALYZE, [key], hint=get_settings().republish_after, asked=held.asked)
        call = Call(Step.ANALYZE, (key,) if version else (), bulk=True, remote=chain.remote(key[1]))
        ends.append(Finish((call,), State.SKIPPED, CHANGED))
    return ends


def _wait(session: Session, claims: Sequence[Claim]) -> list[Finish]:
    return [Finish((), State.WAITING, SWITCHED_OFF, LOOK_AGAIN, untried=True) for _ in claims]


def _by_version(keys: Sequence[Key]) -> dict[int, list[Key]]:
    found: dict[int, list[Key]] = defaultdict(list)
    for key in keys:
        found[key[1]].append(key)
    return found


def wake(session: Session) -> None:
    """A worker starts, perhaps with other settings: what waited for vision, budget or a key asks again."""
    work.wake_all(session, (Step.ANALYZE, Step.TAG))
