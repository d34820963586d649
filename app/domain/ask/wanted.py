"""Tells which kind of answer a question wants, and whether a span holds one: a date for when, a sum for how much."""

from __future__ import annotations

import re
from enum import StrEnum

from app.domain.spelling import normal


class Wanted(StrEnum):
    """The kind of an answer."""

    WHEN = "when"
    TIME = "time"  # of the day
    MONEY = "money"
    LASTING = "lasting"
    COUNT = "count"
    PHONE = "phone"
    WHO = "who"
    WHERE = "where"
    WHY = "why"


# Nearly every answer to such a question has a value of the kind; places and reasons are worded too freely.
STRICT = frozenset(Wanted) - {Wanted.WHY, Wanted.WHERE}
SPECIAL = frozenset({Wanted.MONEY, Wanted.TIME, Wanted.LASTING, Wanted.PHONE})

# In the form of `normal`: small letters, е for ё. The first kinds are the narrowest.
_QUESTIONS = (
    (
        Wanted.PHONE,
        r"телефон|позвонить|дозвонит|по какому номеру|зателефон"
        r"|\bphone|\bcall\b(?! for)|\bring\b.*\bnumber",
    ),
    (
        Wanted.MONEY,
        r"сколько (?:\w+ ){0,5}(?:сто[ия]|обо[йш]д|плат|запла|потрат|зараб|получ|собрал|выдел|возьм|берут"
        r"|бер[её]т|взяли|выруч|дал[аи]?\b)"
        r"|\bпочем\b|\bцен[аеуы]\b|стоимост|тариф|зарплат|оклад|штраф|бюджет|\bзалог|скидк|гонорар"
        r"|во сколько обо|во что обо|какую сумму|какая сумма|каков\w* убыт|сколько (?:\w+ )?(?:денег|рубл"
        r"|руб|евро|доллар)"
        r"|скільки (?:\w+ ){0,3}(?:кошту|платит|гривень|грн|грошей)|\bцін[аиу]\b|вартіст"
        r"|how much (?!(?:rain|snow|water|time|wind|sugar|flour|salt|butter|experience)\b)|\bprices?\b"
        r"|\bcosts?\b|\bfees?\b|\bfares?\b"
        r"|\bsalary|\bwages?\b|\bpaid\b|\bpay\b|\bbudget|\bfine\b|\blos[es]s?\b|\bmoney\b|\bdeposit",
    ),
    (
        Wanted.TIME,
        r"во сколько(?! обо)|в котором часу|котор\w+ час|в какое время|до скольки|со? скольки|часы работы"
        r"|время \w*отправл|о котрій|до котрої"
        r"|what time|which hour|opening hours|what hours|how (?:early|late)\b",
    ),
    (
        Wanted.LASTING,
        r"как долго|как давно|сколько (?:\w+ )?(?:времени|врем|час|дней|дня|суток|недель|месяц|лет\b|минут"
        r"|длит|прод[ол]л|займ|ид[её]т|ехать"
        r"|добират)|в какой срок|какой срок|скільки (?:\w+ )?(?:часу|годин|днів|тижн|місяц|років|хвилин|трива)|як довго"
        r"|how long|how many (?:\w+ )?(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?)\b|how old",
    ),
    (
        Wanted.WHY,
        r"почему|зачем|отчего|из-за чего|по какой причине|в чем причина|причин\w+|чьей вине|чому\b|навіщо"
        r"|через що|\bwhy\b|\bcaused?\b|\breason|to blame",
    ),
    (
        Wanted.WHEN,
        r"когда|какого числа|в какой день|в какие дни|по каким дням|каком (?:году|месяце)|до какого"
        r"|с какого|какая дата|\bдаты\b|\bсроки\b|\bколи\b"
        r"|якого числа|якого дня|в якому році|\bwhen\b|(?:what|which|\w+) (?:date|day|month|weekday)s?\b"
        r"|what year|deadline",
    ),
    (
        Wanted.COUNT,
        r"сколько|скольких|скільки|насколько|какое количество|каков[ао]? (?:цифр|числен|сумм|дол)"
        r"|как(?:ой|ова) (?:высот|глубин|длин"
        r"|температур|скорост|площад|вес|процент|объем)"
        r"|каким? (?:номер|счет)|какой (?:номер|код|счет)|грузоподъемн|вместимост|\bлимит|какую (?:часть"
        r"|долю)|с каким временем"
        r"|how (?:many|much|far|deep|high|tall|big|large|heavy|fast|wide|strong|hot|cold)|(?:percentage"
        r"|share|speed|temperature|depth|height|weight|size|limit|score) "
        r"|what (?:number|share)|which (?:number|bus|platform|gate)|compare",
    ),
    (
        Wanted.WHO,
        r"\bкто\b|\bкого\b|\bкому\b|\bкем\b|\bчей\b|\bчья\b|\bчье\b|как зовут|\bимя\b|фамили"
        r"|какая (?:компани|фирм|команд)|\bхто\b|\bким\b"
        r"|\bwho\b|\bwhose\b|\bwhom\b|\bnamed?\b|which (?:company|crew|team|firm|club|party)",
    ),
    (
        Wanted.WHERE,
        r"\bгде\b|\bкуда\b|\bоткуда\b|какому адресу|какой адрес|в каком (?:городе|месте|здании)"
        r"|на какой (?:улице|площади|станции)"
        r"|\bде\b|\bкуди\b|\bзвідки\b|\bwhere\b|what address|which (?:street|town|city|room|hall|floor)",
    ),
)  # fmt: skip
QUESTIONS = tuple((wanted, re.compile(pattern)) for wanted, pattern in _QUESTIONS)


def wanted(question: str) -> tuple[Wanted, ...]:
    """The kinds of answers that the question wants; empty if its words do not tell.

    Of several the clearest count: a sum, a time and a phone before other numbers, these before places and reasons.
    """
    text = normal(question)
    found = [kind for kind, pattern in QUESTIONS if pattern.search(text)]
    if SPECIAL.intersection(found):
        found = [kind for kind in found if kind is not Wanted.COUNT]
    return tuple(kind for kind in found if kind in STRICT) or tuple(found)
