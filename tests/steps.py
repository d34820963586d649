"""All steps there are, found in the code: a step that is added is under every rule at once."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import app.pipeline
from app.domain.kinds import Step
from app.domain.steps import STEPS
from app.pipeline.engine.billable import Billable
from app.pipeline.engine.external_step import ExternalStep

QUEUES = {step: spec.queue for step, spec in STEPS.items()}
TASKS = {step: spec.task for step, spec in STEPS.items()}
ROOT = Path(__file__).resolve().parents[1]
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "app").rglob("*.py"))}


def outside_steps() -> set[type[ExternalStep[Any, Any]]]:
    """The classes whose perform is outside work; free steps, and PaidStep that runs a free one for money."""
    for module in pkgutil.walk_packages(app.pipeline.__path__, "app.pipeline."):
        importlib.import_module(module.name)
    found: set[type[ExternalStep[Any, Any]]] = set()
    below: list[type[ExternalStep[Any, Any]]] = ExternalStep.__subclasses__()
    while below:
        one = below.pop()
        if one.__module__.startswith("app."):
            below += one.__subclasses__()
            found |= set() if inspect.isabstract(one) else {one}
    return found


def billables() -> set[type[Any]]:
    """The classes that say how a free step is paid for; each is made with this step alone."""
    outside_steps()  # imports them all
    return {one for one in Billable.__subclasses__() if one.__module__.startswith("app.")}


def database_steps() -> dict[str, Step]:
    """module.function:body of each use of run_database, with its step."""
    found = {}
    for name, source in SOURCES.items():
        if "run_database(" not in source:  # to parse all sources takes seconds
            continue
        for function in _functions(ast.parse(source)):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "run_database":
                    body = call.args[2].body if isinstance(call.args[2], ast.Lambda) else call.args[2]
                    called = ast.unparse(body.func if isinstance(body, ast.Call) else body)
                    step = Step[ast.unparse(call.args[0]).removeprefix("Step.")]
                    found[f"{Path(name).stem}.{function.name}:{called}"] = step
    return found


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]
