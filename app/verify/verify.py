"""All checks, in an order in which none reports what one before it has made due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.ports import MediaArchive, TelegramSource, VisionProvider
from app.verify.check import Check, Outcome, run
from app.verify.contents import Albums, Contents
from app.verify.events import Events, Unsent
from app.verify.files import Files, Strays, Temporary
from app.verify.index import Documents, Embeddings
from app.verify.posts import Media, Posts
from app.verify.publications import OfPublications, run_together
from app.verify.readings import Readings, Tags, Vision
from app.verify.spending import Spending
from app.verify.steps import Chains, Stuck
from app.verify.telegram import Telegram


@dataclass(frozen=True)
class Subject:
    """What is verified. source: Telegram, where it is to be asked; account: whose access hashes the channels need."""

    archive: MediaArchive
    providers: Sequence[VisionProvider] = field(default=())
    embedder: str | None = None
    source: TelegramSource | None = None
    account: str = ""


def verify(subject: Subject, *, repair: bool = False, fast: bool = False) -> Iterator[Outcome]:
    """The outcome of each check as soon as it is known. repair: also mend; fast: sizes instead of hashes."""
    for check in _before(subject, fast=fast):
        yield run(check, repair=repair)
    yield from run_together(_publications(subject), repair=repair)
    for check in (Unsent(), Spending()):
        yield run(check, repair=repair)


def _before(subject: Subject, *, fast: bool) -> Iterator[Check[Any]]:
    if subject.source is not None:
        yield Telegram(subject.source, subject.account)
    yield Stuck()
    yield Files(subject.archive, fast=fast)
    yield Strays(subject.archive)
    yield Temporary(subject.archive)
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
        Events(),
    ]
