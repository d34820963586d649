"""What the source of a step may do: who writes rows of work, who sends messages, who opens sessions.

What a step does when it runs is tested by tests/integration/pipeline/test_step_rules.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest

from app.domain.kinds import Step
from tests.steps import SOURCES, database_steps, outside_steps

# Every other module goes through the functions of these.
WRITERS = {
    f"app/pipeline/engine/{name}.py"
    for name in ("locked_update", "work", "reschedule", "leases", "reclaim", "erased_work")
}
UPDATE = "app.pipeline.engine.locked_update"  # makes an UPDATE of work without naming the table to its caller
COLUMNS = {"lease_token", "lease_until", "hint_at", "next_attempt_at", "attempts"}  # of work, and of nothing else
SENDERS = {
    "app/tasks/publish.py",  # all messages of the flow
    "app/operations/run_until_idle.py",  # asks for a poll, and holds no session
    "app/worker/application.py",  # the guard in front of Celery's own sending
    "app/worker/scheduler.py",  # notes that Celery's scheduler sent something, and holds no session
}
ENGINES = {
    "app/db.py",
    "app/migrations/run.py",  # before there is a schema to work with
    "app/observe/gauges.py",  # reads alone, in a process that must wait for nobody: time limits, two connections
    "app/eval/archive.py",  # a database of its own, beside the one of the settings
    "app/eval/ask/run.py",
    "app/eval/search/__main__.py",
    "app/demo/questions/changed.py",  # holds a lock while a message is sent
}
# Who calls `publish`: tasks, and those that stand outside of any worker.
CALLERS = re.compile(
    r"app/tasks/\w+\.py|app/daemons/(?:consumer|web)\.py|app/cli/(alerts|ask|demo|export|repair|reprocess)\.py"
    r"|app/demo/(?:questions/\w+|exported)\.py"
)
SQL = re.compile(r"\b(UPDATE|INSERT INTO|DELETE FROM)\s+work\b", re.IGNORECASE)

Checker = Callable[[str, ast.Module], list[str]]


def calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    """Calls of functions or methods with these names."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if ast.unparse(call.func).split(".")[-1] in names]


