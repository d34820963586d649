"""The strict set of a query equals a scan of all documents by a few lines of Python, filters and words alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain.codes import folded_code
from app.domain.query.parser import parse
from app.domain.query.tree import All, Either, Limit, Node, Not, Operator, Phrase, Word
from app.domain.ukrainian import forms
from app.models import SearchDocument
from app.search.conditions import Reading, indexable, strict
from app.search.cursors import DateCursor
from app.search.dated import by_date
from tests.factories import rows
from tests.integration.search_rows import filled_database
from tests.services import TestServices

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Their stems are the words themselves, in either language.
WORDS = ("zqarm", "zqorb", "zquln", "жщорп", "жщурм", "жщіркові", "жщірків")
CODES = ("A123BC", "7710777")
FIELDS = ("text", "tags", "ocr", "desc")
FACETS = ("kind:photo", "kind:video", "class:meme", "lang:ru", "tag:мост", "has:ocr", "from:77")
DAYS = (None, -40, -8, -7, -1, 0)  # of the post, before NOW
SIZE = 60


@dataclass(frozen=True)
class Document:
    """A document as the test knows it. fields: the words of each field. facets: None before they were filled."""

    id: int
    channel: int
    fields: dict[str, list[str]]
    facets: list[str] | None
    posted_at: datetime | None
    deleted: bool


def made() -> list[Document]:
    """Documents of few words, so that each query matches some."""
    random, found = Random(5), []
    for number in range(1, SIZE + 1):
        fields = {field: random.choices(WORDS, k=random.randint(0, 4)) for field in FIELDS}
        if number % 5 == 0:
            fields["ocr"].append(random.choice(("А 123 ВС", "№ 77-10-777")))
        facets = None if number % 9 == 0 else random.sample(FACETS, random.randint(0, 4))
        day = random.choice(DAYS)
        posted_at = None if day is None else NOW + timedelta(days=day, minutes=number % 3)
        found.append(Document(number, number % 3 + 1, fields, facets, posted_at, number % 7 == 0))
    return found


DOCUMENTS = made()


def _fill(session: Session) -> None:
    for number in (1, 2, 3):
        rows.channel(session, f"@c{number}", id=number)
    for document in DOCUMENTS:
        _put(session, document)


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with filled_database(services, _fill) as engine:
        yield engine


def _put(session: Session, document: Document) -> None:
    rows.publication(session, document.channel, id=document.id, posted_at=document.posted_at)
    text = {field: " ".join(words) for field, words in document.fields.items()}
    session.add(
        SearchDocument(
            publication_id=document.id,
            channel_id=document.channel,
            revision=1,
            text=text["text"],
            tags=text["tags"],
            ocr=text["ocr"],
            labels=text["desc"],
            facets=document.facets,
            codes=folded_code(text["ocr"]),
            posted_at=document.posted_at,
            deleted_at=NOW if document.deleted else None,
            content_hash="",
        )
    )
    session.flush()


@pytest.fixture(scope="module")
def session(filled: Engine) -> Iterator[Session]:
    with Session(filled) as session:
        yield session


def words(fields: frozenset[str] = frozenset(FIELDS)) -> st.SearchStrategy[Node]:
    phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda parts: Phrase(" ".join(parts)))
    return st.one_of(st.sampled_from(WORDS).map(Word), st.sampled_from(CODES).map(Word), phrases)


LIMITS = st.one_of(
    st.sampled_from(FACETS).map(lambda facet: Limit(Operator(facet.partition(":")[0]), facet.partition(":")[2])),
    st.sampled_from(["c1", "c2", "none"]).map(lambda name: Limit(Operator.CHANNEL, name)),
    st.sampled_from(["P1W", "2026-02", "2026-02-22..2026-02-28"]).map(lambda value: Limit(Operator.DATE, value)),
    st.sampled_from(["2026-02-22", "2026-03"]).map(lambda value: Limit(Operator.BEFORE, value)),
    st.sampled_from(["2026-02-22", "2026-01"]).map(lambda value: Limit(Operator.AFTER, value)),
    st.just(Limit(Operator.HAS, "deleted")),
    st.sampled_from(["text", "ocr", "desc", "tags"]).map(lambda value: Limit(Operator.IN, value)),
)


def grouped(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.one_of(children.map(Not), some.map(All), some.map(Either))


TREES = st.recursive(st.one_of(words(), LIMITS), grouped, max_leaves=6)

SPANS = {
    (Operator.DATE, "P1W"): (NOW - timedelta(weeks=1), None),
    (Operator.DATE, "2026-02"): (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
    (Operator.DATE, "2026-02-22..2026-02-28"): (datetime(2026, 2, 22, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
    (Operator.BEFORE, "2026-02-22"): (None, datetime(2026, 2, 22, tzinfo=UTC)),
    (Operator.BEFORE, "2026-03"): (None, datetime(2026, 3, 1, tzinfo=UTC)),
    (Operator.AFTER, "2026-02-22"): (datetime(2026, 2, 23, tzinfo=UTC), None),
    (Operator.AFTER, "2026-01"): (datetime(2026, 2, 1, tzinfo=UTC), None),
}


def matches(node: Node, document: Document, fields: frozenset[str] = frozenset(FIELDS)) -> bool:
    """The meaning of a tree, document by document."""
    match node:
        case Word(text) if text in CODES:
            seen = folded_code(" ".join(document.fields["ocr"]))
            return "ocr" in fields and folded_code(text) in seen
        case Word(text):
            return any({text, *forms(text)} & set(document.fields[field]) for field in fields)
        case Phrase(text):
            return any(f" {text} " in f" {' '.join(document.fields[field])} " for field in fields)
        case Not(one) if fields_of(one):
            return True
        case _ if fields_of(node):
            return True
        case Not(one):
            return not matches(one, document, fields)
        case All(nodes):
            return all(matches(one, document, narrowed(nodes, fields)) for one in nodes)
        case Either(nodes):
            return any(matches(one, document, fields) for one in nodes)
        case Limit(operator, value):
            return limited(operator, value, document)
    raise AssertionError(node)


def narrowed(nodes: tuple[Node, ...], fields: frozenset[str]) -> frozenset[str]:
    inside = {field for one in nodes for field in fields_of(one)}
    outside = {field for one in nodes if isinstance(one, Not) for field in fields_of(one.node)}
    return (frozenset(inside) or fields) - outside


def fields_of(node: Node) -> list[str]:
    """The fields that in: names, or several of them joined by OR."""
    if isinstance(node, Limit) and node.operator == Operator.IN:
        return [node.value]
    parts = [fields_of(one) for one in node.nodes] if isinstance(node, Either) else []
    return [field for part in parts for field in part] if all(parts) else []


def limited(operator: Operator, value: str, document: Document) -> bool:
    if operator == Operator.CHANNEL:
        return document.channel in {"c1": {1}, "c2": {2}, "none": set()}[value]
    if (operator, value) in SPANS:
        since, until = SPANS[operator, value]
        at = document.posted_at
        return at is not None and (since is None or at >= since) and (until is None or at < until)
    if (operator, value) == (Operator.HAS, "deleted"):
        return document.deleted
    return document.facets is not None and f"{operator}:{value}" in document.facets


def reading() -> Reading:
    channels = {"c1": (1,), "c2": (2,), "none": ()}
    return Reading(NOW, lambda name: channels[name])


@given(TREES)
@settings(max_examples=400, deadline=None)
def test_the_strict_set_is_that_of_a_scan(session: Session, tree: Node) -> None:
    found = session.scalars(select(SearchDocument.publication_id).where(strict(tree, reading())))
    assert set(found) == {document.id for document in DOCUMENTS if matches(tree, document)}


@given(TREES, st.integers(1, 25), st.booleans())
@settings(max_examples=60, deadline=None)
def test_pages_by_date_show_each_hit_once_the_newest_first(
    session: Session, tree: Node, limit: int, indexed: bool
) -> None:
    condition, seen = strict(tree, reading()), []
    cursor: DateCursor | None = None
    while True:
        page, cursor = by_date(session, condition, limit, cursor, indexed=indexed)
        seen += page
        if cursor is None:
            break
        assert len(page) == limit
    known = {document.id: document for document in DOCUMENTS}
    oldest = datetime.min.replace(tzinfo=UTC)
    wanted = [document.id for document in DOCUMENTS if matches(tree, document)]
    assert seen == sorted(wanted, key=lambda id_: (known[id_].posted_at or oldest, id_), reverse=True)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("in:text", {"text"}),
        ("in:text|ocr", {"text", "ocr"}),
        ("in:text OR in:ocr", {"text", "ocr"}),
        ("in:text in:tags", {"text", "tags"}),
        ("-in:text", {"tags", "ocr", "desc"}),
        ("-в:текст|надпись", {"tags", "desc"}),
        ("in:text|ocr -in:ocr", {"text"}),
        ("-in:text -in:ocr -in:desc -in:tags", set()),
    ],
)
def test_in_names_the_fields_of_the_words_beside_it(session: Session, query: str, fields: set[str]) -> None:
    """In one group with the word, and in the group around its own."""
    limit = f"({query})" if " OR " in query else query
    for typed in (f"{WORDS[0]} {limit}", f"{limit} ({WORDS[0]} OR {WORDS[0]}{WORDS[1]})"):
        found = session.scalars(select(SearchDocument.publication_id).where(strict(parse(typed), reading())))
        wanted = {one.id for one in DOCUMENTS if any(WORDS[0] in one.fields[field] for field in fields)}
        assert set(found) == wanted, typed


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("и OR kind:photo", "kind:photo"),
        ("the OR A123BC OR в", "A123BC"),
        ('"и в" OR kind:photo OR "the"', "kind:photo"),
        ('kind:photo ("the" OR "и")', "kind:photo"),
        ('kind:photo -"the"', "kind:photo"),
        ("kind:photo -(и OR kind:video)", "kind:photo -kind:video"),
        ("kind:photo -(и OR в OR NOT the)", "kind:photo"),
        ("(и kind:photo) OR (the A123BC)", "kind:photo OR A123BC"),
    ],
)
def test_a_word_that_full_text_drops_is_no_alternative(session: Session, query: str, same: str) -> None:
    def found(typed: str) -> set[int]:
        return set(session.scalars(select(SearchDocument.publication_id).where(strict(parse(typed), reading()))))

    assert found(query) == found(same) != set()


@pytest.mark.parametrize(
    ("query", "indexed"),
    [
        ("ferry", True),
        ("ferry has:dup", True),
        ("ferry OR boat", True),
        ("ferry OR has:deleted", False),
        ("ferry OR -boat", False),
        ("-ferry", False),
        ("has:dup", False),
        ("in:text", False),
        ("/ferry/", False),
        ("tag:мост -ferry", True),
    ],
)
def test_only_a_condition_that_an_index_answers_is_counted_first(query: str, indexed: bool) -> None:
    """The others would read the whole table for a page."""
    assert indexable(parse(query)) is indexed


def test_the_words_of_the_scan_have_two_forms_of_one(session: Session) -> None:
    one, other = Word("жщіркові"), Word("жщірків")

    def found(*nodes: Node) -> set[int]:
        return set(session.scalars(select(SearchDocument.publication_id).where(strict(All(nodes), reading()))))

    assert found(one) == found(other) != found(Phrase("жщіркові"))
    assert found(one, Not(other)) == set()


def test_a_word_that_full_text_drops_excludes_nothing_and_finds_nothing(session: Session) -> None:
    def found(*nodes: Node) -> list[int]:
        return list(session.scalars(select(SearchDocument.publication_id).where(strict(All(nodes), reading()))))

    some = found(Word(WORDS[0]))
    assert found(Word("и"), Word(WORDS[0])) == found(Phrase("the"), Word(WORDS[0])) == some
    assert found(Word("и")) == found(Phrase("и в"), Word("the")) == []
    photos = found(Limit(Operator.KIND, "photo"))
    assert found(Limit(Operator.KIND, "photo"), Word("и"), Phrase("the")) == photos
    assert 0 < len(photos) < SIZE
