"""The printer and the parser are inverse, over generated trees and over generated text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.domain.query.bounds import check_tree
from app.domain.query.normal import normal
from app.domain.query.operators import limit_of
from app.domain.query.parser import parse
from app.domain.query.printer import to_text
from app.domain.query.signs import ALL_QUOTES
from app.domain.query.tokens import clean
from app.domain.query.tree import (
    EVERYTHING,
    NOTHING,
    All,
    Either,
    Limit,
    Node,
    Not,
    Operator,
    Pattern,
    Phrase,
    Word,
    children,
    walk,
)
from app.errors import UserError

# Pieces that mean something to the parser, or that Unicode would join with their neighbours.
SIGNS = ["(", ")", "|", "-", "/", ":", "\\", "~", "'", "or", "OR", "ИЛИ", "NOT", "НЕ", "AND", "И", "tag:", "foo:", "в:"]
LETTERS = ["a", "Ы", "ё", "й", "e\u0301", "\u0301", "\u0338", "5", "😀", "—", ".", ",", "가", "\u200d", "日"]
QUOTED = [*ALL_QUOTES, " "]


def texts(*pieces: str) -> st.SearchStrategy[str]:
    """Texts as trees hold them: in NFC, with single blanks, without control characters."""
    joined = st.lists(st.sampled_from(pieces) | st.characters(codec="utf-8"), min_size=1, max_size=8).map("".join)
    return joined.map(lambda text: " ".join(clean(text).split())).filter(bool)


def _is_word(text: str) -> bool:
    return not any(c.isspace() or c in ALL_QUOTES for c in text)


WORDS = texts(*SIGNS, *LETTERS).filter(_is_word).map(Word)
PHRASES = texts(*SIGNS, *LETTERS, *QUOTED).map(Phrase)
PATTERNS = (
    texts(*SIGNS, *LETTERS, *QUOTED, "\\/", "\\ ", ".*")
    .filter(lambda text: (len(text) - len(text.rstrip("\\"))) % 2 == 0)
    .map(Pattern)
)
VALUES = {
    Operator.TAG: ["море", "new york", "c++", "нью-йорк"],
    Operator.KIND: ["photo", "видео", "audio", "voice", "документ", "album", "text"],
    Operator.CLASS: ["мем", "photo", "document", "screenshot", "infographic", "other"],
    Operator.LANG: ["ru", "english", "украинский", "xx", "ceb"],
    Operator.HAS: ["ocr", "edit", "deleted", "dup", "media"],
    Operator.IN: ["text", "ocr", "desc", "tags"],
    Operator.DATE: [
        "P1W",
        "PT6H",
        "P1Y2M3W4DT5H6M7S",
        "2026",
        "2024-02-29",
        "2026-11..2026-12",
        "..2026",
        "2025-01-01..",
    ],
    Operator.BEFORE: ["2026-11-05", "2026-11-05T12:30Z", "2026-11-05T12:30:15+03:00", "P1M", "2026-11"],
    Operator.AFTER: ["2026-11-05", "2026-11-05 12:30", "P1D", "2026"],
    Operator.NEAR: ["0123abcd~0", "ABCDEF0123", f"{'a' * 64}~16"],
}
NAMES = texts(*SIGNS, *LETTERS, *QUOTED)
LIMITS = st.sampled_from(Operator).flatmap(
    lambda operator: (st.sampled_from(VALUES[operator]) if operator in VALUES else NAMES).map(
        lambda value: limit_of(operator, value)
    )
)
LEAVES = WORDS | PHRASES | PATTERNS | LIMITS


def _groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, max_size=4).map(tuple)
    return inner.map(Not) | several.map(All) | several.map(Either)


TREES = st.recursive(LEAVES, _groups, max_leaves=25)


def _printed(tree: Node) -> str:
    """The canonical text, for trees that are within the bounds."""
    text = to_text(tree)
    try:
        check_tree(normal(tree))
    except UserError:
        assume(False)
    assume(max(len(text), len(to_text(tree, russian=True))) <= 1000)
    return text


@given(TREES)
def test_a_printed_tree_is_read_as_itself_in_both_languages(tree: Node) -> None:
    plain = normal(tree)
    assert parse(_printed(tree)) == plain
    assert parse(to_text(tree, russian=True)) == plain


@given(
    LEAVES,
    st.lists(st.sampled_from([Not, lambda node: All((node, Word("x"))), lambda node: Either((Word("y"), node))])),
)
def test_deep_groups_are_read_as_they_were(leaf: Node, wraps: list[Callable[[Node], Node]]) -> None:
    for wrap in wraps:
        leaf = wrap(leaf)
    assert parse(_printed(leaf)) == normal(leaf)


TYPED = st.lists(st.sampled_from([*SIGNS, *LETTERS, *QUOTED, "kind:photo", "тег:", "date:"]) | st.text(max_size=3)).map(
    lambda pieces: "".join(pieces)
)


@given(st.text() | TYPED)
@example("a\x00b\ud800c")
@example("a | OR NOT -(")
@example("«a “b» c”")
def test_any_text_is_a_query_or_an_error_of_the_user(text: str) -> None:
    try:
        tree = parse(text)
    except UserError:
        return
    assert tree == normal(tree)
    printed = to_text(tree)
    assert parse(printed) == tree
    assert to_text(parse(printed)) == printed
    assert printed == unicodedata.normalize("NFC", printed)


@given(st.text(alphabet="абв гд ,.-!?()«»\"'5\n—", max_size=200))
def test_plain_text_is_never_an_error(text: str) -> None:
    parse(text)


@given(TREES)
def test_the_normal_form_is_stable_and_has_no_needless_groups(tree: Node) -> None:
    plain = normal(tree)
    assert normal(plain) == plain
    for node in walk(plain):
        if isinstance(node, Not):
            assert not isinstance(node.node, Not)
        elif node != EVERYTHING and isinstance(node, All | Either):
            assert len(node.nodes) > 1
        assert not any(isinstance(child, Either) and isinstance(node, Either) for child in children(node))
        assert EVERYTHING not in children(node) or plain == NOTHING


A, B, C = Word("a"), Word("b"), Word("c")
OCR = Limit(Operator.IN, "ocr")


@pytest.mark.parametrize(
    ("tree", "printed"),
    [
        (EVERYTHING, ""),
        (NOTHING, "NOT ()"),
        (Either(()), "NOT ()"),
        (Either((A, EVERYTHING)), ""),
        (All((A, Either(()))), "NOT ()"),
        (Not(Not(A)), "a"),
        (All((A, All((B, C)))), "a b c"),
        (Either((A, Either((B, C)))), "a OR b OR c"),
        (Either((All((A, B)), C)), "a b OR c"),
        (All((A, Either((B, C)))), "a (b OR c)"),
        (Not(All((A, Not(B)))), "-(a -b)"),
        (All((A, All((OCR, B)))), "a (in:ocr b)"),
        (All((A, All((Not(OCR), B)))), "a (-in:ocr b)"),
        (All((A, All((Either((OCR, Limit(Operator.IN, "text"))), B)))), "a ((in:ocr OR in:text) b)"),
        (All((A, All((Either((All((OCR, B)), C)),)))), "a (in:ocr b OR c)"),
        (All((A, All((Either((All((OCR, B)), C)), B)))), "a (in:ocr b OR c) b"),
        (Word("OR"), "\\OR"),
        (Word("-a"), "\\-a"),
        (Word("tag:a"), "\\tag:a"),
        (Word("foo:a"), "\\foo:a"),
        (Word("/a"), "\\/a"),
        (Word("a(b"), "a\\(b"),
        (Word("—"), "\\—"),
        (Word("12:30"), "12:30"),
        (Phrase('say "a: b"\\'), '"say \\"a: b\\"\\\\"'),
        (Pattern("a/b \\d+"), "/a\\/b \\d+/"),
        (Pattern(" a"), "/[ ]a/"),
        (Limit(Operator.CHANNEL, "Moscow news"), 'channel:"Moscow news"'),
        (Limit(Operator.CHANNEL, "::"), 'channel:"::"'),
        (Not(Limit(Operator.CHANNEL, "@news")), "-channel:@news"),
    ],
)
def test_the_canonical_text(tree: Node, printed: str) -> None:
    assert to_text(tree) == printed


def test_the_russian_text() -> None:
    tree = parse("-(kind:photo OR lang:ru) class:meme lang:ceb has:dup NOT ()")
    assert to_text(tree, russian=True) == "НЕ ()"
    tree = parse("-(kind:photo OR lang:ru) class:meme lang:ceb has:dup in:desc")
    assert to_text(tree, russian=True) == "-(вид:фото ИЛИ язык:русский) класс:мем язык:ceb есть:повтор в:описание"
