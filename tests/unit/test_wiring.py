"""How the parts hang together: steps, tasks, queues, settings of Celery."""

from __future__ import annotations

import ast
import inspect
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from pydantic import ValidationError

import app.tasks
from app import wiring
from app.domain.budget import Limits
from app.domain.flow import Call
from app.domain.kinds import Step
from app.errors import UserError
from app.queues import queue_of
from app.settings import Settings, get_settings
from app.settings.model import GRACE
from app.tasks.publish import BULK, LAST, LIVE, to_signature
from tests.celery_app import configured_app
from tests.factories.questions import asked
from tests.steps import QUEUES, TASKS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "app").rglob("*.py"))}
BEATS = {"app.tasks.poll.poll_channels", "app.tasks.sweep.sweep"}  # tasks of no step: beat's own
# The table "Processes and queues" of the design.
DESIGN = {
    "telegram": {Step.POLL, Step.BACKFILL, Step.COLLECT, Step.DOWNLOAD},
    "media": {Step.ANALYZE, Step.THUMBNAIL, Step.FORGET},
    "llm": {Step.DELIVER},
    "default": {Step.PERSIST, Step.MERGE, Step.TAG, Step.INDEX, Step.ASK, Step.EXPORT},
}


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """The application; nothing listens at its broker."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    with configured_app() as found:
        yield found


# Steps, tasks, queues


def test_every_step_has_a_task_and_every_task_a_step(celery: Celery) -> None:
    ours = {name for name in celery.tasks if name.startswith("app.")}
    assert set(TASKS) == set(QUEUES) == set(Step)
    assert ours == set(TASKS.values()) | BEATS


def test_queues_are_those_of_the_design(celery: Celery) -> None:
    assert {step: queue for queue, steps in DESIGN.items() for step in steps} == QUEUES
    route = celery.amqp.router.route
    assert {step: route({}, name)["queue"].name for step, name in TASKS.items()} == QUEUES
    assert {route({}, name)["queue"].name for name in BEATS} == {"default"}


def test_the_architecture_page_names_the_same_queues() -> None:
    rows = re.findall(r"^\| .*`app/tasks/(\w+)\.py` \| (\w+) \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.M)
    told = {(name, queue) for name, queue in rows if name != "sweep"} - {("poll", "default")}
    assert told == {(step.value, queue) for step, queue in QUEUES.items()}


@pytest.mark.parametrize("vision", ["local", "none"])
def test_every_queue_has_a_worker(vision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while vision is off: pictures have thumbnails then too. Also without a paid model: alerts have receivers."""
    workers = {f"worker-{queue}": queue for queue in ("telegram", "media", "default", "llm")}
    from app.home.directory import open_home
    from app.local.fleet import programs

    monkeypatch.setenv("VISION_PROVIDER", vision)
    get_settings.cache_clear()
    settings = get_settings()
    argvs = {one.name: one.argv for one in programs(settings, open_home(settings.media_audit_home))}
    assert {name: argv[argv.index("-Q") + 1] for name, argv in argvs.items() if "-Q" in argv} == workers


def test_models_and_receivers_are_waited_for_in_threads() -> None:
    from app.home.directory import open_home
    from app.local.fleet import programs

    settings = get_settings()
    found = {program.name: program.argv for program in programs(settings, open_home(settings.media_audit_home))}
    assert found["worker-llm"][found["worker-llm"].index("-P") + 1] == "threads"


def test_what_waits_for_a_network_goes_where_threads_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert queue_of(Call(Step.ANALYZE, ((1, 1),)), get_settings()) == "media"
    assert queue_of(Call(Step.ANALYZE, ((1, 1),), remote=True), get_settings()) == "llm"
    for step, setting in ((Step.TAG, "TAGGER"), (Step.ASK, "ANSWERER")):
        assert queue_of(Call(step, ((1, 1),)), get_settings()) == "default"
        monkeypatch.setenv(setting, "gigachat")
        get_settings.cache_clear()
        assert queue_of(Call(step, ((1, 1),)), get_settings()) == "llm"
    assert queue_of(Call(Step.MERGE, ((1, 1),)), get_settings()) == "default"


