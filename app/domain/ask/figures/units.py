"""Units and factors behind a number, in Russian, Ukrainian and English."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

# Forms as `spelling.normal` gives them, without the dot of short ones. Explicit endings: министр is no minute.
_UNITS = {
    "percent": r"%|процент(?:а|ов|ы|у|ам|ами|ах|ом|е)?|відсот(?:ок|ка|ки|ків|кам|ками|ках|ку|ком)|percent|pct",
    "points": r"п\.?п|pp|percentage points?|процентн\w+ пункт\w*|відсотков\w+ пункт\w*",
    "rub": r"₽|руб|р|рубл(?:ь|я|ей|и|ю|ям|ями|ях|ем|е)|rub|rubles?|roubles?|рублів",
    "usd": r"\$|usd|долл|дол|доллар(?:а|ов|ы|у|ам|ами|ах|ом|е)?|долар(?:а|ів|и|у|ам|ами|ах|ом|і)?|dollars?|us\$",
    "eur": r"€|eur|евро|євро|euros?",
    "uah": r"₴|uah|грн|гривен|гривен\w+|гривн(?:а|ы|е|у|и|ам|ами|ах|ой|ою|і)|гривень|hryvnias?|hryvnyas?",
    "gbp": r"£|gbp|pounds?|фунт(?:а|ов|ы|ів|и|ам|ами)?",
    "cny": r"cny|юан(?:ь|я|ей|и|ям|ями|ів)|yuan",
    "jpy": r"¥|jpy|иен[аы]?|єн[аи]?|yen",
    "kzt": r"₸|kzt|тенге|tenge",
    "byn": r"byn",
    "cent": r"коп|копе(?:йка|йки|ек|йку|йкам|йками)|копі(?:йка|йки|йок|йку)|cents?|центов|цент(?:а|ы|ів|и)?",
    "km": r"км|километр\w{0,3}|кілометр\w{0,3}|km|kilomet(?:re|er)s?",
    "m": r"м|метр(?:а|ов|ы|у|ам|ами|ах|ом|е|ів|и|і)?|m|met(?:re|er)s?|метров\w{2,3}",
    "cm": r"см|сантиметр\w{0,3}|cm|centimet(?:re|er)s?",
    "mm": r"мм|миллиметр\w{0,3}|міліметр\w{0,3}|mm|millimet(?:re|er)s?",
    "mile": r"мил(?:я|и|ь|ю|ям|ями)|миль|миля|милі|miles?|mi",
    "m2": r"м²|м2|m²|m2|кв\.? ?м|квадратн\w+ метр\w*|square met(?:re|er)s?|sq ?m",
    "ha": r"га|гектар\w{0,3}|ha|hectares?",
    "kg": r"кг|килограмм?\w{0,3}|кілограм\w{0,3}|kg|kgs|kilograms?|kilos?|кило",
    "g": r"г|гр|грамм?(?:а|ов|ы|ам|ами|ів|и)?|grams?|g",
    "t": r"т|тонн?(?:а|ы|у|ам|ами|ах|е|и)?|tonn?es?|tons?",
    "l": r"л|литр(?:а|ов|ы|ам|ами|ах|у)?|літр(?:а|ів|и|ам|ами|ах|у)?|l|lit(?:re|er)s?",
    "second": r"сек|секунд(?:а|ы|у|ам|ами|ах|и)?|seconds?|secs?|s",
    "minute": r"мин|хв|минут(?:а|ы|у|ам|ами|ах|е|ный|ная|ное|ной|ного|ную)?|хвилин(?:а|и|у|ам|ами|ах|і)?"
    r"|minutes?|mins?|min",
    "hour": r"ч|час|часа|часов|часы|часам|часами|часах|часу|часов(?:ой|ая|ое|ого|ую)|год|годин(?:а|и|у|ам|ами|ах|і)?"
    r"|hours?(?:-long)?|hrs?|hr|h",
    "day": r"д|дн|день|дня|дней|дни|дням|днями|днях|днів|дні|дневн\w{2,3}|денн\w{2,3}|сутки|суток|суткам|сутками|сутках"
    r"|доба|доби|добу|діб|days?",
    "week": r"нед|недел(?:я|и|ь|ю|ям|ями|ях|е|ьн\w{2,3})|тиждень|тижн(?:я|і|ів|ям|ями|ях|ев\w{2,3})|weeks?|wks?",
    "month": r"мес|месяц(?:а|ев|ы|у|ам|ами|ах|ем|е)?|месячн\w{2,3}|місяц(?:ь|я|ів|і|ю|ям|ями|ях)|місячн\w{2,3}|months?",
    "year": r"г|гг|р|рр|год|года|году|годом|годе|годов|годы|годам|годами|годах|лет|летн\w{2,3}|летия|летию|летие|рік"
    r"|року|роки|років|рокам|роками|роках|році|роком|річн\w{2,3}|річчя|years?(?:-olds?)?|yrs?|yo",
    "degree": r"°|°c|°с|℃|градус(?:а|ов|ы|у|ам|ами|ах|ом|е|ів|и|і)?|degrees?|c",
    "mw": r"мвт|mw|мегаватт?\w{0,3}|megawatts?",
    "kw": r"квт|kw|киловатт?\w{0,3}|кіловатт?\w{0,3}|kilowatts?",
    "gw": r"гвт|gw|гигаватт?\w{0,3}|гігават\w{0,3}|gigawatts?",
    "gb": r"гб|gb|гигабайт\w{0,3}|гігабайт\w{0,3}|gigabytes?",
    "mb": r"мб|mb|мегабайт\w{0,3}|megabytes?",
    "tb": r"тб|tb|терабайт\w{0,3}|terabytes?",
    "kmh": r"км/ч|км/год|km/h|kmh|kph",
    "mph": r"mph",
    "times": r"раз|раза|разів|рази|times",
    "floor": r"этаж\w{0,3}|этажн\w{2,3}|поверх\w{0,3}|поверхов\w{1,3}|storeys?|stories|story|storied|floors?",
}
_READERS = {name: re.compile(pattern) for name, pattern in _UNITS.items()}
# `р` is of roubles and of a Ukrainian year, `г` of a year and of grams, `год` of a year and of an hour (година).
_FACTORS = (
    (re.compile(r"тыс|тис|тысяч(?:а|и|е|у|ей|ью|ам|ами|ах)?|тисяч(?:а|і|у|ею|ам|ами|ах)?|thousands?|k|к"), 3),
    (re.compile(r"млн|миллион(?:а|ов|ы|у|ом|е|ам|ами|ах)?|мільйон(?:а|ів|и|у|ом|і|ам|ами|ах)?|millions?|mln|m|mn"), 6),
    (
        re.compile(r"млрд|миллиард(?:а|ов|ы|у|ом|е|ам|ами|ах)?|мільярд(?:а|ів|и|у|ом|і|ам|ами|ах)?|billions?|bln|bn|b"),
        9,
    ),
    (re.compile(r"трлн|триллион(?:а|ов|ы|у|ом|ам)?|трильйон(?:а|ів|и|у|ом)?|trillions?|tn|trn"), 12),
)


@lru_cache(maxsize=4096)
def units(word: str) -> tuple[str, ...]:
    """The units that a word may be, in the form of `spelling.normal`: mostly one or none."""
    return tuple(name for name, pattern in _READERS.items() if pattern.fullmatch(word))


@lru_cache(maxsize=4096)
def factor(word: str) -> Decimal | None:
    """The factor of a word such as тыс and million; None for another word. `m` and `b` count only joined to digits."""
    return next((Decimal(10) ** zeros for pattern, zeros in _FACTORS if pattern.fullmatch(word)), None)
