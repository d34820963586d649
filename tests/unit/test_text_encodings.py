"""Texts in any encoding: the words that come out are the ones that went in, and bytes of other files give none."""

from __future__ import annotations

import random
import sqlite3
import struct
import sys
from pathlib import Path

import pytest

from app.adapters.encodings import text_of
from app.adapters.store import identify
from app.adapters.vision.media import open_media
from app.errors import Permanent

# Ends of lines, quotes, dashes, numbers and Latin names, as people write them.
RU = "Заседание перенесли на 14:30. Приходите в зал № 5 с паспортом — «Гранд-отель», вход со двора."
RUSSIAN = (
    RU,
    "Продаю велосипед, почти новый",
    "Кто потерял ключи у подъезда?",
    "СРОЧНО: ОТКЛЮЧЕНИЕ ВОДЫ С УТРА",
    "съешь же ещё этих мягких булок",
    "Отчёт за март: расход 1 240 руб.",
    "Файл readme.txt лежит в папке doc",
    "Сдаю однушку у метро на лето",
    "№ 17\r\nПротокол собрания жильцов\r\n",
    "Юля, жду тебя в шесть у входа",
    "С какого возраста пускают на крышу",
)
UKRAINIAN = (
    "Завтра вимкнуть світло з восьмої ранку",
    "Її будинок стоїть край села, біля річки",
    "Ціна ґанку — п'ять тисяч гривень",
    "ЗБОРИ МЕШКАНЦІВ О ШОСТІЙ ГОДИНІ",
    "Хто бачив сіру кішку на вулиці Лесі?",
    "З метою безпеки двері зачинено",
)
CYRILLIC = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso-8859-5")
UNIVERSAL = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def spoken(text: str, encoding: str) -> str:
    """The text without the signs that the encoding has not."""
    return text.encode(encoding, "ignore").decode(encoding)


def read(data: bytes) -> str | None:
    found = text_of(data, whole=True)
    return found.text if found else None


@pytest.mark.parametrize("encoding", [*CYRILLIC, *UNIVERSAL])
@pytest.mark.parametrize("text", RUSSIAN)
def test_russian(encoding: str, text: str) -> None:
    assert read(text.encode(encoding, "ignore")) == spoken(text, encoding)


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-u", "cp1125", "mac-cyrillic", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("text", UKRAINIAN)
def test_ukrainian(encoding: str, text: str) -> None:
    assert read(text.encode(encoding, "ignore")) == spoken(text, encoding)


def test_ukrainian_on_dos_with_a_latin_i() -> None:
    text = "Вiдключення свiтла: до вечора не буде, готуйте лiхтарi та свiчки"
    assert read(text.encode("cp866")) == text


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (
            "Die Türen schließen um zehn, danach führt der Weg über den Hof",
            ("cp1252", "cp850", "iso-8859-15", "utf-16-le"),
        ),
        ("Grüße aus München", ("cp1252", "utf-16-be")),
        ("La réunion est reportée à la rentrée, où nous déciderons", ("cp1252", "mac-roman", "utf-16-le")),
        ("El niño y la niña llegarán mañana a las diez", ("cp1252", "cp850")),
        ("Zażółć gęślą jaźń, nie jest to łatwe", ("cp1250", "iso-8859-2", "cp852")),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", ("cp1250", "iso-8859-2", "cp852")),
        ("Toplantı yarın öğleden sonra şehir dışında olacak", ("cp1254",)),
        ("The meeting moved to half past two, bring your papers", ("ascii", "utf-16-le", "utf-16-be", "utf-32-le")),
        ("Сеанс переносится на завтра, билеты действительны", ("cp855",)),
        ("Η συνεδρίαση μεταφέρθηκε για αύριο το πρωί στις δέκα", ("cp1253", "utf-16-le")),
        ("Tickets are £5 and £3½ for children", ("cp1252",)),
        ("© 2024 North Harbour Ltd ® all rights reserved", ("cp1252", "cp1250")),
        ("会议改到下午两点半，请带上护照，从院子里进来。谢谢大家的配合。", ("gbk", "utf-16-le", "utf-16-be")),
        ("会議は午後二時半に変更されました。パスポートを持参してください。", ("cp932", "euc-jp")),
    ],
)
def test_other_languages(text: str, encodings: tuple[str, ...]) -> None:
    assert {encoding: read(text.encode(encoding)) for encoding in encodings} == dict.fromkeys(encodings, text)


@pytest.mark.parametrize("text", [*RUSSIAN, *UKRAINIAN, "OK", "Number;Name\r\n1;Anna\r\n"])
def test_a_mark_of_utf16_is_no_sync_of_audio(text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(text.encode("utf-16"))
    assert identify(tmp_path / "file").mime == "text/plain"


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        ("天氣預報明天有雨，請大家帶傘。活動改到星期六上午十點舉行。", ("big5",)),
        ("내일은 비가 오니 우산을 가져오세요. 행사는 토요일 오전 열 시에 열립니다.", ("cp949",)),
        ("明日は雨が降るので傘を持ってきてください。行事は土曜日の朝です。", ("cp932",)),
    ],
)
def test_few_letters_in_a_page_full_of_markup(text: str, encodings: tuple[str, ...]) -> None:
    markup = '<td class="a b c" width="100%" style="margin: 0 auto; padding: 2px 4px; border: none">\n' * 40
    page = f"<html>\n{markup}<p>{text}</p>\n{markup}</html>"
    assert {encoding: read(page.encode(encoding)) for encoding in encodings} == dict.fromkeys(encodings, page)


