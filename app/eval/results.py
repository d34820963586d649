"""Scores of one provider over a run: computed once, printed as tables, written as JSON."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.reading import Recipe
from app.eval.run import Read, Tagged
from app.eval.scores import (
    Confusion,
    Errors,
    Invented,
    TagScore,
    accuracy,
    invented,
    normalised,
    summed,
    tag_score,
    text_errors,
)


@dataclass(frozen=True)
class Result:
    """The results of one provider, and of one tagger with its readings."""

    recipe: Recipe
    reads: Sequence[Read]
    tagger: str
    tagged: Sequence[Tagged]

    @property
    def everything(self) -> list[Read | Tagged]:
        """All pictures and posts."""
        return [*self.reads, *self.tagged]

    @property
    def good(self) -> list[Read]:
        """The pictures that were read."""
        return [one for one in self.reads if one.reading is not None]

    def errors(self, group: Callable[[Read], str]) -> dict[str, Errors]:
        """Errors of the pictures with text, by group, in order of names."""
        found: dict[str, list[Errors]] = defaultdict(list)
        for one in self.good:
            if one.shot.text:
                found[group(one)].append(_of(one))
        return {name: summed(found[name]) for name in sorted(found)}

    @property
    def all_errors(self) -> Errors:
        """Errors over all pictures with text."""
        return summed(self.errors(lambda _: "").values())

    @property
    def typical(self) -> float | None:
        """The median over pictures of their own error rates: one hopeless picture does not move it."""
        rates = [rate for one in self.good if one.shot.text and (rate := _of(one).rate) is not None]
        return statistics.median(rates) if rates else None

    @property
    def invented(self) -> Invented:
        """Invented text over the pictures without text."""
        return invented([_text(one) for one in self.good if not one.shot.text])

    @property
    def confusion(self) -> Confusion:
        """(kind, kind as read) of the pictures whose kind is beyond dispute."""
        pairs = ((one.shot.case.kind, one.reading) for one in self.good)
        return Counter((kind.value, read.classification.value) for kind, read in pairs if kind and read)

    @property
    def tags(self) -> TagScore:
        """Scores over all posts that were tagged."""
        scores = (tag_score(one.tags, one.post.wanted, one.post.allowed) for one in self.tagged if one.error is None)
        return sum(scores, TagScore())

    @property
    def failures(self) -> Counter[str]:
        """How often each error occurred."""
        return Counter(one.error for one in self.everything if one.error)

    @property
    def tokens(self) -> int:
        """Tokens of all readings and taggings, without failed calls, whose cost is unknown here."""
        return sum(one.tokens for one in self.everything)

    @property
    def seconds(self) -> float:
        """Mean seconds of a picture."""
        return statistics.fmean(one.seconds for one in self.reads) if self.reads else 0.0

    def plain(self) -> dict[str, Any]:
        """All results as JSON."""
        return {
            "recipe": self.recipe.model_dump(),
            "pictures": len(self.reads),
            "read": len(self.good),
            "partial": sum(one.partial for one in self.good),
            "ocr": {
                "all": _errors(self.all_errors),
                "median_rate": self.typical,
                **{name: _rates(self.errors(group)) for name, group in GROUPS.items()},
            },
            "invented": vars(self.invented),
            "classification": {
                "accuracy": accuracy(self.confusion),
                "confusion": [[*pair, count] for pair, count in sorted(self.confusion.items())],
            },
            "tags": {"tagger": self.tagger, **_tag_score(self.tags)},
            "failures": dict(self.failures),
            "tokens": self.tokens,
            "seconds_a_picture": round(self.seconds, 3),
            "each": [_one(one) for one in self.reads],
            "posts": [_post(one) for one in self.tagged],
        }


GROUPS: dict[str, Callable[[Read], str]] = {
    "style": lambda one: one.shot.case.style,
    "look": lambda one: one.shot.case.look,
    "language": lambda one: one.shot.case.language,
}


def _of(one: Read) -> Errors:
    return text_errors(_text(one), one.shot.text, ordered=one.shot.case.ordered)


def _text(one: Read) -> str:
    return one.reading.text if one.reading else ""


def _errors(errors: Errors) -> dict[str, Any]:
    return {**vars(errors), "rate": errors.rate, "word_recall": errors.recall}


def _rates(groups: dict[str, Errors]) -> dict[str, dict[str, Any]]:
    return {name: _errors(errors) for name, errors in groups.items()}


def _tag_score(score: TagScore) -> dict[str, Any]:
    return {**vars(score), "precision": score.precision, "recall": score.recall, "f1": score.f1}


def _one(one: Read) -> dict[str, Any]:
    errors = _of(one) if one.reading and one.shot.text else None
    return {
        "name": one.shot.case.name,
        "sha256": one.shot.media.sha256,
        "kind": one.shot.case.kind,
        "kind_read": one.reading.classification if one.reading else None,
        "rate": errors.rate if errors else None,
        "word_recall": errors.recall if errors else None,
        "expected": normalised(one.shot.text),
        "text": normalised(_text(one)),
        "tokens": one.tokens,
        "seconds": round(one.seconds, 3),
        "error": one.error,
        "reason": one.reason,
    }


def _post(one: Tagged) -> dict[str, Any]:
    wanted: Iterable[list[str]] = (sorted(synonyms) for synonyms in one.post.wanted)
    return {"name": one.post.name, "wanted": list(wanted), "tags": one.tags, "error": one.error, "reason": one.reason}
