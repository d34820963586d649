"""A wrong setting may be a secret in the wrong place: no error and no picture of the settings shows a value."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings
from app.settings.model import Settings as Model

SECRET = "sk-5ec2e7-in-the-wrong-place"
SECRETS = {name for name, field in Model.model_fields.items() if "SecretStr" in str(field.annotation)}
# These take any words; all others refuse some.
ANY = {
    name for name, field in Model.model_fields.items() if str(field.annotation).endswith(("'str'>", "Path'>", "| None"))
}
REFUSING = sorted(
    (set(Model.model_fields) - ANY)
    | {"telegram_api_id", "openai_calls_per_minute", "telegram_proxy"}
    | {"alerts_allowed_networks", "alerts_telegram_api"}
)


def test_the_secrets_are_known_as_such() -> None:
    known = {"database_url", "redis_url", "broker_url", "telegram_session", "telegram_api_hash", "telegram_proxy"}
    assert known | {"gigachat_credentials", "openai_api_key", "flower_password", "alerts_telegram_token"} <= SECRETS


@pytest.mark.parametrize("name", REFUSING)
def test_an_error_names_the_setting_and_not_its_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers print it with its traceback."""
    monkeypatch.setenv(name.upper(), SECRET)
    with pytest.raises(ValidationError) as wrong:
        Settings()
    said = "".join(traceback.format_exception(wrong.value))
    assert name in said
    for shown in (said, str(wrong.value), repr(wrong.value)):
        assert SECRET[:9] not in shown


def test_a_wrong_value_in_a_file_is_not_shown_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "telegram_api_id").write_text(SECRET)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    with pytest.raises(ValidationError, match="telegram_api_id") as wrong:
        Settings()
    assert SECRET not in "".join(traceback.format_exception(wrong.value))


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_picture_of_the_settings_hides_secrets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), f"socks5://me:{SECRET}@host:1" if name == "telegram_proxy" else SECRET)
    settings = Settings()
    assert SECRET in getattr(settings, name).get_secret_value()
    for shown in (str(settings), repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in shown


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files set each variable, most of them to nothing."""
    unset = Settings()
    for name in Model.model_fields:
        if name != "media_audit_home":
            monkeypatch.setenv(name.upper(), "")
    monkeypatch.setenv("MEDIA_AUDIT_HOME", str(unset.media_audit_home))
    assert Settings() == unset


def test_settings_do_not_change_under_a_running_process() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.log_level = "DEBUG"  # type: ignore[misc]
