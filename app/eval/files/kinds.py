"""The table of kinds of files: how a sample is drawn in each language, and the words that it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.eval.files import moving, papers, pdfs, pictures
from app.eval.files.texts import LANGUAGES, Text, texts

LINES_9000, LINES_15000 = 80, 135  # as many as the long pictures have room for


@dataclass(frozen=True)
class Kind:
    """A kind of file. group: controls are files that were always read."""

    group: str
    name: str
    draw: Callable[[Text], bytes]
    words: Callable[[Text], str] = lambda text: text.words
    languages: tuple[str, ...] = LANGUAGES


@dataclass(frozen=True)
class Sample:
    """A drawn file, and the words that it holds."""

    kind: Kind
    language: str
    data: bytes
    words: str

    @property
    def name(self) -> str:
        """Unique; fit for the name of a file."""
        return "".join(letter if letter.isalnum() else "-" for letter in f"{self.kind.name} {self.language}")


def _long(lines: int) -> Callable[[Text], str]:
    return lambda text: text.long(lines).words


KINDS = (
    Kind("PDF", "typed", pdfs.typed),
    Kind("PDF", "scan", pdfs.scanned),
    Kind("PDF", "scan with the scanner's footer", pdfs.footer),
    Kind("PDF", "typed, its map to letters wrong", pdfs.mojibake),
    Kind("PDF", "scan under a layer of wrong letters", pdfs.hidden_mojibake),
    Kind("PDF", "scan under a layer of poor OCR", pdfs.hidden_poor),
    Kind("PDF", "form, values drawn", pdfs.form),
    Kind("PDF", "form, values not drawn", pdfs.bare_form),
    Kind("PDF", "bytes before its start", pdfs.late),
    Kind("PDF", "12 typed pages", pdfs.typed_pages, pdfs.typed_pages_words),
    Kind("text", "UTF-8", papers.encoded("utf-8")),
    Kind("text", "Windows-1251", papers.encoded("cp1251"), languages=("ru", "uk")),
    Kind("text", "KOI8-R", papers.encoded("koi8-r"), languages=("ru",)),
    Kind("text", "KOI8-U", papers.encoded("koi8-u"), languages=("uk",)),
    Kind("text", "CP866", papers.encoded("cp866"), languages=("ru",)),
    Kind("text", "UTF-16 without a mark", papers.encoded("utf-16-le")),
    Kind("text", "UTF-16, high byte first, without a mark", papers.encoded("utf-16-be")),
    Kind("document", "docx", papers.docx),
    Kind("document", "odt", papers.odt),
    Kind("document", "xlsx", papers.xlsx),
    Kind("document", "pptx", papers.pptx),
    Kind("document", "rtf", papers.rtf),
    Kind("document", "html", papers.html),
    Kind("document", "epub", papers.epub),
    Kind("picture", "JPEG", pictures.screen("JPEG", quality=84)),
    Kind("picture", "PNG", pictures.screen("PNG")),
    Kind("picture", "WebP", pictures.screen("WEBP", quality=85)),
    Kind("picture", "TIFF", pictures.screen("TIFF", compression="tiff_lzw")),
    Kind("picture", "JPEG 2000", pictures.screen("JPEG2000", quality_mode="rates", quality_layers=[20])),
    Kind("picture", "1080 x 9000", pictures.long_screen(9000, LINES_9000), _long(LINES_9000)),
    Kind("picture", "1080 x 15000", pictures.long_screen(15000, LINES_15000), _long(LINES_15000)),
    Kind("picture", "PNG, broken EXIF", pictures.bad_exif_png),
    Kind("picture", "WebP, broken EXIF", pictures.bad_exif_webp),
    Kind("picture", "PNG, zTXt of 1.5 MB", pictures.heavy_text),
    Kind("picture", "PNG, iCCP of 1.5 MB", pictures.heavy_profile),
    Kind("picture", "PNG, wrong sum of an ancillary chunk", pictures.bad_sum),
    Kind("picture", "PNG, black letters on transparency", pictures.transparent("PNG", "black")),
    Kind("picture", "PNG, white letters on transparency", pictures.transparent("PNG", "white")),
    Kind("picture", "WebP, white letters on transparency", pictures.transparent("WEBP", "white", lossless=True)),
    Kind("moving", "GIF", moving.animation("GIF", even=False)),
    Kind("moving", "MP4", moving.video(even=False)),
    Kind("moving", "GIF, first frame even", moving.animation("GIF", even=True)),
    Kind("moving", "APNG, first frame even", moving.animation("PNG", even=True)),
    Kind("moving", "WebP, first frame even", moving.animation("WEBP", even=True, quality=85)),
    Kind("moving", "MP4, first frame even", moving.video(even=True)),
)


def samples(only: str = "") -> Iterator[Sample]:
    """Draws the files of each kind whose group or name contains `only`."""
    for kind in KINDS:
        if only.lower() in f"{kind.group} {kind.name}".lower():
            for text in (texts()[language] for language in kind.languages):
                yield Sample(kind, text.language, kind.draw(text), kind.words(text))
