"""media-audit login against the loopback Telegram."""

from __future__ import annotations

import io
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from app.demo.telegram import PUBLIC_KEY, LoopbackTelegram
from app.demo.world import World
from app.settings import get_settings


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person in an empty directory who has an api_id and will type telephone number and code."""
    (tmp_path / "key.pem").write_text(PUBLIC_KEY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_API_ID", "1")
    monkeypatch.setenv("TELEGRAM_API_HASH", "hash")
    monkeypatch.setenv("TELEGRAM_TEST_RSA_KEY", str(tmp_path / "key.pem"))
    monkeypatch.setattr("sys.stdin", io.StringIO("+10000000000\n12345\n"))
    get_settings.cache_clear()


def login(*options: str) -> int:
    with (
        LoopbackTelegram(World()) as server,
        pytest.raises(SystemExit) as ended,
    ):
        main.main(["login", "--server", f"2:{server.address[0]}:{server.address[1]}", *options])
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("asked")
def test_it_prints_the_line_for_env_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert login() == 0
    said = capsys.readouterr()
    name, _, session = said.out.strip().partition("=")
    assert name == "TELEGRAM_SESSION"
    assert len(session) > 300
    assert session not in said.err


@pytest.mark.usefixtures("asked")
def test_it_writes_the_line_where_only_its_user_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("TELEGRAM_API_ID=1\nTELEGRAM_SESSION=old\n")
    assert login("--write") == 0
    kept, line = (tmp_path / ".env").read_text().splitlines()
    assert kept == "TELEGRAM_API_ID=1"
    assert line.startswith("TELEGRAM_SESSION=1")
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert line.partition("=")[2] not in "".join(capsys.readouterr())


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("typed", ["", "+10000000000\n"])
def test_the_end_of_the_input_interrupts_it(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-D at a question: at the number, at the code."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert login() == 130
    assert capsys.readouterr().err.splitlines()[-1] == "media-audit: interrupted"


class Interrupting(io.StringIO):
    """A person who presses Ctrl-C once at the question, and would answer it if it stayed."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """The signal comes while the question waits."""
        signal.raise_signal(signal.SIGINT)
        return super().readline(size)


@pytest.mark.usefixtures("asked")
def test_ctrl_c_at_a_question_ends_it_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", asked := Interrupting("+10000000000\n12345\n"))
    handler = signal.getsignal(signal.SIGINT)
    assert login() == 130
    assert asked.tell() == 0, "no answer was taken"
    assert capsys.readouterr().err.splitlines()[-1] == "media-audit: interrupted"
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.usefixtures("asked")
def test_ctrl_c_while_it_waits_for_telegram_ends_with_130() -> None:
    """One line and no traceback; scripts tell by the code that a person ended it."""
    # A shell that runs the tests in the background has switched the signal off for all of its children.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{code}; from app.cli.main import main; main()", "login", "--server"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command.append(f"2:127.0.0.1:{silent.getsockname()[1]}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
            silent.settimeout(120)
            with silent.accept()[0]:  # it is connected, and waits for an answer
                waiting.send_signal(signal.SIGINT)
                said = waiting.communicate(timeout=120)
    assert waiting.returncode == 130
    assert said == ("", "\nmedia-audit: interrupted\n")


@pytest.mark.usefixtures("asked")
def test_a_server_that_cannot_be_meant_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["login", "--server", "telegram.org"])
    assert ended.value.code == 2
    assert "NUMBER:ADDRESS:PORT" in capsys.readouterr().err