def test_tables_drawn_on_dos() -> None:
    rows = ("╔═══════════╤══════╗", "║ Картошка  │  40  ║", "║ Морковь   │  35  ║", "╚═══════════╧══════╝")
    assert read("\r\n".join(rows).encode("cp866") + b"\x1a") == "\r\n".join(rows)


def test_a_page_of_code_with_a_russian_remark() -> None:
    code = "def price(goods):\n    # цена с учётом скидки\n    return sum(goods) * 0.9\n" * 3
    assert {encoding: read(code.encode(encoding)) for encoding in CYRILLIC} == dict.fromkeys(CYRILLIC, code)


def test_a_long_english_text_that_ends_in_russian() -> None:
    text = "Nothing but plain words here.\n" * 3000 + "Подпись: директор Кузнецова"
    assert read(text.encode("koi8-r")) == text


def test_utf8_with_faults_keeps_its_other_words() -> None:
    words = RU.encode()
    faults = words[:9] + b"\xff" + words[11:40] + b"\xd0" + words[42:]
    found = read(faults)
    assert found is not None
    assert {"перенесли", "паспортом", "вход", "двора."} <= set(found.split())


def test_one_stray_zero_does_not_make_a_text_binary() -> None:
    found = read(("Обычная строка журнала\n" * 100).encode() + b"\x00" + "конец\n".encode())
    assert found is not None
    assert "конец" in found


@pytest.mark.parametrize("encoding", ["utf-8", "koi8-r", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("rest", range(4))
def test_a_beginning_may_end_inside_a_letter(encoding: str, rest: int) -> None:
    data = (RU * 3).encode(encoding, "ignore")
    found = text_of(data[: 160 + rest], whole=False)
    assert found is not None
    assert len(found.text) > 30
    assert spoken(RU * 3, encoding).startswith(found.text)


@pytest.mark.parametrize("encoding", [*CYRILLIC, "utf-16-le", "utf-16-be", "utf-32-le", "cp1125"])
def test_types_and_reader_agree(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes((RU + "\n").encode(encoding, "ignore") * 20)
    assert identify(path).mime == "text/plain"
    opened = open_media(path, "text/plain", 0)
    assert opened.text == spoken(RU + "\n", encoding) * 20
    assert opened.page_like


def test_a_text_longer_than_the_limit_is_cut_between_letters(tmp_path: Path) -> None:
    path = tmp_path / "long"
    for encoding in ("utf-8", "cp866", "utf-16-le", "utf-32-be"):
        path.write_bytes(("Щука плывёт. " * 70_000).encode(encoding))
        text = open_media(path, "text/plain", 0).text
        assert text is not None
        assert len(text) == 200_000
        assert text == ("Щука плывёт. " * 70_000)[:200_000]


def binaries(folder: Path) -> dict[str, bytes]:
    """Files that are no texts, made by the programs that make such files."""
    chance = random.Random(17)
    base = folder / "base.sqlite"
    with sqlite3.connect(base) as session:
        session.execute("CREATE TABLE words (word TEXT)")
        session.executemany("INSERT INTO words VALUES (?)", [(RU,)] * 50)
    session.close()
    code = (1, 2, 3), "имя", compile("print('Привет')", "x", "exec").co_code
    return {
        **{f"{size} bytes by chance": chance.randbytes(size) for size in (64, 200, 1000, 9000, 100_000)},
        "bytes by chance without controls": bytes(chance.choice(range(0xA0, 0x100)) for _ in range(300)),
        "executable": Path(sys.executable).resolve().read_bytes()[:50_000],
        "small executable": b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + struct.pack("<HHIQQQ", 2, 62, 1, 0x400078, 64, 0)
        + b"\xb0<\x0f\x05",
        "sqlite": base.read_bytes(),
        "sound": struct.pack("<600h", *(chance.randint(32, 1500) for _ in range(600))),
        "numbers": struct.pack("<200f", *(chance.random() for _ in range(200))),
        "counters": struct.pack("<400H", *range(1000, 1400)),
        "byte code": repr(code[0]).encode() + code[2],
        "a text and then noise": (RU + "\n").encode() * 3 + chance.randbytes(3000),
    }


def test_binary_files_are_no_texts(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    for what, data in binaries(tmp_path).items():
        file.write_bytes(data)
        assert identify(file).mime != "text/plain", what


def test_bytes_that_are_no_text_are_permanent(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(random.Random(5).randbytes(4000))
    with pytest.raises(Permanent, match="no text"):
        open_media(file, "text/plain", 0)
    file.write_bytes(b" \n\t")
    with pytest.raises(Permanent, match="empty"):
        open_media(file, "text/plain", 0)
