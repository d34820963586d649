"""Runs all checks, in an order in which no check reports work that an earlier one made due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.ports import MediaArchive, TelegramSource, Thumbnails, VisionProvider
from app.verify.alerts import Deliveries
from app.verify.answers import Answers
from app.verify.check import Check, Outcome, run
from app.verify.contents import Albums, Contents
from app.verify.counters import Counters
from app.verify.events import Events, Unsent
from app.verify.files import Files, Strays, Temporary
from app.verify.forgotten import Forgotten
from app.verify.forwards import Forwards
from app.verify.gallery import Gallery
from app.verify.index import Documents, Embeddings
from app.verify.posts import Media, Posts
from app.verify.publications import OfPublications, run_together
from app.verify.reach import Reach
from app.verify.readings import Readings, Tags, Vision
from app.verify.spending import Spending
from app.verify.steps import Chains, Stuck
from app.verify.telegram import Telegram
from app.verify.thumbnails import Pictured, StrayThumbnails
from app.verify.trends import Trends
from app.verify.words import Words


@dataclass(frozen=True)
class Subject:
    """The data to verify. source: Telegram, or None to leave it out; account: the one whose access hashes are valid."""

    archive: MediaArchive
    thumbnails: Thumbnails
    providers: Sequence[VisionProvider] = field(default=())
    embedder: str | None = None
    source: TelegramSource | None = None
    account: str = ""


def verify(subject: Subject, *, repair: bool = False, fast: bool = False) -> Iterator[Outcome]:
    """Yields the outcome of each check as soon as it ends. repair: also mend faults; fast: check sizes, not hashes."""
    for check in _before(subject, fast=fast):
        yield run(check, repair=repair)
    yield from run_together(_publications(subject), repair=repair)
    for check in (Words(), Trends(), Forwards(), Answers(), Deliveries(), Unsent(), Spending(), Counters()):
        yield run(check, repair=repair)


def _before(subject: Subject, *, fast: bool) -> Iterator[Check[Any]]:
    if subject.source is not None:
        yield Telegram(subject.source, subject.account)
    yield Forgotten()
    yield Reach()
    yield Stuck()
    yield Files(subject.archive, subject.thumbnails, fast=fast)
    yield Strays(subject.archive, subject.thumbnails)
    yield Temporary(subject.archive)
    yield Pictured(subject.archive, subject.thumbnails)
    yield StrayThumbnails(subject.thumbnails)
    yield Posts()
    yield Media()
    yield Readings()


def _publications(subject: Subject) -> list[OfPublications]:
    return [
        Contents(),
        Chains(subject.providers),
        Albums(),
        Vision(),
        Tags(),
        Documents(),
        Embeddings(subject.embedder),
        Gallery(),
        Events(),
    ]
