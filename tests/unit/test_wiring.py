"""How the parts hang together: steps, tasks, queues, settings of Celery, and who may import whom."""

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

import app.tasks
from app.domain.flow import Call
from app.domain.kinds import Step
from app.settings import get_settings
from app.tasks.publish import BULK, LIVE, QUEUES, TASKS, to_signature
from tests.celery_app import configured_app

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "app").rglob("*.py"))}
BEATS = {"app.tasks.poll.poll_channels", "app.tasks.sweep.sweep"}  # tasks of no step: beat's own
# The table "Processes and queues" of the design.
DESIGN = {
    "telegram": {Step.POLL, Step.BACKFILL, Step.COLLECT, Step.DOWNLOAD},
    "media": {Step.ANALYZE},
    "default": {Step.PERSIST, Step.MERGE, Step.TAG, Step.INDEX},
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


def test_every_queue_has_a_worker() -> None:
    from app.local.fleet import programs
    from app.local.home import open_home

    settings = get_settings()
    argvs = [program.argv for program in programs(settings, open_home(settings.media_audit_home))]
    served = {argv[argv.index("-Q") + 1] for argv in argvs if "-Q" in argv}
    assert served == set(DESIGN)


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
        assert (call.options["priority"], call.options["queue"], call.immutable) == (priority, QUEUES[step], True)
    assert celery.conf.broker_transport_options["priority_steps"] == [LIVE, BULK]


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


# Imports point inward


def imports(path: Path) -> set[str]:
    """Modules that a file imports, late imports too; `from a import b` counts as a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def offenders(folder: str, *forbidden: str) -> list[tuple[str, str]]:
    pattern = re.compile(rf"({'|'.join(map(re.escape, forbidden))})(\.|$)")
    wanted = {name: path for name, path in SOURCES.items() if name.startswith(folder)}
    assert wanted
    return [(name, module) for name, path in wanted.items() for module in imports(path) if pattern.match(module)]


OUTER = ("app.adapters", "app.wiring", "app.tasks", "app.worker", "app.cli", "app.local", "app.demo")


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("app/domain/", ("sqlalchemy", "celery", "kombu", "redis", "telethon", "app.db", "app.models", "app.pipeline")),
        ("app/domain/", ("app.ports", "app.settings", "app.events", "app.search", *OUTER)),
        ("app/pipeline/", ("celery", "kombu", "redis", "telethon", *OUTER)),
        ("app/models/", ("celery", "app.pipeline", "app.settings", *OUTER)),
        ("app/ports.py", ("sqlalchemy", "celery", "app.models", "app.pipeline", *OUTER)),
        ("app/adapters/", ("celery", "app.models", "app.pipeline", "app.tasks", "app.worker", "app.wiring", "app.cli")),
        ("app/search/", ("celery", "app.tasks", "app.worker", "app.wiring", "app.cli")),
        ("app/events/", ("app.adapters", "app.wiring", "app.worker", "app.cli", "app.search")),
        ("app/tasks/", ("sqlalchemy", "app.models", "app.adapters", "app.cli")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_imports_point_inward(folder: str, forbidden: tuple[str, ...]) -> None:
    assert offenders(folder, *forbidden) == []


def test_only_the_rim_publishes() -> None:
    """Steps return what comes next: nobody imports tasks but tasks, the events' consumer, worker and commands."""
    allowed = ("app/tasks/", "app/events/consumer.py", "app/worker.py", "app/cli/")
    assert [found for found in offenders("app/", "app.tasks") if not found[0].startswith(allowed)] == []


def test_no_module_names_a_package_index() -> None:
    pattern = re.compile(r"pypi|pythonhosted|npmjs|index-url|find-links", re.IGNORECASE)
    assert [name for name, path in SOURCES.items() if pattern.search(path.read_text())] == []


def test_importing_tasks_registers_them_all() -> None:
    modules: Any = app.tasks.__all__
    assert sorted(modules) == sorted({name.split(".")[2] for name in {*TASKS.values(), *BEATS}})
