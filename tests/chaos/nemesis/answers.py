"""Questions: each is answered once, from spans that were offered, with words that their posts have or had."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.ask.answers import AnswerShown, answer_of
from app.db import transaction
from app.domain.ask.frames import Outcome
from tests.chaos.nemesis.bed import Bed
from tests.chaos.nemesis.questions import NOWHERE
from tests.chaos.nemesis.violation import Found, Violation

QUESTIONS = (
    "SELECT q.id, q.text, q.words, q.spans_hash, q.answerer, q.retrieval, q.answered_at, w.state,"
    " w.reason, (SELECT count(*) FROM work o WHERE o.step = 'ask' AND o.subject_id = q.id) AS works"
    " FROM questions q LEFT JOIN work w ON w.step = 'ask' AND w.subject_id = q.id ORDER BY q.id"
)
SENTENCES = "SELECT * FROM answer_sentences ORDER BY question_id, position"
SPANS = "SELECT question_id, number, publication_id, source, text FROM question_spans"
Span = Mapping[str, Any]


def check(bed: Bed) -> Found:
    """Everything about questions that is not as it should be."""
    questions = bed.rows(QUESTIONS)
    yield from rows(questions, bed.told)
    spans: dict[int, dict[int, Span]] = defaultdict(dict)
    for span in bed.rows(SPANS):
        spans[span["question_id"]][span["number"]] = span
    answers: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in bed.rows(SENTENCES):
        answers[one["question_id"]].append(one)
    said = _said(bed)
    for question in questions:
        yield from sentences(question, answers[question["id"]], spans[question["id"]], said)
        yield from _shown(question, answers[question["id"]])
    yield from _prices(bed)
    # A command may end while services are away; it says so in a line.
    yield from (Violation("wrong", said) for said in bed.refused if "Traceback" in said)
    yield from _silence(bed, questions)


def rows(questions: Sequence[dict[str, Any]], told: Collection[tuple[str, int]]) -> Found:
    """Each question that was taken is there and has its end, and the same question is one row."""
    texts = {question["id"]: question["text"] for question in questions}
    yield from (Violation("lost", f"question {id_}: {text}") for text, id_ in told if texts.get(id_) != text)
    same = Counter((q["words"].casefold(), q["spans_hash"], q["answerer"]) for q in questions)  # none has a filter
    yield from (Violation("doubled", f"question {key}") for key, count in same.items() if count > 1)
    # Posts come and go, and a question with other posts is another one; this one never has a post.
    nowhere = [question for question in questions if question["text"] == NOWHERE]
    if len(nowhere) > 1:
        yield Violation("doubled", f"{nowhere}")
    for question in questions:
        if question["works"] != 1:
            yield Violation("doubled", f"question {question['id']} has {question['works']} rows of work")
        answered = question["answered_at"] is not None
        if question["state"] != ("done" if answered else "unknown"):
            yield Violation("stuck", f"{question}")


def sentences(
    question: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],
    spans: Mapping[int, Span],
    said: Mapping[int, Collection[str]],
) -> Found:
    """The sentences of one answer: written once, and each kept one proved by words of its posts."""
    name = f"question {question['id']}"
    if found and question["answered_at"] is None:
        yield Violation("wrong", f"{name} has sentences and no answer")
    if [one["position"] for one in found] != list(range(1, len(found) + 1)):
        yield Violation("doubled", f"{name} has sentences {[one['position'] for one in found]}")
    kept = [one for one in found if one["verdict"] == "kept"]
    texts = Counter(one["text"] for one in kept)
    yield from (Violation("doubled", f"{name} says {text!r} {n} times") for text, n in texts.items() if n > 1)
    for one in kept:
        if not one["cites"]:
            yield Violation("wrong", f"{name} says {one['text']!r} without a post")
        for cite in one["cites"]:
            yield from _proof(name, cite, spans.get(cite["span"]), said)


def _proof(name: str, cite: Mapping[str, Any], span: Span | None, said: Mapping[int, Collection[str]]) -> Found:
    quote = plain(cite["quote"])
    if span is None or quote not in plain(span["text"]) or not quote:
        yield Violation("wrong", f"{name} quotes {cite['quote']!r}, offered was {span}")
    elif not any(quote in text for text in said.get(span["publication_id"], ())):
        yield Violation("wrong", f"{name} quotes {cite['quote']!r}, which no post of {span} ever said")


def plain(text: str) -> str:
    """The words of a text, one blank between them."""
    return " ".join(text.split())


READ = (
    "SELECT o.publication_id, m.file_name, v.reading->'ocr'->>'text' AS ocr, v.reading->>'description' AS description,"
    " (SELECT string_agg(label->>'name', E'\\n') FROM jsonb_array_elements(v.reading->'labels') label) AS labels"
    " FROM post_media m JOIN posts o ON o.id = m.post_id JOIN media_files f ON f.sha256 = m.sha256"
    " LEFT JOIN media_vision v ON v.media_file_id = f.id"
)


def _said(bed: Bed) -> dict[int, list[str]]:
    """What each publication ever said: its posts in all their versions, and readings and names of its files."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in bed.rows(
        "SELECT c.telegram_id, p.telegram_message_id, p.publication_id FROM posts p JOIN channels c"
        " ON c.id = p.channel_id WHERE p.publication_id IS NOT NULL"
    ):
        versions = bed.versions.get((row["telegram_id"], row["telegram_message_id"]), ())
        found[row["publication_id"]] += [plain(version.text) for version in versions]
    for row in bed.rows(READ):
        words = (row["file_name"], row["ocr"], row["description"], *(row["labels"] or "").split("\n"))
        found[row["publication_id"]] += [plain(one) for one in words if one]
    return found