def imported(tree: ast.AST) -> list[tuple[ast.Import | ast.ImportFrom, str]]:
    """Each imported name with its node; `from a import b` counts as a.b."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return [
        (node, f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name)
        for node in nodes
        for alias in node.names
    ]


def writes_work(name: str, tree: ast.Module) -> list[str]:
    """Statements, assignments and imports that change rows of work past the runner."""
    if name in WRITERS:
        return []
    made = [
        call for call in calls(tree, "insert", "update", "delete") if any(ast.unparse(a) == "Work" for a in call.args)
    ]
    made += calls(tree, "Work", "update_locked")
    helpers = [node for node, target in imported(tree) if f"{target}.".startswith(f"{UPDATE}.")]
    targets = [t for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets]
    targets += [n.target for n in ast.walk(tree) if isinstance(n, ast.AugAssign)]
    columns = [t for t in targets if isinstance(t, ast.Attribute) and t.attr in COLUMNS]
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and SQL.search(str(n.value))]
    return [f"{name}:{node.lineno} {ast.unparse(node)}" for node in (*made, *helpers, *columns, *texts)]


def sends(name: str, tree: ast.Module) -> list[str]:
    """Messages that are sent past `publish`, and calls of `publish` by whoever runs inside of a step."""
    found: list[ast.Call] = []
    if name not in SENDERS:
        found += calls(tree, "apply_async", "send_task", "delay")
    if not CALLERS.fullmatch(name):
        found += [call for call in calls(tree, "publish") if ast.unparse(call.func) in ("publish", "tasks.publish")]
    return [f"{name}:{call.lineno} {ast.unparse(call)}" for call in found]


def opens_sessions(name: str, tree: ast.Module) -> list[str]:
    """Sessions and connections past app.db; adapters, which work inside of perform, open none at all."""
    if name in ENGINES:
        return []
    found = calls(tree, "create_engine", "sessionmaker")
    found += [call for call in calls(tree, "Session") if call.args]
    if name.startswith(("app/adapters/", "app/pipeline/")):
        found += calls(tree, "engine")
    if name.startswith("app/adapters/"):
        found += calls(tree, "transaction", "brief_transaction")
    return [f"{name}:{call.lineno} {ast.unparse(call)}" for call in found]


def performs_with_session(name: str, tree: ast.Module) -> list[str]:
    """A perform whose own text opens a session."""
    performs = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "perform"]
    opened = [call for one in performs for call in calls(one, "transaction", "brief_transaction", "Session")]
    return [f"{name}:{call.lineno} {ast.unparse(call)}" for call in opened]


def long_tasks(name: str, tree: ast.Module) -> list[str]:
    """Tasks that are more than a sentence: loops, handlers, two publications, more than eight lines."""
    bad = []
    for node in ast.walk(tree) if name.startswith("app/tasks/") else ():
        if not (isinstance(node, ast.FunctionDef) and any("app.task" in ast.unparse(d) for d in node.decorator_list)):
            continue
        _, *body = node.body
        lines = 1 + (body[-1].end_lineno or 0) - body[0].lineno
        busy = any(isinstance(inner, ast.For | ast.While | ast.Try) for inner in ast.walk(node))
        if lines > 8 or busy or len(calls(node, "publish")) != 1:
            bad.append(f"{name}:{node.lineno} {node.name}")
    return bad


RULES: dict[Checker, list[tuple[str, str]]] = {  # each with what it has to find
    writes_work: [
        ("app/pipeline/bad.py", "session.execute(update(Work).where(Work.id == 1).values(state='done'))"),
        ("app/pipeline/bad.py", "row.lease_token = None"),
        ("app/cli/bad.py", "row.attempts += 1"),
        ("app/pipeline/bad.py", "session.add(Work(step='tag'))"),
        ("app/search/bad.py", "session.execute(text('''update  WORK set state = 'done' '''))"),
        ("app/search/bad.py", "session.execute(delete(models.Work), delete(Work))"),
        ("app/pipeline/engine/bad.py", "from app.pipeline.engine.locked_update import update_locked as changed"),
        ("app/reprocess/bad.py", "from app.pipeline.engine import locked_update"),
        ("app/verify/bad.py", "import app.pipeline.engine.locked_update"),
        ("app/verify/bad.py", "session.execute(work.update_locked(rows).values(state='done'))"),
    ],
    sends: [
        ("app/pipeline/bad.py", "publish([Call(Step.TAG, ())])"),
        ("app/tasks/bad.py", "to_signature(call).apply_async()"),
        ("app/pipeline/bad.py", "app.send_task('x')"),
        ("app/tasks/bad.py", "tag_publication.delay([])"),
    ],
    opens_sessions: [
        ("app/pipeline/bad.py", "with Session(engine()) as session: pass"),
        ("app/adapters/bad.py", "with transaction() as session: pass"),
        ("app/search/bad.py", "create_engine('postgresql://')"),
    ],
    performs_with_session: [
        ("app/pipeline/bad.py", "class A(ExternalStep):\n def perform(self, inputs):\n  with transaction() as s: pass"),
    ],
    long_tasks: [
        ("app/tasks/bad.py", "@app.task\ndef a(keys):\n '''A.'''\n for key in keys:\n  publish(b(key))"),
        ("app/tasks/bad.py", "@app.task\ndef a(keys):\n '''A.'''\n publish(b(keys))\n publish(c(keys))"),
        ("app/tasks/bad.py", "@app.task\ndef a(keys):\n '''A.'''\n" + " b = 1\n" * 8 + " publish(b)"),
    ],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rules(rule: Checker) -> None:
    assert [found for name, source in SOURCES.items() for found in rule(name, ast.parse(source))] == []


@pytest.mark.parametrize(
    ("rule", "name", "source"), [(rule, *bad) for rule, samples in RULES.items() for bad in samples]
)
def test_each_rule_finds_who_breaks_it(rule: Checker, name: str, source: str) -> None:
    assert rule(name, ast.parse(source)) != []


def test_writers_and_senders_are_there() -> None:
    """A list of exceptions must not outlive what it names."""
    assert {*WRITERS, *SENDERS} <= SOURCES.keys()
    for name in WRITERS:
        assert calls(ast.parse(SOURCES[name]), "update", "update_locked"), name
    for name in SENDERS - {"app/worker/application.py"}:
        assert calls(ast.parse(SOURCES[name]), "apply_async", "send_task"), name


def test_every_step_is_run_by_the_runner() -> None:
    """As outside work, or as one transaction."""
    outside = {one.step for one in outside_steps() if hasattr(one, "step")}
    assert outside | set(database_steps().values()) == set(Step)
