"""Value files: what processes count adds up, outlives them, and survives kills at any moment; a disk stops no work."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics import exposition
from pydantic import SecretStr
from structlog.testing import capture_logs

from app import metrics
from app.observe import archive, exemplars, files, writer
from app.settings import Settings, get_settings

TRACE = "0123456789abcdef" * 2


@pytest.fixture
def place() -> Iterator[Path]:
    """The directory of the files of this test's home."""
    yield files.directory(get_settings())
    files.detach()
    exemplars.into(None)


def counted(place: Path, sample: str = "media_processing_total") -> float:
    """The sum of a sample over all its series."""
    found = files.merged(place)
    return sum(one.value for metric in found for one in metric.samples if one.name == sample)


def passage(seconds: float = 0.3, trace_id: str | None = None) -> None:
    """Something to count."""
    metrics.processed("index", "album", "ok", seconds, trace_id)


def passages(count: int) -> None:
    """Many of them."""
    for _ in range(count):
        passage()


def start(action: Callable[[], object], *, attached: bool = True) -> int:
    """The process id of a forked child that does this and ends well."""
    pid = os.fork()
    if pid:
        return pid
    try:
        if attached:
            files.attach(get_settings())
        action()
    except BaseException:
        os._exit(1)
    os._exit(0)


def child(action: Callable[[], object], *, attached: bool = True) -> None:
    """The same, to its end."""
    assert os.waitpid(start(action, attached=attached), 0)[1] == 0


def killed(action: Callable[[], object]) -> None:
    """A child that is killed right after it did this."""

    def die() -> None:
        action()
        os.kill(os.getpid(), signal.SIGKILL)

    pid = start(die)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL


def test_what_processes_count_adds_up_and_outlives_them(place: Path) -> None:
    files.attach(get_settings())
    passage()
    child(passage)
    killed(lambda: passages(5))
    assert counted(place) == 7
    assert len(archive.value_files(place)) == 1, "those that ended are in the archive"
    passage()
    assert counted(place) == counted(place) == 8
    assert counted(place, "media_processing_duration_seconds_count") == 8


def test_a_forked_child_writes_into_no_file_of_its_parent(place: Path) -> None:
    files.attach(get_settings())
    passage()
    child(passage, attached=False)
    assert counted(place) == 1, "a child that has not attached itself counts nothing"
    pids = [start(lambda: passages(200)) for _ in range(4)]
    passages(200)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 4
    assert counted(place) == 1 + 5 * 200


def test_a_process_that_records_nothing_leaves_nothing(place: Path) -> None:
    child(lambda: None)
    assert not place.exists()
    passage()
    assert not place.exists(), "nor does one that was never attached, such as a command"


def test_months_of_replaced_children_leave_few_files(place: Path) -> None:
    for _ in range(3 * files.MANY):
        child(passage)
    assert len(list(place.iterdir())) <= files.MANY + 5
    assert counted(place) == 3 * files.MANY
    assert sorted(path.name for path in place.iterdir()) == [archive.ARCHIVE, archive.LOCK]


def test_a_kill_between_the_archive_and_the_removal_counts_nothing_twice(place: Path, tmp_path: Path) -> None:
    child(passage)
    [left] = archive.value_files(place)
    shutil.copy2(left, tmp_path / "left")
    assert counted(place) == 1
    shutil.copy2(tmp_path / "left", left)
    assert counted(place) == 1
    child(passage)
    assert counted(place) == 2


def test_whenever_folding_is_killed_nothing_is_lost_or_doubled(place: Path) -> None:
    chance = random.Random(5)

    def fold_for_ever() -> None:
        while True:
            archive.fold(place)

    for number in range(1, 11):
        for _ in range(5):
            child(passage)
        pids = [start(fold_for_ever, attached=False) for _ in range(2)]
        time.sleep(chance.uniform(0.0, 0.02))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        assert counted(place) == 5 * number


def test_a_full_disk_stops_no_work_and_is_said_once(place: Path) -> None:
    def work(room: int, least: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        with capture_logs() as log:
            for stage in metrics.STAGES:
                for media, seconds in product(metrics.MEDIA, metrics.SECONDS):
                    metrics.processed(stage, media, "ok", seconds)
        assert [entry["log_level"] for entry in log] == ["warning"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        assert counted(place) >= least

    child(lambda: work(0, 0))  # no room for a file
    child(lambda: work(writer.SIZE, 10))  # none for a larger one: what it has stays


def test_a_directory_that_vanished_is_made_anew(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LOOK", 0.0)
    files.attach(get_settings())
    passage()
    shutil.rmtree(place)
    passage()
    assert counted(place) == 1


def test_a_damaged_file_hides_no_other(place: Path) -> None:
    child(passage)
    (place / f"broken{writer.SUFFIX}").write_bytes(b"\xff" * 100)
    (place / f"empty{writer.SUFFIX}").write_bytes(b"")
    assert counted(place) == 1


def test_a_bucket_leads_to_the_newest_trace(place: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a forked child, too: what prometheus_client's multiprocess mode has not."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    get_settings.cache_clear()

    def slow() -> None:
        passage(42.0, "f" * 32)
        passage(43.0, TRACE)
        deadline = time.monotonic() + 60
        while not exemplars.read(redis_url) and time.monotonic() < deadline:
            time.sleep(0.02)

    child(slow)
    found = files.merged(place)
    exemplars.put_into(found, exemplars.read(redis_url))
    registry = CollectorRegistry()

    class Found:
        def collect(self) -> object:
            return found

    registry.register(Found())  # type: ignore[arg-type]
    [line] = [line for line in exposition.generate_latest(registry).decode().splitlines() if TRACE in line]
    assert line.startswith("media_processing_duration_seconds_bucket{")
    assert 'le="60.0"' in line
    assert f'}} 2.0 # {{trace_id="{TRACE}"}} 43.0 ' in line


def test_a_silent_redis_holds_nothing_up(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        files.attach(Settings(redis_url=SecretStr(url)))
        began = time.monotonic()
        for _ in range(1000):
            passage(1.0, TRACE)
        assert time.monotonic() - began < 100.0  # each would wait for a second
        assert exemplars.read(url) == {}
        assert counted(place) == 1000
