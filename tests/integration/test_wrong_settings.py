"""Every wrong setting of vision and tags ends `run` before anything starts: exit code 2, the remedy, no secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import wiring
from app.cli import main
from app.demo.telegram import LoopbackTelegram
from app.demo.world import World
from app.settings import get_settings
from tests.factories.settings import telegram_environment

KEY = "c2VjcmV0LWtleTpvZi1hLXBlcnNvbg=="
SECRET = "sk-" + "5ec2e7" * 8
GIGACHAT = {"VISION_PROVIDER": "gigachat", "VISION_MODEL": "GigaChat-2-Pro", "GIGACHAT_CREDENTIALS": KEY}
OPENAI = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": SECRET}
READER = {"VISION_PROVIDER": "openai", "VISION_MODEL": "some-model", **OPENAI}
TAGGER = {"TAGGER": "openai", "TAGGER_MODEL": "some-model", **OPENAI}
FOLDER = "{folder}"

CASES: list[tuple[dict[str, str], str]] = [
    # secrets, with what a file or a clipboard adds to them
    ({**READER, "OPENAI_API_KEY": f"{SECRET}\n{SECRET}"}, "OPENAI_API_KEY: a blank or line end is inside"),
    ({**READER, "OPENAI_API_KEY": f"{SECRET} # mine"}, "OPENAI_API_KEY: a blank or line end is inside"),
    ({**READER, "OPENAI_API_KEY": f"{SECRET}\u200b"}, "OPENAI_API_KEY: a blank or line end is inside"),
    ({**GIGACHAT, "GIGACHAT_CREDENTIALS": f"\x01{KEY}"}, "GIGACHAT_CREDENTIALS: a blank or line end is inside"),
    ({**GIGACHAT, "GIGACHAT_CREDENTIALS": f"{KEY}К"}, "GIGACHAT_CREDENTIALS: a character that no key has is inside"),
    ({**GIGACHAT, "GIGACHAT_CREDENTIALS": " \n"}, "GigaChat needs GIGACHAT_CREDENTIALS"),
    # vision
    ({"VISION_PROVIDER": "nobody"}, "VISION_PROVIDER: Input should be 'local', 'gigachat', 'openai' or 'none'"),
    ({**GIGACHAT, "VISION_MODEL": ""}, "set VISION_MODEL or GIGACHAT_MODEL to a GigaChat model"),
    ({**GIGACHAT, "GIGACHAT_CREDENTIALS": ""}, "GigaChat needs GIGACHAT_CREDENTIALS"),
    ({**GIGACHAT, "GIGACHAT_CA_BUNDLE_FILE": f"{FOLDER}/no.pem"}, "GIGACHAT_CA_BUNDLE_FILE={folder}/no.pem is no"),
    ({**GIGACHAT, "GIGACHAT_CA_BUNDLE_FILE": f"{FOLDER}/bad.pem"}, "GIGACHAT_CA_BUNDLE_FILE={folder}/bad.pem is no"),
    ({**GIGACHAT, "GIGACHAT_CA_BUNDLE_FILE": FOLDER}, "GIGACHAT_CA_BUNDLE_FILE={folder} is no readable PEM file"),
    ({**GIGACHAT, "VISION_TIMEOUT": "300"}, "VISION_TIMEOUT must be a third of LEASE_SECONDS at most"),
    (
        {**GIGACHAT, "GIGACHAT_BASE_URL": "gigachat.local/v1"},
        "GIGACHAT_BASE_URL=gigachat.local/v1 must begin with http",
    ),
    ({**GIGACHAT, "GIGACHAT_AUTH_URL": "https://"}, "GIGACHAT_AUTH_URL=https:// must begin with http"),
    ({**GIGACHAT, "GIGACHAT_VERIFY_SSL_CERTS": "maybe"}, "GIGACHAT_VERIFY_SSL_CERTS: Input should be a valid boolean"),
    ({**GIGACHAT, "DECODE_TIMEOUT": "0"}, "DECODE_TIMEOUT: Input should be greater than 0"),
    ({**GIGACHAT, "VISION_BORROW_BITS": "99"}, "VISION_BORROW_BITS: Input should be less than or equal to 16"),
    ({**GIGACHAT, "VISION_MAX_SIDE": "9000"}, "VISION_MAX_SIDE: Input should be less than or equal to 2400"),
    ({**GIGACHAT, "VISION_MAX_TOKENS": "8"}, "VISION_MAX_TOKENS: Input should be greater than or equal to 256"),
    ({**READER, "OPENAI_BASE_URL": ""}, "set OPENAI_BASE_URL to the server's address with its /v1"),
    ({**READER, "OPENAI_BASE_URL": "localhost:11434"}, "OPENAI_BASE_URL=localhost:11434 must begin with http"),
    ({**READER, "OPENAI_BASE_URL": "http://[::1"}, "OPENAI_BASE_URL=http://[::1 must begin with http"),
    ({**READER, "OPENAI_BASE_URL": f"me:{SECRET}@host/v1"}, "OPENAI_BASE_URL must begin with http"),
    ({**READER, "VISION_MODEL": ""}, "set VISION_MODEL or OPENAI_MODEL to a model of OPENAI_BASE_URL"),
    # fallbacks
    ({"VISION_FALLBACK": "gpt"}, "VISION_FALLBACK names gpt: write some of local, gigachat, openai"),
    ({"VISION_PROVIDER": "none", "VISION_FALLBACK": "local"}, "VISION_FALLBACK needs a VISION_PROVIDER"),
    ({"VISION_FALLBACK": "openai", **OPENAI}, "set OPENAI_MODEL to a model of OPENAI_BASE_URL"),
    ({**GIGACHAT, "VISION_FALLBACK": "openai", "OPENAI_MODEL": "m"}, "set OPENAI_BASE_URL"),
    # budgets
    ({"OPENAI_DAILY_TOKENS": "lots"}, "OPENAI_DAILY_TOKENS: write a number of tokens, or unlimited"),
    ({"GIGACHAT_MONTHLY_TOKENS": "-1"}, "GIGACHAT_MONTHLY_TOKENS: write a number of tokens, or unlimited"),
    ({"GIGACHAT_CALLS_AT_ONCE": "0"}, "GIGACHAT_CALLS_AT_ONCE: Input should be greater than or equal to 1"),
    ({"OPENAI_CALLS_PER_MINUTE": "0"}, "OPENAI_CALLS_PER_MINUTE: Input should be greater than 0"),
    ({"UNANSWERED": "ask"}, "UNANSWERED: Input should be 'hold' or 'retry'"),
    # tags
    ({"TAGGER": "nobody"}, "TAGGER: Input should be 'local', 'gigachat' or 'openai'"),
    ({**TAGGER, "TAGGER_MODEL": ""}, "set TAGGER_MODEL or OPENAI_MODEL to a model of OPENAI_BASE_URL"),
    ({"TAGGER": "gigachat", "TAGGER_MODEL": "m"}, "GigaChat needs GIGACHAT_CREDENTIALS"),
    ({**TAGGER, "TAGGER_TIMEOUT": "250"}, "TAGGER_TIMEOUT must be a third of LEASE_SECONDS at most"),
    ({**TAGGER, "TAGGER_MAX_TOKENS": "8"}, "TAGGER_MAX_TOKENS: Input should be greater than or equal to 128"),
    ({**TAGGER, "TAGGER_INPUT_TOKENS": "100"}, "TAGGER_INPUT_TOKENS: Input should be greater than or equal to 2500"),
    ({"TAG_WAIT": "-1"}, "TAG_WAIT: Input should be greater than or equal to 0"),
    ({"TAG_VOCABULARY": f"{FOLDER}/no.txt"}, "TAG_VOCABULARY={folder}/no.txt cannot be read"),
    ({"TAG_VOCABULARY": f"{FOLDER}/latin.txt"}, "TAG_VOCABULARY={folder}/latin.txt is not UTF-8"),
    ({"TAG_VOCABULARY": f"{FOLDER}/empty.txt"}, "TAG_VOCABULARY={folder}/empty.txt, no tag in it"),
    ({"TAG_VOCABULARY": f"{FOLDER}/tags.txt", "TAG_VOCABULARY_MODE": "maybe"}, "'prefer' or 'only'"),
    ({**TAGGER, "TAG_VOCABULARY": f"{FOLDER}/huge.txt"}, "shorten the file or raise TAGGER_INPUT_TOKENS by"),
    # own words
    ({**READER, "OPENAI_EXTRA_BODY": "{{"}, "OPENAI_EXTRA_BODY: write one JSON object"),
    ({**READER, "OPENAI_EXTRA_BODY": '{{"model": "dear"}}'}, "OPENAI_EXTRA_BODY: model cannot be set"),
    (
        {**READER, "OPENAI_EXTRA_BODY": f'{{{{"api_key": "{SECRET}"}}}}'},
        "OPENAI_EXTRA_BODY: a field is named like a secret",
    ),
    ({**READER, "VISION_LANGUAGE": "German"}, "VISION_LANGUAGE: write a code of ISO 639-1"),
    ({**READER, "VISION_INSTRUCTIONS": "x" * 2001}, "VISION_INSTRUCTIONS: String should have at most 2000 characters"),
    ({"TAGGER_LANGUAGE": "uk"}, "TAGGER_LANGUAGE=uk: the local tagger translates nothing"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that settings name."""
    (tmp_path / "bad.pem").write_text("no certificate")
    (tmp_path / "latin.txt").write_bytes("погода".encode("cp1251"))
    (tmp_path / "empty.txt").write_text("# nothing yet\n")
    (tmp_path / "tags.txt").write_text("погода\n")
    (tmp_path / "huge.txt").write_text("\n".join(f"a tag with number {number}" for number in range(2000)))
    return tmp_path


@pytest.fixture(scope="module")
def session_of() -> Iterator[str]:
    """A Telegram session, so that nothing else is wrong."""
    with LoopbackTelegram(World([]), second_dc=False) as server:
        yield server.session()


@pytest.fixture(autouse=True)
def _nothing_made() -> Iterator[None]:
    """Adapters are made from each case's settings."""
    made = (wiring.store, wiring.vision, wiring.tagger)
    for one in made:
        one.forget()
    yield
    for one in made:
        one.forget()


@pytest.mark.parametrize(("settings", "remedy"), CASES, ids=[remedy[:40] for _, remedy in CASES])
def test_a_wrong_setting_ends_run_with_its_remedy(
    settings: dict[str, str],
    remedy: str,
    folder: Path,
    session_of: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {**telegram_environment(session_of), **settings}
    for name, value in given.items():
        monkeypatch.setenv(name, value.format(folder=folder))
    get_settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        main.main(["run", "--until-idle"])
    said = capsys.readouterr()
    assert ended.value.code == 2, said.err
    assert remedy.format(folder=folder) in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 1, "one line, for people"
    for secret in (KEY, SECRET, session_of):
        assert secret not in said.err
