"""The labelled questions hold what they promise, and the loader names each fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.ask.answer import Source
from app.errors import UserError
from app.eval.ask.agreement import agreement, labels
from app.eval.ask.labelled import LANGUAGES, LabelledSet, faults, load
from app.eval.ask.question import Nugget, Question, Quote
from app.eval.cases import CONTENT

DIRECTIONS = {"ru": 100, "en": 100, "ru to en": 50, "en to ru": 50}


@pytest.fixture(scope="module")
def labelled() -> LabelledSet:
    return load()


def test_the_set_holds_what_it_promises(labelled: LabelledSet) -> None:
    asked = labelled.questions
    assert len(asked) >= 300
    assert Counter(one.direction for one in asked) == DIRECTIONS
    assert Counter(one.split for one in asked) == {"tune": 150, "report": 150}
    places = Counter(one.where for one in asked)
    for where in ("picture", "none"):
        assert 0.24 <= places[where] / len(asked) <= 0.26, where  # a quarter each
    assert len(labelled.posts) >= 200
    assert len({post.channel for post in labelled.posts.values()}) >= 4


def test_each_direction_has_each_place_in_both_halves(labelled: LabelledSet) -> None:
    cells = Counter((one.direction, one.where, one.split) for one in labelled.questions)
    assert len(cells) == 4 * 3 * 2
    assert min(cells.values()) >= 6


def test_quotes_are_in_the_language_of_the_posts(labelled: LabelledSet) -> None:
    for one in labelled.questions:
        assert {labelled.posts[quote.post].language for quote in one.quotes} <= {one.about}, one.id


def test_questions_are_no_copies_of_each_other(labelled: LabelledSet) -> None:
    texts = Counter(" ".join(one.text.casefold().split()) for one in labelled.questions)
    assert not [text for text, count in texts.items() if count > 1]


def wrong(first: Question) -> dict[str, Question]:
    """Faulty forms of the first question, by words of their fault."""
    (nugget, *_) = first.nuggets
    (quote, *_) = nugget.quotes
    return {
        "unknown publication no-such": with_quote(first, replace(quote, post="no-such")),
        "which is not in the post of": with_quote(first, replace(quote, text="no such words")),
        "which is not in the ocr of": with_quote(first, replace(quote, source=Source.OCR)),
        "unknown value de": replace(first, language="de"),
        "unknown value here": replace(first, where="here"),
        "unknown value test": replace(first, split="test"),
        "is answered by 1 facts, but its place is none": replace(first, where="none", nuggets=(nugget,)),
        "is answered by 0 facts, but its place is text": replace(first, nuggets=()),
        "has a fact without a quote": replace(first, nuggets=(Nugget("fact", ()),)),
        "by pictures alone, but quotes the words of a post": replace(first, where="picture"),
    }


def with_quote(one: Question, quote: Quote) -> Question:
    return replace(one, nuggets=(Nugget("fact", (quote,)),))


def test_the_loader_names_each_fault(labelled: LabelledSet) -> None:
    assert list(faults(labelled)) == []
    first = next(one for one in labelled.questions if one.where == "text")
    others = [one for one in labelled.questions if one is not first]
    for words, question in wrong(first).items():
        found = list(faults(LabelledSet(labelled.posts, [question, *others])))
        assert any(words in fault for fault in found), words
    (twice,) = faults(
        LabelledSet(labelled.posts, [*labelled.questions, replace(first, split="tune"), replace(first, split="report")])
    )
    assert twice == f"{first.id} is there twice"
    assert any("questions in tune and" in one for one in faults(LabelledSet(labelled.posts, others)))


def test_white_space_of_a_quote_does_not_count(labelled: LabelledSet) -> None:
    first = next(one for one in labelled.questions if one.where == "text")
    (nugget, *rest) = first.nuggets
    quote = nugget.quotes[0]
    spaced = replace(nugget, quotes=(replace(quote, text=quote.text.replace(" ", "\n ")),))
    questions = [replace(one, nuggets=(spaced, *rest)) if one is first else one for one in labelled.questions]
    assert list(faults(LabelledSet(labelled.posts, questions))) == []


POST = '[ferry]\nchannel = "port"\ntext = "It leaves at 22:30."\ntags = []\n'
QUESTION = '[[question]]\nid = "a"\ntext = "When?"\nlanguage = "en"\nwhere = "text"\nsplit = "tune"\n'


def files(folder: Path, post: str, question: str) -> Path:
    for name, text in (("posts_en", post), ("posts_ru", ""), ("questions_en", question), ("questions_ru", "")):
        (folder / f"ask_{name}.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("nuggets", "words"),
    [
        ("", "is answered by 0 facts"),
        (
            'nuggets = [{fact = "f", quotes = [{post = "ferry", source = "title", quote = "22:30"}]}]',
            "unknown source title",
        ),
        ('nuggets = [{fact = "f", quotes = [{post = "ferry", source = "post", quote = "22:15"}]}]', "22:15"),
        ('nuggets = [{fact = "f", quotes = [{post = "ferry", source = "post", quote = "22:30"}]}]', "0 in report"),
    ],
)
def test_a_broken_file_is_refused_with_its_fault(tmp_path: Path, nuggets: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        load(files(tmp_path, POST, QUESTION + nuggets))


def test_one_name_for_two_posts_is_refused(tmp_path: Path) -> None:
    folder = files(tmp_path, POST, "")
    (folder / "ask_posts_ru.toml").write_text(POST)
    with pytest.raises(UserError, match="publication ferry is there twice"):
        load(folder)


def test_no_post_is_one_of_the_search_set() -> None:
    """Both sets may change on their own: a post in both would tie them together."""
    known = {path.name: path.read_text() for path in CONTENT.glob("search_documents_*.toml")}
    for name in load().posts:
        assert not [file for file, text in known.items() if f"[{name}]" in text], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_labeller_labelled_every_question_with_words_of_posts(labelled: LabelledSet, language: str) -> None:
    second = labels(CONTENT / f"ask_second_{language}.toml")
    first = {one.id: one for one in labelled.questions if one.about == language}
    assert set(second) == set(first)
    told = [
        replace(first[id_], where=label.where, nuggets=tuple(Nugget("", (quote,)) for quote in label.quotes))
        for id_, label in second.items()
    ]
    assert [fault for fault in faults(LabelledSet(labelled.posts, told)) if "in report" not in fault] == []
    assert (agreement(labels(CONTENT / f"ask_questions_{language}.toml"), second).where or 0) > 0.6
