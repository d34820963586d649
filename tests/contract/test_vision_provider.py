"""What every vision provider promises, run on the local one: real models, real files."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.vision.local import LocalVision, local_vision
from app.adapters.vision.tessdata import find_tessdata
from app.domain.kinds import Classification
from app.domain.media_types import DOCX
from app.domain.reading import Analysis
from app.errors import Permanent, Skip, UserError
from app.ports import MediaInput, VisionProvider
from app.settings import Settings
from tests.factories.files import scanned_pdf, stored, typed_pdf, video
from tests.factories.films import WORDS as FILM_WORDS
from tests.factories.films import clip, even, moving, sticker, title, video_sticker
from tests.factories.heic_files import WORDS, heic, words
from tests.factories.office_files import paragraph, word_parts, zipped
from tests.factories.pictures import (
    CHAT,
    ENGLISH,
    PHOTOS,
    RUSSIAN,
    UKRAINIAN,
    chart,
    chat,
    encoded,
    meme,
    page,
    photograph,
    turned,
)

pytestmark = pytest.mark.slow

Read = Callable[..., Analysis]


@pytest.fixture(scope="module")
def provider() -> VisionProvider:
    """The provider as an unconfigured installation has it."""
    return LocalVision()


@pytest.fixture
def read(provider: VisionProvider, tmp_path: Path) -> Read:
    """A picture, bytes or a path -> its analysis."""

    def reading(content: Image.Image | bytes | Path, mime: str = "image/jpeg") -> Analysis:
        path = content if isinstance(content, Path) else tmp_path / "file"
        if not isinstance(content, Path):
            path.write_bytes(encoded(content, quality=88) if isinstance(content, Image.Image) else content)
        return provider.read(stored(path, mime))

    return reading


def ocr_text(analysis: Analysis) -> str:
    """The text inside the picture, empty when there is none."""
    return analysis.reading.ocr.text if analysis.reading.ocr else ""


def error_rate(found: str, expected: str) -> float:
    """Character error rate: Levenshtein distance over the expected length, runs of spaces taken as one."""
    left, right = " ".join(found.split()), " ".join(expected.split())
    row = list(range(len(right) + 1))
    for i, char in enumerate(left, 1):
        above, row[0] = row[:], i
        for j, other in enumerate(right, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (char != other))
    return row[-1] / len(right)


@pytest.mark.parametrize(("text", "code"), [(RUSSIAN, "ru"), (ENGLISH, "en"), (UKRAINIAN, "uk")])
def test_print_is_read_without_errors(text: str, code: str, read: Read) -> None:
    found = read(page(text))
    assert error_rate(ocr_text(found), text) <= 0.01
    assert found.reading.language == code
    assert found.reading.classification is Classification.DOCUMENT
    assert found.reading.ocr is not None
    assert found.reading.ocr.confidence is not None
    assert found.reading.ocr.confidence > 0.85


@pytest.mark.parametrize("degrees", [90, 180, 270, 4, -9, 13, 97, 187])
def test_turned_pages_are_read_as_well(degrees: int, read: Read) -> None:
    assert error_rate(ocr_text(read(turned(page(RUSSIAN), degrees))), RUSSIAN) <= 0.02


def test_small_print_is_read(read: Read) -> None:
    assert error_rate(ocr_text(read(page(ENGLISH, size=(620, 340), height=17))), ENGLISH) <= 0.03


@pytest.mark.parametrize("dark", [False, True])
def test_a_chat_is_a_screenshot_with_its_text(dark: bool, read: Read) -> None:
    found = read(chat(dark=dark))
    assert found.reading.classification is Classification.SCREENSHOT
    assert all(line in ocr_text(found) for line in CHAT)


def test_a_chart_is_an_infographic_with_its_numbers(read: Read) -> None:
    found = read(chart())
    assert found.reading.classification is Classification.INFOGRAPHIC
    assert "Рост продаж" in ocr_text(found)
    assert {"200", "410", "520"} <= set(ocr_text(found).split())  # the 3 of 320 is taken for a 5


def test_white_captions_over_a_photograph_make_a_meme(read: Read) -> None:
    found = read(meme("КОГДА ПЯТНИЦА", "А ТЫ НА РАБОТЕ"))
    assert found.reading.is_meme
    assert found.reading.classification is Classification.MEME
    assert error_rate(ocr_text(found), "КОГДА ПЯТНИЦА А ТЫ НА РАБОТЕ") <= 0.1
    assert any("cat" in label.name or "Mau" in label.name for label in found.reading.labels)


@pytest.mark.parametrize("path", sorted(PHOTOS.glob("*.jpg")), ids=lambda path: path.stem)
def test_photographs_without_text_give_no_text(path: Path, read: Read) -> None:
    found = read(path).reading
    assert found.classification is Classification.PHOTO
    assert (found.ocr, found.language, found.is_meme) == (None, None, False)
    assert found.nsfw is not None
    assert found.nsfw < 0.8
    assert 1 <= len(found.colours) <= 5
    assert found.phash is not None


@pytest.mark.parametrize(
    ("photo", "name"), [("coffee", "espresso"), ("mountains", "mountain"), ("photographer", "tripod")]
)
def test_labels_name_what_is_seen(photo: str, name: str, read: Read) -> None:
    best = read(PHOTOS / f"{photo}.jpg").reading.labels[0]
    assert best.name == name
    assert best.score >= 0.3


def test_what_no_local_model_knows_is_left_out(read: Read) -> None:
    found = read(page(RUSSIAN)).reading
    assert found.description is None
    assert found.objects == ()
    assert found.labels == ()  # the labels' network was trained on photographs


def test_the_same_file_reads_the_same_whatever_was_read_before(read: Read) -> None:
    first = read(page(RUSSIAN))
    read(chat())
    read(meme("ONE", "TWO"))
    assert read(page(RUSSIAN)) == first


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (9, 7), (3000, 60)])
def test_tiny_and_thin_pictures_are_read_too(size: tuple[int, int], read: Read) -> None:
    found = read(encoded(Image.new("RGB", size, "#204060"), "PNG"), "image/png")
    assert (found.inspection.width, found.inspection.height) == size
    assert found.reading.ocr is None
    assert found.reading.colours[0] == "#204060"


def test_a_damaged_picture_is_read_as_far_as_it_goes(read: Read) -> None:
    data = encoded(page(RUSSIAN), quality=88)
    found = read(data[: len(data) * 3 // 4])
    assert found.inspection.damaged
    assert "Совет депутатов" in ocr_text(found)


@pytest.mark.parametrize("mime", ["image/jpeg", "image/webp", "image/heic", "video/mp4", "application/pdf"])
def test_bytes_that_cannot_be_decoded_are_permanent(mime: str, read: Read) -> None:
    with pytest.raises(Permanent):
        read(b"\x00\x01 nothing that any decoder knows " * 40, mime)


def test_a_heic_picture_is_read(read: Read) -> None:
    found = read(heic(words()), "image/heic")
    assert ocr_text(found) == WORDS
    assert (found.inspection.width, found.inspection.height) == (800, 400)


def test_a_video_is_read_through_keyframes(read: Read, tmp_path: Path) -> None:
    scenes = [photograph(name).resize((640, 480)) for name in ("coffee", "mountains", "photographer")]
    found = read(video(tmp_path / "clip", scenes), "video/mp4")
    assert {label.name for label in found.reading.labels} >= {"espresso", "mountain", "tripod"}
    assert found.inspection.duration == pytest.approx(6.0, abs=0.2)
    assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (640, 480, None)
    assert found.reading.classification is Classification.PHOTO


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "grey", "palette", "half clear", "outlined", "video"])
def test_white_letters_on_nothing_are_read(kind: str, read: Read, tmp_path: Path) -> None:
    image, mime = sticker((255, 255, 255, 110) if kind == "half clear" else "white"), "image/png"
    if kind == "video":
        found = read(video_sticker(tmp_path / "sticker", [image] * 3), "video/webm")
    elif kind in ("WEBP", "GIF"):
        found = read(encoded(image, kind), f"image/{kind.lower()}")
    else:
        changed = {"grey": image.convert("LA"), "palette": image.quantize(8), "outlined": sticker(outline="black")}
        found = read(encoded(changed.get(kind, image), "PNG"), mime)
    assert ocr_text(found) == FILM_WORDS


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "video"])
@pytest.mark.parametrize("first", ["black", "#0000ff", "white"])
def test_words_behind_an_empty_first_frame_are_read(first: str, kind: str, read: Read, tmp_path: Path) -> None:
    frames = [even(first), even(first), title()]
    if kind == "video":
        found = read(clip(tmp_path / "clip", frames), "video/mp4")
    else:
        found = read(moving(frames, kind), f"image/{kind.lower()}")
    assert ocr_text(found) == FILM_WORDS
    assert found.inspection.flat is False


def test_a_caption_that_stays_on_screen_is_told_once(read: Read, tmp_path: Path) -> None:
    scene = page("Срочные новости", size=(800, 400), height=60)
    assert ocr_text(read(video(tmp_path / "clip", [scene], seconds=6), "video/mp4")) == "Срочные новости"


def test_a_scanned_pdf_is_recognised_up_to_its_third_page(read: Read, tmp_path: Path) -> None:
    texts = ["Первая страница отчёта", "Вторая страница отчёта", "Третья страница отчёта", "Четвёртая страница"]
    found = read(scanned_pdf(tmp_path / "scan", [page(text, size=(1240, 400)) for text in texts]), "application/pdf")
    assert ocr_text(found).split("\n\n") == texts[:3]
    assert found.inspection.pages == 4
    assert found.reading.classification is Classification.DOCUMENT


def test_the_text_of_a_pdf_is_taken_as_it_is(read: Read, tmp_path: Path) -> None:
    found = read(typed_pdf(tmp_path / "typed", [ENGLISH, "The second page."]), "application/pdf")
    assert error_rate(ocr_text(found), f"{ENGLISH}\n\nThe second page.") == 0
    assert found.reading.ocr is not None
    assert found.reading.ocr.confidence is None
    assert found.reading.language == "en"
    assert found.inspection.pages == 2


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866", "utf-16-le", "utf-32-be"]
)
def test_a_plain_text_is_a_document(encoding: str, read: Read) -> None:
    found = read(RUSSIAN.encode(encoding), "text/plain").reading
    assert found.ocr is not None
    assert (found.ocr.text, found.language, found.classification) == (RUSSIAN, "ru", Classification.DOCUMENT)
    assert (found.phash, found.nsfw, found.colours) == (None, None, ())


def test_the_text_of_an_office_document_is_taken_as_it_is(read: Read) -> None:
    found = read(zipped(word_parts(paragraph(RUSSIAN), header1=paragraph(ENGLISH))), DOCX)
    assert ocr_text(found).split() == [*RUSSIAN.split(), *ENGLISH.split()]
    assert (found.reading.language, found.reading.classification) == ("ru", Classification.DOCUMENT)
    assert found.reading.ocr is not None
    assert found.reading.ocr.confidence is None


def test_types_without_a_reader_are_named(provider: VisionProvider, read: Read) -> None:
    assert all(map(provider.reads, ("image/jpeg", "image/heic", "video/mp4", "application/pdf", "text/plain")))
    assert not any(map(provider.reads, ("audio/ogg", "application/zip", "image/svg+xml")))
    with pytest.raises(Skip, match="no reader for audio/ogg"):
        read(b"OggS", "audio/ogg")


def test_pictures_above_the_limit_are_skipped(tmp_path: Path) -> None:
    small = local_vision(Settings(image_max_pixels=1000))
    path = tmp_path / "file"
    path.write_bytes(encoded(photograph("cat")))
    with pytest.raises(Skip, match="IMAGE_MAX_PIXELS=1000"):
        small.read(MediaInput(path, "0" * 64, "image/jpeg"))


def test_the_recipe_is_stable_and_follows_the_ocr_data(provider: VisionProvider, tmp_path: Path) -> None:
    assert provider.recipe == LocalVision().recipe
    assert provider.recipe.provider == "local"
    assert len(provider.recipe.prompt_hash) == 64
    other = tmp_path / "tessdata"
    shutil.copytree(find_tessdata(None).folder, other)
    assert LocalVision(ocr_data=other).recipe == provider.recipe
    (other / "rus.traineddata").write_bytes((other / "eng.traineddata").read_bytes())
    other = other.rename(tmp_path / "changed")
    assert LocalVision(ocr_data=other).recipe != provider.recipe
    assert LocalVision(languages=("eng", "rus", "ukr")).recipe != provider.recipe, "their order changes readings"


def test_few_words_in_ukrainian_are_told_from_russian_ones(read: Read) -> None:
    assert ocr_text(read(page("Мої дні на Говерлі", size=(700, 240)))) == "Мої дні на Говерлі"


def test_a_reading_names_the_languages_that_it_was_read_in(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(encoded(page(ENGLISH)))
    found = local_vision(Settings(ocr_languages="eng")).read(stored(path, "image/jpeg")).reading
    assert found.ocr is not None
    assert found.ocr.engine.endswith(" eng")


def test_missing_ocr_data_name_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"OCR_DATA.*make setup.*tesseract-ocr-ukr"):
        _ = local_vision(Settings(ocr_data=tmp_path)).recipe


def _text_in_child(path: str) -> str:
    found = LocalVision().read(MediaInput(Path(path), "0" * 64, "image/jpeg"))
    return found.reading.ocr.text if found.reading.ocr else ""


def test_a_forked_worker_reads_after_its_parent_did(read: Read, tmp_path: Path) -> None:
    expected = ocr_text(read(page(RUSSIAN)))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(_text_in_child, [str(tmp_path / "file")] * 4) == [expected] * 4
