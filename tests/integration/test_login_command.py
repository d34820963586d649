"""media-audit login against the loopback Telegram."""

from __future__ import annotations

import io
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
def test_a_server_that_cannot_be_meant_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["login", "--server", "telegram.org"])
    assert ended.value.code == 2
    assert "NUMBER:ADDRESS:PORT" in capsys.readouterr().err
