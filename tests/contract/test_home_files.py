"""Files under a home, as release 0.1 wrote and read them: two releases meet in a home while it is upgraded.

The supervisors of services outlive an upgrade, `down` of one release ends processes of the other, and a health check of
a container may be older than its worker.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.health import heartbeat_file
from app.health.heartbeat_file import LivenessReport
from app.home import endpoints
from app.home.process_lock import ProcessLock
from app.local import fleet

HEARTBEAT = '{"pid": 4711, "at": 1.5, "pulse": {"busy": 2.5, "hangs": "a child", "dead": true, "unready": null}}'
ENDPOINT = '{"url": "postgresql://u:p@127.0.0.1:21155/d", "pid": 12, "version": "18.1", "supervisor": %d}'


def test_a_heartbeat_of_the_release_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run/alive/media@host.json"
    path.parent.mkdir(parents=True)
    path.write_text(HEARTBEAT)
    found = heartbeat_file.read(tmp_path, "media@host")
    assert found is not None
    assert (found.pid, found.at) == (4711, 1.5)
    report = found.report
    assert (report.busy, report.hangs, report.dead, report.unready) == (2.5, "a child", True, None)


def test_a_heartbeat_of_this_release_has_the_same_keys(tmp_path: Path) -> None:
    """The release before builds its own class from these keys: one more would end its health check."""
    heartbeat_file.write(tmp_path, "media@host", LivenessReport(hangs="it"))
    written = json.loads((tmp_path / "run/alive/media@host.json").read_text())
    pattern = json.loads(HEARTBEAT)
    assert (list(written), list(written["pulse"])) == (list(pattern), list(pattern["pulse"]))


def test_the_address_of_a_service_is_read_and_written_alike(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with ProcessLock(run / "postgres.lock") as lock:
        assert lock.acquire()
        text = ENDPOINT % os.getpid()
        (run / "postgres.json").write_text(text)
        found = endpoints.read(tmp_path, "postgres")
        assert found is not None
        assert found.address == "127.0.0.1:21155/d"
        endpoints.publish(tmp_path, "postgres", found)
    assert json.loads((run / "postgres.json").read_text()) == json.loads(text)


def test_locks_and_addresses_of_a_fleet_have_their_places() -> None:
    assert (fleet.LOCK, fleet.FLOWER_URL, fleet.METRICS_URL) == ("run/up.lock", "flower.url", "metrics.url")
    assert fleet.WEB_URL == "web.url"
