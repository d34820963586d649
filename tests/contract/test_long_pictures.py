"""Pictures that are too long for one look: every provider sees all of them, and says each word once."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.adapters.vision.local import LocalVision
from app.adapters.vision.strips import spans
from app.domain.kinds import Classification
from app.domain.reading import Analysis
from tests.factories.files import scanned_pdf, stored
from tests.factories.pictures import encoded, font

pytestmark = pytest.mark.slow

LINES = (
    "Открыта запись на экскурсию",
    "The museum opens every Sunday",
    "Площадь закрыта до конца марта",
    "Tickets are sold at the gate",
    "Трамвай ходит каждый час",
)
REPEATED = "Смотрите дальше внизу"


def tall(places: dict[int, str], size: tuple[int, int]) -> Image.Image:
    """Black print on white paper. places: where the middle of a line is -> its words."""
    image = Image.new("RGB", size, "white")
    for middle, words in places.items():
        ImageDraw.Draw(image).text((40, middle), words, font=font(40), fill="black", anchor="lm")
    return image


def read(image: Image.Image, path: Path, kind: str = "PNG") -> Analysis:
    """The local reading of a drawn picture."""
    path.write_bytes(encoded(image, kind))
    return LocalVision().read(stored(path, f"image/{kind.lower()}"))


def lines_of(analysis: Analysis) -> list[str]:
    """The lines that were read, without the empty ones between paragraphs."""
    assert analysis.reading.ocr is not None
    return [line for line in analysis.reading.ocr.text.split("\n") if line]


def test_every_line_of_a_long_page_is_read_once(tmp_path: Path) -> None:
    size = (700, 6000)
    found = spans(size)
    seams = [(start + end) // 2 for (_, end), (start, _) in pairwise(found)]
    # A line on each seam, one where each strip ends, one where each begins; the same line at the top and at the end.
    edges = [*seams, *(end for _, end in found[:-1]), *(start for start, _ in found[1:])]
    middles = sorted({*edges, 900, 2900, 4800})
    places = {100: REPEATED, 5800: REPEATED} | {
        middle: LINES[number % len(LINES)] for number, middle in enumerate(middles)
    }
    got = read(tall(places, size), tmp_path / "page", "JPEG")
    assert len(found) == 3
    assert lines_of(got) == [places[middle] for middle in sorted(places)]
    assert got.reading.classification in (Classification.DOCUMENT, Classification.SCREENSHOT)
    assert (got.inspection.width, got.inspection.height, got.status) == (*size, "ok")


def test_lines_of_a_wide_picture_go_on_from_strip_to_strip(tmp_path: Path) -> None:
    image = Image.new("RGB", (3800, 260), "white")
    rows = [" ".join(LINES), " ".join(reversed(LINES))]
    for number, words in enumerate(rows):
        ImageDraw.Draw(image).text((60, 40 + number * 100), words, font=font(54), fill="black")
    got = lines_of(read(image, tmp_path / "banner"))
    assert len(spans(image.size)) == 2
    assert got == rows


def test_a_long_page_of_a_pdf_is_read_too(tmp_path: Path) -> None:
    places = {150 + 600 * number: line for number, line in enumerate(LINES)}
    path = scanned_pdf(tmp_path / "pdf", [tall(places, (700, 2700))])
    assert lines_of(LocalVision().read(stored(path, "application/pdf"))) == list(places.values())


def test_what_is_longer_than_all_strips_is_left_out_and_said(tmp_path: Path) -> None:
    got = read(tall({20: REPEATED}, (40, 60_000)), tmp_path / "endless")
    assert got.status == "partial"
    assert got.raw["problems"] == ["only the first 54% of a long picture were read: 10 parts are the limit"]
    assert (got.inspection.width, got.inspection.height) == (40, 60_000)
