"""Settings that come as files, the way containers mount secrets."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from app.cli import main
from app.demo import home as demo_home
from app.errors import UserError
from app.settings import Settings
from app.settings.secret_files import mounted


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory of secrets."""
    directory = tmp_path / "secrets"
    directory.mkdir()
    monkeypatch.setenv("SECRETS_DIR", str(directory))
    return directory


def test_every_setting_may_be_a_file_with_its_line_end(secrets: Path) -> None:
    url = "postgresql://media_audit:pass%20word@postgres:5432/media_audit"
    (secrets / "database_url").write_text(url + "\n")
    (secrets / "telegram_session").write_text("1AbC\r\n")
    (secrets / "workers_media").write_text("7\n")
    settings = Settings()
    assert settings.database() == url.replace("postgresql", "postgresql+psycopg")
    assert settings.telegram_session
    assert settings.telegram_session.get_secret_value() == "1AbC"
    assert settings.workers_media == 7


def test_the_environment_goes_before_a_file_and_an_empty_one_of_either_says_nothing(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "vision_model").write_text("mounted")
    (secrets / "tagger_model").write_text("mounted")
    (secrets / "openai_api_key").write_text("\n")
    monkeypatch.setenv("VISION_MODEL", "said")
    monkeypatch.setenv("TAGGER_MODEL", "")
    settings = Settings()
    assert (settings.vision_model, settings.tagger_model, settings.openai_api_key) == ("said", "mounted", None)


def test_a_machine_without_mounted_files_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / "nowhere"))
    assert Settings().database_url is None


def test_a_wrong_file_is_named_and_its_content_is_not(secrets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (secrets / "telegram_session").write_text("two words of a secret")
    with pytest.raises(SystemExit) as end:
        main.main(["services", "status"])
    said = capfd.readouterr().err
    assert end.value.code == 2
    assert "TELEGRAM_SESSION" in said
    assert "words" not in said


def test_what_cannot_be_read_is_an_error_with_its_remedy(secrets: Path) -> None:
    (secrets / "redis_url").mkdir()
    with pytest.raises(UserError, match=r"redis_url cannot be read by uid \d+ \(Is a directory\)"):
        mounted(["redis_url"])
    (secrets / "vision_model").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="vision_model is no text in UTF-8"):
        mounted(["vision_model"])


def test_a_secret_of_somebody_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker Compose mounts a secret with the rights that it has outside. Root acts as another user, as it reads
    everything itself; all others are refused a file without rights."""
    reader = os.geteuid() or 65534
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        secret = Path(directory) / "database_url"
        secret.write_text("postgresql://u:hidden@h/d")
        secret.chmod(0o600 if os.geteuid() == 0 else 0)
        monkeypatch.setenv("SECRETS_DIR", directory)
        before = os.geteuid()
        os.seteuid(reader)
        try:
            with pytest.raises(UserError, match=rf"database_url cannot be read by uid {reader} \(Permission denied\)"):
                Settings()
        finally:
            os.seteuid(before)


def test_the_demo_touches_no_account_that_is_mounted(
    secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "telegram_session").write_text("1RealAccount")
    (secrets / "database_url").write_text("postgresql://u:p@real/data")
    for name in ("MEDIA_AUDIT_HOME", *demo_home.SHORT):
        monkeypatch.setenv(name, "")  # so that what the demo sets ends with this test
    monkeypatch.chdir(tmp_path)
    demo_home.seclude(tmp_path / "home")
    settings = Settings()
    assert (settings.telegram_session, settings.database_url) == (None, None)
