"""The registry of the flow's steps: one frozen entry for each step holds its plain data.

Queues, routes, batch sizes, metrics stages, fan-ins, sweeps, the count of open work and the progress bar are read from
these entries. A new step is a new entry, a class or body in app/pipeline/steps, and a task of one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from app.domain.kinds import Step

Stage = str  # the label `stage` of a metric; STAGES of app.metrics has all of them

LOCAL = "local"  # the provider of readings and tags that computes here

EXTRACTIVE = "extractive"  # the answerer that asks no model: it chooses sentences of the posts themselves
HERE = frozenset({LOCAL, EXTRACTIVE})


def is_remote(provider: str) -> bool:
    """Whether a call to this provider waits for a network. All other code derives its answer from this function."""
    return provider not in HERE


class Subject(StrEnum):
    """The table that `work.subject_id` refers to."""

    CHANNEL = "channel"
    PUBLICATION = "publication"
    MEDIUM = "medium"  # a row of post_media
    FILE = "file"  # a row of media_files
    QUESTION = "question"  # a row of questions
    HIT = "hit"  # a row of alert_hits
    EXPORT = "export"  # a row of exports
    TOMBSTONE = "tombstone"  # a row of tombstones


@dataclass(frozen=True)
class StepSpec:
    """One step as data.

    queue: of its calls, unless one waits for a network. task: the name of its Celery task.
    doing: the sentence of the progress bar, with {} for the count; None if the channels show the progress.
    batch: the most subjects in a message, live or bulk; None takes BATCH_SIZE.
    stage: the metrics label of its ends; None for steps that are counted by the posts they write.
    stage_again: the same for a publication that had a result of this step before.
    fan_in: the steps whose rows must be final before this one may run; empty for a step that waits for none.
    after_dead: the step that goes on without this one's result.
    asks: the model that it asks, whose setting decides whether its calls wait for a network.
    routine: it runs all the time, so its log lines are for debugging.
    endless: it is due forever, so the channels tell whether the pipeline is idle, not its rows.
    last: its messages are served after all others of its queue.
    news: its rows stay live when the sweeper publishes them again.
    """

    step: Step
    subject: Subject
    queue: str
    task: str
    doing: str | None
    batch: int | None = None
    stage: Stage | None = None
    stage_again: Stage | None = None
    fan_in: tuple[Step, ...] = ()
    after_dead: Step | None = None
    asks: Literal["vision", "tagger", "answerer"] | None = None
    routine: bool = False
    endless: bool = False
    news: bool = False
    last: bool = False

    @property
    def revised(self) -> bool:
        """Whether a row belongs to one revision of a publication, so that a newer revision supersedes it."""
        return self.subject is Subject.PUBLICATION

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All metrics labels of its ends."""
        return tuple(stage for stage in (self.stage, self.stage_again) if stage)


class StepRegistry(Mapping[Step, StepSpec]):
    """Steps by name, in the order of the flow: no step precedes one that it waits for."""

    def __init__(self, *specs: StepSpec) -> None:
        """ValueError when two entries share a step or a task."""
        self._specs = {spec.step: spec for spec in specs}
        self._by_task = {spec.task: spec.step for spec in specs}
        if len(self._specs) < len(specs) or len(self._by_task) < len(specs):
            raise ValueError("two entries name the same step or task")

    def __getitem__(self, step: Step) -> StepSpec:
        return self._specs[step]

    def __iter__(self) -> Iterator[Step]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def where(self, holds: Callable[[StepSpec], object]) -> tuple[Step, ...]:
        """The steps whose entries satisfy the condition."""
        return tuple(step for step, spec in self._specs.items() if holds(spec))

    def of_task(self, task: str) -> Step | None:
        """The step that a Celery task runs; None for beat's own tasks."""
        return self._by_task.get(task)

    @cached_property
    def revised(self) -> tuple[Step, ...]:
        """The steps whose rows a newer revision supersedes."""
        return self.where(lambda spec: spec.revised)

    @cached_property
    def counted(self) -> tuple[Step, ...]:
        """The steps whose open rows mean that work is left to do."""
        return self.where(lambda spec: not spec.endless)

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues of its calls, each once."""
        return tuple(dict.fromkeys(spec.queue for spec in self._specs.values()))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of all steps, in the order of the flow."""
        return tuple(stage for spec in self._specs.values() for stage in spec.stages)

    def routes(self) -> dict[str, dict[str, str]]:
        """Celery's task_routes: the queue of each task, for beat and for users who send a task by its name."""
        return {spec.task: {"queue": spec.queue} for spec in self._specs.values()}