def _shown(question: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> Found:
    """A user sees the kept sentences, all of them: a post that changed has a new revision, and is marked."""
    if question["state"] is None:
        return
    with transaction() as session:
        seen: AnswerShown = answer_of(session, question["id"])
    kept = [one["text"] for one in found if one["verdict"] == "kept"]
    if [one.text for one in seen.sentences] != kept:
        yield Violation("wrong", f"question {seen.id} shows {[one.text for one in seen.sentences]}, not {kept}")
    ends = {"unknown": {Outcome.UNKNOWN}, "done": {Outcome.ANSWERED if kept else Outcome.NOT_FOUND}}
    if seen.outcome not in ends.get(question["state"], set()):
        yield Violation("wrong", f"question {seen.id} is {seen.outcome} with work {question['state']}")


SETTLED = (
    "SELECT coalesce(r.answer->'body'->>'id', r.answer->'body'->>'message_id') AS said, t.settled, t.outcome"
    " FROM raw_answers r JOIN token_ledger t ON t.id = r.ledger_id WHERE r.step = 'ask' AND r.purpose = 'read'"
)


def _prices(bed: Bed) -> Found:
    """Each answer that is kept is booked at the price that the provider counted."""
    priced = {call.question: call.tokens for call in bed.models.ledger.answers()}
    for row in bed.rows(SETTLED):
        price = priced.get(row["said"].removeprefix("chatcmpl-"))
        if (price, "answered") != (row["settled"], row["outcome"]):
            yield Violation("wrong", f"an answer for {price} tokens is booked as {row}")


def _silence(bed: Bed, questions: Sequence[Mapping[str, Any]]) -> Found:
    """Where no span was offered no model was asked."""
    asked = {row["subject_id"] for row in bed.rows(CALLED)}
    spoken = {row["question_id"] for row in bed.rows("SELECT DISTINCT question_id FROM question_spans")}
    silent = {question["id"] for question in questions} - spoken
    yield from (Violation("wrong", f"question {id_} has no spans and a call") for id_ in sorted(asked & silent))


CALLED = "SELECT w.subject_id FROM token_ledger t JOIN work w ON w.id = t.work_id WHERE w.step = 'ask'"
