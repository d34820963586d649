"""Saved searches inside searches: the tree of a name takes its place, and what cannot be is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.normal import normal
from app.domain.query.parser import parse
from app.domain.query.saved import expand
from app.domain.query.tree import NOTHING, Limit, Node, Operator, walk
from app.errors import UserError


def kept(texts: Mapping[str, str]) -> Callable[[str], Node | None]:
    """A look-up over saved searches as texts."""
    return lambda name: parse(texts[name]) if name in texts else None


SEARCHES = {
    "cats": "cat OR кот",
    "mine": 'channel:"Moscow news" search:cats',
    "моя папка": "-kind:video",
    "ocr": "in:ocr знак",
    "empty": "",
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dog", "dog"),
        ("search:cats", "cat OR кот"),
        ("dog search:cats", "dog (cat OR кот)"),
        ("dog OR search:cats", "dog OR cat OR кот"),
        ("-search:cats dog", "-(cat OR кот) dog"),
        ('a -поиск:"моя папка"', "a kind:video"),
        ("(x OR search:mine) y", '(x OR channel:"Moscow news" (cat OR кот)) y'),
        ("search:cats search:cats", "(cat OR кот) (cat OR кот)"),
        ("a search:ocr", "a (in:ocr знак)"),
        ("a search:empty", "a"),
        ("a OR search:empty", ""),
    ],
)
def test_the_tree_of_a_search_takes_the_place_of_its_name(typed: str, meant: str) -> None:
    assert expand(parse(typed), kept(SEARCHES)) == parse(meant)


def test_none_of_everything_is_nothing() -> None:
    assert expand(parse("a -search:empty"), kept(SEARCHES)) == NOTHING


@given(st.lists(st.sampled_from(["a ", "-", "(", ")", " ", " OR ", *(f'search:"{name}" ' for name in SEARCHES)])))
def test_an_expanded_tree_is_normal_and_asks_for_no_saved_search(pieces: list[str]) -> None:
    tree = expand(parse("".join(pieces)), kept(SEARCHES))
    assert tree == normal(tree)
    assert not any(isinstance(node, Limit) and node.operator is Operator.SEARCH for node in walk(tree))


def test_an_unknown_search_is_named() -> None:
    with pytest.raises(UserError, match=r"no saved search 'dogs'.*saved list"):
        expand(parse("a -search:dogs"), kept(SEARCHES))


@pytest.mark.parametrize(
    ("searches", "path"),
    [
        ({"a": "x search:a"}, "a > a"),
        ({"a": "search:b", "b": "-(y search:c)", "c": "z OR search:a"}, "a > b > c > a"),
        ({"a": "search:b", "b": "search:b"}, "a > b > b"),
    ],
)
def test_a_circle_is_named(searches: dict[str, str], path: str) -> None:
    with pytest.raises(UserError, match="contains itself") as refused:
        expand(parse("search:a"), kept(searches))
    assert f"({path})" in str(refused.value)


def test_a_search_may_stand_twice_without_a_circle() -> None:
    diamond = {"top": "search:left search:right", "left": "search:x", "right": "search:x", "x": "a"}
    assert expand(parse("search:top"), kept(diamond)) == parse("a a")


def _chain(length: int) -> dict[str, str]:
    return {f"s{place}": f"search:s{place + 1}" for place in range(1, length)} | {f"s{length}": "end"}


def test_searches_lie_at_most_five_deep() -> None:
    assert expand(parse("search:s1"), kept(_chain(5))) == parse("end")
    with pytest.raises(UserError, match=r"'s6' lies 6 deep \(s1 > s2 > s3 > s4 > s5 > s6\), and at most 5"):
        expand(parse("search:s1"), kept(_chain(6)))


def test_a_search_that_multiplies_itself_is_refused_early() -> None:
    many = {f"s{place}": f"search:s{place + 1} " * 50 for place in range(1, 5)} | {"s5": "a b"}
    with pytest.raises(UserError, match="at most 200"):
        expand(parse("search:s1"), kept(many))


def test_each_search_is_looked_up_and_expanded_once() -> None:
    """99 ** 4 expansions of nothing would else stay within every bound, and last for minutes."""
    asked: list[str] = []
    searches = {f"s{place}": f"search:s{place + 1} " * 99 for place in range(1, 5)} | {"s5": ""}

    def lookup(name: str) -> Node | None:
        asked.append(name)
        return kept(searches)(name)

    assert expand(parse("a search:s1"), lookup) == parse("a")
    assert sorted(asked) == sorted(searches)


def test_the_bounds_hold_for_the_expanded_tree() -> None:
    deep = {"deep": "-(a " * 15}
    assert expand(parse("-(b " * 4 + "search:deep"), kept(deep))
    with pytest.raises(UserError, match="deep in each other"):
        expand(parse("-(b " * 10 + "search:deep"), kept(deep))
