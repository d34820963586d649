"""The command media-audit receive, as a process: what it takes from a real notifier, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.adapters.notifier.inbox import Inbox, Verdict
from app.adapters.notifier.post import Post
from app.adapters.notifier.webhook import WebhookNotifier, signed
from app.cli.main import main
from app.domain.alerts import Destination, Medium
from app.domain.networks import parse
from app.errors import Transient
from tests.factories.notices import OLD_SECRET, SECRET, notice
from tests.pages import ROOT
from tests.prometheus.server import free_port
from tests.rows import until

FOREIGN = "whsec_" + "QUJD" * 12
HERE = WebhookNotifier(Post(parse("ALERTS_ALLOWED_NETWORKS", "127.0.0.0/8", "")))
COMMAND = "from app.cli.main import main; main()"
BODY = '{"type":"publication.found","data":{}}'


class Running:
    """The command as a process of its own. Its first line on stderr tells the address."""

    def __init__(self, *arguments: str, secret: str | None = SECRET, stdin: str = "") -> None:
        environment = {name: value for name, value in os.environ.items() if name != "WEBHOOK_SECRET"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "receive", "--port", "0", *arguments],
            env=environment | ({"WEBHOOK_SECRET": secret} if secret else {}),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.write(stdin)
        self.process.stdin.close()
        first = self.process.stderr.readline()
        [self.address] = re.findall(r"http://127\.0\.0\.1:\d+/", first)

    def destination(self, *secrets: str) -> Destination:
        return Destination(Medium.WEBHOOK, self.address, secrets)

    def end(self) -> tuple[int, str, str]:
        """Presses Ctrl-C: exit code, stdout, stderr."""
        self.process.send_signal(signal.SIGINT)
        self.process.stdin = None
        with self.process:
            out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_each_notice_is_printed_once_and_others_are_refused() -> None:
    running = Running("--json")
    HERE.send(running.destination(SECRET), notice(text="a\x1b[2Jb"))
    HERE.send(running.destination(SECRET), notice())  # the answer was lost: the same id again
    HERE.send(running.destination(OLD_SECRET, SECRET), notice(id="second"))  # while the secret changes
    with pytest.raises(Transient, match="401"):
        HERE.send(running.destination(FOREIGN), notice(id="third"))
    replayed = signed((SECRET,), "fourth", ago(301), BODY)
    assert httpx.post(running.address, content=BODY, headers=replayed).status_code == 401
    assert httpx.post(running.address, content=BODY, headers=signed((SECRET,), "fifth", ago(-301), BODY)).is_error
    code, out, err = running.end()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(one["verdict"], one["id"]) for one in lines] == [
        ("new", notice().id),
        ("double", notice().id),
        ("new", "second"),
        ("refused", ""),
        ("refused", ""),
        ("refused", ""),
    ]
    assert lines[0]["notice"]["data"]["link"] == "https://t.me/city/17"
    assert [one.get("why") for one in lines[3:]] == [
        "No matching signature found",
        "Message timestamp too old",
        "Message timestamp too new",
    ]
    assert code == 0
    assert SECRET not in out + err


def test_people_see_a_line_for_each_notice(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{FOREIGN}\n{SECRET}\n")
    running = Running("--secret-file", str(file), secret=None)
    HERE.send(running.destination(SECRET), notice(text="паром\x1b[2J отменён\n" * 50))
    HERE.send(running.destination(SECRET), notice())
    code, out, err = running.end()
    first, second = out.splitlines()
    assert first == "ferries: new in city  https://t.me/city/17"
    assert second.startswith("    паром [2J отменён паром")
    assert len(second) < 200
    assert f"double: {notice().id}" in err
    assert code == 0


@pytest.mark.parametrize("secret", [None, "whsec_short", "a-password", SECRET.removeprefix("whsec_")])
def test_without_a_signing_secret_it_does_not_start(
    secret: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secret"
    file.write_text(secret or "")
    with pytest.raises(SystemExit) as ended:
        main(["receive", "--port", "0", "--secret-file", str(file)])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "whsec_" in told
    assert not secret or secret not in told


def test_the_receiver_of_the_docs_takes_a_notice_once_and_refuses_others() -> None:
    [source] = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/alerts.md").read_text(), re.M | re.S)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", source.replace("9000", str(port))],
        env=os.environ | {"WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        until(lambda: _listens(port), "the receiver", 10)
        here = Destination(Medium.WEBHOOK, f"http://127.0.0.1:{port}/", (SECRET,))
        HERE.send(here, notice(text="one"))
        HERE.send(here, notice(text="one"))
        with pytest.raises(Transient, match="401"):
            HERE.send(replace(here, secrets=(FOREIGN,)), notice(id="other"))
        HERE.send(here, notice(id="second", text="two"))
    finally:
        process.terminate()
    with process:
        out, _ = process.communicate(timeout=60)
    assert out.splitlines() == ["new https://t.me/city/17 one", "new https://t.me/city/17 two"]


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


# Requests that no sender of ours makes


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    made = Running("--json", "--secret-file", "-", secret=None, stdin=f"{SECRET}\n")
    HERE.send(made.destination(SECRET), notice())
    yield made
    assert made.end()[0] == 0


def sound(**changes: str) -> dict[str, str]:
    return signed((SECRET,), "msg", datetime.now(UTC), BODY) | changes


@pytest.mark.parametrize(
    "headers",
    [
        {},
        sound(**{"webhook-signature": ""}),
        sound(**{"webhook-signature": "v1"}),
        sound(**{"webhook-signature": "v1,%%%"}),
        sound(**{"webhook-signature": "v1a," + "A" * 43 + "="}),
        sound(**{"webhook-signature": "v1,a,b v1,"}),
        sound(**{"webhook-timestamp": "nan"}),
        sound(**{"webhook-timestamp": "1e400"}),
        sound(**{"webhook-timestamp": "soon"}),
        sound(**{"webhook-id": "another"}),
    ],
)
def test_a_request_that_no_secret_proves_is_refused(running: Running, headers: dict[str, str]) -> None:
    assert httpx.post(running.address, content=BODY, headers=headers).status_code == 401


def test_a_changed_body_is_refused(running: Running) -> None:
    for body in (BODY + " ", "", "\x00", BODY.replace("found", "gone")):
        assert httpx.post(running.address, content=body, headers=sound()).status_code == 401
    assert httpx.post(running.address, content=b"\xff\xfe", headers=sound()).status_code == 401


def test_other_methods_and_huge_bodies_are_refused(running: Running) -> None:
    assert httpx.get(running.address).status_code == 501
    assert httpx.post(running.address, content="x" * 65_537, headers=sound()).status_code == 413
    assert httpx.post(running.address, content=iter([b"x"]), headers=sound()).status_code == 411


def test_only_the_newest_ids_are_remembered() -> None:
    inbox = Inbox((SECRET,), most=2)

    def judged(id_: str) -> Verdict:
        headers: dict[str, Any] = signed((SECRET,), id_, datetime.now(UTC), BODY)
        return inbox.judge(headers, BODY.encode()).verdict

    assert [judged(id_) for id_ in ("a", "b", "a", "c", "a", "b")] == [
        *(Verdict.NEW, Verdict.NEW, Verdict.DOUBLE),
        *(Verdict.NEW, Verdict.DOUBLE, Verdict.NEW),
    ]


@pytest.mark.parametrize("body", ["[]", "null", "{", "[" * 50_000])
def test_a_signed_body_that_is_no_object_is_refused(body: str) -> None:
    judged = Inbox((SECRET,)).judge(signed((SECRET,), "a", datetime.now(UTC), body), body.encode())
    assert judged.verdict is Verdict.REFUSED
