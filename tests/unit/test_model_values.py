"""What the values of a model's answer mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.adapters.vision.remote.schema import parse
from app.domain.kinds import Classification
from app.domain.language_names import CODES, language_code

GOOD: dict[str, Any] = {"classification": "photo", "is_meme": False, "description": "A cat."}


def read(field: str, value: object) -> Any:
    """The field of an answer that has no fault."""
    found = parse(json.dumps({**GOOD, field: value}))
    assert found.problems == []
    return getattr(found.answer, field)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Russian", "ru"),
        ("russian", "ru"),
        ("rus", "ru"),
        ("RU", "ru"),
        ("ru-RU", "ru"),
        ("ru_RU.UTF-8", "ru"),
        ("русский", "ru"),
        ("Русский язык", "ru"),
        ("Russian (Cyrillic)", "ru"),
        ("Russian language", "ru"),
        (["ru"], "ru"),
        (["Russian", "English"], "ru"),
        ("ru, en", "ru"),
        ("en/ru", "en"),
        ("English and Russian", "en"),
        ("ENG", "en"),
        ("en-US", "en"),
        ("UA", "uk"),
        ("українська", "uk"),
        ("Ukrainian", "uk"),
        ("ger", "de"),
        ("Deutsch", "de"),
        ("zh-Hans", "zh"),
        ("Simplified Chinese", "zh"),
        ("қазақша", "kk"),
        ({"code": "ru"}, "ru"),
        ("no", "no"),
        ("Cyrillic", None),  # a script: the language is that of the text
        ("und", None),
        ("mixed", None),
        ("N/A", None),
        ("null", None),
        ("нет текста", None),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_languages(value: object, code: str | None) -> None:
    assert read("language", value) == code


def test_every_name_of_a_language_is_one_language_s() -> None:
    assert all(len(code) == 2 for code in CODES.values())
    assert all(language_code(name) == code for name, code in CODES.items())


@pytest.mark.parametrize("name", ["Klingon", "gibberish", "17"])
def test_an_unknown_language_is_a_fault(name: str) -> None:
    with pytest.raises(ValueError, match="639-1"):
        language_code(name)


@pytest.mark.parametrize(
    ("score", "share"),
    [
        (0.9, 0.9),
        (1, 1.0),
        (95, 0.95),
        (100, 1.0),
        ("95%", 0.95),
        ("95 %", 0.95),
        ("0.95", 0.95),
        ("0,95", 0.95),
        ("~0.9", 0.9),
        ("8/10", 0.8),
        ("9 out of 10", 0.9),
        (8, 0.8),
        (1.2, 1.0),
        ("high", 0.9),
        ("Medium", 0.6),
        ("высокая", 0.9),
        (None, 0.5),
        ("surely", 0.5),
    ],
)
def test_scores(score: object, share: float) -> None:
    assert [one.score for one in read("labels", [{"name": "cat", "score": score}])] == [pytest.approx(share)]


@pytest.mark.parametrize("score", [-0.1, -5, 101, "200%", "-1"])
def test_a_thing_with_a_score_that_cannot_be_is_left_out(score: object) -> None:
    assert [one.name for one in read("labels", [{"name": "cat", "score": score}, {"name": "sky", "score": 0.5}])] == [
        "sky"
    ]


@pytest.mark.parametrize(
    ("scores", "shares"), [([9, 8, 5], [0.9, 0.8, 0.5]), ([95, 60, 5], [0.95, 0.6, 0.05]), ([95, 0.9], [0.95, 0.9])]
)
def test_the_largest_score_tells_the_scale(scores: list[float], shares: list[float]) -> None:
    labels = [{"name": f"thing {place}", "score": score} for place, score in enumerate(scores)]
    assert [one.score for one in read("labels", labels)] == pytest.approx(shares)


@pytest.mark.parametrize(
    ("value", "things"),
    [
        (["cat", "Dog"], [("cat", 0.5), ("dog", 0.5)]),
        ("cat, dog; tree", [("cat", 0.5), ("dog", 0.5), ("tree", 0.5)]),
        ("cat (0.9), dog: 80%", [("cat", 0.9), ("dog", 0.8)]),
        ("1. cat\n2. dog", [("cat", 0.5), ("dog", 0.5)]),
        ({"cat": 0.9, "dog": 80}, [("cat", 0.9), ("dog", 0.8)]),
        ([{"label": "cat"}], [("cat", 0.5)]),
        ([{"name": "cat", "confidence": 0.9}], [("cat", 0.9)]),
        ([{"Label": "cat", "Probability": "90%"}], [("cat", 0.9)]),
        ([{"cat": 0.9}, {"dog": 0.7}], [("cat", 0.9), ("dog", 0.7)]),
        ([["cat", 0.9]], [("cat", 0.9)]),
        ({"name": "cat", "score": 0.9}, [("cat", 0.9)]),
        ({"cat": {"score": 0.9}}, [("cat", 0.9)]),
        ("none", []),
        (["none", "N/A", "string", ""], []),
        ({}, []),
        (None, []),
    ],
)
@pytest.mark.parametrize("field", ["labels", "objects"])
def test_things(field: str, value: object, things: list[tuple[str, float]]) -> None:
    assert [(one.name, one.score) for one in read(field, value)] == things


@pytest.mark.parametrize(
    ("value", "said"),
    [(one, True) for one in ("yes", "True", "true.", 1, "да", "Yes, it is", 0.9)]
    + [(one, False) for one in ("no", "FALSE", 0, "нет", "No (a photo)", None, 0.1)],
)
def test_yes_and_no(value: object, said: bool) -> None:
    assert read("is_meme", value) is said


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Photo", "photo"),
        ("PHOTOGRAPH", "photo"),
        (" photo. ", "photo"),
        ("фотография", "photo"),
        ("a photo (taken by a camera)", "photo"),
        ("Classification.PHOTO", "photo"),
        (["photo"], "photo"),
        ("photo/meme", "photo"),
        ({"photo": 0.2, "meme": 0.8}, "meme"),
        ({"label": "meme", "score": 1}, "meme"),
        ("мем", "meme"),
        ("Это мем", "meme"),
        ("скриншот", "screenshot"),
        ("screen shot", "screenshot"),
        ("Screen_Shot", "screenshot"),
        ("снимок экрана", "screenshot"),
        ("scan", "document"),
        ("скан документа", "document"),
        ("info graphic", "infographic"),
        ("диаграмма", "infographic"),
        ("chart", "infographic"),
        ("illustration", "other"),
        ("Другое", "other"),
    ],
)
def test_kinds(value: object, kind: str) -> None:
    assert read("classification", value) is Classification(kind)


NOTHING = ["null", "None", "N/A", "n/a.", "No text", "NO TEXT.", "no visible text", "(no text)", "[No text]", "-", "—"]
NOTHING += ["нет текста", "Нет текста.", "Текст отсутствует", "без текста", "There is no text in the image.", "", " \n"]


@pytest.mark.parametrize("value", [*NOTHING, None, [], ["none"]])
def test_words_that_mean_no_text(value: object) -> None:
    assert not read("text", value)


@pytest.mark.parametrize("value", [*NOTHING, "No description", "нет описания", "string", "..."])
def test_words_that_mean_no_description(value: str) -> None:
    assert not read("description", value)


@pytest.mark.parametrize(
    "text",
    [
        "No text messages while driving",
        "Нет",
        "None of the above",
        "NULL POINTER",
        "No text\nNo calls",
        "!!!",
        "Нет текста песни",
    ],
)
def test_a_picture_may_say_such_words_itself(text: str) -> None:
    assert read("text", text) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(17, "17"), (["Раз", "два"], "Раз\nдва"), ({"title": "Раз", "body": "два"}, "Раз\nдва"), (2.5, "2.5")],
)
def test_text_in_other_types(value: object, text: str) -> None:
    assert read("text", value) == text
