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


# The first that matches counts, so narrow kinds come first. In the form of `normal`: small letters, е for ё.
_QUESTIONS = (
    (Wanted.PHONE, r"телефон|позвонить|дозвонит|по какому номеру|зателефон|\bphone|\bcall\b|\bring\b.*\bnumber"),
    (
        Wanted.TIME,
        r"во сколько|в котором часу|котор\w+ час|в какое время|до скольки|со? скольки|часы работы|о котрій|до котрої"
        r"|what time|which hour|opening hours|what hours|how (?:early|late)\b",
    ),
    (
        Wanted.LASTING,
        r"как долго|как давно|сколько (?:\w+ )?(?:времени|врем|час|дней|дня|суток|недель|месяц|лет|минут|длит|продл|длил|займ|ид[её]т|ехать"
        r"|добират)|скільки (?:\w+ )?(?:часу|годин|днів|тижн|місяц|років|хвилин|трива)|як довго"
        r"|how long|how many (?:\w+ )?(?:second|minute|hour|day|night|week|month|year)|how old|сколько лет|скільки років",
    ),
    (
        Wanted.MONEY,
        r"сколько (?:\w+ ){0,4}(?:сто[ия]|обо[йш]д|плат|потрат|зараб|получа|собрал|выдел)|почем|по чем|цен[аеуы]\b|стоимост|тариф|зарплат|оклад|штраф|бюджет"
        r"|за сколько|во сколько обо|какую сумму|какая сумма|сколько (?:\w+ )?(?:денег|рубл|руб|евро|доллар)"
        r"|скільки (?:\w+ ){0,3}(?:кошту|платит|гривень|грн|грошей)|цін[аиу]\b|вартіст"
        r"|how much (?!(?:rain|snow|water|time|wind|sugar|flour|salt|butter))|\bprice|\bcosts?\b|\bfees?\b|\bfares?\b|\bsalary|\bwages?\b|\bpaid\b|\bpay\b|\bbudget|\bfine\b",
    ),
    (Wanted.WHY, r"почему|зачем|отчего|из-за чего|по какой причине|в чем причина|причин\w+|чому|навіщо|через що|\bwhy\b|\bcaused?\b|\breason"),
    (
        Wanted.WHEN,
        r"когда|какого числа|в какой день|в какие дни|по каким дням|в каком (?:году|месяце)|каком году|до какого|с какого|какая дата|коли\b"
        r"|якого числа|якого дня|в якому році|when\b|what (?:date|day|year|month)|which (?:date|day|year|month|weekday)|deadline",
    ),
    (
        Wanted.COUNT,
        r"сколько|скільки|на сколько|насколько|какое количество|какова|какой (?:высот|глубин|длин|температур|скорост|площад|вес|процент|объем)"
        r"|how (?:many|much|far|deep|high|tall|big|large|heavy|fast|wide|strong|hot|cold)|what (?:percentage|share|speed|temperature|depth|height|weight|size)"
        r"|какой (?:номер|код|счет)|каким номером|what (?:number|score)|which (?:number|bus|platform|gate)",
    ),
    (Wanted.WHO, r"\bкто\b|\bкого\b|\bкому\b|\bкем\b|\bчей\b|\bчья\b|\bчье\b|как зовут|\bимя\b|фамили|\bхто\b|\bким\b|\bwho\b|\bwhose\b|\bwhom\b|\bnamed?\b"),
    (
        Wanted.WHERE,
        r"\bгде\b|\bкуда\b|\bоткуда\b|по какому адресу|какой адрес|в каком (?:городе|месте|здании)|на какой (?:улице|площади|станции)"
        r"|\bде\b|\bкуди\b|\bзвідки\b|\bwhere\b|what address|which (?:street|town|city|room|hall|floor)",
    ),
)  # fmt: skip
QUESTIONS = tuple((wanted, re.compile(pattern)) for wanted, pattern in _QUESTIONS)


def wanted(question: str) -> Wanted | None:
    """The kind of answer that the question wants; None if its words do not tell."""
    text = normal(question)
    return next((kind for kind, pattern in QUESTIONS if pattern.search(text)), None)
