"""analyze_media: reads each media file once with each recipe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Call, Key, Next
from app.domain.kinds import PREVIEW, State, Step
from app.models import MediaFile
from app.pipeline.engine import ledger, reschedule, work
from app.pipeline.engine.database_runner import run_database
from app.pipeline.engine.external_runner import run_external, run_rows
from app.pipeline.engine.fan_in import ready_merges
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.paid_step import PaidStep, run_paid
from app.pipeline.engine.work import CHANGED, Claim
from app.pipeline.steps.near_duplicates import NearDuplicateCheck
from app.pipeline.steps.paid_reading import PaidReading
from app.pipeline.steps.read_file import ReadFile
from app.pipeline.vision.provider_chain import Chain
from app.ports import MediaStore, PaidVision, VisionProvider
from app.settings import get_settings

SWITCHED_OFF = "vision is switched off"
LOOK_AGAIN = 3600.0  # seconds between checks whether vision is on again; the start of a worker checks too


def analyze_media(
    providers: Sequence[VisionProvider],
    store: MediaStore,
    keys: Sequence[Key],
    *,
    bulk: bool,
    alone: bool = False,
    previews: VisionProvider | None = None,
) -> list[Next]:
    """Reads the due files among the keys. Returns next calls, with the merges that became ready outside their chord.

    alone: no chord waits for this call: the chord lost it, or it never had one.
    providers: the chain, the primary first. If empty, vision was switched off after the work became due: publications
    go on without a reading, and the file waits until vision is on again.
    previews: the reader of previews and stories; None: the chain.
    """
    if providers:
        with transaction() as session:
            chain = Chain(session, providers, previews)
        nexts = [
            item for version, some in _by_version(keys).items() for item in _read(chain, version, store, some, bulk)
        ]
    else:
        nexts = run_database(Step.ANALYZE, lambda *_: None, _wait, keys)
    return [*nexts, *ready_merges([subject for subject, _ in keys], shared=not (bulk or alone))]


def _read(chain: Chain, version: int, store: MediaStore, keys: Sequence[Key], bulk: bool) -> list[Next]:
    provider = chain.provider(version)
    if provider is None:
        return run_database(Step.ANALYZE, lambda *_: None, lambda *given: _anew(chain, *given), keys)
    step = ReadFile(version, provider, chain, store, bulk=bulk)
    if isinstance(provider, PaidVision):
        return _buy(step, provider, keys)
    return run_external(step, keys)


def _buy(step: ReadFile, provider: PaidVision, keys: Sequence[Key]) -> list[Next]:
    settings = get_settings()
    paying = PaidStep(PaidReading(step), provider, settings.limits(provider.provider), settings.vision_seconds())
    if settings.vision_borrow_bits is None:
        return run_paid(paying, keys)
    look = NearDuplicateCheck(step, provider, settings.vision_borrow_bits)
    nexts: list[Next] = []
    for key in keys:  # checked right before its call: the call before may have paid for the same picture
        looked = run_rows(look, [key])
        nexts += [*looked.nexts, *run_paid(paying, looked.again)]
    return nexts


def _anew(chain: Chain, session: Session, claims: Sequence[Claim]) -> list[Outcome]:
    """Enqueues readings by the configured recipe for files whose own recipe is no longer configured."""
    ends = []
    for held in claims:
        reader = chain.aside if held.asked == PREVIEW else chain.first
        version = reader(session.get_one(MediaFile, held.subject_id).mime)
        key = (held.subject_id, version or 0)
        if version is not None:
            hint = get_settings().republish_after
            work.enqueue(session, Step.ANALYZE, [key], hint=hint, asked=held.asked, turn=held.turn, traces=held.traces)
        call = Call(Step.ANALYZE, (key,) if version else (), bulk=True, remote=chain.remote(key[1]))
        ends.append(Outcome((call,), State.SKIPPED, CHANGED))
    return ends


def _wait(session: Session, claims: Sequence[Claim]) -> list[Outcome]:
    return [Outcome((), State.WAITING, SWITCHED_OFF, LOOK_AGAIN, untried=True) for _ in claims]


def _by_version(keys: Sequence[Key]) -> dict[int, list[Key]]:
    found: dict[int, list[Key]] = defaultdict(list)
    for key in keys:
        found[key[1]].append(key)
    return found


def wake(session: Session) -> None:
    """Makes work due that waits for vision, budget or a key, as a worker starts: its settings may have changed."""
    vision = get_settings().vision_provider != "none"
    reschedule.wake_all(session, (*((Step.ANALYZE,) if vision else ()), Step.TAG, Step.ASK))
    ledger.unblock(session)
