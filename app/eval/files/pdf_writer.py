"""Writes small PDFs by hand, with faults that no library would write: wrong letters, pictures under hidden text."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from PIL import Image

from app.demo.channels.canvas import FACES, FONTS, font

WIDTH, HEIGHT, MARGIN = 595, 842, 56  # points: A4
VISIBLE, HIDDEN = 0, 3  # text rendering modes of ISO 32000-1, 9.3.6

Letters = Callable[[str], str]  # the letter that is drawn -> the letter that the text layer tells


def own(letter: str) -> str:
    """The letter itself: a sound text layer."""
    return letter


@dataclass
class Pdf:
    """A document in the making. letters: the text layer's idea of each letter; None leaves the map out."""

    letters: Letters | None = own
    undrawn_values: bool = False  # whether viewers must draw the values of its fields
    objects: list[bytes] = field(default_factory=lambda: [b"", b""])  # the catalogue and the tree of pages come last
    pages: list[int] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)
    resources: int = 0

    def add(self, body: str, stream: bytes | None = None) -> int:
        """Adds an object and returns its number. body: a dictionary, without << >> if a stream belongs to it."""
        if stream is None:
            self.objects.append(body.encode("latin-1"))
        else:
            head = f"<< {body} /Length {len(stream)} >>\nstream\n".encode("latin-1")
            self.objects.append(head + stream + b"\nendstream")
        return len(self.objects)

    def page(self, content: bytes, more: str = "") -> int:
        """Adds a page that draws `content` and returns its number. more: further entries of its dictionary."""
        if not self.resources:
            self.resources = self.add(f"<< /Font << /F {_font(self)} 0 R >> >>")
        stream = self.add("", content)
        resources = more if "/Resources" in more else f"{more} /Resources {self.resources} 0 R"
        self.pages.append(
            self.add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {stream} 0 R {resources} >>"
            )
        )
        return self.pages[-1]

    def picture(self, image: Image.Image) -> int:
        """Adds a JPEG to draw as /P and returns the number of its object."""
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=80)
        size = f"/Width {image.width} /Height {image.height}"
        kind = "/Type /XObject /Subtype /Image /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
        return self.add(f"{kind} {size}", out.getvalue())

    def scan(self, image: Image.Image, layer: bytes = b"") -> None:
        """Adds a page that is a picture from edge to edge, with a text layer or none."""
        placed = f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /P Do Q\n".encode()
        known = f"/Font << /F {_font(self)} 0 R >>" if layer else ""
        self.page(placed + layer, f"/Resources << /XObject << /P {self.picture(image)} 0 R >> {known} >>")

    def bytes(self) -> bytes:
        """The whole file."""
        kids = " ".join(f"{number} 0 R" for number in self.pages)
        form = " ".join(f"{number} 0 R" for number in self.fields)
        undrawn = str(self.undrawn_values).lower()
        acro = f"/AcroForm << /Fields [{form}] /NeedAppearances {undrawn} /DA (/F 12 Tf 0 g) >>" if form else ""
        self.objects[0] = f"<< /Type /Catalog /Pages 2 0 R {acro} >>".encode()
        self.objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(self.pages)} >>".encode()
        return _file(self.objects)


def show(lines: Iterable[str], top: int = HEIGHT - MARGIN, size: int = 12, mode: int = VISIBLE) -> bytes:
    """Operators that write lines from the top, in points, with the font /F."""
    rows = "".join(f"<{_codes(line)}> Tj 0 -{size * 1.5:.1f} Td\n" for line in lines)
    return f"BT /F {size} Tf {mode} Tr {MARGIN} {top} Td\n{rows}ET\n".encode()


def _codes(line: str) -> str:
    return "".join(f"{_glyphs()[ord(letter)]:04x}" for letter in line)


def _font(pdf: Pdf) -> int:
    """PT Sans, whose codes are numbers of glyphs, so that the map to Unicode alone tells their letters."""
    data = (FONTS / FACES["sans"]).read_bytes()
    file = pdf.add(f"/Length1 {len(data)} /Filter /FlateDecode", zlib.compress(data))
    about = pdf.add(
        "<< /Type /FontDescriptor /FontName /PTSans /Flags 4 /FontBBox [-500 -300 1500 1000] /ItalicAngle 0"
        f" /Ascent 1018 /Descent -276 /CapHeight 700 /StemV 80 /FontFile2 {file} 0 R >>"
    )
    widths = " ".join(f"{glyph} [{_width(code)}]" for code, glyph in sorted(_glyphs().items()))
    inner = pdf.add(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /PTSans /CIDToGIDMap /Identity /DW 600"
        f" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {about} 0 R"
        f" /W [{widths}] >>"
    )
    told = f"/ToUnicode {pdf.add('', _to_unicode(pdf.letters))} 0 R" if pdf.letters else ""
    return pdf.add(
        "<< /Type /Font /Subtype /Type0 /BaseFont /PTSans /Encoding /Identity-H"
        f" /DescendantFonts [{inner} 0 R] {told} >>"
    )


def _width(code: int) -> int:
    return round(font("sans", 1000).getlength(chr(code)))


def _to_unicode(letters: Letters) -> bytes:
    rows = [f"<{glyph:04x}> <{ord(letters(chr(code))):04x}>" for code, glyph in sorted(_glyphs().items())]
    parts = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    tables = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in parts)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{tables}\nendcmap end end\n"
    ).encode()


@cache
def _glyphs() -> dict[int, int]:
    """Code point -> number of the glyph, for the letters that samples use: cmap format 4 of OpenType."""
    data = (FONTS / FACES["sans"]).read_bytes()
    table = _cmap(data)
    segments = struct.unpack(">H", table[6:8])[0] // 2
    ends, starts, deltas, ranges = (
        struct.unpack(f">{segments}H", table[at : at + 2 * segments])
        for at in (14, 16 + 2 * segments, 16 + 4 * segments, 16 + 6 * segments)
    )
    found: dict[int, int] = {}
    for at, (end, start, delta, offset) in enumerate(zip(ends, starts, deltas, ranges, strict=True)):
        for code in range(max(start, 32), min(end, 0x2122) + 1):
            place = 16 + 6 * segments + 2 * at + offset + 2 * (code - start)
            glyph = struct.unpack(">H", table[place : place + 2])[0] if offset else code
            if glyph and (code < 0x100 or 0x400 <= code < 0x4A0 or code > 0x2000):
                found[code] = (glyph + delta) & 0xFFFF
    return found


def _cmap(data: bytes) -> bytes:
    tables = {data[at : at + 4]: at for at in range(12, 12 + 16 * struct.unpack(">H", data[4:6])[0], 16)}
    start = struct.unpack(">I", data[tables[b"cmap"] + 8 :][:4])[0]
    for number in range(struct.unpack(">H", data[start + 2 :][:2])[0]):
        offset = struct.unpack(">I", data[start + 8 + 8 * number :][:4])[0]
        if data[start + offset :][:2] == b"\x00\x04":
            return data[start + offset :]
    raise ValueError("the font has no character map of format 4")


def _file(objects: Iterable[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(places) + 1
    table = f"xref\n0 {count}\n0000000000 65535 f \n{rows}trailer\n<< /Size {count} /Root 1 0 R >>\n"
    return bytes(out) + f"{table}startxref\n{len(out)}\n%%EOF\n".encode()
