"""What `doctor` says of paid models: their address, key, models and budgets, without spending a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import wiring
from app.adapters.llm.asker import Asker
from app.adapters.llm.connectors import address, connector
from app.cli import main
from app.db import transaction
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.doctor import providers
from app.doctor.check import CheckFailed
from app.domain.server_lessons import Endpoint, Lesson, RequestPart
from app.errors import MediaAuditError, Misconfigured, OutOfCredit, RateLimited, Unanswered, Unavailable
from app.pipeline.engine.server_lessons import StoredLessons
from app.settings import Settings, get_settings
from tests.factories.settings import answerer_settings, tagger_settings, vision_settings

PROVIDERS = ("gigachat", "openai")
ALL = {"GigaChat-2-Pro", "GigaChat-2-Max", "loopback-vision"}


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackLLM]:
    """One server for all tests of this file."""
    with LoopbackLLM() as server:
        yield server


@pytest.fixture
def server(running: LoopbackLLM) -> Iterator[LoopbackLLM]:
    """The server as after its start; nothing that a test does to it costs a token."""
    running.faults.clear()
    running.ledger.clear()
    yield running
    assert running.ledger.tokens == 0
    assert not running.ledger.calls("chat")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Adapters are made from this test's settings."""
    yield
    for one in (wiring.store, wiring.vision, wiring.tagger):
        one.forget()


def learn(settings: Settings, provider: str, part: RequestPart, words: str) -> None:
    """A worker with these settings has learnt that."""
    stored = StoredLessons()
    endpoint = Endpoint(provider, address(settings, provider), settings.vision_model or settings.tagger_model or "")
    stored.learn(endpoint, Lesson(part, words, datetime.now(UTC)))
    with transaction() as session:
        stored.write(session)


def models(settings: Settings, provider: str, seconds: float = 5.0) -> tuple[str, ...] | None:
    """The list, as the doctor asks for it."""
    _, connect = connector(settings, provider, "any", "", seconds)
    asker = Asker(connect, "test", seconds, "")
    try:
        return asker.models()
    finally:
        asker.close()


class TestModels:
    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_the_list_comes_for_nothing(self, provider: str, server: LoopbackLLM) -> None:
        assert set(models(vision_settings(server, provider), provider) or ()) == ALL
        assert [call.outcome for call in server.ledger.calls("models")] == ["ok"]

    @pytest.mark.parametrize("provider", PROVIDERS)
    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("rate_limit", RateLimited),
            ("no_credit", OutOfCredit),
            ("error", Unavailable),
            ("echo", Unavailable),
            ("cut", Unavailable),
            ("not_json", Unavailable),
            ("not_protocol", Unavailable),
            ("hang", Unavailable),
            ("trickle", Unavailable),
        ],
    )
    def test_errors_are_those_of_chats_and_hold_no_secret(
        self, kind: Kind, error: type[MediaAuditError], provider: str, server: LoopbackLLM
    ) -> None:
        server.faults.add(Fault(kind, "models", times=0))
        with pytest.raises(MediaAuditError) as raised:
            models(vision_settings(server, provider), provider, seconds=0.5)
        assert isinstance(raised.value, error)
        assert not isinstance(raised.value, Unanswered), "nothing that may have been paid"
        said = f"{raised.value!r} {raised.value.__cause__!r}"
        assert server.credentials not in said
        assert server.api_key not in said
        assert "token-" not in said

    def test_a_server_without_a_list_says_so(self, server: LoopbackLLM) -> None:
        server.faults.add(Fault("missing", "models"))
        assert models(vision_settings(server, "openai"), "openai") is None

    def test_an_address_without_its_version_is_named(self, server: LoopbackLLM) -> None:
        settings = vision_settings(server, "openai")
        above = settings.model_copy(update={"openai_base_url": (settings.openai_base_url or "").removesuffix("/v1")})
        with pytest.raises(Misconfigured, match="OPENAI_BASE_URL, which has no /v1 at its end"):
            models(above, "openai")

    def test_gigachat_has_a_list_so_its_absence_is_a_wrong_address(self, server: LoopbackLLM) -> None:
        server.faults.add(Fault("missing", "models"))
        with pytest.raises(Misconfigured, match="GIGACHAT_BASE_URL"):
            models(vision_settings(server, "gigachat"), "gigachat")


