"""Names of months and weekdays in Russian, Ukrainian and English."""

from __future__ import annotations

import re

# Full names stand for a month alone; the short ones only beside a day or a year.
_MONTHS = (
    (r"январ[ьяею]\w?|січ(?:ень|н[яіюе]\w?)|january", r"янв|січ|jan"),
    (r"феврал[ьяею]\w?|лют(?:ий|ого|ому)|february", r"фев|февр|лют|feb"),
    (r"март(?:а|е|у|ом)?|берез(?:ень|н[яіюе]\w?)|march", r"мар|бер|mar"),
    (r"апрел[ьяею]\w?|квіт(?:ень|н[яіюе]\w?)|april", r"апр|кві|квіт|apr"),
    (r"ма[йяею]|маем|трав(?:ень|н[яіюе]\w?)|may", r"тра|трав"),
    (r"июн[ьяею]\w?|черв(?:ень|н[яіюе]\w?)|june", r"июн|чер|черв|jun"),
    (r"июл[ьяею]\w?|лип(?:ень|н[яіюе]\w?)|july", r"июл|лип|jul"),
    (r"август(?:а|е|у|ом)?|серп(?:ень|н[яіюе]\w?)|august", r"авг|сер|серп|aug"),
    (r"сентябр[ьяею]\w?|верес(?:ень|н[яіюе]\w?)|september", r"сен|сент|вер|верес|sep|sept"),
    (r"октябр[ьяею]\w?|жовт(?:ень|н[яіюе]\w?)|october", r"окт|жовт|жов|oct"),
    (r"ноябр[ьяею]\w?|листопад(?:а|і|у|ом)?|november", r"ноя|нояб|лис|лист|nov"),
    (r"декабр[ьяею]\w?|груд(?:ень|н[яіюе]\w?)|december", r"дек|гру|груд|dec"),
)
_WEEKDAYS = (
    r"понедельник\w{0,3}|понеділ(?:ок|к[ауиі]\w{0,2})|mondays?",
    r"вторник\w{0,3}|вівтор(?:ок|к[ауиі]\w{0,2})|tuesdays?",
    r"сред[ауеы]|серед[ауиі]|wednesdays?",
    r"четверг\w{0,3}|четвер(?:г[аиу]?)?|thursdays?",
    r"пятниц\w{1,3}|п'ятниц\w{1,3}|fridays?",
    r"суббот\w{1,3}|субот\w{1,3}|saturdays?",
    r"воскресень[еяюим]\w{0,2}|неділ[яіюе]\w{0,2}|sundays?",
)
_FULL = tuple(re.compile(full) for full, _ in _MONTHS)
_SHORT = tuple(re.compile(short) for _, short in _MONTHS)
_DAYS = tuple(map(re.compile, _WEEKDAYS))
# Words that also mean something else when they stand alone: `may`, `to march`, leaf fall, wrath; среда is environment,
# середа a name; неділя is Sunday, and a week in Russian has another spelling.
_DOUBTFUL = re.compile("may|march|август|листопад\\w*|лют\\w+|сред[аы]|серед[аи]")
DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def month(word: str, beside: bool) -> int | None:
    """The month of a word in the form of `spelling.normal`. beside: a day or a year stands next to it."""
    found = _place(word, _FULL)
    if found is None and beside:
        found = _place(word.rstrip("."), _SHORT)
    return found


def is_doubtful(word: str) -> bool:
    """Whether a name of a month or weekday means something else as often."""
    return _DOUBTFUL.fullmatch(word) is not None


def weekday(word: str) -> int | None:
    """The day of the week, Monday is 1."""
    return _place(word, _DAYS)


def is_day(day: int, month_: int) -> bool:
    """Whether a year can have the day."""
    return 1 <= month_ <= 12 and 1 <= day <= DAYS_OF[month_ - 1]


def _place(word: str, patterns: tuple[re.Pattern[str], ...]) -> int | None:
    return next((place for place, one in enumerate(patterns, start=1) if one.fullmatch(word)), None)
