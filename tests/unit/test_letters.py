"""Letters that make words, and those that a wrong font or code page made."""

from __future__ import annotations

import codecs

import pytest

from app.domain.letters import judged
from app.domain.reading import Ocr, Reading, TextOf
from app.domain.text_layers import Layer, LayerFacts, Trust, judge, useful, without_repeats
from tests.factories.documents import UKRAINIAN
from tests.factories.pictures import ENGLISH, RUSSIAN

GERMAN = (
    "Der Stadtrat hat den Haushalt für das nächste Jahr genehmigt. Die Ausgaben für Bildung steigen um zwölf Prozent."
)
KAZAKH = "Қала депутаттары кеңесі келесі жылға арналған бюджетті бекітті. Тұрғындар жобаны талқылай алады, дейді хабар."
GREEK = "Το δημοτικό συμβούλιο ενέκρινε τον προϋπολογισμό της πόλης για το επόμενο έτος και τις δαπάνες."
CODES = "0x9f3b 4d1e77aa ИНН 7701234567 КПП 770101001 БИК 044525225 40702810900000001234"


@pytest.mark.parametrize("text", [RUSSIAN, ENGLISH, UKRAINIAN, GERMAN, KAZAKH, GREEK, CODES])
def test_a_text_of_any_language_is_one(text: str) -> None:
    assert judge(LayerFacts(text)) == (Trust.WHOLE, None)


@pytest.mark.parametrize(
    "text",
    [
        RUSSIAN.encode("cp1251").decode("latin-1"),
        RUSSIAN.encode("cp1251").decode("mac_roman"),
        RUSSIAN.encode("koi8-r").decode("cp1251"),
        RUSSIAN.encode("cp1251").decode("koi8-r"),
        RUSSIAN.encode("cp866").decode("cp1251", errors="replace"),
        RUSSIAN.encode("utf-8").decode("cp1251", errors="replace"),
        RUSSIAN.encode("utf-8").decode("cp1252", errors="replace"),
        codecs.encode(ENGLISH, "rot13"),
        "".join(chr(ord(char) - 29) if char > " " else char for char in ENGLISH),  # numbers of glyphs
        "".join(chr(0xF000 + ord(char)) for char in ENGLISH),  # a font of symbols
        "\ufffd" * 40,
    ],
)
def test_letters_of_a_wrong_font_make_none(text: str) -> None:
    assert judge(LayerFacts(text))[0] is Trust.GARBLED


def test_marks_of_split_words_are_no_fault() -> None:
    assert judged("Расхо\x02\nды на обра\ufffe\nзование").strange == 0


def test_a_layer_with_the_words_of_its_picture_is_right_whatever_it_looks_like() -> None:
    odd = Layer(page=1, text=codecs.encode(ENGLISH, "rot13"), trust=Trust.GARBLED, shown=True)
    assert useful(odd, odd.text.replace("Gur", "Qur"))
    assert not useful(odd, ENGLISH)


def test_a_doubtful_layer_is_used_where_recognition_found_little() -> None:
    doubtful = Layer(page=1, text=KAZAKH, trust=Trust.DOUBTFUL, shown=True)
    assert useful(doubtful, "депутат")
    assert useful(doubtful.model_copy(update={"text": RUSSIAN}), RUSSIAN.translate(str.maketrans("оаеинт", "щфъцжх")))
    assert not useful(doubtful, RUSSIAN)


def test_lines_that_recognition_repeats_stand_once() -> None:
    seen = "Совет депутатов утвердил бюджет гопода\nНомер 17\nна транспорт пойдёт"
    assert without_repeats(seen, "Совет депутатов утвердил бюджет города\nНа  транспорт пойдёт") == "Номер 17"
    reading = Reading(ocr=Ocr(text=seen, engine="e"), own=(TextOf(text="Номер 17"), TextOf(text="Ñ", used=False)))
    assert reading.text.count("Номер 17") == 1
    assert "Ñ" not in reading.text
