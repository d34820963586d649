"""Interprets raw answers as an analysis. Pure: the same answers always give the same reading."""

from __future__ import annotations

from collections.abc import Sequence

from app.adapters.llm.answers import refusal
from app.adapters.vision.remote.prompt import echoes
from app.adapters.vision.remote.schema import Named, Parsed, VisionAnswer, parse
from app.domain.images import join_texts
from app.domain.kinds import Classification
from app.domain.page_texts import Texts, exact, texts
from app.domain.reading import OWN_TEXT, Analysis, Label, LocalFacts, Ocr, RawAnswer, Reading
from app.domain.repetition import cut_loop
from app.domain.text_layers import Layer, Trust

CERTAIN = 0.5  # labels with a lower score differ between two readings of one picture
MOST = 8  # labels, the number in the prompt
NOTHING: tuple[object, ...] = (None, "", [])  # values of a field that says nothing


def analysis(raws: Sequence[RawAnswer]) -> Analysis:
    """The reading of the first answer, or of its repair, with gaps filled from the first."""
    parsed = [parse(raw.text) for raw in raws]
    best = parsed[0] if len(raws) == 1 or refusal(raws[-1]) else _merged(parsed[0], parsed[-1])
    answer, looped = _without_loops(best.answer, at_limit=raws[-1].finish == "length")
    answer, echoed = _without_prompt(answer)
    problems = [*best.problems, *(f"{name}: repeats the prompt" for name in echoed)]
    problems += [f"{name}: repeats itself" for name in looped]
    problems += [raws[0].facts.left_out] if raws[0].facts.left_out else []
    return Analysis(
        reading=_reading(answer, raws[0]),
        raw={"answers": [raw.model_dump(mode="json") for raw in raws], "problems": problems},
        status="partial" if problems or raws[-1].finish == "length" else "ok",
        tokens=sum(raw.tokens for raw in raws),
        prompt_tokens=sum(raw.prompt_tokens for raw in raws),
        completion_tokens=sum(raw.completion_tokens for raw in raws),
        calls=len(raws),
        inspection=raws[0].facts.inspection,
    )


def says_something(raws: Sequence[RawAnswer]) -> bool:
    """Whether one of the answers has a valid field with a value."""
    parsed = [parse(raw.text) for raw in raws]
    return any(getattr(one.answer, name) not in NOTHING for one in parsed for name in one.given)


def _merged(first: Parsed, second: Parsed) -> Parsed:
    """The second answer, with missing fields from the first."""
    missing = {name: getattr(first.answer, name) for name in first.given - second.given}
    return second.model_copy(update={"answer": second.answer.model_copy(update=missing)})


def _without_prompt(answer: VisionAnswer) -> tuple[VisionAnswer, list[str]]:
    """(the answer without parts that repeat the prompt, the names of those)."""
    echoed = [name for name in ("description", "text") if echoes(getattr(answer, name) or "")]
    cleaned = answer.model_copy(update=dict.fromkeys(echoed))
    return cleaned, echoed


def _without_loops(answer: VisionAnswer, *, at_limit: bool) -> tuple[VisionAnswer, list[str]]:
    """(the answer with each text up to where it repeats itself, the names of those that do)."""
    given = {name: getattr(answer, name) for name in ("description", "text")}
    ended = {name: cut_loop(text, at_limit=at_limit) for name, text in given.items() if text}
    looped = [name for name, text in ended.items() if text != given[name]]
    return answer.model_copy(update={name: ended[name] for name in looped}), looped


def _reading(answer: VisionAnswer, raw: RawAnswer) -> Reading:
    facts = raw.facts
    both = _texts(answer, facts, raw.model)
    reading = Reading(
        classification=answer.classification,
        description=answer.description or None,
        is_meme=answer.is_meme or answer.classification is Classification.MEME,
        labels=_labels(answer.labels),
        objects=_labels(answer.objects),
        ocr=both.ocr,
        colours=facts.colours,
        phash=facts.phash,
        own=both.own,
        pages=both.pages_read(facts.inspection.pages, facts.shown) if facts.shown else None,
    )
    return reading.model_copy(update={"language": _language(answer, reading.text)})


def _texts(answer: VisionAnswer, facts: LocalFacts, model: str) -> Texts:
    """The text of the model and that of the file itself. A layer that is surely whole is better than a transcription,
    which has a limit; no other text of the file takes the place of one."""
    if facts.whole_text and facts.inspection.pages is None:  # a text file
        return Texts(Ocr(text=facts.text, engine=OWN_TEXT) if facts.text else None)
    seen = join_texts([answer.text or ""])
    layers = facts.layers or _older(facts)
    taken = Ocr(text=seen, engine=model) if seen and not exact(layers, seen) else None
    return texts(taken, layers, lambda layer: seen)


def _older(facts: LocalFacts) -> tuple[Layer, ...]:
    """The text of a document as answers of older releases hold it, as one layer."""
    trust = Trust.WHOLE if facts.whole_text else Trust.PART
    return (Layer(page=1, text=facts.text, trust=trust, shown=True),) if facts.text else ()


def _language(answer: VisionAnswer, text: str) -> str | None:
    if not text:
        return None
    if answer.language:
        return answer.language
    # Late: the detector's model takes a moment to load, and most answers do not need it.
    from app.adapters.vision.language import language

    return language(text)


def _labels(named: Sequence[Named]) -> tuple[Label, ...]:
    """Each name once with its highest score, best first; without uncertain ones."""
    best: dict[str, float] = {}
    for one in named:
        if one.score >= CERTAIN:
            best[one.name] = max(round(one.score, 2), best.get(one.name, 0.0))
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Label(name=name, score=score) for name, score in ranked[:MOST])
