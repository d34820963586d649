"""The languages of OCR: how a person names them, where their data are found, when a second pass reads a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.adapters.vision.foreign import may_be_foreign, reads_better
from app.adapters.vision.tessdata import find_tessdata, first_complete
from app.adapters.vision.words import Word
from app.domain.ocr_languages import DEFAULT, OWN_LETTERS, package, parse, passes
from app.errors import UserError
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def words(text: str, confidence: float = 0.95) -> list[Word]:
    """The words of one line."""
    return [Word(word, confidence, (1, 1, 1), 0, 0, 10, 10) for word in text.split()]


def folder(place: Path, *codes: str) -> Path:
    """A folder with empty data of the languages."""
    place.mkdir()
    for code in codes:
        (place / f"{code}.traineddata").touch()
    return place


def test_a_setting_names_each_language_once() -> None:
    assert Settings().ocr_languages == "rus+eng+ukr"
    assert parse("RUS + chi_sim+rus") == ("rus", "chi_sim")


@pytest.mark.parametrize(
    "wrong", ["", "ru", "russian", "rus,eng", "rus+osd", "rus+../x", "+".join(f"aa{letter}" for letter in "abcdefghi")]
)
def test_a_wrong_name_is_refused_with_the_form_to_write(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"write (Tesseract's codes|at most 8)"):
        Settings(ocr_languages=wrong)


def test_set_up_and_image_bring_the_same_languages_as_the_setting_wants() -> None:
    assert f"${{OCR_LANGUAGES:-{DEFAULT}}}" in (ROOT / "scripts/install-runtime").read_text()
    assert set(re.findall(r"^ARG OCR_LANGUAGES=(\S+)$", (ROOT / "Dockerfile").read_text(), re.M)) == {DEFAULT}
    assert package("chi_sim") == "tesseract-ocr-chi-sim"


def test_a_folder_without_one_language_is_passed_over(tmp_path: Path) -> None:
    lacking = folder(tmp_path / "lacking", "rus", "eng", "osd")
    whole = folder(tmp_path / "whole", "rus", "eng", "ukr", "osd")
    found = first_complete((lacking, whole), parse(DEFAULT))
    assert found is not None
    assert found.folder == whole
    assert first_complete((lacking,), parse(DEFAULT)) is None
    assert first_complete((lacking,), parse("eng+rus")) is not None


def test_missing_data_name_file_command_and_packages(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", "deu", "osd")
    with pytest.raises(UserError) as told:
        find_tessdata(place, parse("deu+chi_sim"))
    assert "lacks chi_sim.traineddata" in str(told.value)
    assert "make setup OCR_LANGUAGES=deu+chi_sim" in str(told.value)
    assert "apt-get install tesseract-ocr-deu tesseract-ocr-chi-sim tesseract-ocr-osd" in str(told.value)


def test_ukrainian_has_a_pass_of_its_own_beside_russian_alone() -> None:
    assert passes(parse("rus+eng+ukr")) == (("rus", "eng"), ("ukr", "rus", "eng"))
    assert passes(parse("ukr+eng")) == (("ukr", "eng"), ())
    assert passes(parse("deu+eng")) == (("deu", "eng"), ())


@pytest.mark.parametrize("text", ["Два дн! на", "У р1чку Bin впав", "Ka6iH i двадцять", "Кава дорожчае 3a"])
def test_misread_letters_ask_for_a_second_pass(text: str) -> None:
    assert may_be_foreign(words(text))


@pytest.mark.parametrize("text", ["Привет! Как дела", "The train i3 leaves", "Дом 12, подъезд 3", "a"])
def test_russian_and_english_need_none(text: str) -> None:
    assert not may_be_foreign(words(text))
    assert may_be_foreign(words(text, 0.8)) == (text[0] in "ПД"), "unless it is Cyrillic and unsure"


def test_the_second_pass_counts_only_with_letters_of_its_own() -> None:
    unsure, letters = words("Загубився пес рекс", 0.7), OWN_LETTERS["ukr"]
    assert reads_better(words("Загубився пес Рекс, вівчарка"), unsure, letters)
    assert not reads_better(words("Загубился пес Рекс, овчарка"), unsure, letters)
    assert not reads_better(words("Загубився пес Рекс, вівчарка", 0.65), unsure, letters)
