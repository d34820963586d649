"""Writes examples, one JSON object a line: a question, the posts that the search finds, and which spans are right.

A file has [[post]] (id, language, text, ocr) and [[question]] (ru, en, answers = [{post, quote}]); without answers no
post tells.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from app import wiring
from app.domain.ask.answer import Source
from app.eval import archive
from app.eval.ask import run
from app.eval.ask.attempts import Offer
from app.eval.ask.labelled import LabelledSet, load, questions
from app.eval.ask.metrics import Cited, right
from app.eval.ask.question import Nugget, Question, Quote
from app.eval.cases import CONTENT
from app.eval.documents import Document, documents
from app.eval.remembering import Remembering

LANGUAGES = ("ru", "en")


def labelled() -> LabelledSet:
    """The questions that weights are fitted to: none that only scores are told of."""
    found = load()
    training = [one for language in LANGUAGES for one in questions(CONTENT / f"ask_training_{language}.toml", language)]
    return LabelledSet(found.posts, [*found.of(["tune"]), *training])


def training(files: list[Path]) -> LabelledSet:
    """Posts and questions of files, each question in both languages."""
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    posts = {row["id"]: row for table in tables for row in table["post"]}
    asked = [
        one
        for file, table in zip(files, tables, strict=True)
        for number, row in enumerate(table["question"], 1)
        for one in _questions(f"{file.stem}-{number}", row, posts)
    ]
    return LabelledSet({one.name: one for language in LANGUAGES for one in _documents(posts, language)}, asked)


def _questions(name: str, row: dict, posts: dict[str, dict]) -> Iterator[Question]:
    quotes = tuple(_quote(answer, posts[answer["post"]]) for answer in row["answers"])
    where = "none" if not quotes else "text" if quotes[0].source is Source.POST else "picture"
    about = posts[row["answers"][0]["post"]]["language"] if quotes else "ru"
    for language in LANGUAGES:
        nuggets = (Nugget(row[language], quotes),) if quotes else ()
        yield Question(f"{name}-{language}", row[language], language, where, "train", about, nuggets)


def _quote(answer: dict, post: dict) -> Quote:
    quote = answer["quote"]
    if quote not in post["text"] and quote not in post.get("ocr", ""):
        raise SystemExit(f"{quote!r} is not in {post['id']}: quote the post letter for letter")
    return Quote(post["id"], Source.POST if quote in post["text"] else Source.OCR, quote)


def _documents(posts: dict[str, dict], language: str) -> Iterator[Document]:
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        for post in posts.values():
            if post["language"] == language:
                channel = "ch_" + post["id"].rpartition("-")[0].replace("-", "_")
                fields = {"channel": channel, "text": post["text"], "ocr": post.get("ocr", "")}
                lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value]
                file.write("\n".join((f"[{post['id']}]", *lines, "tags = []", "", "")))
        file.flush()
        yield from documents(Path(file.name), language)


def example(offer: Offer) -> dict:
    """A question as the training reads it."""
    told = dict(zip((span.number for span in offer.given.spans), rights(offer), strict=True))
    posts = [[{"text": span.text, "right": told[span.number]} for span in spans] for spans in offer.passages.values()]
    return {
        "id": offer.question.id,
        "question": offer.question.text,
        "answerable": offer.question.answerable,
        "posts": posts,
    }


def rights(offer: Offer) -> list[bool]:
    """For each offered span, in order, whether it answers the question."""
    cited = (Cited(offer.posts[span.publication_id], span.source, span.text) for span in offer.given.spans)
    return [any(right(one, quote) for quote in offer.question.quotes) for one in cited]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    given = parser.parse_args()
    found = training(given.files)
    with archive.database() as engine, given.out.open("w", encoding="utf-8") as out:
        for offer in run.offers(engine, found, found.questions, Remembering(wiring.embedder())):
            out.write(json.dumps(example(offer), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
