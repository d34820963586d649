"""Where long pictures are cut, and how the lines of their strips join."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.adapters.vision.large_print import large, large_lines, replaced
from app.adapters.vision.seams import Part, abreast, stacked
from app.adapters.vision.strips import HERE, Room, boxes, is_long, left_out, scaled, spans
from app.adapters.vision.words import Line, Word

SIDES = st.integers(1, 70_000)
ROOMS = st.sampled_from([HERE, Room(1280, 640, 10), Room(256, 128, 3)])


@given(SIDES, SIDES, ROOMS)
def test_strips_show_a_picture_from_end_to_end_or_say_what_they_leave_out(width: int, height: int, room: Room) -> None:
    size = scaled((width, height), room)
    found = spans(size, room)
    assert size[0] <= width
    assert size[1] <= height
    assert len(found) <= room.most
    assert all(end - start <= room.side + 1 for start, end in found)
    assert found[0][0] == 0
    assert (found[-1][1] == max(size)) == (left_out(size, room) is None)
    for (_, end), (start, _) in pairwise(found):
        assert end - start >= room.overlap(size)
    for left, top, right, bottom in boxes(size, room):
        assert (right - left) * (bottom - top) > 0
        assert max(right - left, bottom - top) <= room.side + 1


def test_ordinary_pictures_and_screens_stay_whole() -> None:
    for size in ((1080, 2400), (1080, 2520), (4000, 3000), (1280, 720), (2480, 3508)):
        assert not is_long(size)
        assert len(spans(scaled(size))) == 1


def test_a_long_picture_keeps_the_resolution_of_its_shorter_side() -> None:
    assert scaled((1080, 9000)) == (1080, 9000)
    assert scaled((12000, 900)) == (12000, 900)
    assert scaled((2160, 18000)) == (1080, 9000)
    assert min(scaled((1080, 30_000))) > 720  # a little smaller, so that ten strips show all of it
    assert left_out(scaled((1080, 30_000))) is None


def test_the_part_that_was_not_read_is_named_with_its_limit() -> None:
    assert left_out((1080, 21_840)) is None
    assert left_out((1080, 21_840), read=10) is None
    assert "the first 50% of a long picture were read: 10 parts" in str(left_out((1080, 43_680), read=10))
    assert "the first 30% of a long picture were read: 80,000 letters" in str(left_out((1080, 21_840), read=3))


def line(*words: str, top: int, left: int = 50, block: int = 1, height: int = 30) -> Line:
    """A line of words of 20 pixels a letter."""
    found = []
    for text in words:
        found.append(Word(text, 0.9, (block, 1, top), left, top, 20 * len(text), height))
        left += 20 * len(text) + 15
    return tuple(found)


def said(lines: tuple[Line, ...]) -> list[str]:
    """The texts of lines."""
    return [" ".join(word.text for word in one) for one in lines]


def test_words_too_large_for_strips_stand_for_their_pieces() -> None:
    size = (12_000, 900)
    pieces = (
        (Word("CONG", 0.9, (1, 1, 1), 100, 100, 2200, 400), Word("GRATU", 0.7, (1, 1, 1), 1900, 100, 2300, 400)),
        line("small", "print", top=450, left=200),  # inside the box of the large ones, as Tesseract draws it
    )
    assert large(pieces[0], size)
    assert not large(pieces[1], size)
    seen = ((Word("CONGRATULATIONS", 0.9, (1, 1, 1), 20, 20, 1000, 80),), line("noise", top=140, height=8))
    found = large_lines(seen, 5.0, size)
    assert said(replaced(pieces, found, size)) == ["CONGRATULATIONS", "small print"]


UPPER, LOWER = (0, 1000), (800, 1800)  # the seam is at 900


def test_a_line_on_the_seam_is_there_once_however_it_moves_by_a_pixel() -> None:
    for above in (883, 884, 885, 886, 887):
        for below in (883, 884, 885, 886, 887):
            first = (line("up", top=700), line("on", "the", "seam", top=above))
            second = (line("on", "the", "seam", top=below), line("down", top=1100))
            assert said(stacked([Part(UPPER, first), Part(LOWER, second)])) == ["up", "on the seam", "down"]


def test_a_cut_line_gives_way_to_the_whole_one() -> None:
    first = (line("whole", top=700), line("cvl", top=985, height=15))  # its upper half, at the end of the strip
    second = (line("wnole", top=800, height=14), line("cut", top=985))
    assert said(stacked([Part(UPPER, first), Part(LOWER, second)])) == ["whole", "cut"]


def test_equal_lines_at_other_places_stay() -> None:
    first = tuple(line("Да", top=top) for top in (100, 400, 850, 895, 940))
    second = tuple(line("Да", top=top) for top in (850, 895, 940, 1500))
    assert said(stacked([Part(UPPER, first), Part(LOWER, second)])) == ["Да"] * 6


def test_a_line_that_one_strip_missed_comes_from_the_other_in_its_place() -> None:
    first = (line("one", top=820), line("three", top=870), line("four", top=915), line("five", top=950))
    second = (line("two", top=845), line("three", top=870), line("five", top=951), line("six", top=1200))
    found = said(stacked([Part(UPPER, first), Part(LOWER, second)]))
    assert found == ["one", "two", "three", "four", "five", "six"]


def test_lines_go_on_over_a_cut_and_no_word_is_there_twice() -> None:
    # The cuts go through "brown" (at 800) and "jumps" (at 1000).
    words = ("the", "quick", "brown", "fox", "jumps", "over")
    whole = line(*words, top=40, left=640)
    left = (*line("the", "quick", "brown", "fox", top=40, left=640), Word("jun", 0.9, (1, 1, 40), 970, 40, 30, 30))
    right = (Word("wn", 0.9, (1, 1, 41), 800, 41, 55, 30), *(word for word in whole[3:]))
    other = line("below", top=120, left=850)
    found = abreast(
        [Part((0, 1000), (left, other)), Part((800, 1800), (right, other, line("last", top=40, left=1700)))]
    )
    assert said(found) == ["the quick brown fox jumps over", "below", "last"]