@pytest.mark.parametrize(
    ("changes", "chain"),
    [
        ({}, ("local",)),
        ({"VISION_PROVIDER": "none"}, ()),
        ({"VISION_PROVIDER": "gigachat", "VISION_FALLBACK": "openai, local"}, ("gigachat", "openai", "local")),
        ({"VISION_PROVIDER": "openai", "VISION_FALLBACK": "openai,local,local"}, ("openai", "local")),
    ],
)
def test_the_chain_is_as_written(
    changes: dict[str, str], chain: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    assert Settings().vision_chain() == chain


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"VISION_FALLBACK": "gpt"}, "write some of local, gigachat, openai"),
        ({"VISION_PROVIDER": "none", "VISION_FALLBACK": "local"}, "VISION_PROVIDER"),
    ],
)
def test_a_chain_that_cannot_be_names_its_remedy(
    changes: dict[str, str], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=remedy):
        Settings().vision_chain()


def test_an_answerer_that_is_paid_is_a_provider_and_may_take_its_time() -> None:
    asking = Settings(answerer="gigachat", answerer_timeout=900)
    assert asking.paid_providers() == ("gigachat",)
    assert asking.longest_lease() == 900 + GRACE
    free = Settings(answerer_timeout=900)
    assert (free.paid_providers(), free.longest_lease()) == ((), free.lease_seconds)


