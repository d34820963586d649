"""The demo: the whole flow on the sample channels, what happens in them later, and the flow once more."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app import wiring
from app.ask.answers import AnswerShown, answer_of
from app.db import transaction
from app.demo import home as places
from app.demo.checks import Check, check_all
from app.demo.checks.answers import check_answers
from app.demo.checks.evidence import Evidence
from app.demo.expected import Expected, expected
from app.demo.exported import check_export, export_all
from app.demo.pictures import Example, search_pictures
from app.demo.questions.asking import Publish
from app.demo.questions.flow import Asked, ask_all
from app.demo.scraped import check_metrics
from app.demo.telegram import LoopbackProcess
from app.demo.tour import Tour, tour
from app.local.fleet import fleet, running_metrics
from app.local.processes import Processes
from app.migrations.run import run_migrations
from app.operations import channels, run_until_idle
from app.operations.progress import Progress
from app.settings import Settings, get_settings
from app.status.run_report import Report, report, snapshot

PATIENCE = 400.0  # seconds for one part of the demo, on a busy machine
API = {"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "demo"}  # the loopback server accepts any

Say = Callable[[str], None]
Watch = Callable[[Progress], None]


@dataclass
class Played:
    """The results and checks of a demo."""

    first: Report
    second: Report
    checks: list[Check]
    tour: Tour
    example: Example | None
    answers: list[AnswerShown]

    @property
    def held(self) -> bool:
        """Whether every check held."""
        return all(check.held for check in self.checks)


def play(home: Path, say: Say, watch: Watch, publish: Publish) -> Played:
    """Plays the demo in a home that `claim` and `seclude` have prepared; its services must run.

    publish: sends calls to the workers, as every command does after its commit.
    """
    say("drawing the sample channels")
    sample = expected(places.world())
    settings = get_settings()
    places.empty(home, settings.database(), settings.redis())
    run_migrations(settings.database())
    with telegram(home) as server:
        return _with_server(server, sample, say, watch, publish)


def telegram(home: Path) -> LoopbackProcess:
    """The loopback server of the home; it keeps its port and sessions from run to run."""
    state = home / "telegram"
    state.mkdir(mode=0o700, exist_ok=True)
    return LoopbackProcess("app.demo.home:world", home=state)


def connect(server: LoopbackProcess) -> Settings:
    """Logs in to the server; returns the settings of an account on it, which hold from now on."""
    os.environ.update(API, TELEGRAM_SESSION=server.session(), TELEGRAM_TEST_RSA_KEY=str(server.public_key_file))
    get_settings.cache_clear()
    return get_settings()


def _with_server(server: LoopbackProcess, sample: Expected, say: Say, watch: Watch, publish: Publish) -> Played:
    settings = connect(server)
    run_until_idle.check(settings)
    with transaction() as session:
        channels.add(session, sample.references)
        before = snapshot(session)
    began = time.monotonic()
    say("starting the workers")
    with fleet(settings) as processes:
        idle = _to_the_end(server, settings, processes, watch)
        with transaction() as session:
            first = report(session, before, time.monotonic() - began, idle=idle.idle, open=str(idle))
        say("asking the archive")
        # Before the whole history is read again, which would take a post that is not as it was for an edited one.
        asked = ask_all(sample, publish)
        say("exporting the archive")
        directory = export_all(publish)
        second = _once_more(server, settings, processes, say, watch)
        say("checking")
        # While the processes live: afterwards no process serves their counts.
        shown = check_metrics(running_metrics(settings), second.totals)
    return _judged(first, second, server, sample, asked, directory, shown)


def _to_the_end(server: LoopbackProcess, settings: Settings, processes: Processes, watch: Watch) -> Progress:
    """Lets the workers read the channels, and each later batch of changes once all before it is done."""
    idle = _until_idle(settings, processes, watch)
    while idle.idle and server.next_batch():
        idle = _until_idle(settings, processes, watch)
    return idle


def _once_more(server: LoopbackProcess, settings: Settings, processes: Processes, say: Say, watch: Watch) -> Report:
    """Runs the whole history again: all of it is known, so nothing may be downloaded, read or tagged."""
    say("the whole history once more")
    server.clear_ledger()
    began = time.monotonic()
    with transaction() as session:
        before = snapshot(session)
        channels.backfill(session, again=True)
    idle = _until_idle(settings, processes, watch)
    with transaction() as session:
        return report(session, before, time.monotonic() - began, idle=idle.idle, open=str(idle))


def _until_idle(settings: Settings, processes: Processes, watch: Watch) -> Progress:
    return run_until_idle.until_idle(settings, processes, watch, PATIENCE)


def _judged(
    first: Report,
    second: Report,
    server: LoopbackProcess,
    sample: Expected,
    asked: Asked,
    directory: Path | None,
    shown: Check,
) -> Played:
    with transaction() as session:
        embedder = wiring.embedder()
        found = search_pictures(session, embedder, sample)
        said = {question: answer_of(session, number) for question, number in asked.numbers.items()}
        evidence = Evidence(session, wiring.store(), sample)
        checks = [
            _finished(first, second),
            *check_all(session, wiring.store(), sample, embedder.name if embedder else None),
            found.check,
            *check_answers(evidence, said, asked),
            check_export(evidence, directory),
            _nothing_twice(second, server),
            shown,
        ]
        return Played(first, second, checks, tour(session), found.example, list(said.values()))


def _finished(first: Report, second: Report) -> Check:
    left = [f"{name} pass: {pass_.open}" for name, pass_ in (("first", first), ("second", second)) if not pass_.idle]
    return Check("the flow came to its end", not left, "; ".join(left) or f"after {first.seconds:.0f} s")


def _nothing_twice(second: Report, server: LoopbackProcess) -> Check:
    """Checks that the second pass read the channels again and did nothing else."""
    grown = [f"{count} {name}" for name, count in second.delta.items() if count and name != "polls"]
    fetched = server.ledger.count("upload.getFile")
    asked = server.ledger.count("messages.getHistory")
    wrong = [*grown, *([f"{fetched} requests for files"] if fetched else []), *([] if asked else ["no history read"])]
    kept = f"{asked} pages of history read, nothing downloaded, read or tagged again"
    return Check("the whole history once more", not wrong, ", ".join(wrong) or kept)
