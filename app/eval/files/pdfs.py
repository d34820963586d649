"""PDFs as people send them: typed, scanned, with bad text layers, with forms, with bytes before their start."""

from __future__ import annotations

import textwrap

from app.eval.files.pages import paper
from app.eval.files.pdf_writer import HEIGHT, HIDDEN, MARGIN, WIDTH, Pdf, own, show
from app.eval.files.texts import Text

PAGES = 12
LINE = 90  # letters of a line of text: no line is wrapped, so that no two pages have an equal row
WRONG = str.maketrans("аеиостnweirсрв", "дсцсо7mуc!гевр")  # letters that an old recogniser took for others


def typed(text: Text) -> bytes:
    """A document from an editor: every letter has its own code point."""
    pdf = Pdf()
    pdf.page(show(_rows(text)))
    return pdf.bytes()


def typed_pages(text: Text) -> bytes:
    """Twelve pages from an editor."""
    pdf = Pdf()
    for page in _pages(text):
        pdf.page(show(_rows(page)))
    return pdf.bytes()


def typed_pages_words(text: Text) -> str:
    """The words of all twelve pages."""
    return "\n".join(page.words for page in _pages(text))


def _pages(text: Text) -> list[Text]:
    lines = text.long(PAGES * 3).lines
    return [Text(text.language, f"{text.title} {page}", lines[3 * page - 3 : 3 * page]) for page in range(1, PAGES + 1)]


def scanned(text: Text) -> bytes:
    """A scan without any text layer."""
    pdf = Pdf()
    pdf.scan(paper(text))
    return pdf.bytes()


def footer(text: Text) -> bytes:
    """A scan on which the scanning application wrote its name."""
    pdf = Pdf()
    pdf.scan(paper(text), show(["Made with PocketScan Free 4.2"], top=20, size=9))
    return pdf.bytes()


def mojibake(text: Text) -> bytes:
    """A drawn text whose map tells wrong letters: those of another code page, shifted ones, or no map at all."""
    letters = {"ru": _western, "en": _shifted, "uk": None}[text.language]
    pdf = Pdf(letters)
    pdf.page(show(_rows(text)))
    return pdf.bytes()


def hidden_mojibake(text: Text) -> bytes:
    """A scan under a hidden layer in letters of another code page."""
    pdf = Pdf(_shifted if text.language == "en" else _western)
    pdf.scan(paper(text), show(_rows(text), mode=HIDDEN))
    return pdf.bytes()


def hidden_poor(text: Text) -> bytes:
    """A scan under the hidden layer of a poor recogniser, which got every second word wrong."""
    pdf = Pdf(own)
    words = " ".join(_rows(text)).split(" ")
    poor = " ".join(word.translate(WRONG) if at % 4 else word for at, word in enumerate(words))
    pdf.scan(paper(text), show(textwrap.wrap(poor, LINE), mode=HIDDEN))
    return pdf.bytes()


def form(text: Text) -> bytes:
    """A filled form whose fields have their drawn look."""
    return _form(text, drawn=True)


def bare_form(text: Text) -> bytes:
    """A filled form whose viewer has to draw the values, as some programs leave it."""
    return _form(text, drawn=False)


def late(text: Text) -> bytes:
    """A download that kept the header of its answer, or white space, before %PDF-."""
    before = {
        "ru": b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nServer: nginx\r\n\r\n",
        "en": b"\r\n\r\n  \r\n",
        "uk": b"X-Attachment: invoice\n" * 30 + b"\n",
    }
    return before[text.language] + typed(text)


def _rows(text: Text) -> list[str]:
    return [text.title, *(row for line in text.lines for row in textwrap.wrap(line, LINE))]


def _western(letter: str) -> str:
    """The letter that the byte of the Cyrillic code page has in the Western one."""
    try:
        return letter.encode("cp1251").decode("latin-1")
    except UnicodeEncodeError:
        return "?"


def _shifted(letter: str) -> str:
    """The letter as many places lower, as fonts that hold only some glyphs tell it: 7KH for The."""
    return chr(ord(letter) - 29) if letter.isascii() else letter


def _form(text: Text, *, drawn: bool) -> bytes:
    """Half of the lines are printed as questions, each with a field that holds the next line."""
    pdf = Pdf(undrawn_values=not drawn)
    pairs = list(zip(text.lines[::2], text.lines[1::2], strict=True))
    pdf.page(show([text.title]) + b"".join(show([asked], top=_top(at)) for at, (asked, _) in enumerate(pairs)))
    page = pdf.pages[-1]
    pdf.fields = [_field(pdf, page, at, value, drawn=drawn) for at, (_, value) in enumerate(pairs)]
    listed = " ".join(f"{number} 0 R" for number in pdf.fields)
    pdf.objects[page - 1] = pdf.objects[page - 1][:-2] + f"/Annots [{listed}] >>".encode()
    return pdf.bytes()


def _field(pdf: Pdf, page: int, at: int, value: str, *, drawn: bool) -> int:
    bottom, width = _top(at) - 34, WIDTH - 2 * MARGIN
    said = ("\ufeff" + value).encode("utf-16-be").hex()
    look = f"/AP << /N {_look(pdf, value, width)} 0 R >>" if drawn else ""
    return pdf.add(
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /T (field{at}) /V <{said}> /P {page} 0 R"
        f" /Rect [{MARGIN} {bottom} {MARGIN + width} {bottom + 22}] /DA (/F 12 Tf 0 g) {look} >>"
    )


def _look(pdf: Pdf, value: str, width: int) -> int:
    text = b"/Tx BMC\n" + show([value], top=6, size=12).replace(f"{MARGIN} 6 Td".encode(), b"2 6 Td") + b"EMC\n"
    kind = f"/Type /XObject /Subtype /Form /BBox [0 0 {width} 22] /Resources {pdf.resources} 0 R"
    return pdf.add(kind, text)


def _top(at: int) -> int:
    return HEIGHT - MARGIN - 40 - 70 * at