class TestReach:
    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_all_is_well(self, provider: str, server: LoopbackLLM) -> None:
        said = providers.reach(vision_settings(server, provider), provider)
        assert said.startswith("answers after 0.")
        assert said.endswith("has GigaChat-2-Pro")

    def test_every_model_in_use_must_be_there(self, server: LoopbackLLM) -> None:
        settings = vision_settings(server, "openai", tagger="openai", tagger_model="gpt-nobody-has")
        with pytest.raises(CheckFailed) as ill:
            providers.reach(settings, "openai")
        what, remedy = ill.value.args
        assert what == "TAGGER_MODEL=gpt-nobody-has is none of its models"
        assert remedy == "set TAGGER_MODEL to one of GigaChat-2-Pro, GigaChat-2-Max, loopback-vision"

    def test_the_answerer_s_model_must_be_there_too(self, server: LoopbackLLM) -> None:
        asking = answerer_settings(server, "gigachat", vision_provider="local", answerer_model="GigaChat-9")
        with pytest.raises(CheckFailed, match="ANSWERER_MODEL=GigaChat-9 is none of its models"):
            providers.reach(asking, "gigachat")
        there = asking.model_copy(update={"answerer_model": None, "gigachat_model": "GigaChat-2-Max"})
        assert providers.used(there) == {"gigachat": {"GIGACHAT_MODEL": "GigaChat-2-Max"}}
        assert providers.reach(there, "gigachat").endswith("has GigaChat-2-Max")

    def test_of_a_long_list_eight_are_named(self) -> None:
        with LoopbackLLM(models=[f"m{number}" for number in range(20)]) as many:
            settings = vision_settings(many, "gigachat", vision_model="x")
            with pytest.raises(CheckFailed) as ill:
                providers.reach(settings, "gigachat")
        assert ill.value.args[1] == "set VISION_MODEL to one of m0, m1, m2, m3, m4, m5, m6, m7 and 12 more"

    @pytest.mark.parametrize(
        ("provider", "changes", "what", "remedy"),
        [
            ("openai", {"openai_api_key": "sk-wrong-key"}, "openai answered 401", "check OPENAI_API_KEY"),
            ("gigachat", {"gigachat_credentials": "d3Jvbmc="}, "refused to log in", "check GIGACHAT_CREDENTIALS"),
            ("gigachat", {"gigachat_scope": "GIGACHAT_API_B2B"}, "refused to log in", "GIGACHAT_SCOPE"),
            ("openai", {"openai_base_url": "http://127.0.0.1:1/v1"}, "ConnectError", "OPENAI_BASE_URL right"),
            ("gigachat", {"gigachat_ca_bundle_file": None}, "not trusted: GIGACHAT_CA_BUNDLE_FILE", "right"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_remedy(
        self, provider: str, changes: dict[str, object], what: str, remedy: str, server: LoopbackLLM
    ) -> None:
        with pytest.raises(CheckFailed) as ill:
            providers.reach(vision_settings(server, provider, **changes), provider)
        assert what in ill.value.args[0]
        assert remedy in ill.value.args[1]
        for secret in ("sk-wrong-key", "d3Jvbmc=", server.credentials, server.api_key):
            assert secret not in str(ill.value.args)

    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_what_a_server_said_that_it_does_not_take_is_told(
        self, provider: str, server: LoopbackLLM, settings: Settings
    ) -> None:
        asked = vision_settings(server, provider)
        learn(asked, provider, "system", "System role not supported")
        learn(asked.model_copy(update={"vision_model": "another"}), provider, "temperature", "no")
        said = providers.reach(asked, provider)
        assert "; GigaChat-2-Pro takes no system role (its words begin the first message), as it said (System" in said
        assert "it is asked again from" in said
        assert "temperature" not in said

    def test_a_reader_without_eyes_is_a_fault_and_a_tagger_without_them_is_none(
        self, server: LoopbackLLM, settings: Settings
    ) -> None:
        reader = vision_settings(server, "openai")
        learn(reader, "openai", "pictures", "image input is not supported")
        with pytest.raises(CheckFailed) as ill:
            providers.reach(reader, "openai")
        assert ill.value.args == (
            "GigaChat-2-Pro takes no pictures: image input is not supported",
            "set VISION_MODEL to a model that sees pictures",
        )
        tagger = tagger_settings(server, "openai", vision_provider="local", tagger_model="GigaChat-2-Pro")
        assert "takes no pictures" in providers.reach(tagger, "openai")

    def test_extra_fields_are_told_by_their_names(self, server: LoopbackLLM) -> None:
        asked = vision_settings(server, "openai", openai_extra_body='{"reasoning_effort": "none"}')
        said = providers.reach(asked, "openai")
        assert "each request carries reasoning_effort (OPENAI_EXTRA_BODY)" in said

    def test_a_model_that_cannot_be_looked_up_is_no_fault(self, server: LoopbackLLM) -> None:
        server.faults.add(Fault("missing", "models"))
        said = providers.reach(vision_settings(server, "openai"), "openai")
        assert "lists no models: whether GigaChat-2-Pro is there, the first call will show" in said

    def test_certificates_that_nobody_checks_are_told(self, server: LoopbackLLM) -> None:
        settings = vision_settings(server, "gigachat", gigachat_verify_ssl_certs=False, gigachat_ca_bundle_file=None)
        assert "certificates are NOT verified" in providers.reach(settings, "gigachat")

    @pytest.mark.parametrize(
        ("listed", "model", "there"),
        [
            ("llava:latest", "llava", True),
            ("GigaChat:v1.2.19.2", "GigaChat", True),
            ("llava:13b", "llava:7b", False),
            ("GigaChat-2-Max", "GigaChat-2", False),
        ],
    )
    def test_a_list_may_name_versions(self, listed: str, model: str, there: bool) -> None:
        assert providers.offers((listed,), model) is there


class TestBudget:
    def test_what_a_day_is_enough_for(self, server: LoopbackLLM, asked: Callable[..., Settings]) -> None:
        settings = asked(server, OPENAI_MONTHLY_TOKENS=1_000_000, TAGGER="openai", TAGGER_MODEL="GigaChat-2-Max")
        said = providers.budget(settings, "openai")
        assert said.startswith("250,000 tokens a day, 1,000,000 tokens a month: enough for 75 pictures or ")
        assert said.endswith("posts a day at least")
        unlimited = asked(server, OPENAI_DAILY_TOKENS="unlimited", OPENAI_MONTHLY_TOKENS="unlimited")
        assert providers.budget(unlimited, "openai") == "no limit"

    def test_questions_have_a_cap_of_their_own(self, server: LoopbackLLM, asked: Callable[..., Settings]) -> None:
        settings = asked(server, ANSWERER="openai", ANSWERER_MODEL="m")
        said = providers.budget(settings, "openai")
        assert said.endswith(" or 27 questions a day at least; 100,000 tokens a day for questions: enough for 11")
        assert "question" not in providers.budget(settings, "gigachat")
        without = asked(server, ASK_DAILY_TOKENS="unlimited")
        assert providers.budget(without, "openai").endswith("questions a day at least")

    @pytest.mark.parametrize(
        ("changes", "what"),
        [
            (
                {"ASK_DAILY_TOKENS": 9_000, "ANSWERER": "openai", "ANSWERER_MODEL": "m"},
                "ASK_DAILY_TOKENS=9000 is less than one question may cost, 9,024 tokens",
            ),
            ({"OPENAI_DAILY_TOKENS": 3_000}, "OPENAI_DAILY_TOKENS=3000 is less than one picture may cost, "),
            ({"OPENAI_MONTHLY_TOKENS": 0}, "OPENAI_MONTHLY_TOKENS=0 is less than one picture may cost, "),
            (
                {"OPENAI_DAILY_TOKENS": 5_000, "TAGGER": "openai", "TAGGER_MODEL": "m"},
                "OPENAI_DAILY_TOKENS=5000 is less than one post may cost, 6,256 tokens",
            ),
        ],
    )
    def test_a_cap_below_one_call_reads_nothing(
        self, changes: dict[str, object], what: str, server: LoopbackLLM, asked: Callable[..., Settings]
    ) -> None:
        with pytest.raises(CheckFailed) as ill:
            providers.budget(asked(server, **changes), "openai")
        assert what in ill.value.args[0]
        assert "or to unlimited" in ill.value.args[1]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings in the environment, where wiring reads them."""

    def ask(server: LoopbackLLM, provider: str = "openai", **changes: object) -> Settings:
        for name, value in {**server.environment(provider), **changes}.items():
            monkeypatch.setenv(name, str(value))
        get_settings.cache_clear()
        for one in (wiring.vision, wiring.tagger, wiring.answerer):
            one.forget()
        return get_settings()

    return ask


def test_the_command_tells_all_of_it(
    settings: Settings,
    server: LoopbackLLM,
    asked: Callable[..., Settings],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "tags.txt").write_text("транспорт = метро, автобус\nпогода\n")
    (tmp_path / "home").mkdir(exist_ok=True)
    words = {"TAG_VOCABULARY": tmp_path / "tags.txt", "TAGGER": "openai", "TAGGER_MODEL": "nobody", "EMBEDDER": "none"}
    words |= {"ANSWERER": "openai", "ANSWERER_MODEL": "GigaChat-2-Max"}
    asked(server, **words, VISION_FALLBACK="gigachat", **server.environment("gigachat") | server.environment("openai"))
    with pytest.raises(SystemExit) as ended:
        main.main(["doctor", "--json"])
    assert ended.value.code == 1
    said = capsys.readouterr().out
    found = {one["name"]: one for one in json.loads(said)}
    assert found["vocabulary"]["detail"].startswith("2 tags and 2 synonyms, before any others")
    assert "waits up to 300 s for a post's pictures" in found["tagger"]["detail"]
    assert found["answerer"]["detail"].startswith("openai-GigaChat-2-Max-")
    assert "at most 19,372 tokens a question" in found["answerer"]["detail"]
    assert found["openai"]["detail"] == "TAGGER_MODEL=nobody is none of its models"
    assert found["openai budget"]["ok"]
    # the fallback has no model, which `vision` says; its key and address are right all the same
    assert "GIGACHAT_MODEL" in found["vision"]["detail"]
    assert found["gigachat"]["ok"]
    assert server.credentials not in said
    assert server.api_key not in said
