"""python -m app.eval: scores vision providers and the tagger on the labelled set of docs/eval.md."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from app import wiring
from app.cli.output import OK, WRONG, err, out
from app.domain.reading import Recipe
from app.errors import UserError
from app.eval import price, providers, report, run
from app.eval.cases import chosen
from app.eval.posts import Post, posts, ready
from app.eval.results import Result
from app.eval.run import Shot
from app.ports import Tagger, VisionProvider
from app.settings import get_settings


@dataclass(frozen=True)
class Task:
    """The task of a run: the pictures and posts to evaluate, and the tagger."""

    shots: Sequence[Shot]
    posts: Sequence[Post]
    tagger: Tagger


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m app.eval", description=__doc__)
    parser.add_argument(
        "--provider", help="local, gigachat, openai, with commas; default: local and what is configured"
    )
    parser.add_argument("--only", help="kinds, styles, looks, languages or sections of the set, with commas")
    parser.add_argument("--limit", type=int, help="so many pictures, spread over the set")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all scores and each picture's text there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the drawn pictures there to look at")
    parser.add_argument("--yes", action="store_true", help="spend what paid providers may cost without asking")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Draws, reads, tags, scores. Returns 0 even with bad scores; 2 for a wrong setting or without leave to spend."""
    given = arguments(argv)
    try:
        results = _results(given)
    except UserError as error:
        err().print(str(error), style="red", markup=False, soft_wrap=True)
        return WRONG
    for result in results:
        report.show(out(), result)
    if given.json:
        content = {result.recipe.provider: result.plain() for result in results}
        given.json.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return OK


def _results(given: argparse.Namespace) -> list[Result]:
    settings = get_settings()
    names = providers.named(settings, given.provider)
    cases = chosen(given.only.split(",") if given.only else [], given.limit)
    tagger = wiring.tagger()
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eval-")))
        folder.mkdir(parents=True, exist_ok=True)
        readers = [stack.enter_context(providers.opened(settings, name)) for name in names]
        shots = run.drawn(cases, folder)
        task = Task(shots, ready(posts(), [case.name for case in cases]), tagger)
        recipes = [reader.recipe for reader in readers]  # reports a missing setting before any tokens are spent
        price.agree(_prices(readers, task), given.yes)
        return [_result(reader, recipe, task) for reader, recipe in zip(readers, recipes, strict=True)]


def _prices(readers: Sequence[VisionProvider], task: Task) -> list[price.Price]:
    """Prices of all readings, and of the tags for each provider's readings."""
    tagging = price.of_tagging(task.tagger, task.posts, task.shots)
    return [found for reader in readers for found in (price.of_reading(reader, task.shots), tagging) if found]


def _result(reader: VisionProvider, recipe: Recipe, task: Task) -> Result:
    with Progress(console=err(), transient=True) as progress:
        reads = [run.read(reader, shot) for shot in progress.track(task.shots, description=recipe.provider)]
    readings = {one.shot.case.name: one.reading for one in reads if one.reading is not None}
    return Result(recipe, reads, task.tagger.version, run.tag(task.tagger, task.posts, readings))


if __name__ == "__main__":
    sys.exit(main())
