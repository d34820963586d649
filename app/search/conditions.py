"""The strict set of a query as a condition over search_documents: filters, words and phrases, nothing guessed.

Order by date shows exactly this set, and an alert fires for it. A word matches by its stem in any field, and one with a
digit also inside the codes of pictures. Words that stand together become one tsquery, for one index scan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, case, false, func, literal, literal_column, not_, or_, true, type_coerce
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY, TSVECTOR

from app.domain.codes import folded_code, is_code, is_part
from app.domain.facets import folded
from app.domain.query.dates import span
from app.domain.query.tree import All, Either, Limit, Node, Not, Operator, Pattern, Phrase, Word
from app.domain.spelling import normal
from app.domain.ukrainian import forms
from app.models import SearchDocument
from app.search.picture_filters import repeated
from app.search.within import Within

# Sends ASCII words to the English stemmer, so one configuration serves both languages.
CONFIG = literal("russian", REGCONFIG)
# The fields of a document and their weights in its tsvector.
FIELDS = {"text": "a", "tags": "b", "ocr": "c", "desc": "d"}
COLUMNS = {
    "text": SearchDocument.text,
    "tags": SearchDocument.tags,
    "ocr": SearchDocument.ocr,
    "desc": SearchDocument.labels,
}
EVERYWHERE = frozenset(FIELDS)
FACETS = {Operator.KIND, Operator.CLASS, Operator.LANG}

Condition = ColumnElement[bool]
TsQuery = ColumnElement[object]


@dataclass(frozen=True)
class Reading:
    """How to read a tree. now: the moment that spans such as date:P1W end at. fields: where words have to stand."""

    now: datetime
    channels: Callable[[str], Sequence[int]]  # ids of the channels that a name means; UserError if none
    near: Callable[[Limit], Condition] = field(default=lambda limit: false())  # of a filter near:
    fields: frozenset[str] = EVERYWHERE
    beside: Condition = field(default_factory=true)  # limits beside those of the query
    within: Within = None  # channels whose posts count for has:dup


def strict(tree: Node, reading: Reading) -> Condition:
    """The strict set of a query. UserError for a channel that is not watched.

    A word that full text drops (и, the) excludes nothing beside others; a query of such words alone finds nothing.
    """
    return and_(condition(tree, reading), says(tree), reading.beside)


def condition(node: Node, reading: Reading) -> Condition:
    """The same for a part of the tree."""
    if is_text(node):
        return _matches(node, reading)
    if named_fields(node.node if isinstance(node, Not) else node):
        return true()  # limits the words that stand beside it, see `narrowed`
    match node:
        case All(nodes):
            return _all(nodes, narrowed(nodes, reading))
        case Either(nodes):
            # Beside others a word that full text drops is no alternative; alone it excludes nothing.
            said = [says(one) for one in nodes]
            some = [and_(one, condition(node, reading)) for one, node in zip(said, nodes, strict=True)]
            return or_(false(), *some, not_(or_(false(), *said)) if nodes else false())
        case Not(one):
            # A row that lacks the value at all (no date, facets not filled yet) is outside of the limit, too.
            return or_(not_(says(one)), not_(func.coalesce(condition(one, reading), false())))
        case Pattern(text):
            return or_(*(COLUMNS[field].regexp_match(text, flags="i") for field in sorted(reading.fields)))
        case Word(text):
            return _code(text, reading)
        case Phrase(text):
            return phrase(text, reading)
        case Limit():
            return _limit(node, reading)
    raise AssertionError(node)


def says(node: Node) -> Condition:
    """Whether anything is left of the node without the words that full text drops."""
    match node:
        case Word() | Phrase():
            return func.numnode(tsquery(node)) > 0
        case Not(one):
            return says(one)
        case All(nodes) | Either(nodes) if nodes:
            return or_(*map(says, nodes))
    return true()


def is_text(node: Node) -> bool:
    """Whether the tree is of words alone, which one tsquery can say."""
    match node:
        case Word(text):
            return not is_code(text)
        case Not(one):
            return is_text(one)
        case All(nodes) | Either(nodes):
            return bool(nodes) and all(map(is_text, nodes))
    return False


def tsquery(node: Node) -> TsQuery:
    """The tsquery of a tree of words and phrases; a stop word drops out, as everywhere in full text."""
    match node:
        case Word(text):
            return _word(text)
        case Phrase(text):
            return type_coerce(func.phraseto_tsquery(CONFIG, text), TSQUERY)
        case Not(one):
            return type_coerce(func.tsquery_not(tsquery(one)), TSQUERY)
        case All(nodes):
            return _joined("&&", nodes)
        case Either(nodes):
            return _joined("||", nodes)
    raise AssertionError(node)


def _word(text: str) -> TsQuery:
    """The word by its stem, or a form of it that the stemmer does not know; a stop word has none."""
    plain: TsQuery = type_coerce(func.plainto_tsquery(CONFIG, text), TSQUERY)
    others = forms(normal(text))
    if not others:
        return plain
    widened: TsQuery = plain.op("||")(func.to_tsquery(CONFIG, any_of(others)))
    return type_coerce(case((func.numnode(plain) > 0, widened), else_=plain), TSQUERY)


def any_of(words: Iterable[str]) -> str:
    """The text by which `to_tsquery` means any of the words."""
    return " | ".join("'" + word.replace("'", "''") + "'" for word in words)


def _joined(operator: str, nodes: Sequence[Node]) -> TsQuery:
    first, *others = map(tsquery, nodes)
    for other in others:
        first = type_coerce(first.op(operator)(other), TSQUERY)
    return first


def _all(nodes: Sequence[Node], reading: Reading) -> Condition:
    """The words in one tsquery, then the others. Parts of a code also stand for the code without blanks."""
    spaced = spaced_codes(nodes, reading)
    left = [one for one in nodes if not any(one is part for run in spaced for part in run)]
    return and_(_each(left, reading), *(or_(_each(run, reading), in_picture(run)) for run in spaced))


def spaced_codes(nodes: Sequence[Node], reading: Reading) -> list[tuple[Word, ...]]:
    """The words that stand side by side and may be one code with blanks: `А 123 ВС`."""
    if "ocr" not in reading.fields:
        return []
    runs = [tuple(one for one in run if isinstance(one, Word)) for parts, run in groupby(nodes, _is_part) if parts]
    return [run for run in runs if len(run) > 1 and any(is_code(one.text) for one in run)]


def in_picture(run: Sequence[Word]) -> Condition:
    """Whether a picture has the words as one code."""
    return SearchDocument.codes.contains(folded_code(joined(run)), autoescape=True)


def joined(run: Sequence[Word]) -> str:
    """The words as one code, without blanks."""
    return "".join(one.text for one in run)


def _is_part(node: Node) -> bool:
    return isinstance(node, Word) and is_part(node.text)


def _each(nodes: Sequence[Node], reading: Reading) -> Condition:
    texts = tuple(one for one in nodes if is_text(one))
    others = [condition(one, reading) for one in nodes if not is_text(one)]
    return and_(true(), *([_matches(All(texts), reading)] if texts else []), *others)


def narrowed(nodes: Sequence[Node], reading: Reading) -> Reading:
    """in: limits where the words of its own group have to stand; several of them add up."""
    inside = frozenset[str]().union(*map(named_fields, nodes))
    outside = frozenset[str]().union(*(named_fields(one.node) for one in nodes if isinstance(one, Not)))
    return replace(reading, fields=(inside or reading.fields) - outside)


def named_fields(node: Node) -> frozenset[str]:
    """The fields of an in:, or of several that stand for one another (`in:text|ocr`); none for any other node."""
    match node:
        case Limit(Operator.IN, value):
            return frozenset([value])
        case Either(nodes) if nodes and all(map(named_fields, nodes)):
            return frozenset[str]().union(*map(named_fields, nodes))
    return frozenset()


def _matches(node: Node, reading: Reading) -> Condition:
    """A query of stop words alone says nothing, so that it excludes nothing."""
    query = tsquery(node)
    empty = func.numnode(query) == 0
    if reading.fields == EVERYWHERE:
        return or_(empty, SearchDocument.tsv.op("@@")(query))
    part = part_of(reading.fields)
    # The index knows no weights: the whole vector is asked beside, unless the query wants something to be missing.
    whole = [] if _negates(node) else [SearchDocument.tsv.op("@@")(query)]
    return or_(empty, and_(part.op("@@")(query), *whole))


def part_of(fields: Collection[str]) -> ColumnElement[object]:
    """The part of the vector that stands in these fields."""
    weights = ",".join(sorted(FIELDS[field] for field in fields))
    return func.ts_filter(SearchDocument.tsv, literal_column(f"'{{{weights}}}'::\"char\"[]"), type_=TSVECTOR)


def phrase(text: str, reading: Reading) -> Condition:
    """The words side by side in one field: the vector of a document lets the end of one run into the next."""
    query = tsquery(Phrase(text))
    inside = [part_of([field]).op("@@")(query) for field in sorted(reading.fields)]
    return or_(func.numnode(query) == 0, and_(SearchDocument.tsv.op("@@")(query), or_(false(), *inside)))


def _negates(node: Node) -> bool:
    match node:
        case Not():
            return True
        case All(nodes) | Either(nodes):
            return any(map(_negates, nodes))
    return False


def _code(text: str, reading: Reading) -> Condition:
    """A word with a digit: as a word, or inside a code of a picture, however it is spaced there."""
    word = _matches(Word(text), reading)
    if "ocr" not in reading.fields:
        return word
    return or_(word, SearchDocument.codes.contains(folded_code(text), autoescape=True))


def _limit(limit: Limit, reading: Reading) -> Condition:
    match limit.operator:
        case Operator.CHANNEL:
            return SearchDocument.channel_id.in_(reading.channels(limit.value))
        case Operator.DATE | Operator.BEFORE | Operator.AFTER:
            return _span(limit, reading.now)
        case Operator.NEAR:
            return reading.near(limit)
        case Operator.HAS if limit.value == "deleted":
            return SearchDocument.deleted_at.is_not(None)
        case Operator.HAS if limit.value == "dup":
            return repeated(reading.within)
        case _:
            return _facet(f"{limit.operator}:{folded(limit.value)}")


def _facet(name: str) -> Condition:
    return SearchDocument.facets.contains([name])


def _span(limit: Limit, now: datetime) -> Condition:
    since, until = span(limit, now)
    posted = SearchDocument.posted_at
    bounds = [posted >= since] if since else []
    bounds += [posted < until] if until else []
    return and_(posted.is_not(None), *bounds)


def indexable(node: Node) -> bool:
    """Whether an index finds few rows for the tree by itself; else only a walk by date ends early."""
    match node:
        case Word() | Phrase():
            return True
        case All(nodes):
            return any(map(indexable, nodes))
        case Either(nodes):
            return bool(nodes) and all(map(indexable, nodes))
        case Limit(operator):
            return operator not in (Operator.IN, Operator.HAS)
    return False
