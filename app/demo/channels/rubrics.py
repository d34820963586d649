"""The daily rubric of the city channel: a morning post for each day of May."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime

from app.demo.channels.script import YEAR, Draft

MONTH = 5
DAYS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
SKIES = ("ясно", "переменная облачность", "облачно с прояснениями", "местами дождь", "пасмурно", "туман до девяти утра")
WINDS = ("северный", "западный", "юго-западный", "восточный", "южный")
ADVICE = (
    "Зонт можно оставить дома.",
    "Тем, кто едет через старый мост, лучше выйти на десять минут раньше.",
    "Вечером похолодает, захватите куртку.",
    "На набережной до полудня моют тротуары, идите по верхней аллее.",
    "В парке цветёт черёмуха: аллергикам совет обойти его стороной.",
    "Паром ходит по обычному расписанию.",
    "В библиотеке сегодня день без штрафов за просроченные книги.",
)


def mornings() -> Iterator[Draft]:
    """31 drafts with numbers by lot, warmer towards the end of the month."""
    for day in range(1, 32):
        lot = random.Random(f"morning/{day}")
        weekday = DAYS[date(YEAR, MONTH, day).weekday()]
        warmth = 7 + day // 3 + lot.randrange(4)
        text = (
            f"☀️ **{weekday}, {day} мая.** Днём +{warmth}, {lot.choice(SKIES)}, ветер {lot.choice(WINDS)} "
            f"{lot.randrange(2, 9)} м/с, река +{4 + day // 3}. {ADVICE[(day * 3) % len(ADVICE)]}\n\n#погода #доброеутро"
        )
        yield Draft(datetime(YEAR, MONTH, day, 4, 30 + day % 7, tzinfo=UTC), f"morning-{day}", captions={0: text})
