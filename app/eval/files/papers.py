"""Text files in the code pages that they come in, and documents of office programs: zips of XML, RTF, HTML, EPUB."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from html import escape

from app.eval.files.texts import Text

_OFFICE = "application/vnd.openxmlformats-officedocument."
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def encoded(encoding: str) -> Callable[[Text], bytes]:
    """A plain text in an encoding, with the line ends of its time."""
    return lambda text: text.words.replace("\n", "\r\n").encode(encoding)


def docx(text: Text) -> bytes:
    """A document of a word processor: paragraphs of several runs, and a table."""
    rows = "".join(f"<w:p>{_runs(line)}</w:p>" for line in (text.title, *text.lines[:-2]))
    cells = "".join(f"<w:tc><w:p>{_runs(line)}</w:p></w:tc>" for line in text.lines[-2:])
    body = f"<w:body>{rows}<w:tbl><w:tr>{cells}</w:tr></w:tbl></w:body>"
    names = f'xmlns:w="{_MAIN}/wordprocessingml/2006/main"'
    return _ooxml(
        "word/document.xml",
        "wordprocessingml.document.main+xml",
        {"word/document.xml": f"<w:document {names}>{body}</w:document>"},
    )


def _runs(line: str) -> str:
    """A line as an editor stores it: cut into runs in the middle of a word."""
    half = len(line) // 2
    return "".join(f'<w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r>' for part in (line[:half], line[half:]))


def xlsx(text: Text) -> bytes:
    """A spreadsheet: half of the cells share their strings, half hold their own."""
    shared, own = text.lines[::2], text.lines[1::2]
    strings = "".join(f"<si><t>{escape(line)}</t></si>" for line in shared)
    rows = "".join(
        f'<row r="{at + 2}"><c r="A{at + 2}" t="s"><v>{at}</v></c>'
        f'<c r="B{at + 2}" t="inlineStr"><is><t>{escape(line)}</t></is></c></row>'
        for at, line in enumerate(own)
    )
    head = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{escape(text.title)}</t></is></c></row>'
    names = f'xmlns="{_MAIN}/spreadsheetml/2006/main" xmlns:r="{_RELATIONS}"'
    types = {
        "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet+xml",
        "xl/sharedStrings.xml": "spreadsheetml.sharedStrings+xml",
    }
    related = {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("sharedStrings", "sharedStrings.xml")}
    sheets = '<sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets>'
    parts = {
        "xl/workbook.xml": f"<workbook {names}>{sheets}</workbook>",
        "xl/_rels/workbook.xml.rels": _relations(related),
        "xl/sharedStrings.xml": f'<sst {names} count="{len(shared)}" uniqueCount="{len(shared)}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": f"<worksheet {names}><sheetData>{head}{rows}</sheetData></worksheet>",
    }
    return _ooxml("xl/workbook.xml", "spreadsheetml.sheet.main+xml", parts, types)


def pptx(text: Text) -> bytes:
    """A presentation of two slides."""
    halves = ((text.title, *text.lines[:5]), text.lines[5:])
    names = f'xmlns:a="{_MAIN}/drawingml/2006/main" xmlns:r="{_RELATIONS}" xmlns:p="{_MAIN}/presentationml/2006/main"'
    numbers = range(1, len(halves) + 1)
    slides = "".join(f'<p:sldId id="{255 + at}" r:id="rId{at}"/>' for at in numbers)
    parts = {
        "ppt/presentation.xml": f"<p:presentation {names}><p:sldIdLst>{slides}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations(
            {f"rId{at}": ("slide", f"slides/slide{at}.xml") for at in numbers}
        ),
        **{f"ppt/slides/slide{at}.xml": _slide(half, names) for at, half in zip(numbers, halves, strict=True)},
    }
    types = {f"ppt/slides/slide{at}.xml": "presentationml.slide+xml" for at in numbers}
    return _ooxml("ppt/presentation.xml", "presentationml.presentation.main+xml", parts, types)


def _slide(lines: tuple[str, ...], names: str) -> str:
    rows = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    none = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    head = '<p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
    shape = f"<p:sp>{head}<p:txBody><a:bodyPr/>{rows}</p:txBody></p:sp>"
    return f"<p:sld {names}><p:cSld><p:spTree>{none}{shape}</p:spTree></p:cSld></p:sld>"


def odt(text: Text) -> bytes:
    """A document of LibreOffice, with white space as elements and a part of a line in a span."""
    rows = "".join(f"<text:p>{_span(line)}</text:p>" for line in text.lines)
    names = f'xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0" office:version="1.3"'
    head = f'<text:h text:outline-level="1">{escape(text.title)}</text:h>'
    body = f"<office:body><office:text>{head}{rows}</office:text></office:body>"
    mime = "application/vnd.oasis.opendocument.text"
    entries = f'<m:file-entry m:full-path="/" m:media-type="{mime}"/>'
    parts = {
        "mimetype": mime,
        "content.xml": f"{_HEAD}<office:document-content {names}>{body}</office:document-content>",
        "META-INF/manifest.xml": f'{_HEAD}<m:manifest xmlns:m="{_OASIS}:manifest:1.0">{entries}</m:manifest>',
    }
    return _zipped(parts)


def _span(line: str) -> str:
    first, _, rest = line.partition(" ")
    return f"{escape(first)}<text:s/><text:span>{escape(rest)}</text:span>"


def rtf(text: Text) -> bytes:
    """A rich text: the bytes of its code page, or Unicode with a sign for old readers."""
    said = "\\par\n".join("".join(map(_rtf_letter, line)) for line in (text.title, *text.lines))
    fonts = "{\\fonttbl{\\f0\\fswiss\\fcharset204 Arial;}}{\\info{\\author Nobody}}"
    head = "{\\rtf1\\ansi\\ansicpg1251\\deff0" + fonts + "\\f0\\fs24 "
    return (head + said + "}").encode("ascii")


def _rtf_letter(letter: str) -> str:
    if letter.isascii():
        return letter
    # Writers differ, so every other letter of the alphabet takes each way.
    return f"\\u{ord(letter)}?" if ord(letter) % 2 else f"\\'{letter.encode('cp1251').hex()}"


def html(text: Text) -> bytes:
    """A saved page with a script and a style, in the code page that it declares."""
    rows = "".join(f"<p>{escape(line)}</p>\n<!-- cut -->" for line in text.lines)
    head = f'<meta charset="windows-1251"><title>{escape(text.title)}</title><style>p {{ color: red }}</style>'
    page = f"<!DOCTYPE html>\n<html><head>{head}<script>var hidden = 'never';</script></head><body>{rows}</body></html>"
    return page.encode("cp1251")


def epub(text: Text) -> bytes:
    """A book of two chapters, whose order its spine tells, not the order in the zip."""
    halves = {"b.xhtml": (text.title, *text.lines[:5]), "a.xhtml": text.lines[5:]}
    items = "".join(
        f'<item id="{name[0]}" href="{name}" media-type="application/xhtml+xml"/>' for name in sorted(halves)
    )
    spine = "".join(f'<itemref idref="{name[0]}"/>' for name in halves)
    about = '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"/>'
    package = 'package xmlns="http://www.idpf.org/2007/opf" version="3.0"'
    root = '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
    box = 'container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"'
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f"{_HEAD}<{box}><rootfiles>{root}</rootfiles></container>",
        "OEBPS/book.opf": f"{_HEAD}<{package}>{about}<manifest>{items}</manifest><spine>{spine}</spine></package>",
        **{f"OEBPS/{name}": _chapter(halves[name]) for name in sorted(halves)},
    }
    return _zipped(parts)


def _chapter(lines: tuple[str, ...]) -> str:
    rows = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'{_HEAD}<html xmlns="http://www.w3.org/1999/xhtml"><body>{rows}</body></html>'


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _ooxml(main: str, kind: str, parts: Mapping[str, str], more: Mapping[str, str] | None = None) -> bytes:
    """A package of Office Open XML. more: name -> type of the parts beside the main one."""
    types = {main: kind, **(more or {})}
    told = "".join(f'<Override PartName="/{name}" ContentType="{_OFFICE}{kind}"/>' for name, kind in types.items())
    known = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return _zipped(
        {
            "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">{known}{told}</Types>',
            "_rels/.rels": _relations({"rId1": ("officeDocument", main)}),
            **{name: part if part.startswith("<?xml") else _HEAD + part for name, part in parts.items()},
        }
    )


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _zipped(parts: Mapping[str, str]) -> bytes:
    """A zip of the parts, in order; `mimetype` is stored, as its readers demand."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), part, how)
    return out.getvalue()
