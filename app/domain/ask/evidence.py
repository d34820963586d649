"""Tells whether a text holds a value of the kind that a question wants: a date, a sum, a name, a place, a reason."""

from __future__ import annotations

import re
from collections.abc import Collection

from app.domain.ask.wanted import Wanted

_MONTHS = (
    r"январ|феврал|марта?\b|март[еу]?\b|апрел|ма[йея]\b|июн|июл|август|сентябр|октябр|ноябр|декабр"
    r"|січ(?:ень|ня)|лют(?:ий|ого)|берез(?:ень|ня)|квіт(?:ень|ня)|трав(?:ень|ня)|черв(?:ень|ня)|лип(?:ень|ня)"
    r"|серп(?:ень|ня)|верес(?:ень|ня)|жовт(?:ень|ня)|листопад|груд(?:ень|ня)"
    r"|\bjan(?:uary)?\b|\bfeb(?:ruary)?\b|\bmar(?:ch)?\b|\bapr(?:il)?\b|\bmay\b|\bjune?\b|\bjuly?\b|\baug(?:ust)?\b"
    r"|\bsept?(?:ember)?\b|\boct(?:ober)?\b|\bnov(?:ember)?\b|\bdec(?:ember)?\b"
)
_DAYS = (
    r"понедельник|вторник|сред[ауые]\b|четверг|пятниц|суббот|воскресень|выходн|\b(?:пн|вт|ср|чт|пт|сб|вс|нд)\b"
    r"|понеділ|вівтор|серед[ауи]\b|четвер|п'ятниц|неділ|(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\bweekends?\b"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)\b|ежедневн|щодня|\bdaily\b"
)
_RELATIVE = (
    r"завтра|сегодня|вчера|послезавтра|накануне|через (?:\w+ )?(?:час|д(?:ень|ня|ней)|недел|месяц|год|лет)"
    r"|сьогодні|вчора|напередодні|\btomorrow|\btoday|\byesterday|\btonight|\bnext (?:week|month|year|spring|summer)"
    r"|\b(?:весной|летом|осенью|зимой|к? ?лету|весны|осени|зимы)\b|\bin (?:spring|summer|autumn|winter)\b|\bночью\b"
)
_CLOCK = (
    r"\b(?:[01]?\d|2[0-4])[:.\-][0-5]\d\b|\b\d{1,2}\s?(?:[ap]\.?m\b|o'?clock|час)|\bв \d{1,2}\s(?:утра|вечера|дня|ночи)"
    r"|\b(?:[вдскоід]о?|at|by|from|until|till) \d{1,2}\b(?!\s?[%₽$])|полдень|полудн|полноч|\bnoon\b"
    r"|\bmidnight\b|\bопівн"
)
_YEAR = r"\b(?:1[0-9]|20)\d\d\b"
_DATE = rf"\b[0-3]?\d[./][01]?\d(?:[./](?:20)?\d\d)?\b|{_MONTHS}|{_DAYS}|{_RELATIVE}|{_YEAR}"
_NUMERALS = (
    r"\bодн[аоуи]\w*|\bодин|\bдв[аое]\w{0,4}\b|\bтр[ои]\w{0,4}\b|\bчетыр\w+|\bчетвер[оы]\w*"
    r"|\bпят[ьеи]\w*|\bшест[ьеи]\w*"
    r"|\bсем[ьие]\w*|\bвос[еь]м\w*|\bдевят\w+|\bдесят\w+|надцат\w+|\bсорок|\bсто\b|\bдвести|\bтысяч"
    r"|\bполтор|\bпол\w{3,}|\bпара\b|\bобе?а?\b"
    r"|\bтри\b|\bчотири|\bп'ят|\bшіст|\bсім\b|\bвісім|\bдев'ят"
    r"|\bone\b|\btwo\b|\bthree\b|\bfour|\bfive\b|\bsix|\bseven|\beight|\bnine|\bten\b|\beleven|\btwel"
    r"|\btwent|\bthirt|\bfift"
    r"|\bhundred|\bthousand|\bdozen|\bhalf\b|\btwice\b|\bonce\b|\bthird\b|\bquarter\b"
)
_NUMBER = rf"\d|{_NUMERALS}"
_UNIT_OF_TIME = (
    r"(?:сек|мин|час|сут|дн[еяи]|день|недел|месяц|год|лет\b|хвил|тиж|рок|рік|second|minute|min\b|hour|day|night"
    r"|week|month|year)"
)
_MONEY = (
    r"\d\s?(?:\d{3}\s?)*(?:[₽$€£₴]|р\b|руб|тыс|млн|миллион|миллиард|млрд|доллар|евро|грн|грив|крон"
    r"|тенге|usd|eur|gbp|dollar|euro|pound"
    r"|cents?\b|pence|p\b|k\b|m\b|million|billion)|[$€£₽₴]\s?\d|бесплатн|безкоштовн|\bfree\b|даром|\bрубл"
)
_PHONE = r"(?:\+?\d[\d() \-]{4,}\d)"
_CAPITAL = "[A-ZА-ЯЁІЇЄҐ][a-zа-яёіїєґ]+"
_BEFORE_PLACES = "в на из до по у від in at to of the from on for"
_NOT_BEHIND = "".join(rf"(?<!\b{word} )" for word in _BEFORE_PLACES.split())
# A name inside a sentence, two names, initials, a name in quotes, a firm.
_NAME = (
    rf"(?<=[\w,»)—–:] ){_NOT_BEHIND}{_CAPITAL}|{_CAPITAL} {_CAPITAL}|[A-ZА-ЯЁ]\. ?[A-ZА-ЯЁ]\w+"
    rf"|«{_CAPITAL}|\b(?:ООО|АО|ПАО|ИП|Ltd|Inc|LLC)\b"
)
_PLACE = (
    r"(?i:\bул\.|улиц|\bпросп|\bпр\.|площад|\bпл\.|набереж|\bнаб\.|переул|шоссе|бульвар|\bэтаж|корпус"
    r"|\bкаб\b|кабинет|подъезд|\bзал[еа]?\b"
    r"|вокзал|станци|\bпарк|\bдом[еау]?\b|завод|\bвулиц|\bвул\.|поверх|street|\bst\b|road|\brd\b"
    r"|avenue|square|floor|hall\b|room|building|park\b|pier|station)"
    r"|\b(?:[Вв]|[Нн]а|[Уу]|[Ии]з|[Пп]од|[Вв]озле|[Оо]коло|[Дд]о|[Кк]|[Пп]о|[Зз]а|[Бб]іля|[Ii]n|[Aa]t"
    r"|[Oo]n|[Ff]rom|[Nn]ear|[Tt]o|[Bb]y|[Oo]utside|[Bb]ehind)"
    r" (?:the )?[«\"“]?[A-ZА-ЯЁІЇЄҐ]"
)
_REASON = (
    r"из-за|из за\b|потому|поскольку|так как|ввиду|вследствие|по причине|причин|чтобы|виной|виноват"
    r"|в связи с|ради\b|благодаря|от того|оттого"
    r"|через те|оскільки|тому що|бо\b|внаслідок|because|due to|owing|since\b|after\b|caus|reason"
    r"|so that|as the\b|thanks to|blam|to avoid"
    r"|: \w|нашли|сломал|лопнул|треснул|broke|fault|failed|leak"
)
PATTERNS = {
    Wanted.WHEN: re.compile(rf"{_DATE}|{_CLOCK}", re.IGNORECASE),
    Wanted.TIME: re.compile(_CLOCK, re.IGNORECASE),
    Wanted.MONEY: re.compile(_MONEY, re.IGNORECASE),
    Wanted.LASTING: re.compile(rf"(?:{_NUMBER})\w*[\s-]+(?:\w+\s)?{_UNIT_OF_TIME}|{_UNIT_OF_TIME}", re.IGNORECASE),
    Wanted.COUNT: re.compile(_NUMBER, re.IGNORECASE),
    Wanted.PHONE: re.compile(_PHONE),
    Wanted.WHO: re.compile(_NAME),
    Wanted.WHERE: re.compile(_PLACE),
    Wanted.WHY: re.compile(_REASON, re.IGNORECASE),
}  # fmt: skip
# A bare number may be a price in a table, the minutes of a trip or an hour.
_LOOSE = re.compile(_NUMBER, re.IGNORECASE)
LOOSE = 0.5
_NUMERIC = frozenset({Wanted.WHEN, Wanted.TIME, Wanted.MONEY, Wanted.LASTING})
_TOKEN = re.compile(r"[^\W_]+")


def evidence(text: str, kinds: Collection[Wanted], asked: Collection[str] = ()) -> float:
    """1 if the text has a value of one of the kinds, LOOSE if it has a number that may be one, else 0.

    asked: numbers and names of the question, in small letters; they are no answer to it.
    """
    new = _TOKEN.sub(lambda found: "" if found[0].lower() in asked else found[0], text)
    if any(PATTERNS[kind].search(new) for kind in kinds):
        return 1.0
    return LOOSE if _NUMERIC.intersection(kinds) and _LOOSE.search(new) else 0.0
