"""PDF files written object by object: pictures, text in any font, hidden text, forms."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageFont

from tests.factories.pictures import DEMO

SERIF = DEMO / "fonts" / "PTSerif-Regular.ttf"


@dataclass
class Pdf:
    """A document under construction. Objects are numbered from 1; the catalogue is 1, the tree of pages 2."""

    objects: list[bytes] = field(default_factory=lambda: [b"", b""])
    pages: list[int] = field(default_factory=list)
    form: bytes = b""  # entries of the catalogue

    def add(self, content: bytes) -> int:
        """The number of a new object."""
        self.objects.append(content)
        return len(self.objects)

    def stream(self, data: bytes, entries: bytes = b"") -> int:
        """The number of a new stream."""
        return self.add(b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data))

    def picture(self, image: Image.Image) -> int:
        """A picture as JPEG."""
        data = io.BytesIO()
        image.convert("RGB").save(data, "JPEG", quality=90)
        size = b"/Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8" % image.size
        return self.stream(data.getvalue(), b"/Type /XObject /Subtype /Image /Filter /DCTDecode " + size)

    def font(self, *, told: str | None = "cp1251") -> int:
        """PT Serif with the codes of cp1251. told: the code page whose letters its table tells; None: no table."""
        file = self.stream(zlib.compress(SERIF.read_bytes()), b"/Filter /FlateDecode")
        sides = b"/FontBBox [-200 -300 1200 1000] /ItalicAngle 0 /Ascent 900 /Descent -250 /CapHeight 700 /StemV 80"
        about = b"<< /Type /FontDescriptor /FontName /PTSerif /Flags 32 %s /FontFile2 %d 0 R >>" % (sides, file)
        face, codes = ImageFont.truetype(str(SERIF), 1000), range(32, 256)
        letters = [bytes([code]).decode("cp1251", errors="replace") for code in codes]
        widths = b" ".join(b"%d" % round(face.getlength(letter)) for letter in letters)
        named = [(code, _glyph(letter)) for code, letter in zip(codes, letters, strict=True) if code > 126]
        names = b" ".join(b"%d /%s" % one for one in named if one[1])
        encoding = b"<< /BaseEncoding /WinAnsiEncoding /Differences [%s] >>" % names
        base = b"/Type /Font /Subtype /TrueType /BaseFont /PTSerif /FirstChar 32 /LastChar 255 /Widths [%s]" % widths
        font = b"<< %s /Encoding %s /FontDescriptor %d 0 R" % (base, encoding, self.add(about))
        return self.add(font + (b" /ToUnicode %d 0 R >>" % self._told(told) if told else b" >>"))

    def _told(self, encoding: str) -> int:
        pairs = [(code, ord(bytes([code]).decode(encoding, errors="replace"))) for code in range(32, 256)]
        parts = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
        rows = [b" ".join(b"<%02x> <%04x>" % pair for pair in part) for part in parts]
        ranges = b"1 begincodespacerange <00> <ff> endcodespacerange "
        table = b" ".join(b"%d beginbfchar %s endbfchar" % (row.count(b"> <") // 2 + 1, row) for row in rows)
        head, end = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap ", b" endcmap end end"
        return self.stream(head + ranges + table + end)

    def page(
        self,
        content: bytes,
        *,
        fonts: dict[str, int] | None = None,
        pictures: dict[str, int] | None = None,
        annotations: Sequence[int] = (),
        more: bytes = b"",
    ) -> int:
        """A page of A4 with this content."""
        drawn = self.stream(content)
        named = [b" ".join(b"/%s %d 0 R" % (n.encode(), o) for n, o in (d or {}).items()) for d in (fonts, pictures)]
        resources = b"<< /Font << %s >> /XObject << %s >> >>" % tuple(named)
        fields = b" ".join(b"%d 0 R" % one for one in annotations)
        number = self.add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources %s /Contents %d 0 R /Annots [%s] %s >>"
            % (resources, drawn, fields, more)
        )
        self.pages.append(number)
        return number

    def written(self, path: Path, *, before: bytes = b"", counted: bool = False) -> Path:
        """Writes it. before: bytes before its header; counted: its table counts them, too."""
        self.objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % self.form
        kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        self.objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(self.pages))
        body, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
        for number, content in enumerate(self.objects, 1):
            places.append(len(body))
            body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        shift = len(before) if counted else 0
        table = b"".join(b"%010d 00000 n \n" % (place + shift) for place in places)
        count = len(self.objects) + 1
        tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        path.write_bytes(before + body + tail % (count, table, count, len(body) + shift))
        return path


CYRILLIC = {
    **{chr(0x410 + at): 10017 + at + (at > 5) for at in range(32)},
    **{chr(0x430 + at): 10065 + at + (at > 5) for at in range(32)},
    "Ё": 10023,
    "ё": 10071,
    "Ґ": 10050,
    "Є": 10053,
    "І": 10055,
    "Ї": 10056,
    "ґ": 10098,
    "є": 10101,
    "і": 10103,
    "ї": 10104,
}


def _glyph(letter: str) -> bytes:
    """The name of a Cyrillic letter's glyph in old fonts."""
    return b"afii%d" % CYRILLIC[letter] if letter in CYRILLIC else b""


def shown(
    text: str,
    *,
    font: str = "F",
    size: int = 14,
    at: tuple[int, int] = (60, 760),
    encoding: str = "cp1251",
    mode: int = 0,
    step: int = 22,
) -> bytes:
    """The content that writes lines of text. mode: 3 writes without a mark."""
    lines = b"".join(b"<%s> Tj 0 -%d Td " % (line.encode(encoding).hex().encode(), step) for line in text.splitlines())
    return b"BT /%s %d Tf %d Tr %d %d Td %sET\n" % (font.encode(), size, mode, *at, lines)


def placed(name: str, box: tuple[int, int, int, int] = (0, 0, 595, 842)) -> bytes:
    """The content that draws a picture. box: left, bottom, width, height in points."""
    left, bottom, width, height = box
    return b"q %d 0 0 %d %d %d cm /%s Do Q\n" % (width, height, left, bottom, name.encode())
