"""The sample channels, read to their end and asked, with the page as a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from sqlalchemy import select, text

from app import wiring
from app.ask.considered import consider
from app.db import transaction
from app.demo.questions.flow import ask_all
from app.domain.access.audited import Actor, Via
from app.domain.export.plan import Format
from app.domain.flow import Call
from app.domain.kinds import Step
from app.exports.acts import make
from app.exports.pages import ExportPages
from app.home.directory import open_home
from app.local import fleet
from app.models import AlertHit, Publication
from app.pipeline.engine import work
from app.pipeline.steps.ask import answer_questions
from app.pipeline.steps.export import write_exports
from app.settings import Settings, get_settings
from tests.adapters import forget_adapters
from tests.factories.alerts import alert
from tests.integration.sample_archive import SampleArchive, sample_archive
from tests.rows import until
from tests.services import TestServices

STARTING = 60  # seconds that the page has to answer


@dataclass(frozen=True)
class Served:
    """The archive with its page. url: of the page; unanswered: a question that no worker takes."""

    archive: SampleArchive
    url: str
    unanswered: int

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the archive's database."""
        with self.archive.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def one(self, query: str) -> str:
        """The first value of the first row, as an address has it. AssertionError if there is none."""
        found = self.rows(query)
        assert found, f"the sample channels have none: {query}"
        return str(found[0][0])


@contextmanager
def served(services: TestServices, home: Path, samples: Path) -> Iterator[Served]:
    """The whole of it. samples: where the media of the sample channels are kept."""
    with sample_archive(services, home, samples) as archive, pytest.MonkeyPatch.context() as patch:
        forget_adapters()
        ask_all(archive.expected, _answered)
        with transaction() as session:
            asked = consider(session, "Когда откроют мост?", wiring.asking(), embedder=wiring.embedder())
            unanswered = asked.place(session).id
        _watch_lamps()
        _export_lamps()
        patch.setenv("REDIS_URL", services.redis_url(keep=True))
        get_settings.cache_clear()
        with page_process(get_settings()) as url:
            yield Served(archive, url, unanswered)
    forget_adapters()


def _watch_lamps() -> None:
    """An alert with a telling that waits for its delivery."""
    alert("lamp OR лампа", "lamps", chats=["@lanterns"], feed=True)
    with transaction() as session:
        publication = session.scalars(select(Publication).order_by(Publication.id)).first()
        assert publication is not None
        hit = AlertHit(alert_id=1, publication_id=publication.id, number=1, reason="new", revision=1)
        session.add(hit)
        session.flush()
        work.enqueue(session, Step.DELIVER, [(hit.id, 1)], hint=0.0)


def _export_lamps() -> None:
    """A whole export, and one that no worker has begun."""
    for _ in range(2):
        with transaction() as session:
            made = make(session, Actor("anna", Via.PAGE), "lamp OR лампа", formats=tuple(Format))
    keys = [(made.id - 1, 0)]
    while write_exports(wiring.export_files(), ExportPages(), keys):
        pass


def _answered(calls: Iterable[Call]) -> None:
    """Answers as a worker does when the message reaches it."""
    for call in calls:
        answer_questions(wiring.checked_answerer(), call.keys)


@contextmanager
def page_process(settings: Settings) -> Iterator[str]:
    """The address of the page as `up` starts it."""
    home = open_home(settings.home)
    port = fleet.web_port(settings, home)
    url = (home.run / fleet.WEB_URL).read_text()
    [program] = [one for one in fleet.programs(settings, home, page=True) if one.name == "web"]
    shared = fleet.environment(settings) | {"WEB_PORT": str(port)}
    process = subprocess.Popen(program.argv, env=program.environment(shared))
    try:
        until(lambda: _answers(url), "the page", STARTING)
        yield url
    finally:
        process.terminate()
        assert process.wait(20) == 0


def _answers(url: str) -> bool:
    with suppress(URLError), urlopen(f"{url}/feed") as answer:
        return bool(answer.status == 200)
    return False
