"""Pure decisions about pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.images import PictureFacts, alike, classify, clean_text, join_texts
from app.domain.kinds import Classification

HASHES = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")

PHOTO = PictureFacts(1280, 960, 0, 0.0, 0.0, 0.0, flat=0.1, background=0.15, paper=False, vivid=0.0)
PAGE = PictureFacts(1240, 1754, 200, 0.2, 0.2, 0.015, flat=0.7, background=0.9, paper=True, vivid=0.0)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (PHOTO, Classification.PHOTO),
        (replace(PHOTO, words=4, text_share=0.05, edge_text=0.0, line_height=0.06), Classification.PHOTO),  # a sign
        (replace(PHOTO, words=6, text_share=0.1, edge_text=1.0, line_height=0.08), Classification.MEME),
        (
            replace(PHOTO, words=6, text_share=0.01, edge_text=1.0, line_height=0.02),
            Classification.PHOTO,
        ),  # a watermark
        (replace(PHOTO, words=80, text_share=0.2), Classification.DOCUMENT),  # a page under a camera
        (PAGE, Classification.DOCUMENT),
        (replace(PAGE, width=1080, height=1920, words=30), Classification.SCREENSHOT),
        (replace(PAGE, width=1920, height=1080), Classification.SCREENSHOT),
        (replace(PAGE, width=192, height=108), Classification.DOCUMENT),  # too small for a screen
        (replace(PAGE, paper=False), Classification.SCREENSHOT),  # a dark editor
        (replace(PHOTO, flat=0.35, width=1170, height=2532, words=40), Classification.SCREENSHOT),  # a news app
        (replace(PAGE, width=1080, height=9000), Classification.DOCUMENT),
        (replace(PAGE, width=1080, height=9000, paper=False, vivid=0.3), Classification.SCREENSHOT),  # a long chat
        (replace(PAGE, width=1080, height=9000, vivid=0.3, big_type=3.0), Classification.INFOGRAPHIC),  # a long poster
        (replace(PHOTO, width=1080, height=9000, flat=0.4, words=90), Classification.SCREENSHOT),  # an article
        (replace(PAGE, bar=True), Classification.SCREENSHOT),  # a window
        (replace(PAGE, words=25, big_type=3.0), Classification.INFOGRAPHIC),  # a poster
        (replace(PAGE, words=20, text_share=0.03), Classification.INFOGRAPHIC),  # a diagram: lines, not letters
        (replace(PAGE, words=14, text_share=0.03, vivid=0.2), Classification.INFOGRAPHIC),
        (replace(PAGE, words=5), Classification.INFOGRAPHIC),
        (replace(PAGE, words=0), Classification.OTHER),
    ],
)
def test_each_kind_has_its_rule(facts: PictureFacts, kind: Classification) -> None:
    assert classify(facts) is kind


def test_frames_that_repeat_a_caption_say_it_once() -> None:
    assert (
        join_texts(["BREAKING NEWS\nfirst", "Breaking  news\nsecond", "", "first"]) == "BREAKING NEWS\nfirst\n\nsecond"
    )


def test_paragraphs_survive_joining() -> None:
    assert join_texts(["one\n\ntwo\n\nthree"]) == "one\n\ntwo\n\nthree"


@given(st.text())
def test_clean_text_can_be_stored_and_cleaning_again_changes_nothing(text: str) -> None:
    clean = clean_text(text)
    assert "\x00" not in clean
    clean.encode()  # lone surrogates are refused by UTF-8 and by PostgreSQL
    assert clean_text(clean) == clean


@pytest.mark.parametrize(("other", "same"), [("#300000", True), ("#310000", False), ("#000030", True)])
def test_colours_agree_up_to_a_distance(other: str, same: bool) -> None:
    assert alike((640, 480), (640, 480), ["#000000"], [other]) is same


@pytest.mark.parametrize(("size", "same"), [((653, 480), False), ((652, 480), True), ((320, 240), True)])
def test_proportions_agree_up_to_a_share(size: tuple[int, int], same: bool) -> None:
    assert alike(size, (640, 480), [], []) is same