def test_answerer_and_its_identity_follow_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Identity and price are known without the secrets that asking needs."""
    monkeypatch.setenv("EMBEDDER", "none")
    get_settings.cache_clear()
    free = wiring.asking()
    assert (free.version, free.provider, free.price(asked())) == (wiring.answerer().version, None, 0)
    assert free.version.startswith("extractive-")
    for name, value in {"ANSWERER": "openai", "ANSWERER_MODEL": "m"}.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    wiring.answerer.forget()
    paid = wiring.asking()
    assert (paid.provider, paid.model) == ("openai", "m")
    assert paid.version.startswith("openai-m-")
    assert 10_348 < paid.price(asked()) < 8000 + 1024 + 10_348
    with pytest.raises(UserError, match="OPENAI_BASE_URL"):
        wiring.answerer()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    get_settings.cache_clear()
    assert wiring.answerer().version == paid.version


def test_caps_are_numbers_or_unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_DAILY_TOKENS", "unlimited")
    monkeypatch.setenv("OPENAI_MONTHLY_TOKENS", "5000")
    assert Settings().limits("openai") == Limits(None, 5000, 3, None)
    assert Settings().limits("gigachat").daily == 250_000
    for wrong in ("-1", "a lot", "1.5"):
        monkeypatch.setenv("OPENAI_DAILY_TOKENS", wrong)
        with pytest.raises(ValidationError, match="openai_daily_tokens"):
            Settings()


SECRETS = sorted(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))


EXAMPLES = {"telegram_proxy": "socks5://user:value%2Fwith=signs@127.0.0.1:1080"}


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_is_taken_without_what_a_file_adds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = EXAMPLES.get(name, "value/with=signs")
    monkeypatch.setenv(name.upper(), f" \t{value}\r\n")
    assert getattr(Settings(), name).get_secret_value() == value
    monkeypatch.setenv(name.upper(), "\r\n")
    assert getattr(Settings(), name) is None
    monkeypatch.setenv(name.upper(), "hidden\nwords")
    with pytest.raises(ValidationError, match="write the secret alone") as raised:
        Settings()
    assert "hidden" not in f"{raised.value} {raised.value!r}"


def test_every_secret_is_known_here() -> None:
    assert {"gigachat_credentials", "openai_api_key", "telegram_api_hash", "telegram_session"} < set(SECRETS)


def test_beat_names_real_tasks(celery: Celery) -> None:
    schedule = celery.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} == BEATS <= set(celery.tasks)
    assert all(entry["options"]["expires"] > 0 for entry in schedule.values())


# Tasks are a sentence each, and their messages carry numbers


def task_functions() -> dict[str, ast.FunctionDef]:
    found = {}
    for name, path in SOURCES.items():
        for node in ast.walk(ast.parse(path.read_text())) if name.startswith("app/tasks/") else ():
            if isinstance(node, ast.FunctionDef) and any("app.task" in ast.unparse(d) for d in node.decorator_list):
                found[f"{name.removesuffix('.py').replace('/', '.')}.{node.name}"] = node
    return found


@pytest.mark.parametrize("name", sorted({*TASKS.values(), *BEATS}))
def test_a_task_has_at_most_eight_lines(name: str) -> None:
    node = task_functions()[name]
    docstring, *body = node.body
    assert isinstance(docstring, ast.Expr)
    assert 1 + (body[-1].end_lineno or 0) - body[0].lineno <= 8


@pytest.mark.parametrize("step", Step)
def test_arguments_are_lists_of_numbers_and_a_flag(celery: Celery, step: Step) -> None:
    parameters = inspect.signature(celery.tasks[TASKS[step]].run).parameters
    assert [(p.name, p.annotation) for p in parameters.values()] == [("keys", "list[list[int]]"), ("bulk", "bool")]
    arguments = to_signature(Call(step, ((1, 2), (-3, 2**62)), bulk=True)).args
    assert json.loads(json.dumps(arguments)) == [[[1, 2], [-3, 2**62]], True]


@pytest.mark.parametrize(("bulk", "priority"), [(False, LIVE), (True, BULK)])
def test_bulk_travels_behind_live(celery: Celery, bulk: bool, priority: int) -> None:
    for step in Step:
        call = to_signature(Call(step, ((1, 1),), bulk=bulk))
        served = LAST if step is Step.THUMBNAIL else priority  # behind all readings
        assert (call.options["priority"], call.options["queue"], call.immutable) == (served, QUEUES[step], True)
    assert celery.conf.broker_transport_options["priority_steps"] == [LIVE, BULK, LAST]


def test_messages_are_json_only(celery: Celery) -> None:
    conf = celery.conf
    assert (conf.task_serializer, conf.result_serializer) == ("json", "json")
    assert conf.accept_content == conf.result_accept_content == ["json"]


def test_a_message_outlives_the_longest_lease(celery: Celery) -> None:
    """Deadline < lease < visibility timeout: an earlier redelivery would find a row that is leased."""
    settings, conf = get_settings(), celery.conf
    assert conf.task_soft_time_limit < conf.task_time_limit < settings.lease_seconds
    assert settings.telegram_timeout < settings.lease_seconds < conf.broker_transport_options["visibility_timeout"]
    assert conf.result_expires > conf.broker_transport_options["visibility_timeout"]


# Every setting says why


def settings_of(source: str) -> Iterator[tuple[str, int, int]]:
    """(name, first line, last line of its own) of each assignment and each entry of a dictionary."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and not ast.unparse(node.targets[0]).startswith("_"):
            name = ast.unparse(node.targets[0])
            if isinstance(node.value, ast.Dict):
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    assert key is not None
                    yield f"{name}[{ast.unparse(key)}]", key.lineno, value.end_lineno or 0
            else:
                yield name, node.lineno, node.end_lineno or 0


def test_each_setting_of_celery_has_its_reason() -> None:
    source = (ROOT / "celeryconfig.py").read_text()
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    found = list(settings_of(source))
    assert len(found) > 30
    assert [name for name, first, last in found if not comments & set(range(first - 1, last + 1))] == []


def test_no_module_names_a_package_index() -> None:
    pattern = re.compile(r"pypi|pythonhosted|npmjs|index-url|find-links", re.IGNORECASE)
    assert [name for name, path in SOURCES.items() if pattern.search(path.read_text())] == []


def test_importing_tasks_registers_them_all() -> None:
    modules: Any = app.tasks.__all__
    assert sorted(modules) == sorted({name.split(".")[2] for name in {*TASKS.values(), *BEATS}})
