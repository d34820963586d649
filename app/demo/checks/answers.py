"""Answers: the right words of the right post, none where no post has them, and none that its post has lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.ask.answers import AnswerShown, Citation
from app.demo.checks.evidence import Check, Evidence, judged
from app.demo.expected import Together
from app.demo.questions.asking import Again
from app.demo.questions.changed import Changed
from app.demo.questions.flow import Asked
from app.demo.questions.sample import COUNT, Question, Right, flat, permalink, right
from app.domain.ask.answer import Verdict
from app.domain.ask.frames import Outcome

Answers = Mapping[Question, AnswerShown]


def check_answers(found: Evidence, answers: Answers, asked: Asked) -> list[Check]:
    """Runs the checks of answers, which read the rows as they are after the whole history was read again."""
    return [
        answered(found, answers),
        nothing_invented(answers),
        repeated(asked.again),
        vanished(found, COUNT, asked.changed),
    ]


def answered(found: Evidence, answers: Answers) -> Check:
    """Checks that each answer has its value in a sentence of the right post, and no quote that its post has not."""
    asked = {one: answer for one, answer in answers.items() if one.fact}
    wrong = [
        f"{one.text} {why}"
        for one, answer in asked.items()
        for why in _faults(found, one, answer, right(found.expected, one))
    ]
    return judged("questions answered by the right posts", len(asked), "answers", wrong)


def _faults(found: Evidence, question: Question, answer: AnswerShown, wanted: Right) -> Iterator[str]:
    said = [one for one in answer.sentences if wanted.value in flat(one.text)]
    cites = [cite for one in said for cite in one.cites if wanted.value in flat(cite.quote)]
    if answer.outcome is not Outcome.ANSWERED or not said:
        yield f"{answer.outcome}, {len(said)} sentences with {wanted.value}"
    elif not any(cite.place.permalink in wanted.posts for cite in cites):
        yield f"is cited from another post than {', '.join(wanted.posts)}"
    posts = {permalink(found.expected, one): one for one in found.expected.publications}
    for cite in (cite for one in answer.sentences for cite in one.cites):
        if not _stands(found, cite, posts.get(cite.place.permalink or "")):
            yield f"has words that {cite.place.permalink} has not"


def _stands(found: Evidence, cite: Citation, post: Together | None) -> bool:
    """Whether the quote stands in the messages, or in the words that were read from their pictures."""
    texts = [found.expected.words(post), *_read(found, post)] if post else []
    return any(flat(cite.quote) in flat(text) for text in texts)


def _read(found: Evidence, post: Together) -> list[str]:
    readings = [read.reading for name in found.shown(post) for read in found.readings.get(name, [])]
    return [reading.text for reading in readings if reading and reading.text]


def nothing_invented(answers: Answers) -> Check:
    """Checks that a question that no post answers ends as not found, without a sentence."""
    asked = {one: answer for one, answer in answers.items() if not one.fact}
    wrong = [
        f"{one.text} {answer.outcome}, {len(answer.sentences)} sentences"
        for one, answer in asked.items()
        if answer.outcome is not Outcome.NOT_FOUND or answer.sentences
    ]
    return judged("no answer where no post has one", len(asked), "questions", wrong)


def repeated(again: Mapping[Question, Again]) -> Check:
    """Checks that questions asked once more were answered from their rows: no row was added, no worker called."""
    faults = {one: _repeated(each) for one, each in again.items()}
    wrong = [f"{one.text} {', '.join(why)}" for one, why in faults.items() if why]
    return judged("asked again: answered from the rows", len(again), "questions", wrong)


def _repeated(each: Again) -> list[str]:
    return [
        *([] if each.known else ["was not known"]),
        *([f"added {each.rows} rows"] if each.rows else []),
        *(["called a worker"] if each.published else []),
    ]


def vanished(found: Evidence, question: Question, changed: Changed | None) -> Check:
    """Checks that a sentence is gone once its post has another number, and there again once the post has its own."""
    value = right(found.expected, question).value
    wrong = [f"no sentence with {value} to take away"] if changed is None else _kept(changed, value)
    gone = f"the one with {value}, out of an old answer and a new one"
    return Check("a changed number takes its sentence away", not wrong, ", ".join(wrong) or gone)


def _kept(changed: Changed, value: str) -> list[str]:
    return [
        *([] if _says(changed.before, value) else ["was not there before"]),
        *(["is shown beside the changed post"] if _says(changed.meanwhile, value) else []),
        *(["was answered from the changed post"] if _says(changed.late, value) else []),
        *([] if changed.late.dropped.get(Verdict.CHANGED) else ["is not counted as dropped"]),
        *([] if _says(changed.after, value) else ["did not come back with its number"]),
    ]


def _says(answer: AnswerShown, value: str) -> bool:
    return any(value in flat(one.text) for one in answer.sentences)
