"""Box and form of a search fill each other, and neither loses a part of the query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.form import FIELDS, beside, filled, parts, refined, without
from app.domain.query.operators import limit_of
from app.domain.query.parser import parse
from app.domain.query.printer import to_text
from app.domain.query.tree import Operator
from app.errors import UserError

FORM = {Operator.KIND: "video", Operator.LANG: "", Operator.CHANNEL: "@news", Operator.AFTER: "2026-01"}


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("паром", {}),
        ("kind:photo паром", {Operator.KIND: "photo"}),
        ("вид:фото язык:русский", {Operator.KIND: "photo", Operator.LANG: "ru"}),
        ("-kind:photo", {}),
        ("kind:photo OR kind:video", {}),
        ("has:ocr has:edit", {Operator.HAS: "edit"}),
        ("tag:порт near:abcdef12", {}),
    ],
)
def test_the_box_fills_the_form(typed: str, fields: dict[Operator, str]) -> None:
    assert filled(parse(typed)) == fields


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("паром", "паром kind:video channel:@news after:2026-01"),
        ("kind:photo паром", "паром kind:video channel:@news after:2026-01"),
        ("kind:video", "kind:video channel:@news after:2026-01"),
        ("паром OR порт", "(паром OR порт) kind:video channel:@news after:2026-01"),
        ("lang:ru -kind:photo", "-kind:photo kind:video channel:@news after:2026-01"),
        ("lang:ru", "kind:video channel:@news after:2026-01"),
        ("has:ocr has:edit", "has:ocr has:edit kind:video channel:@news after:2026-01"),
    ],
)
def test_the_form_fills_the_box(typed: str, text: str) -> None:
    assert to_text(refined(parse(typed), FORM)) == text


def test_a_form_that_is_sent_unchanged_changes_nothing() -> None:
    for typed in ("a b", "kind:photo (a OR b) has:ocr has:edit", "-lang:ru date:2026", '"a b" channel:"Общий стол"'):
        tree = parse(typed)
        sent = {operator: filled(tree).get(operator, "") for operator in FIELDS}
        assert refined(tree, sent) == tree


@given(st.lists(st.sampled_from(["a", "kind:photo", "lang:ru", "has:ocr", "-b", "(c OR d)", "has:edit"]), min_size=1))
def test_a_chip_takes_away_its_part_alone(words: list[str]) -> None:
    tree = parse(" ".join(words))
    for part in parts(tree):
        assert parts(without(tree, part)) == tuple(one for one in parts(tree) if one != part)


def test_a_facet_is_one_more_filter() -> None:
    tree = beside(parse("паром"), limit_of(Operator.TAG, "порт"))
    assert to_text(tree) == "паром tag:порт"
    assert beside(tree, limit_of(Operator.TAG, "порт")) == tree


def test_a_wrong_value_names_the_right_ones() -> None:
    with pytest.raises(UserError, match=r"kind: .*photo"):
        refined(parse("a"), {Operator.KIND: "picture-book"})
