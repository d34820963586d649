"""Values as models write them, in one table each: kinds, yes and no, shares, and words that mean nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import pairwise

from app.domain.kinds import Classification


def _table(rows: Mapping[Classification, str]) -> dict[str, Classification]:
    return {word: kind for kind, words in rows.items() for word in (kind.value, *words.split())}


# Beginnings of words count for Russian, whose words have endings: see `kind_of`.
KINDS = _table(
    {
        Classification.PHOTO: "photos photograph photographs photography photographic photorealistic snapshot selfie"
        " foto фото фотография фотографии фотографию фотка фотоснимок снимок селфи світлина",
        Classification.MEME: "memes demotivator мем мемы мемас мемчик демотиватор",
        Classification.DOCUMENT: "documents doc scan scanned letter page form документ документы документа скан письмо"
        " страница справка бланк",
        Classification.SCREENSHOT: "screenshots screencap screengrab screencapture screenshoot скриншот скриншоты"
        " скриншота скрин снимокэкрана снімокекрана",
        Classification.INFOGRAPHIC: "infographics infographie infogram chart graph diagram map table poster"
        " инфографика инфографики инфографіка диаграмма график карта таблица схема плакат постер афиша",
        Classification.OTHER: "others misc miscellaneous unknown none illustration drawing cartoon logo sticker другое"
        " прочее иное інше рисунок иллюстрация логотип стикер неизвестно",
    }
)
_PAIRS = {"screen shot", "screen capture", "screen grab", "info graphic", "снимок экрана", "снімок екрана"}
TRUE = frozenset(("true", "yes", "y", "t", "on", "1", "да", "так", "верно", "истина", "мем", "meme"))
FALSE = frozenset(
    ("false", "no", "n", "f", "off", "0", "нет", "ні", "неверно", "ложь", "null", "none", "nil", "n/a", "undefined")
)
WORDS_OF_SHARE = {
    "certain": 1.0, "definite": 1.0, "definitely": 1.0, "very high": 0.95, "очень высокая": 0.95, "high": 0.9,
    "высокая": 0.9, "высокий": 0.9, "likely": 0.8, "medium": 0.6, "moderate": 0.6, "средняя": 0.6, "средний": 0.6,
    "possible": 0.5, "low": 0.3, "низкая": 0.3, "низкий": 0.3, "unlikely": 0.2, "very low": 0.1, "none": 0.0,
}  # fmt: skip
NAMED = 0.5  # of a thing that the model names without a share: the least that counts

_NOTHING = {
    "null", "none", "nil", "nan", "n/a", "n.a", "undefined", "not applicable",
    "no text", "no texts", "no text found", "no text detected", "no text present",
    "no text visible", "no visible text", "no readable text", "no legible text", "without text", "text not found",
    "text: none", "text: null", "no text in the image", "no text in image", "no text in the picture",
    "no text on the image", "no text inside", "no text is visible", "there is no text", "there is no visible text",
    "there is no text in the image", "there is no text in the picture", "the image contains no text",
    "the picture contains no text", "image contains no text", "нет текста", "текста нет", "без текста",
    "текст отсутствует", "отсутствует", "текст не обнаружен", "текст не найден", "нет видимого текста",
    "текста на изображении нет", "на изображении нет текста", "на картинке нет текста", "нет данных", "н/д",
    "немає тексту", "текст відсутній", "без тексту",
}  # fmt: skip
_NO_DESCRIPTION = {"no description", "нет описания", "без описания", "описание отсутствует", "string", "..."}
_AROUND = " \t\n.,:;!…\"'`«»“”„()[]{}<>*_-—–"
_DASHES = re.compile(r"[\s\-—–_\[\](){}<>\"'«»]*|\.\.\.|…")
LONGEST_NOTHING = 60  # characters; a longer text is one
_NUMBER = re.compile(
    r"[~≈<>=\s]*([-+]?(?:\d+(?:[.,]\d+)?|[.,]\d+))\s*(%|/\s*(\d+)|(?:из|of|out of)\s*(\d+))?.{0,20}", re.DOTALL
)
_WORD = re.compile(r"[^\W_]+")


def says_nothing(text: str) -> bool:
    """Whether a whole text only says that there is none, or is a dash."""
    return _bare(text) in _NOTHING or _DASHES.fullmatch(text) is not None


def describes_nothing(text: str) -> bool:
    """The same of a description."""
    return says_nothing(text) or _bare(text) in _NO_DESCRIPTION


def _bare(text: str) -> str:
    return " ".join(text.strip(_AROUND).casefold().split()) if len(text) < LONGEST_NOTHING else text


def kind_of(value: str) -> Classification | None:
    """The kind that a model names, also among other words: of several, the first. None if it names none."""
    text = re.sub(r"^classification\W", "", value.strip().casefold())[:200]
    words = [word for word in _WORD.findall(text.replace("_", " ")) if word not in ("a", "an", "the", "это")]
    if "".join(words) in KINDS:
        return KINDS["".join(words)]
    for first, second in pairwise([*words, ""]):
        if f"{first} {second}" in _PAIRS:
            return KINDS.get(first + second, Classification.SCREENSHOT)
        if first in ("not", "no", "не"):
            return None
        if first in KINDS:
            return KINDS[first]
    return None


def truth(value: object) -> bool | None:
    """Yes or no; None if the value says neither. Without a value it is no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, int | float):
        return value >= NAMED if 0 <= value <= 1 else None
    words = _WORD.findall(value.casefold()) if isinstance(value, str) else []
    whole = value.strip(_AROUND).casefold() if isinstance(value, str) else ""
    said = next((word for word in (whole, *words[:1]) if word in TRUE or word in FALSE), None)
    return None if said is None else said in TRUE


def share(value: object, largest: float = 1.0) -> float | None:
    """A confidence from 0 to 1. NAMED where none is given in words or figures; None for one that cannot be.

    largest: the largest number beside it, which tells the scale: up to 10 or up to 100.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return _scaled(float(value), largest)
    if not isinstance(value, str):
        return NAMED
    word = " ".join(value.casefold().strip(_AROUND).split())
    if word in WORDS_OF_SHARE:
        return WORDS_OF_SHARE[word]
    found = _NUMBER.fullmatch(value.strip()[:40])
    if found is None:
        return NAMED
    number = float(found[1].replace(",", "."))
    whole = 100.0 if found[2] == "%" else float(found[3] or found[4] or 0)
    return _within(number / whole) if whole else _scaled(number, largest)


def figure(value: object) -> float:
    """The number in a value, to find the scale of a list; 0 without one."""
    if isinstance(value, bool):
        return 0.0
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else 0.0
    found = _NUMBER.fullmatch(value.strip()[:40]) if isinstance(value, str) else None
    return float(found[1].replace(",", ".")) if found and not found[2] else 0.0


def _scaled(number: float, largest: float) -> float | None:
    if number < 2:
        return _within(min(number, 1.0))
    return _within(number / (10 if largest <= 10 else 100))


def _within(number: float) -> float | None:
    return number if 0 <= number <= 1 else None
