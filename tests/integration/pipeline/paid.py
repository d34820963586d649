"""The pipeline with a paid provider on the loopback models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from app.adapters.answerer.checked import CheckedModel
from app.adapters.answerer.llm.answerer import LlmAnswerer
from app.adapters.answerer.llm.factory import llm_answerer
from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.llm.tagger import LlmTagger
from app.adapters.tagger.vocabulary import load_vocabulary
from app.adapters.vision.remote.factory import remote_vision
from app.adapters.vision.remote.vision import RemoteVision
from app.db import transaction
from app.demo.llm import LoopbackLLM
from app.domain.budget import Limits
from app.domain.flow import Key
from app.domain.kinds import State, Step
from app.domain.reading import Analysis, RawAnswer
from app.errors import MediaAuditError
from app.models import MediaFile
from app.pipeline.engine.paid_states import PaidState
from app.pipeline.engine.paid_step import PaidStep
from app.pipeline.engine.server_lessons import server_lessons
from app.pipeline.engine.work import claim, enqueue
from app.pipeline.steps.paid_reading import PaidReading
from app.pipeline.steps.read_file import ReadFile
from app.pipeline.vision.provider_chain import Chain
from app.ports import MediaInput, VisionProvider
from app.settings import get_settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow, elsewhere


@dataclass
class Bought:
    """A flow whose pictures are read for money, and what the server charged."""

    flow: Flow
    server: LoopbackLLM
    patch: pytest.MonkeyPatch
    open: list[RemoteVision] = field(default_factory=list)
    taggers: list[LlmTagger] = field(default_factory=list)
    answerers: list[LlmAnswerer] = field(default_factory=list)

    def connect(self, provider: str = "openai", fallback: tuple[VisionProvider, ...] = (), **changes: object) -> None:
        """The flow reads with this provider from now on; changes: settings."""
        for name, value in {**self.server.environment(provider), **changes}.items():
            self.patch.setenv(name, str(value))
        get_settings.cache_clear()
        self.open.append(remote_vision(get_settings(), provider, server_lessons()))
        self.flow.drive.vision, self.flow.drive.fallback = self.open[-1], fallback

    def tag_with(self, provider: str = "openai", **changes: object) -> None:
        """The flow tags with this provider from now on; changes: settings."""
        for name, value in {**self.server.environment(provider, tags=True), "TAG_WAIT": 0, **changes}.items():
            self.patch.setenv(name, str(value))
        get_settings.cache_clear()
        self.taggers.append(llm_tagger(get_settings(), load_vocabulary(get_settings()), server_lessons()))
        self.flow.drive.tagger = self.taggers[-1]

    def ask_with(self, provider: str = "openai", **changes: object) -> None:
        """The flow answers questions with this provider from now on; changes: settings."""
        for name, value in {**self.server.environment(provider, answers=True), **changes}.items():
            self.patch.setenv(name, str(value))
        get_settings.cache_clear()
        self.answerers.append(llm_answerer(get_settings()))
        self.flow.drive.answerer = CheckedModel(self.answerers[-1], self.flow.drive.embedder)

    def photos(self, count: int, first: int = 1) -> None:
        """Posts with a picture each appear and are read to the end."""
        for number in range(first, first + count):
            self.flow.post(message(number, f"Post number {number}", photo()))
        self.flow.run()

    def later(self) -> None:
        """Whatever waits for a time has waited long enough."""
        change("UPDATE paid_providers SET blocked_until = now() - interval '1 s' WHERE blocked_until IS NOT NULL")
        change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE state IN ('waiting', 'due')")
        self.flow.drive.settle()

    @property
    def chats(self) -> int:
        """Calls that reached the server."""
        return len(self.server.ledger.calls("chat"))

    def spent(self) -> int:
        """Tokens by our own ledger: settled, or reserved where the end is not known."""
        return int(one("SELECT coalesce(sum(coalesce(settled, reserved)), 0) FROM token_ledger"))


@contextmanager
def bought(flow: Flow, patch: pytest.MonkeyPatch, server: LoopbackLLM | None = None) -> Iterator[Bought]:
    """A server of its own where none is given; connections end with the context."""
    with ExitStack() as stack:
        made = Bought(flow, server or stack.enter_context(LoopbackLLM()), patch)
        made.server.faults.clear()
        made.server.ledger.clear()
        yield made
        for vision in made.open:
            vision.close()
        for tagger in made.taggers:
            tagger.close()
        for answerer in made.answerers:
            answerer.close()


def readings() -> list[tuple[str, str | None, str]]:
    """(status, description, provider) of every reading, oldest first."""
    found = rows(
        "SELECT m.status, m.reading->>'description', v.provider FROM media_vision m"
        " JOIN vision_versions v ON v.id = m.vision_version_id ORDER BY m.id"
    )
    return [(status, description, provider) for status, description, provider in found]


def states() -> dict[str, int]:
    """How many readings are in each state."""
    return dict(rows("SELECT state, count(*) FROM work WHERE step = 'analyze' GROUP BY state ORDER BY state"))


def reasons(state: State) -> set[str]:
    """Why readings are in this state."""
    found = rows("SELECT DISTINCT reason FROM work WHERE step = 'analyze' AND state = :state", state=state.value)
    return {reason for (reason,) in found}


def only_reason(state: State) -> str:
    """The reason that all readings in this state share; there is at least one."""
    [reason] = reasons(state)
    return reason


VisionPaying = PaidStep[MediaInput, MediaInput, Analysis]


def paying(bill: Bought) -> VisionPaying:
    """The step as a worker makes it."""
    return PaidStep(*parts(bill), get_settings().vision_timeout)


def parts(bill: Bought) -> tuple[PaidReading, RemoteVision, Limits]:
    """What is bought, of which model, by which budget."""
    vision = bill.open[-1]
    with transaction() as session:
        chain = Chain(session, [vision])
    reader = ReadFile(chain.primary, vision, chain, bill.flow.drive.store, bulk=False)
    return PaidReading(reader), vision, get_settings().limits("openai")


class Overslept(VisionPaying):
    """A process that was stopped in the middle of its call, for longer than its lease."""

    def __init__(self, bill: Bought) -> None:
        super().__init__(*parts(bill), 1.0)
        self._bill = bill

    def perform(
        self, inputs: Sequence[PaidState[MediaInput, MediaInput]]
    ) -> list[RawAnswer | Analysis | MediaAuditError]:
        """The call, after the others have given it up."""
        elsewhere(self._given_up)
        return super().perform(inputs)

    def _given_up(self) -> None:
        vanish()
        self._bill.flow.drive.settle()
        assert states() == {"unknown": 1}


def postpone_reading(bill: Bought) -> None:
    """Posts come in up to the point where their pictures are due to be read."""
    vision, bill.flow.drive.vision = bill.flow.drive.vision, None
    bill.flow.run()
    bill.flow.drive.vision = vision
    with transaction() as session:
        version = Chain(session, [bill.open[-1]]).primary
        keys = [(file, version) for file in session.scalars(select(MediaFile.id))]
        enqueue(session, Step.ANALYZE, keys, hint=0.0)


def due_step(bill: Bought) -> tuple[VisionPaying, Key]:
    """A step and a key that it may run: one picture is due to be read."""
    bill.flow.post(message(1, "one", photo()))
    postpone_reading(bill)
    [(subject, revision, state, _)] = work(Step.ANALYZE)
    assert state == "due"
    return paying(bill), (subject, revision)


def crash_in_a_call(bill: Bought) -> None:
    """A worker leased a picture and reserved its call; then it was gone."""
    crash(*due_step(bill))


def crash(step: VisionPaying, key: Key) -> None:
    """The next call is reserved; then its process is gone."""
    with transaction() as session:
        [held] = claim(session, Step.ANALYZE, [key], 600.0)
        step.load(session, held)
    vanish()


def vanish() -> None:
    """Time passes until whatever is leased and under way counts as lost."""
    change("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'leased'")
    change("UPDATE token_ledger SET created_at = created_at - interval '9 min' WHERE ended_at IS NULL")
