"""The measures of answers, by hand: citations, facts, the curve of refusals, the agreement of two labellers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ask.answer import Source
from app.errors import UserError
from app.eval.ask.agreement import Label, agreement, kappa, labels, main
from app.eval.ask.curves import Compared, area, compared, curve, refused_at
from app.eval.ask.metrics import Cited, nugget_recall, overlap, precision, recall, right
from app.eval.ask.question import Nugget, Quote

DEPARTURE = Quote("ferry", Source.POST, "The last ferry leaves at 22:30")
CORRECTED = Quote("ferry-fix", Source.POST, "at 22:30, not at 22:15")
FARE = Quote("fares", Source.OCR, "ADULT 420")
FACTS = (Nugget("it leaves at 22:30", (DEPARTURE, CORRECTED)), Nugget("an adult pays 420", (FARE,)))
QUOTES = (DEPARTURE, CORRECTED, FARE)


def cite(quote: Quote, text: str | None = None) -> Cited:
    return Cited(quote.post, quote.source, quote.text if text is None else text)


WRONG = Cited("storm", Source.POST, "The storm is over.")


def test_citations_by_hand() -> None:
    cited = [cite(DEPARTURE), WRONG, cite(FARE, "Fares 2026: ADULT  420, child 210")]
    assert precision(cited, QUOTES) == pytest.approx(2 / 3)
    assert recall(cited, QUOTES) == pytest.approx(2 / 3)  # the place of the correction is not cited
    assert nugget_recall(cited, FACTS) == 1  # but its fact is given
    assert precision([], QUOTES) is None
    assert recall([WRONG], QUOTES) == nugget_recall([WRONG], FACTS) == precision([WRONG], QUOTES) == 0
    assert nugget_recall([cite(CORRECTED)], FACTS) == 0.5


def test_a_citation_leads_to_the_post_and_the_field_of_the_quote() -> None:
    assert right(cite(FARE), FARE)
    assert not right(Cited("fares", Source.POST, "ADULT 420"), FARE)
    assert not right(Cited("ferry", Source.OCR, "ADULT 420"), FARE)
    assert right(Cited("fares", None, ""), FARE)  # the whole post
    assert not right(Cited("", None, ""), FARE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("leaves at 22:30", "The last ferry LEAVES at\n22:30.", True),
        ("«Печак» стоит", '"печак"  стоит', True),
        ("It is closed. Use the pier", "Use the pier today.", True),  # 12 of 19
        ("It is closed. Use the pier", "Use the pier in the south", False),  # 12 of 25
        ("abcdefgh", "efghijkl", False),  # exactly half
        ("abcdefgh", "defghijk", True),
        ("adult fare 420", "adult fare 210", False),  # other lines of one table
        ("one", "two", False),
        ("", "two", False),
        (" \n", "two", False),
        ("", "", False),
    ],
)
def test_overlap(one: str, other: str, same: bool) -> None:
    assert overlap(one, other) is same
    assert overlap(other, one) is same


def test_the_curve_by_hand() -> None:
    points = curve([0.9, 0.8, 0.4, None], [0.5, 0.1])
    assert [(point.refused, point.answered) for point in points] == [
        (1.0, 0.0),
        (0.75, 0.0),
        (0.5, 0.0),
        (0.5, 0.5),
        (0.25, 0.5),
        (0.25, 1.0),
    ]
    # (0, .5) to (.5, .5) to (.5, .25) to (1, .25)
    assert area(points) == pytest.approx(0.5 * 0.5 + 0.5 * 0.25)
    assert refused_at(points, 0.49) == 0.5
    assert refused_at(points, 0.5) == 0.25


def test_equal_confidences_are_answered_together() -> None:
    points = curve([0.5, 0.5], [0.5])
    assert [(point.refused, point.answered) for point in points] == [(1, 0), (0, 1)]
    assert area(points) == 0.5  # it cannot tell them apart: a guess


def test_a_method_that_never_answers_a_question_goes_on_refusing_it() -> None:
    assert area(curve([None, None], [None])) == 1
    assert area(curve([0.7], [None])) == 0


CONFIDENCES = st.lists(st.none() | st.integers(0, 5).map(float), min_size=1, max_size=12)


@given(CONFIDENCES, CONFIDENCES)
def test_the_curve_falls_and_its_area_is_a_share(
    answerable: list[float | None], unanswerable: list[float | None]
) -> None:
    points = curve(answerable, unanswerable)
    assert points == sorted(points, key=lambda point: (point.answered, -point.refused))
    assert 0 <= area(points) <= 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_the_area_is_the_share_of_pairs_in_the_wrong_order(right: list[int], wrong: list[int]) -> None:
    """1 minus AUROC: of all pairs, those where the unanswerable question has more confidence; equal ones count half."""
    pairs = [(one, other) for one in right for other in wrong]
    share = sum((one < other) + (one == other) / 2 for one, other in pairs) / len(pairs)
    assert area(curve([*map(float, right)], [*map(float, wrong)])) == pytest.approx(share)


def test_better_at_every_point_is_computed() -> None:
    ours, theirs = curve([0.9, 0.8, 0.2], [0.5, 0.1]), curve([0.9, 0.4, 0.2], [0.5, 0.1])
    # at 0: 1/3 against 2/3; at .5: 1/3 against 0 (.2 > .1), so 0 against 0; at 1: 0 against 0
    assert compared(ours, theirs) == Compared(better=1, equal=2, worse=0)
    assert compared(ours, theirs).everywhere
    assert not compared(theirs, ours).everywhere
    assert not compared(ours, ours).everywhere


def test_a_point_of_one_curve_alone_counts_too() -> None:
    ours, theirs = curve([0.5], [0.9, 0.1]), curve([0.5], [0.9, 0.8])
    assert compared(ours, theirs) == Compared(better=1, equal=2, worse=0)  # at 0 both refuse, at .5 only theirs does
    coarse = curve([0.5], [0.6, 0.6])  # it goes from 0 to 1 at once
    assert compared(coarse, ours) == Compared(better=0, equal=2, worse=1)


def test_kappa_by_hand() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == pytest.approx(0.4)  # .7 alike, .5 by chance
    assert kappa([("yes", "yes"), ("no", "no")]) == 1
    assert kappa([("yes", "no"), ("no", "yes")]) == -1
    assert kappa([("yes", "yes")]) is None
    assert kappa([]) is None


def test_agreement_by_hand() -> None:
    first = {
        "a": Label("text", (DEPARTURE,)),
        "b": Label("picture", (FARE,)),
        "c": Label("none", ()),
        "d": Label("none", ()),
    }
    second = {
        "a": Label("text", (Quote("ferry", Source.POST, "leaves at 22:30"), CORRECTED)),
        "b": Label("text", (Quote("fares", Source.POST, "420"),)),
        "c": Label("none", ()),
        "x": Label("text", ()),
    }
    found = agreement(first, second)
    assert (found.questions, found.answerable_same, found.where_same, found.both_answered) == (3, 3, 2, 2)
    assert found.answerable == 1
    # 2 of 3 alike; by chance 1/3 * 2/3 (text) + 1/3 * 0 (picture) + 1/3 * 1/3 (none) = 1/3
    assert found.where == pytest.approx(0.5)
    assert found.quotes == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    assert found.posts == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))


def test_labels_that_cannot_be_compared_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty, one, other = (tmp_path / name for name in ("empty.toml", "one.toml", "other.toml"))
    empty.write_text("")
    one.write_text('[[question]]\nid = "a"\nwhere = "none"\n')
    other.write_text('[[question]]\nid = "b"\nwhere = "none"\n')
    with pytest.raises(UserError, match="labels no question"):
        labels(empty)
    assert main([str(one), str(other)]) == 2
    assert "no question in common" in capsys.readouterr().err
    assert main([str(one), str(tmp_path / "absent.toml")]) == 2
    assert main([str(one), str(one)]) == 0
    assert "1 alike, kappa -" in capsys.readouterr().out
