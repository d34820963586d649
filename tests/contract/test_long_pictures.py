"""Pictures that are too long for one look: every provider sees all of them, and says each word once."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageColor, ImageDraw

from app.adapters.vision.local import LocalVision
from app.adapters.vision.strips import spans
from app.demo.llm import LoopbackLLM
from app.demo.llm.answers import Asked, plausible
from app.domain.kinds import Classification
from app.domain.reading import Analysis
from app.ports import MediaInput
from tests.factories.files import scanned_pdf, stored
from tests.factories.heic_files import heic, words
from tests.factories.pictures import encoded, font, photograph
from tests.factories.providers import reading_with

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
    for middle, text in places.items():
        ImageDraw.Draw(image).text((40, middle), text, font=font(40), fill="black", anchor="lm")
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
    size = (700, 5600)
    found = spans(size)
    seams = [(start + end) // 2 for (_, end), (start, _) in pairwise(found)]
    # A line on each seam, one where each strip ends, one where each begins; the same line at the top and at the end.
    edges = [*seams, *(end for _, end in found[:-1]), *(start for start, _ in found[1:])]
    middles = sorted(edges)
    places = {100: REPEATED, 5500: REPEATED} | {
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
    for number, text in enumerate(rows):
        ImageDraw.Draw(image).text((60, 40 + number * 100), text, font=font(54), fill="black")
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


@dataclass
class Model:
    """A paid model that keeps the pictures and the words of each question."""

    sizes: list[tuple[int, int]] = field(default_factory=list)
    pictures: list[Image.Image] = field(default_factory=list)
    told: str = ""

    def answer(self, asked: Asked) -> Mapping[str, Any]:
        """The usual answer."""
        self.pictures = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in asked.pictures]
        self.sizes = [picture.size for picture in self.pictures]
        self.told = "".join(text for role, text in asked.turns if role == "user")
        return plausible(asked)


def bands(colours: list[str], size: tuple[int, int]) -> Image.Image:
    """Bands of even colours, of equal length along the longer side."""
    image = Image.new("RGB", size)
    wide, length = size[0] > size[1], max(size) // len(colours)
    for number, colour in enumerate(colours):
        start, end = number * length, (number + 1) * length
        image.paste(colour, (start, 0, end, size[1]) if wide else (0, start, size[0], end))
    return image


RAINBOW = ["red", "yellow", "green", "cyan", "blue", "magenta", "white", "black"]


@pytest.mark.parametrize(
    ("provider", "size", "order"),
    [("gigachat", (720, 6000), "from top to bottom"), ("openai", (6000, 720), "from left to right")],
)
def test_a_paid_model_gets_all_parts_in_one_call(
    provider: str, size: tuple[int, int], order: str, tmp_path: Path
) -> None:
    model = Model()
    (tmp_path / "file").write_bytes(encoded(bands(RAINBOW, size), "PNG"))
    media = stored(tmp_path / "file", "image/png")
    with LoopbackLLM(answer=model.answer) as server, reading_with(server, provider) as vision:
        found = vision.read(media)
        (call,) = server.ledger.calls("chat")
        assert call.tokens <= vision.estimate(media)
    assert (found.status, found.calls) == ("ok", 1)
    assert (found.inspection.width, found.inspection.height) == size
    assert 5 <= len(model.sizes) <= 6
    assert all(max(one) <= 1280 and min(one) == 640 for one in model.sizes)
    assert f"{len(model.sizes)} overlapping parts that follow each other {order}" in model.told
    seen = [_named(part, at) for part in model.pictures for at in range(0, max(part.size), 20)]
    assert list(dict.fromkeys(seen)) == RAINBOW


def test_no_question_has_more_pictures_than_were_reserved(tmp_path: Path) -> None:
    model = Model()
    page = bands(RAINBOW, (200, 4000))
    (tmp_path / "tiff").write_bytes(encoded(page, "TIFF", save_all=True, append_images=[photograph("cat")]))
    (tmp_path / "endless").write_bytes(encoded(bands(RAINBOW * 8, (60, 40_000)), "PNG"))
    files = [stored(scanned_pdf(tmp_path / "pdf", [page]), "application/pdf")]
    files += [stored(tmp_path / "tiff", "image/tiff"), stored(tmp_path / "endless", "image/png")]
    with LoopbackLLM(answer=model.answer) as server, reading_with(server, "gigachat") as vision:
        found = [(vision.read(media), len(model.sizes), vision.estimate(media)) for media in files]
        calls = server.ledger.calls("chat")
    assert [sent for _, sent, _ in found] == [3, 3, 10]
    assert all(call.tokens <= most for call, (_, _, most) in zip(calls, found, strict=True))
    assert found[2][0].status == "partial"
    assert found[2][0].raw["problems"] == ["only the first 64% of a long picture were read: 10 parts are the limit"]


def test_no_empty_part_is_paid_for(tmp_path: Path) -> None:
    model = Model()
    (tmp_path / "file").write_bytes(encoded(tall({150: REPEATED, 5900: REPEATED}, (640, 6000)), "PNG"))
    with LoopbackLLM(answer=model.answer) as server, reading_with(server, "openai") as vision:
        vision.read(stored(tmp_path / "file", "image/png"))
    assert len(model.sizes) == 2
    assert "cut into 2 overlapping parts" in model.told


def test_an_ordinary_picture_reserves_no_more_than_one(server: LoopbackLLM, tmp_path: Path) -> None:
    kinds = ("JPEG", "PNG", "WEBP", "BMP", "AVIF", "HEIC")
    for kind in kinds:
        (tmp_path / kind).write_bytes(heic(words()) if kind == "HEIC" else encoded(photograph("cat"), kind))
    with reading_with(server, "openai") as vision:
        prices = {vision.estimate(stored(tmp_path / kind, f"image/{kind.lower()}")) for kind in kinds}
        prices.add(vision.estimate(MediaInput(Path(), "", "image/jpeg", (1080, 2400))))
        (tmp_path / "GIF").write_bytes(encoded(photograph("cat"), "GIF"))
        moving = vision.estimate(stored(tmp_path / "GIF", "image/gif"))
        unknown = vision.estimate(MediaInput(Path(), "", "image/jpeg"))
        (one,) = prices
        assert one == 700 + 2090 + 512
        assert moving == 700 + 3 * 2090 + 512  # up to three frames of an animation are sent
        assert unknown == 700 + 10 * 2090 + 512  # nothing tells that it is not long


@pytest.mark.parametrize("size", [(3, 1), (20, 300), (500, 9), (3000, 12)])
def test_small_pictures_are_padded_for_models_that_refuse_them(size: tuple[int, int], tmp_path: Path) -> None:
    model, image = Model(), Image.new("RGB", size, "#206040")
    image.putpixel((size[0] // 2, size[1] // 2), (230, 230, 230))  # nothing is paid for an even one
    (tmp_path / "file").write_bytes(encoded(image, "PNG"))
    with LoopbackLLM(answer=model.answer) as server, reading_with(server, "openai") as vision:
        found = vision.read(stored(tmp_path / "file", "image/png"))
    assert (found.inspection.width, found.inspection.height) == size
    for part in model.pictures:
        assert 28 <= min(part.size) <= max(part.size) <= 1280
        assert _distance(part.getpixel((0, 0)), (0x20, 0x60, 0x40)) < 12


def _distance(left: Any, right: Any) -> int:
    return sum(abs(a - b) for a, b in zip(left, right, strict=True))


def _named(part: Image.Image, at: int) -> str:
    """The colour of the rainbow at so many pixels along the longer side."""
    pixel = part.getpixel((at, 300) if part.width > part.height else (300, at))
    return min(RAINBOW, key=lambda name: _distance(ImageColor.getrgb(name), pixel))
