"""The embedded services as their owner meets them: found again, back after every kill, private."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from app.errors import UserError
from app.home import endpoints
from app.home.directory import open_home
from app.home.endpoints import NAMES, lock_file
from app.home.process_lock import ProcessLock, holder
from app.local import services
from app.local.launch import Launch
from app.settings import Settings, with_endpoints
from tests.integration.test_processes import lives, until

START = """
import sys
from pathlib import Path
from app.local import services
print(services.start(Path(sys.argv[1]), tied=len(sys.argv) > 2).started, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for all tests here: making a cluster costs more than all that a test does with it."""
    home = tmp_path_factory.mktemp("lasting") / "home"
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home(lasting: Path) -> Iterator[Path]:
    """That home, with its services stopped before and after."""
    yield lasting
    services.stop(lasting)
    (lasting / "pg" / "local.conf").unlink(missing_ok=True)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """A home where nothing was ever started, at a long path that configuration files must survive."""
    path = tmp_path / 'other home\'s \\ "дом" # 1' / ("long" * 30) / "home"
    yield path
    services.stop(path)


def remember(found: services.Endpoints) -> None:
    """Writes a row and a key."""
    assert found.database_url
    assert found.redis_url
    with psycopg.connect(found.database_url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 'a row' AS what")
    with redis.Redis.from_url(found.redis_url, decode_responses=True) as client:
        client.set("kept", "a key")


def remembered(found: services.Endpoints) -> list[object]:
    """Reads them back."""
    assert found.database_url
    assert found.redis_url
    with psycopg.connect(found.database_url) as connection:
        row = connection.execute("SELECT what FROM kept").fetchone()
    with redis.Redis.from_url(found.redis_url, decode_responses=True) as client:
        return [row and row[0], client.get("kept")]


def kept(found: services.Endpoints) -> bool:
    """Whether row and key can be read now; False while a service restarts."""
    try:
        return remembered(found) == ["a row", "a key"]
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def pids(home: Path) -> list[int]:
    """The processes of the services."""
    return [one.pid for one in services.status(home) if one.pid]


def test_a_second_start_finds_the_first_and_a_stop_ends_both(home: Path) -> None:
    first = services.start(home)
    remember(first)
    again = services.start(home)
    assert (first.started, again.started) == (True, False)
    assert (again.database_url, again.redis_url) == (first.database_url, first.redis_url)
    running = pids(home)
    assert len(running) == 2
    assert services.stop(home) is True
    assert not any(lives(pid) for pid in running)
    assert [one.running for one in services.status(home)] == [False, False]
    assert services.stop(home) is False
    third = services.start(home)
    assert third.started is True
    assert third.database_url == first.database_url
    assert remembered(third) == ["a row", "a key"]


def test_settings_take_embedded_addresses_only_where_none_is_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_AUDIT_HOME", str(home))
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    assert with_endpoints(Settings()).database_url is None
    services.start(home, valkey=False)
    assert [one.running for one in services.status(home)] == [True, False]
    ensured = with_endpoints(Settings())
    assert ensured.redis() == "redis://elsewhere/0"
    with psycopg.connect(ensured.database_url.get_secret_value() if ensured.database_url else "") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("media_audit",)
    # What is configured is used, even while an embedded one runs.
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/other")
    assert with_endpoints(Settings()).database() == "postgresql+psycopg://elsewhere/other"


def test_passwords_are_needed_and_seen_nowhere(home: Path) -> None:
    found = services.start(home)
    assert found.database_url
    assert found.redis_url
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(found.database_url, password="guessed")
    without = found.redis_url.replace((home / "secrets" / "valkey").read_text().strip(), "")
    with redis.Redis.from_url(without) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    secrets = {(home / "secrets" / name).read_text().strip() for name in NAMES}
    files = [path for path in home.rglob("*") if path.is_file()]
    holding = [path for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]
    assert len(holding) >= len(NAMES) == len(secrets)
    for path in holding:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.parent.name in {"secrets", "run", "valkey"}
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = arguments.read_text(errors="replace")
        except OSError:
            continue
        assert not any(secret in text for secret in secrets)


def test_killed_servers_come_back_at_the_same_address_with_their_data(home: Path) -> None:
    found = services.start(home)
    remember(found)
    before = pids(home)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(pids(home)) == 2 and not set(before) & set(pids(home)))
    until(lambda: kept(found))


def test_killed_supervisors_take_their_servers_along_and_the_next_start_repairs(home: Path) -> None:
    first = services.start(home)
    remember(first)
    running = pids(home)
    assert len(running) == 2
    for name in NAMES:
        pid = holder(lock_file(home, name))
        assert pid
        os.kill(pid, signal.SIGKILL)
    until(lambda: [one.running for one in services.status(home)] == [False, False])
    second = services.start(home)  # at once: what is left of the first may still be writing its checkpoint
    assert not any(lives(pid) for pid in running)
    assert second.started
    assert remembered(second) == ["a row", "a key"]


def test_a_process_id_left_by_a_power_cut_does_not_matter(home: Path) -> None:
    remember(services.start(home))
    services.stop(home)
    # It belongs to somebody else by now: here, to this very test.
    stale = f"{os.getpid()}\n{home / 'pg/data'}\n1700000000\n5432\n\n127.0.0.1\n"
    (home / "pg" / "data" / "postmaster.pid").write_text(stale)
    assert remembered(services.start(home)) == ["a row", "a key"]


def test_a_taken_port_is_replaced_and_told(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    services.start(home)
    services.stop(home)
    taken = int((home / "valkey.port").read_text())
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", taken))
        thief.listen()
        found = services.start(home, postgres=False)
    moved = int((home / "valkey.port").read_text())
    assert moved != taken
    assert found.redis_url
    assert found.redis_url.endswith(f":{moved}/0")
    assert f"port {taken} is taken: valkey moves to {moved}" in caplog.text


def test_two_homes_live_side_by_side_and_a_half_made_one_is_completed(home: Path, fresh: Path) -> None:
    half_made = fresh / "pg" / "data.new"
    half_made.mkdir(parents=True, mode=0o700)
    (half_made / "PG_VERSION").write_text("18\n")
    here, there = services.start(home), services.start(fresh)
    assert len({here.database_url, here.redis_url, there.database_url, there.redis_url}) == 4
    remember(here)
    assert there.database_url
    with psycopg.connect(there.database_url) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
    services.stop(home)
    assert [one.running for one in services.status(fresh)] == [True, True]


def launch(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Another process that starts the services, prints whether it had to, and stays."""
    command = [sys.executable, "-c", START, str(home), *arguments]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def test_two_starts_at_once_share_one_service(home: Path) -> None:
    log = home / "logs" / "supervisor.log"
    before = log.read_text().count(" listens on ") if log.exists() else 0
    callers = [launch(home), launch(home)]
    assert "True\n" in [caller.communicate("")[0] for caller in callers]
    assert [caller.returncode for caller in callers] == [0, 0]
    assert [one.running for one in services.status(home)] == [True, True]
    assert log.read_text().count(" listens on ") == before + 2


def test_ctrl_c_while_starting_leaves_nothing_behind(home: Path) -> None:
    log = home / "logs" / "supervisor.log"
    for _ in range(10):
        before = log.read_text().count(" listens on ") if log.exists() else 0
        with launch(home) as caller:
            until(lambda: holder(lock_file(home, "postgres")) and holder(lock_file(home, "valkey")))
            caller.send_signal(signal.SIGINT)
            caller.wait(timeout=90)
            assert caller.returncode != 0
            assert caller.stdout
            # Both may listen though the caller came no further than that: then it was not starting any more.
            if not caller.stdout.read() and log.read_text().count(" listens on ") < before + 2:
                break
        services.stop(home)  # it had started everything before the signal came
    else:
        pytest.fail("the signal never came while it was starting")
    # A first start makes its cluster before it sees the end of its caller, and PostgreSQL has 35 s to end.
    until(lambda: [holder(lock_file(home, name)) for name in NAMES] == [None, None], 90.0)


def test_ctrl_c_stops_a_service_that_had_answered_before_the_other_did(home: Path) -> None:
    (home / "run").mkdir(parents=True, exist_ok=True)
    with ProcessLock(lock_file(home, "valkey")) as held:
        assert held.acquire()  # so Valkey's supervisor waits
        with launch(home) as caller:
            until(lambda: endpoints.read(home, "postgres"))
            until(lambda: len(children(caller.pid)) == 1)  # the caller has read the answer of the other one
            caller.send_signal(signal.SIGINT)
            caller.wait(timeout=60)
        assert caller.returncode != 0
        until(lambda: holder(lock_file(home, "postgres")) is None)


@pytest.mark.parametrize("name", NAMES)
def test_a_service_ends_with_a_caller_that_read_the_verdict_and_said_nothing(home: Path, name: str) -> None:
    supervisor = Launch(open_home(home), name)
    supervisor.begin(tied=False)
    assert supervisor.answer()
    supervisor.abandon()
    until(lambda: holder(lock_file(home, name)) is None, 90.0)
    assert endpoints.read(home, name) is None


def test_a_service_that_was_kept_is_stopped_when_another_one_cannot_start(home: Path) -> None:
    supervisor = Launch(open_home(home), "valkey")
    supervisor.begin(tied=False)
    assert supervisor.answer()
    supervisor.keep()
    supervisor.abandon()
    assert holder(lock_file(home, "valkey")) is None


def test_a_supervisor_that_waits_for_another_ends_with_its_caller(home: Path) -> None:
    (home / "run").mkdir(parents=True, exist_ok=True)
    with ProcessLock(lock_file(home, "valkey")) as held:
        assert held.acquire()
        with launch(home) as caller:
            until(lambda: (home / "logs" / "supervisor.log").exists())
            until(lambda: len(supervisors(home, "valkey")) == 1)
            caller.kill()
        until(lambda: not supervisors(home, "valkey"))


def supervisors(home: Path, name: str) -> list[int]:
    """The process ids of this home's supervisors of one service."""
    wanted = ["app.local.supervisor", str(home), name]
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if entry.read_bytes().decode().split("\0")[2:5] == wanted:
                found.append(int(entry.parent.name))
    return found


def children(pid: int) -> list[str]:
    """The process ids of a process's children."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_services_outlive_their_starter_unless_tied_to_it(home: Path) -> None:
    with launch(home) as caller:
        assert caller.stdout
        assert caller.stdout.readline() == "True\n"
        caller.kill()
    assert [one.running for one in services.status(home)] == [True, True]
    services.stop(home)
    with launch(home, "tied") as caller:
        assert caller.stdout
        assert caller.stdout.readline() == "True\n"
        caller.kill()
    until(lambda: [one.running for one in services.status(home)] == [False, False])


def test_a_service_that_cannot_start_says_why(home: Path) -> None:
    services.start(home)
    services.stop(home)
    (home / "pg" / "local.conf").write_text("shared_buffers = many\n")
    with pytest.raises(UserError, match=str(home / "logs")):
        services.start(home)
    assert [one.running for one in services.status(home)] == [False, False]
    for name in NAMES:
        with ProcessLock(lock_file(home, name)) as lock:
            assert lock.acquire(0.0), f"{name} still ends"
    assert "shared_buffers" in (home / "logs" / "supervisor.log").read_text()


def test_a_cluster_of_another_postgresql_is_refused_with_the_remedy(home: Path) -> None:
    services.start(home)
    services.stop(home)
    version = home / "pg" / "data" / "PG_VERSION"
    mine = version.read_text()
    version.write_text("15\n")
    with pytest.raises(UserError, match=r"written by PostgreSQL 15.*pg_dump"):
        services.start(home)
    version.write_text(mine)
