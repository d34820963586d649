"""Documents of offices, pages and books: the words that people see in them, and nothing of what they do not."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from app.adapters.store import identify
from app.adapters.vision.frames import Opened
from app.adapters.vision.media import open_media
from app.domain import media_types as types
from app.errors import Permanent, Skip
from tests.factories import office_files as made
from tests.factories.office_files import paragraph, word_parts, zipped

PAGE = "<!DOCTYPE html><html><head>{head}<title>Новости города</title></head><body>{body}</body></html>"


def opened(folder: Path, data: bytes) -> Opened:
    """The file as the pipeline opens it: by the type that its content has."""
    path = folder / "file"
    path.write_bytes(data)
    return open_media(path, identify(path).mime, 10**8)


def text_of(folder: Path, data: bytes) -> str:
    return opened(folder, data).text or ""


def kind_of(folder: Path, data: bytes) -> str:
    (folder / "file").write_bytes(data)
    return identify(folder / "file").mime


def test_a_word_document_with_table_header_footer_and_comment(tmp_path: Path) -> None:
    found = opened(tmp_path, made.word_document())
    assert (found.text or "").splitlines() == [
        "Отчёт за квартал",
        "Расходы выросли, доходы упали",
        "Товар\tЦена\tШтук",
        "Картошка\t40\t12",
        "Для служебного пользования",
        "Экземпляр единственный",
        "Проверить у бухгалтера",
    ]
    assert found.page_like
    assert found.inspection.damaged is None


def test_a_text_box_is_read_once_footnotes_too_and_deleted_words_never(tmp_path: Path) -> None:
    box = f"<wps:txbx>{paragraph('В рамке')}</wps:txbx>"
    twice = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    hidden = (
        '<w:del><w:r><w:delText>вычеркнуто</w:delText></w:r></w:del><w:instrText>HYPERLINK "http://x"</w:instrText>'
    )
    body = f"<w:p><w:r><w:t>До</w:t></w:r>{twice}<w:r><w:t>после</w:t></w:r>{hidden}</w:p>"
    parts = word_parts(body, footnotes=paragraph("Сноска"), header2=paragraph("Шапка"))
    assert text_of(tmp_path, zipped(parts)).splitlines() == ["До", "В рамке", "после", "Шапка", "Сноска"]


def test_slides_in_their_order_with_notes_tables_and_charts(tmp_path: Path) -> None:
    found = opened(tmp_path, made.slides())
    lines = (found.text or "").splitlines()
    assert lines[:4] == ["Планы на весну", "Посадить деревья", "Покрасить забор", "Слайд 2"]
    assert lines[12:14] == ["Слайд 11", "Слайд 12"]
    assert lines[14:] == ["Липы\tсорок", "Сказать про субботник", "Саженцы", "Восток", "Запад"]
    assert found.inspection.pages == 12


def test_cells_as_they_are_shown(tmp_path: Path) -> None:
    found = opened(tmp_path, made.workbook())
    assert (found.text or "").splitlines() == [
        "Смета",
        "Срок\tСумма\tДоля",
        "30.11.2026\t1240.5\t15.5%",
        "01.12.2026 14:30\t0.3\tTRUE",
        "Итого по смете",
        "Управление дорог",
        "Черновик",
        "Щебень",
        "Согласовать с подрядчиком",
    ]
    assert found.inspection.pages == 2


def test_cells_with_texts_of_their_own_and_days_from_1904(tmp_path: Path) -> None:
    sheet = (
        '<worksheet><row><c t="inlineStr"><is><t>Прямо</t></is></c><c t="str"><f>A1</f><v>Итог</v></c>'
        '<c s="0"><v>1</v></c><c t="s"><v>7</v></c><c t="e"><v>#N/A</v></c></row></worksheet>'
    )
    parts = {
        "[Content_Types].xml": made.TYPES,
        "xl/workbook.xml": '<workbook><workbookPr date1904="1"/></workbook>',
        "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    assert text_of(tmp_path, zipped(parts)) == "Прямо\tИтог\t02.01.1904\t#N/A"


def test_an_open_document_with_notes_tables_and_headers(tmp_path: Path) -> None:
    body = (
        "<office:text><text:h>Устав</text:h><text:p>Член   клуба<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>Сноска</text:p></text:note-body></text:note></text:p>"
        "<text:tracked-changes><text:p>стёрто</text:p></text:tracked-changes>"
        "<text:p>Пункт<text:tab/>первый<office:annotation><dc:creator>Иван</dc:creator><text:p>Правка</text:p>"
        "</office:annotation></text:p><table:table><table:table-row><table:table-cell><text:p>Имя</text:p>"
        "</table:table-cell><table:table-cell><text:p>Юля</text:p></table:table-cell></table:table-row></table:table>"
        "</office:text>"
    )
    lines = text_of(tmp_path, made.open_document(body, "text", "Колонтитул")).splitlines()
    assert lines == ["Устав", "Член клуба", "Сноска", "Пункт\tпервый", "Правка", "Имя\tЮля", "Колонтитул"]
    assert kind_of(tmp_path, made.open_document(body, "text")) == types.ODT


@pytest.mark.parametrize(("kind", "mime"), [("spreadsheet", types.ODS), ("presentation", types.ODP)])
def test_other_open_documents(kind: str, mime: str, tmp_path: Path) -> None:
    data = made.open_document("<draw:page><draw:frame><text:p>Привет всем</text:p></draw:frame></draw:page>", kind)
    assert kind_of(tmp_path, data) == mime
    assert text_of(tmp_path, data) == "Привет всем"


def test_a_rich_text_in_code_pages_and_unicode(tmp_path: Path) -> None:
    rtf = (
        r"{\rtf1\ansi\ansicpg1252\deff0"
        r"{\fonttbl{\f0\fcharset204 Times;}{\f1\fcharset2 Symbol;}{\f2\fcharset238 Arial;}}"
        r"{\info{\author Ivan}}{\header \pard\f0\'c2\'e5\'f0\'f5\par}"
        r"\pard\f0 \'cf\'f0\'e8\'e2\'e5\'f2, {\b \'ec\'e8\'f0}!\par"
        r"{\f1\'b7}{\f2 \'a3\'f3d\'9f}\par \u1070?\u1083?\u1103? \u-10179?\u-8694?\par{\*\unknown zzz}"
        r"{\field{\*\fldinst HYPERLINK http://evil}{\fldrslt link}}{\footnote Note}\trowd one\cell two\cell\row"
        r"{\pict\wmetafile8 0102}\emdash  end{\v secret}\par}"
    )
    lines = text_of(tmp_path, rtf.encode("ascii", "ignore")).splitlines()
    assert lines == ["Верх", "Привет, мир!", "Łódź", "Юля 😊", "link", "Note", "one\ttwo", "— end"]


def test_a_rich_text_that_names_no_code_page_or_a_wrong_one(tmp_path: Path) -> None:
    words = "Обычное письмо старой программы"
    for page in (b"", b"\\ansicpg1252"):
        raw = b"{\\rtf1\\ansi" + page + b"{\\fonttbl{\\f0\\fcharset0 Arial;}}\\f0 " + words.encode("cp1251") + b"\\par}"
        assert text_of(tmp_path, raw) == words
    cut = opened(tmp_path, b"{\\rtf1 Beginning{\\b of a letter")
    assert (cut.text, cut.inspection.damaged) == ("Beginningof a letter", "it ends within a group")


def test_pictures_in_a_rich_text_are_skipped_as_bytes(tmp_path: Path) -> None:
    data = b"{\\rtf1 Before {\\pict\\bin9 }}}}\\par{}after\\par}"
    assert text_of(tmp_path, data) == "Before after"


BODY = (
    "<h1>Мост закрыт</h1><script>var скрипт = '<!--';</script><style>.тень {}</style><!-- заметка --><p>Объезд   через"
    "\nсело<br>Липки</p><table><tr><td>День<td>пятница<tr><td>Час<td>шесть</table>"
    '<div style="display: none">невидимо</div><p hidden>спрятано</p><template>шаблон</template>'
    "<pre>a\n  b</pre><ul><li>раз<li>два</ul>&laquo;Итог&raquo; &#1071;"
)
SEEN = ["Новости города", "Мост закрыт", "Объезд через село", "Липки", "День\tпятница", "Час\tшесть", "a", "  b", "раз",
        "два", "«Итог» Я"]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "cp1251"),
        ("<meta charset='koi8-r'>", "koi8-r"),
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="windows-1251">', "utf-8"),  # a program saved it anew and left the word
        ('<meta charset="utf-8">', "cp1251"),
        ("<meta charset=iso-8859-1>", "cp1251"),
        ("", "cp866"),
        ("", "utf-16"),
    ],
)
def test_a_saved_page_in_the_encoding_that_it_has(head: str, encoding: str, tmp_path: Path) -> None:
    data = PAGE.format(head=head, body=BODY).encode(encoding, "replace")
    assert kind_of(tmp_path, data) == "text/html"
    assert text_of(tmp_path, data).splitlines() == SEEN


def test_a_book_in_the_order_of_its_spine(tmp_path: Path) -> None:
    chapters = [
        ("last page.xhtml", "<html><body><p>Конец</p></body></html>"),
        (
            "one.xhtml",
            '<?xml version="1.0"?><!DOCTYPE html><html><head><style>p{}</style></head><p>Начало&nbsp;пути</p></html>',
        ),
        ("toc.xhtml", "<html><body>Содержание</body></html>"),
    ]
    assert text_of(tmp_path, made.book(chapters, [1, 0])).splitlines() == ["Начало пути", "Конец"]
    half = opened(tmp_path, made.book(chapters, [1, 0], locked=["last page.xhtml"]))
    assert half.text == "Начало пути"
    with pytest.raises(Permanent, match="chapters are locked"):
        opened(tmp_path, made.book(chapters, [1], locked=["one.xhtml"]))


def test_a_fault_of_one_part_keeps_the_others_and_is_named(tmp_path: Path) -> None:
    parts = word_parts(paragraph("Тело цело"), header1=paragraph("Верх"), footnotes=paragraph("Сноска"))
    parts["word/header1.xml"] = parts["word/header1.xml"][:-12]
    found = opened(tmp_path, zipped(parts))
    assert (found.text or "").splitlines() == ["Тело цело", "Верх", "Сноска"]
    assert "word/header1.xml" in str(found.inspection.damaged)


def test_bytes_of_a_part_that_were_damaged_keep_the_others(tmp_path: Path) -> None:
    data = bytearray(zipped(word_parts(paragraph("Тело цело"), footnotes=paragraph("Сноска " * 200))))
    at = data.index(b"word/footnotes.xml") + 40
    data[at : at + 30] = b"\xff" * 30
    found = opened(tmp_path, bytes(data))
    assert (found.text or "").startswith("Тело цело")
    assert "word/footnotes.xml" in str(found.inspection.damaged)


ENTITY = '<!DOCTYPE x [<!ENTITY a {}>]><w:document xmlns:w="w"><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:document>'


@pytest.mark.parametrize(
    "entity", ['SYSTEM "file:///etc/hostname"', '"' + "ha" * 1000 + '"', "SYSTEM 'http://127.0.0.1:9/'"]
)
def test_entities_are_never_resolved(entity: str, tmp_path: Path) -> None:
    parts = word_parts("", footer1=paragraph("Низ")) | {"word/document.xml": ENTITY.format(entity)}
    found = opened(tmp_path, zipped(parts))
    assert found.text == "Низ"
    assert "word/document.xml" in str(found.inspection.damaged)


def test_bombs_take_neither_memory_nor_time(tmp_path: Path) -> None:
    for what, body in {"unpacks": " " * 70 * 1024**2, "tags": "<!--" * 4_000_000}.items():
        data = zipped(word_parts(body))
        tracemalloc.start()
        with pytest.raises(Permanent, match=what):
            opened(tmp_path, data)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 20 * 1024**2


def test_a_long_document_is_read_up_to_the_limit(tmp_path: Path) -> None:
    data = zipped(word_parts(paragraph("слово и дело") * 20_000))
    found = opened(tmp_path, data)
    assert len(found.text or "") == 200_000
    assert (found.text or "").count("слово и дело") == 200_000 // 13
    assert found.inspection.damaged is None


@pytest.mark.parametrize(
    ("data", "mime", "reason"),
    [
        (made.compound("WordDocument", "1Table"), types.OLD_DOC, r"old Word documents \(.doc\)"),
        (made.compound("Workbook"), types.OLD_XLS, r"old Excel workbooks \(.xls\)"),
        (made.compound("Book"), types.OLD_XLS, r"old Excel workbooks \(.xls\)"),
        (made.compound("PowerPoint Document"), types.OLD_PPT, r"old PowerPoint presentations \(.ppt\)"),
        (made.compound("EncryptionInfo", "EncryptedPackage"), types.LOCKED, "locked with a password"),
        (
            zipped({"[Content_Types].xml": made.TYPES, "xl/workbook.bin": "x"}),
            types.XLSB,
            r"binary Excel workbooks \(.xlsb\)",
        ),
        (zipped(word_parts("")), types.DOCX, "a document without text"),
        (made.deck_without_slides(), types.PPTX, "a document without text"),
    ],
)
def test_what_is_not_read_says_what_it_is(data: bytes, mime: str, reason: str, tmp_path: Path) -> None:
    assert kind_of(tmp_path, data) == mime
    with pytest.raises(Skip, match=reason):
        opened(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made.open_document("", "text", manifest="<encryption-data/>"), "OpenDocument file locked with a password"),
        (zipped({"[Content_Types].xml": made.TYPES, "word/document.xml": "<a"}), "no part of the Word document"),
    ],
)
def test_documents_that_cannot_be_read(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=reason):
        opened(tmp_path, data)


def test_a_presentation_with_workbooks_inside_stays_a_presentation(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": made.TYPES,
        "ppt/slides/slide1.xml": "<a/>",
        "ppt/embeddings/a.xlsx": made.workbook(),
    }
    assert kind_of(tmp_path, zipped(parts)) == types.PPTX
    assert kind_of(tmp_path, made.slides()) == types.PPTX
    assert kind_of(tmp_path, made.workbook()) == types.XLSX
    assert kind_of(tmp_path, made.word_document()) == types.DOCX
