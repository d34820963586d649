"""Files that kill the process which reads them: tried so many times and no more, and nobody else pays for them."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select, update

from app import wiring
from app.adapters.store import file_store
from app.db import transaction
from app.domain.flow import Call, Key
from app.domain.kinds import Step
from app.home.directory import open_home
from app.local.fleet import environment, programs
from app.local.processes import Processes
from app.models import MediaFile, Work
from app.pipeline.engine import work
from app.pipeline.engine.sweep import sweep
from app.pipeline.vision.recipes import activate
from app.settings import Settings, get_settings
from app.tasks.publish import publish, to_signature
from tests.celery_app import configured_app
from tests.factories.pictures import encoded
from tests.integration.test_processes import until

ATTEMPTS = 2
BOUNDS = {
    "MAX_ATTEMPTS": str(ATTEMPTS),
    "READ_TIMEOUT": "4",
    "DECODE_MEMORY": str(700_000_000),
    "WORKERS_MEDIA": "1",
    "REPUBLISH_AFTER": "600",  # whoever waits for a message to be taken for lost does not end within this test
}


@pytest.fixture
def bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in BOUNDS.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    return get_settings()


def print_of(seed: int, side: int) -> Image.Image:
    """Small print from edge to edge, which OCR reads for a minute."""
    dice = random.Random(seed)
    page = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(page)
    for y in range(0, side, 14):
        pen.text((0, y), "".join(chr(dice.randrange(0x61, 0x7A)) for _ in range(side // 6)), fill=0)
    return page


def stored(settings: Settings, picture: Image.Image) -> Key:
    """A file of the store whose reading is due: (file, recipe)."""
    store = file_store(settings)
    incoming = store.incoming()
    incoming.write(encoded(picture, "PNG", compress_level=1))
    file = incoming.finish()
    with transaction() as session:
        [version] = activate(session, [wiring.vision()[0].recipe])
        row = MediaFile(sha256=file.sha256, size=file.size, mime=file.mime, extension=file.extension)
        session.add(row)
        session.flush()
        work.enqueue(session, Step.ANALYZE, [(row.id, version)], hint=600)
        return row.id, version


def harmless(settings: Settings, number: int) -> Key:
    return stored(settings, Image.new("RGB", (40, 40), (number * 20, 99, 9)))


def test_a_poisonous_file_dies_after_its_attempts_and_its_neighbours_are_read(bounded: Settings) -> None:
    crash, slow = stored(bounded, print_of(1, 1600)), stored(bounded, print_of(2, 1601))
    bomb = stored(bounded, Image.new("RGBA", (7000, 7000), (1, 2, 3, 128)))  # 196 MB, and several copies of them
    others = [harmless(bounded, number) for number in range(6)]
    with transaction() as session:  # it was tried before: ending it once more is enough here
        session.execute(update(Work).where(Work.subject_id == slow[0]).values(attempts=ATTEMPTS - 1))
    parts = [[crash, *others[:2]], [slow, *others[2:4]], [bomb, *others[4:]]]
    program = next(one for one in programs(bounded, open_home(bounded.media_audit_home)) if one.name == "worker-media")
    with configured_app(), Processes() as processes:
        log = bounded.media_audit_home / "logs" / "media.log"
        processes.add(program.name, program.argv, environment(bounded), log)
        for part in parts:
            to_signature(Call(Step.ANALYZE, tuple(part), bulk=True)).apply_async()
        stop = threading.Event()
        killer = threading.Thread(target=_crashes, args=(crash, processes, stop))
        killer.start()
        try:
            until(lambda: _swept() and _ended() == len(others) + 3, 90)
        finally:
            stop.set()
            killer.join()
        assert processes.restarts() == {"worker-media": 0}, "the child dies, and nobody else"
    found = _rows()
    assert {key: found[key][:2] for key in others} == dict.fromkeys(others, ("done", 1))
    for key, why in {crash: "SIGSEGV", slow: "READ_TIMEOUT", bomb: "DECODE_MEMORY"}.items():
        state, attempts, reason = found[key]
        assert (state, attempts) == ("dead", ATTEMPTS), found
        assert why in str(reason), reason


def _crashes(key: Key, processes: Processes, stop: threading.Event) -> None:
    """What a bug in a decoder does: the process that reads this file dies of it, each time."""
    seen = 0
    while not stop.wait(0.05):
        state, attempts, _ = _rows()[key]
        if state == "leased" and attempts > seen:
            parent = processes.alive()["worker-media"]
            seen = attempts
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            os.kill(int(children[-1]), signal.SIGSEGV)


def _swept() -> bool:
    publish(sweep())
    time.sleep(0.3)
    return True


def _rows() -> dict[Key, tuple[str, int, str | None]]:
    with transaction() as session:
        rows = session.execute(select(Work.subject_id, Work.revision, Work.state, Work.attempts, Work.reason))
        return {(subject, revision): (state, attempts, reason) for subject, revision, state, attempts, reason in rows}


def _ended() -> int:
    return len([state for state, _, _ in _rows().values() if state in ("done", "dead")])
