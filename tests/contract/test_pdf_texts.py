"""Documents as people send them: which of their texts is found, and where it comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.adapters.store.types import identify
from app.adapters.vision.frames import Opened
from app.adapters.vision.local import LocalVision
from app.adapters.vision.media import open_media
from app.domain.page_limits import PageLimits
from app.domain.reading import OWN_TEXT, Reading
from app.ports import MediaInput
from tests.factories.documents import HIDDEN, POOR, UKRAINIAN, form, scan, typed
from tests.factories.files import typed_pdf
from tests.factories.pdf_files import Pdf, placed, shown
from tests.factories.pictures import ENGLISH, RUSSIAN, page

PDF, TIFF = "application/pdf", "image/tiff"


def opened(path: Path, pages: PageLimits | None = None, mime: str = PDF) -> Opened:
    return open_media(path, mime, 10**8, pages or PageLimits())


def read(path: Path, pages: PageLimits | None = None, mime: str = PDF) -> Reading:
    return LocalVision(pages=pages or PageLimits()).read(MediaInput(path, "0" * 64, mime)).reading


def found(words: str, text: str) -> float:
    wanted = words.split()
    return sum(word in text for word in wanted) / len(wanted)


def test_a_footer_over_a_scan_takes_the_place_of_nothing(tmp_path: Path) -> None:
    reading = read(scan(tmp_path / "file", "Scanned with CamScanner"))
    assert reading.ocr is not None
    assert reading.ocr.engine.startswith("tesseract")
    assert found(RUSSIAN, reading.ocr.text) > 0.9
    assert [(one.engine, one.text, one.used) for one in reading.own] == [(OWN_TEXT, "Scanned with CamScanner", True)]
    assert found(RUSSIAN + " Scanned with CamScanner", reading.text) > 0.9
    assert reading.text.count("CamScanner") == 1


@pytest.mark.parametrize(("mode", "under"), [(HIDDEN, False), (0, True)])
def test_a_poor_hidden_layer_stands_apart(tmp_path: Path, mode: int, under: bool) -> None:
    reading = read(scan(tmp_path / "file", POOR, mode=mode, under=under))
    assert found(RUSSIAN, reading.text) > 0.9
    assert "деnyтатоо" not in reading.text
    assert [(one.used, "hidden" in (one.why or "")) for one in reading.own] == [(False, True)]
    assert "деnyтатоо" in reading.own[0].text


def test_a_good_layer_under_a_scan_is_used_and_doubles_no_line(tmp_path: Path) -> None:
    reading = read(scan(tmp_path / "file", RUSSIAN, mode=HIDDEN))
    assert found(RUSSIAN, reading.text) == 1
    assert [reading.text.count(word) for word in ("депутатов", "образование", "приёмной")] == [1, 1, 1]


def test_letters_of_a_wrong_font_give_way_to_the_page(tmp_path: Path) -> None:
    reading = read(typed(tmp_path / "file", RUSSIAN, told="latin-1"))
    assert found(RUSSIAN, reading.text) > 0.9
    assert "Ñîâåò" not in reading.text
    assert [(one.used, one.text[:5]) for one in reading.own] == [(False, "Ñîâåò")]
    assert reading.language == "ru"


@pytest.mark.parametrize("text", [RUSSIAN, UKRAINIAN, ENGLISH])
def test_a_typed_page_is_not_recognised(tmp_path: Path, text: str) -> None:
    whole = opened(typed(tmp_path / "file", text)).frames
    assert [" ".join((frame.text or "").split()) for frame in whole] == [" ".join(text.split())]


def test_a_picture_of_a_typed_page_that_says_more_is_recognised(tmp_path: Path) -> None:
    pdf = Pdf()
    font, scanned = pdf.font(), pdf.picture(page(RUSSIAN))
    logo = pdf.picture(Image.new("RGB", (50, 50), "navy"))
    pdf.page(shown(ENGLISH) + placed("I", (0, 100, 595, 336)), fonts={"F": font}, pictures={"I": scanned})
    pdf.page(shown(ENGLISH) + placed("I", (400, 100, 90, 90)), fonts={"F": font}, pictures={"I": logo})
    assert [frame.text is None for frame in opened(pdf.written(tmp_path / "file")).frames] == [True, False]


def test_fields_of_a_form_are_read(tmp_path: Path) -> None:
    lines = opened(form(tmp_path / "file")).layers[0].text.splitlines()
    assert lines == [
        "name: Ivanov",
        "city: Petersburg",
        "street: Невский проспект",
        "price: € 12 café",
        "colour: Green",
        "spoken: Russian, Finnish",
        "agrees: Oui",
        "bare: Yes",
        "address.house: of the parent",
        "sex: female",
    ]


def test_fields_of_a_form_are_drawn(tmp_path: Path) -> None:
    drawn = np.asarray(opened(form(tmp_path / "file")).frames[0].image.convert("L"))
    scale = drawn.shape[0] / 842
    for row in range(4):  # with a drawn appearance and without
        top = round((842 - (760 - 40 * row + 22)) * scale)
        assert drawn[top : top + round(22 * scale), round(200 * scale) : round(500 * scale)].min() < 100


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", b"\r\n", b"\x00\x01junk", b"x" * 1010]
)
def test_bytes_before_the_header_hide_no_pdf(tmp_path: Path, before: bytes, counted: bool) -> None:
    pdf = Pdf()
    pdf.page(shown(ENGLISH), fonts={"F": pdf.font()})
    path = pdf.written(tmp_path / "file", before=before, counted=counted)
    assert identify(path).mime == PDF
    assert "The committee approved" in opened(path).layers[0].text


@pytest.mark.parametrize("text", ["A PDF begins with %PDF-1.4.\n", "Примеры:\n%PDF-1.7\nи так далее\n"])
def test_a_text_about_such_files_stays_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert identify(tmp_path / "file").mime == "text/plain"


def test_the_text_of_all_pages_is_read(tmp_path: Path) -> None:
    path = typed_pdf(
        tmp_path / "file", [f"The budget of the district number{n}.\nPage of the council." for n in range(12)]
    )
    reading = read(path)
    assert reading.ocr is not None
    assert [f"number{n}." in reading.ocr.text for n in range(12)] == [True] * 12
    assert reading.ocr.text.count("Page of the council.") == 12
    assert str(reading.pages) == "0 of 12 pages recognised, 12 with text of their own"
    assert [layer.page for layer in opened(path, PageLimits(1, 5)).layers] == [1, 2, 3, 4, 5]


def test_the_pages_that_are_recognised_are_told(tmp_path: Path) -> None:
    assert str(read(scan(tmp_path / "a", "7", pages=12), PageLimits(1)).pages).startswith("1 of 12 pages recognised")
    pages = [page(RUSSIAN)] * 4
    pages[0].save(tmp_path / "b", "TIFF", save_all=True, append_images=pages[1:])
    assert len(opened(tmp_path / "b", PageLimits(2), TIFF).frames) == 2
    assert str(read(tmp_path / "b", PageLimits(1), TIFF).pages) == "1 of 4 pages recognised"


def test_the_number_of_pages_is_part_of_the_recipe() -> None:
    recipes = [LocalVision(pages=pages).recipe for pages in (PageLimits(), PageLimits(4), PageLimits(3, 10))]
    assert len({recipe.prompt_hash for recipe in recipes}) == 3
