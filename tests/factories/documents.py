"""PDF files as people send them: scans with a layer of text, typed pages, forms."""

from __future__ import annotations

from pathlib import Path

from tests.factories.pdf_files import Pdf, placed, shown
from tests.factories.pictures import RUSSIAN, page

UKRAINIAN = """Рада депутатів затвердила бюджет міста на наступний рік.
Видатки на освіту зростуть на дванадцять відсотків,
а транспорт отримає три мільярди гривень."""
POOR = """Соеет деnyтатоо утеердил бюджст rорода нa 2O26 rод
Pасходы нa ооразооание оырастут на l2 nроцентоо
на траисnорт nойдёт З,4 миллиарда руолей"""  # of RUSSIAN, as old programs recognised it
TOP = (0, 500, 595, 336)  # of a page, for a picture of 1240 x 700 pixels
HIDDEN = 3  # mode of text without a mark


def scan(path: Path, layer: str, *, mode: int = 0, under: bool = False, pages: int = 1) -> Path:
    """Scanned pages of RUSSIAN with a layer of text. under: the picture covers it."""
    pdf = Pdf()
    font, picture = pdf.font(), pdf.picture(page(RUSSIAN))
    parts = [placed("I", TOP), shown(layer, mode=mode, at=(60, 780) if under or mode else (60, 40), size=11)]
    for _ in range(pages):
        pdf.page(b"".join(reversed(parts) if under else parts), fonts={"F": font}, pictures={"I": picture})
    return pdf.written(path)


def typed(path: Path, *texts: str, told: str = "cp1251") -> Path:
    """Pages of text. told: the code page of its letters, as its font tells; it shows those of cp1251."""
    pdf = Pdf()
    font = pdf.font(told=told)
    for text in texts:
        pdf.page(shown(text), fonts={"F": font})
    return pdf.written(path)


def form(path: Path) -> Path:
    """A form of one page with fields of all kinds; only the first one has a drawn appearance."""
    pdf = Pdf()
    font = pdf.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    resources = b"/Resources << /Font << /Helv %d 0 R >> >>" % font
    drawn = pdf.stream(b"/Tx BMC BT /Helv 12 Tf 2 6 Td (Ivanov) Tj ET EMC", _drawing(resources))
    mark = pdf.stream(b"0 0 m 20 20 l S", _drawing(b""))
    states = b"/AP << /N << /%%s %d 0 R /Off %d 0 R >> >>" % (mark, mark)
    fields = [
        b"/FT /Tx /T (name) /V (Ivanov) /AP << /N %d 0 R >>" % drawn,
        b"/FT /Tx /T (city) /V (Petersburg)",
        b"/FT /Tx /T (street) /V <feff" + "Невский проспект".encode("utf-16-be").hex().encode() + b">",
        b"/FT /Tx /T (price) /V (\\240 12 caf\\351)",  # PDFDocEncoding has the euro there
        b"/FT /Tx /Ff 8192 /T (password) /V (hunter2)",
        b"/FT /Ch /Ff 131072 /T (colour) /Opt [[(r) (Red)] [(g) (Green)]] /V (g)",
        b"/FT /Ch /Ff 2097152 /T (spoken) /Opt [(Russian) (English) (Finnish)] /V [(Russian) (Finnish)]",
        b"/FT /Btn /T (agrees) /V /Oui /AS /Oui " + states % b"Oui",
        b"/FT /Btn /T (spam) /V /Off /AS /Off " + states % b"Yes",
        b"/FT /Btn /T (bare) /V /Yes",
    ]
    names = [_widget(pdf, fields_, 760 - 40 * row) for row, fields_ in enumerate(fields)]
    whole = len(pdf.objects) + 2
    kid = _widget(pdf, b"/FT /Tx /Parent %d 0 R /T (house)" % whole, 340)
    pdf.add(b"<< /T (address) /V (of the parent) /Kids [%d 0 R] >>" % kid)
    group = len(pdf.objects) + 3
    kids = [
        _widget(pdf, b"/Parent %d 0 R /AS /%s %s" % (group, state, states % name), 300 - 30 * row)
        for row, (state, name) in enumerate([(b"Off", b"male"), (b"female", b"female")])
    ]
    pdf.add(b"<< /FT /Btn /Ff 49152 /T (sex) /V /female /Kids [%d 0 R %d 0 R] >>" % tuple(kids))
    roots = b" ".join(b"%d 0 R" % one for one in (*names, whole, group))
    defaults = b"/NeedAppearances true /DA (/Helv 12 Tf 0 g) /DR << /Font << /Helv %d 0 R >> >>" % font
    pdf.form = b"/AcroForm << %s /Fields [%s] >>" % (defaults, roots)
    pdf.page(b"", annotations=[*names, kid, *kids])
    return pdf.written(path)


def _widget(pdf: Pdf, entries: bytes, y: int) -> int:
    box = b"/Rect [200 %d 500 %d] /DA (/Helv 12 Tf 0 g)" % (y, y + 22)
    return pdf.add(b"<< /Type /Annot /Subtype /Widget /F 4 %s %s >>" % (box, entries))


def _drawing(resources: bytes) -> bytes:
    return b"/Type /XObject /Subtype /Form /BBox [0 0 300 22] " + resources