STEPS = StepRegistry(
    StepSpec(
        Step.POLL,
        Subject.CHANNEL,
        queue="telegram",
        task="app.tasks.poll.poll_channel",
        doing=None,
        batch=1,  # a channel's page takes seconds; the next channel must not wait for it
        routine=True,
        endless=True,
    ),
    StepSpec(
        Step.BACKFILL,
        Subject.CHANNEL,
        queue="telegram",
        task="app.tasks.backfill.backfill_channel",
        doing="reading history of {} channels",
        batch=1,
        routine=True,
    ),
    StepSpec(
        Step.COLLECT,
        Subject.PUBLICATION,
        queue="telegram",
        task="app.tasks.collect.collect_album",
        doing="completing {} albums",
        batch=10,  # each album takes one request to Telegram
        stage="collect",
        news=True,  # an album waited for its items: its media precede history, as a chord
    ),
    StepSpec(
        Step.DOWNLOAD,
        Subject.MEDIUM,
        queue="telegram",
        task="app.tasks.download.download_media",
        doing="downloading {} files",
        batch=100,  # what one batch brings is stored, tagged and indexed together: some two files a publication
        stage="download",
    ),
    StepSpec(
        Step.PERSIST,
        Subject.PUBLICATION,
        queue="default",
        task="app.tasks.persist.persist_publication",
        doing="storing {} posts",
        stage="persist",
        fan_in=(Step.COLLECT, Step.DOWNLOAD),
        after_dead=Step.TAG,  # tags the publication with the files that it has
    ),
    StepSpec(
        Step.ANALYZE,
        Subject.FILE,
        queue="media",
        task="app.tasks.analyze.analyze_media",
        doing="looking at {} files",
        # Seconds for each file: small batches keep all children busy until the end and within Celery's time limits.
        batch=4,
        stage="vision",
        asks="vision",
        # After a dead reading the next provider reads the file: app.pipeline.vision.provider_chain.
    ),
    StepSpec(
        Step.MERGE,
        Subject.PUBLICATION,
        queue="default",
        task="app.tasks.merge.merge_vision",
        doing="merging {} readings",
        stage="merge",
        fan_in=(Step.ANALYZE,),
    ),
    StepSpec(
        Step.TAG,
        Subject.PUBLICATION,
        queue="default",
        task="app.tasks.tag.tag_publication",
        doing="tagging {} posts",
        stage="tag",
        stage_again="retag",
        after_dead=Step.INDEX,  # indexes the publication with the tags that it has
        asks="tagger",
    ),
    StepSpec(
        Step.INDEX,
        Subject.PUBLICATION,
        queue="default",
        task="app.tasks.index.index_publication",
        doing="indexing {} posts",
        stage="index",
        stage_again="reindex",
    ),
    StepSpec(
        Step.DELIVER,
        Subject.HIT,
        queue="llm",  # the threads that wait for a network: a receiver may take seconds
        task="app.tasks.deliver.deliver_notice",
        doing="delivering {} alerts",
        batch=1,  # as of all calls that wait for a network
        stage="deliver",
        news=True,  # a user waits for it
    ),
    StepSpec(
        Step.THUMBNAIL,
        Subject.FILE,
        queue="media",
        task="app.tasks.thumbnail.make_thumbnails",
        doing="making thumbnails of {} files",
        batch=4,  # as of readings: no message may keep a child from live posts for long
        stage="thumbnail",
        last=True,  # a page without one shows the picture itself; a reader waits for no thumbnail
    ),
    StepSpec(
        Step.ASK,
        Subject.QUESTION,
        queue="default",
        task="app.tasks.ask.answer_question",
        doing="answering {} questions",
        batch=1,  # a user waits for each
        stage="ask",
        asks="answerer",
    ),
    StepSpec(
        Step.EXPORT,
        Subject.EXPORT,
        queue="default",
        task="app.tasks.export.write_export",
        doing="writing {} exports",
        batch=1,  # a part takes seconds; the next one is a message of its own
        stage="export",
    ),
    StepSpec(
        Step.FORGET,
        Subject.TOMBSTONE,
        queue="media",  # its workers have the store
        task="app.tasks.forget.forget",
        doing="erasing {} forgotten things",
        batch=1,
    ),
)
