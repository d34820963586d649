"""The maximum cost of a run, and the user's consent to it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.domain.kinds import Classification
from app.domain.reading import Ocr, Reading
from app.errors import UserError
from app.eval.posts import Post
from app.eval.run import Shot
from app.ports import PaidModel, PaidVision, Tagger, VisionProvider

G = TypeVar("G")
R = TypeVar("R")
DESCRIPTION = "слово " * 200  # as long as 512 tokens of an answer can be


@dataclass(frozen=True)
class Price:
    """The most tokens that a provider may take for a run: every call at its longest, and a repair for each."""

    whose: str
    calls: int  # without repairs
    tokens: int


def of_reading(provider: VisionProvider, shots: Sequence[Shot]) -> Price | None:
    """Price of the readings; None for a free provider."""
    if not isinstance(provider, PaidVision):
        return None
    tokens = sum(provider.estimate(shot.media) + provider.estimate_repair() for shot in shots)
    return Price(f"{provider.provider} {provider.model}", len(shots), tokens)


def of_tagging(tagger: Tagger, posts: Sequence[Post], shots: Iterable[Shot]) -> Price | None:
    """Price of the tags, by the true texts of the pictures, as none is read yet; None for a free tagger."""
    if not isinstance(tagger, PaidModel):
        return None
    known = {shot.case.name: _true(shot) for shot in shots}
    documents = [post.document(known.get(post.picture or "")) for post in posts]
    tokens = sum(tagger.estimate(document) + tagger.estimate_repair() for document in documents)
    return Price(f"{tagger.provider} {tagger.model}", len(documents), tokens)


def of_answers(model: PaidModel[G, R], given: Sequence[G]) -> Price:
    """Price of the answers to these questions; those that need no call cost nothing."""
    asked = [found for one in given if (found := model.estimate(one))]
    return Price(f"{model.provider} {model.model}", len(asked), sum(asked) + len(asked) * model.estimate_repair())


def agree(prices: Sequence[Price], yes: bool) -> None:
    """Prints the maximum cost and asks for consent before the first call. UserError without a yes."""
    if not prices:
        return
    for price in prices:
        sys.stderr.write(f"{price.whose}: {price.calls} calls, at most {price.tokens:,} tokens\n")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("this costs money: add --yes, or run it where you can be asked")
    sys.stderr.write("Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "д", "да"):
        raise UserError("nothing was spent")


def _true(shot: Shot) -> Reading:
    """A possible reading, with a description longer than any provider writes."""
    ocr = Ocr(text=shot.text, engine="drawn") if shot.text else None
    return Reading(classification=shot.case.kind or Classification.OTHER, ocr=ocr, description=DESCRIPTION)
