"""Number words of Russian, Ukrainian and English: cardinal, collective and ordinal, in all cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

# value: forms. In the form of `spelling.normal`; Russian ё is е, Ukrainian has its apostrophe.
_CARDINALS = {
    0: "нол[ьяюе]|нол[ея]м|нул[ьяюеі]|нулем|zero",
    1: "один|одн(?:а|о|у|ого|ому|им|ой|ою|ом|ієї|ій|і)|one",
    2: "два|две|двух|двум|двумя|двое|двоих|двоим|двоими|дві|двох|двом|двома|двоє|оба|обе|обоих|обеих|обидва|обидві|обох"
    "|two|both",
    3: "три|трех|трем|тремя|трое|троих|троим|троими|трьох|трьом|трьома|троє|three",
    4: "четыре|четырех|четырем|четырьмя|четверо|четверых|четверым|чотири|чотирьох|чотирьом|чотирма|четверо|four",
    5: "пять|пяти|пятью|пятеро|пятерых|пятерым|п'ять|п'яти|п'ятьох|п'ятьом|п'ятьма|п'ятеро|five",
    6: "шесть|шести|шестью|шестеро|шестерых|шестерым|шість|шістьох|шістьом|шістьма|шестеро|six",
    7: "семь|семи|семеро|семерых|семерым|сім|сімох|сімом|сімома|семеро|seven",
    8: "восемь|восьми|восемью|восьмью|восьмеро|восьмерых|вісім|вісьмох|вісьмом|вісьмома|eight",
    9: "девять|девяти|девятью|девятеро|девятерых|дев'ять|дев'яти|дев'ятьох|дев'ятьом|дев'ятьма|дев'ятеро|nine",
    10: "десять|десяти|десятью|десятеро|десятерых|десятьох|десятьом|десятьма|десяток|десятка|ten",
    11: "одиннадцат[ьи]ю?|одинадцят[ьи]\\w{0,3}|eleven",
    12: "двенадцат[ьи]ю?|дванадцят[ьи]\\w{0,3}|дюжин[аыуе]|twelve|dozen",
    13: "тринадцат[ьи]ю?|тринадцят[ьи]\\w{0,3}|thirteen",
    14: "четырнадцат[ьи]ю?|чотирнадцят[ьи]\\w{0,3}|fourteen",
    15: "пятнадцат[ьи]ю?|п'ятнадцят[ьи]\\w{0,3}|fifteen",
    16: "шестнадцат[ьи]ю?|шістнадцят[ьи]\\w{0,3}|sixteen",
    17: "семнадцат[ьи]ю?|сімнадцят[ьи]\\w{0,3}|seventeen",
    18: "восемнадцат[ьи]ю?|вісімнадцят[ьи]\\w{0,3}|eighteen",
    19: "девятнадцат[ьи]ю?|дев'ятнадцят[ьи]\\w{0,3}|nineteen",
    20: "двадцат[ьи]ю?|двадцят[ьи](?:ох|ьох|ома)?|twenty",
    30: "тридцат[ьи]ю?|тридцят[ьи](?:ох|ьох|ома)?|thirty",
    40: "сорока?|forty",
    50: "пятьдесят|пятидесяти|пятьюдесятью|п'ятдесят|п'ятдесят[иь]\\w{0,3}|fifty",
    60: "шестьдесят|шестидесяти|шестьюдесятью|шістдесят|шістдесят[иь]\\w{0,3}|sixty",
    70: "семьдесят|семидесяти|семьюдесятью|сімдесят|сімдесят[иь]\\w{0,3}|seventy",
    80: "восемьдесят|восьмидесяти|вісімдесят|вісімдесят[иь]\\w{0,3}|eighty",
    90: "девяност[оа]|дев'яност[оа]|ninety",
    100: "ст[оа]|сотн(?:я|ю|ею)|hundred",
    200: "двести|двухсот|двумстам|двумястами|двухстах|двісті|двохсот|двомстам",
    300: "триста|трехсот|тремстам|тремястами|трехстах|трьохсот",
    400: "четыреста|четырехсот|четыремстам|чотириста|чотирьохсот",
    500: "пятьсот|пятисот|пятистам|п'ятсот|п'ятисот",
    600: "шестьсот|шестисот|шестистам|шістсот|шестисот",
    700: "семьсот|семисот|семистам|сімсот|семисот",
    800: "восемьсот|восьмисот|восьмистам|вісімсот|восьмисот",
    900: "девятьсот|девятисот|девятистам|дев'ятсот|дев'ятисот",
}
_RU = "(?:ый|ий|ой|ая|ое|ого|ому|ым|ом|ую|ые|ых|ыми)"
_UK = "(?:ий|а|е|ого|ому|им|ої|ій|у|ою|і|их|ими)"
_BOTH = f"(?:{_RU[3:-1]}|{_UK[3:-1]})"
_ORDINALS = {
    0: f"нулев{_RU}|нульов{_UK}",
    1: f"перв{_RU}|перш{_UK}|впервые|вперше|first",
    2: f"втор{_RU}|second",
    3: "трет(?:ий|ья|ье|ьего|ьему|ьим|ьем|ьей|ью|ьи|ьих|ьими|ій|я|є|ього|ьому|ім|ьої|ю|ьою|і|іх)|third",
    4: f"четверт{_BOTH}|fourth",
    5: f"пят{_RU}|п'ят{_UK}|fifth",
    6: f"шест{_RU}|шост{_UK}|sixth",
    7: f"седьм{_RU}|сьом{_UK}|seventh",
    8: f"восьм{_BOTH}|eighth",
    9: f"девят{_RU}|дев'ят{_UK}|ninth",
    10: f"десят{_BOTH}|tenth",
    11: f"одиннадцат{_RU}|одинадцят{_UK}|eleventh",
    12: f"двенадцат{_RU}|дванадцят{_UK}|twelfth",
    13: f"тринадцат{_RU}|тринадцят{_UK}|thirteenth",
    14: f"четырнадцат{_RU}|чотирнадцят{_UK}|fourteenth",
    15: f"пятнадцат{_RU}|п'ятнадцят{_UK}|fifteenth",
    16: f"шестнадцат{_RU}|шістнадцят{_UK}|sixteenth",
    17: f"семнадцат{_RU}|сімнадцят{_UK}|seventeenth",
    18: f"восемнадцат{_RU}|вісімнадцят{_UK}|eighteenth",
    19: f"девятнадцат{_RU}|дев'ятнадцят{_UK}|nineteenth",
    20: f"двадцат{_RU}|двадцят{_UK}|twentieth",
    30: f"тридцат{_RU}|тридцят{_UK}|thirtieth",
    40: f"сороков{_BOTH}|fortieth",
    50: f"пятидесят{_RU}|п'ятдесят{_UK}|fiftieth",
    60: f"шестидесят{_RU}|шістдесят{_UK}|sixtieth",
    70: f"семидесят{_RU}|сімдесят{_UK}|seventieth",
    80: f"восьмидесят{_RU}|вісімдесят{_UK}|eightieth",
    90: f"девяност{_RU}|дев'яност{_UK}|ninetieth",
    100: f"сот{_BOTH}|hundredth",
}
# Ukrainian for the second is Russian for the other one.
_SECOND = re.compile("друг(?:ий|а|е|ого|ому|им|ої|ій|у|ою|і|их|ими)")
_PARTS = {
    Decimal("1.5"): "полтора|полторы|полутора|півтора|півтори",
    Decimal("0.5"): "половин[аыуеі]|половиной|половиною|half",
    Decimal(1) / 3: "трет(?:ь|и|ью)|третин[аиуі]|третиною|thirds",
    Decimal("0.25"): "четверт(?:ь|и|ью)|чверт[ьі]|чвертю|quarters?",
    Decimal(
        2
    ): "вдвое|вдвоем|дважды|двойн\\w{2,3}|удво\\w+|вдвічі|двічі|подво\\w+|подвій\\w+|twice|double|doubled|doubling",
    Decimal(3): "втрое|втроем|трижды|тройн\\w{2,3}|утро(?:ил|ен|ят)\\w*|втричі|тричі|потро\\w+|triple|tripled|thrice",
    Decimal(4): "вчетверо|вчетвером|четырежды|вчетверо|quadruple|quadrupled",
}


@dataclass(frozen=True)
class NumberWord:
    """The value of a word. ordinal: it ends a number. part: it stands alone, as вдвое and полтора do."""

    value: Decimal
    ordinal: bool = False
    part: bool = False


def _compiled(table: dict[int, str]) -> tuple[tuple[re.Pattern[str], Decimal], ...]:
    return tuple((re.compile(forms), Decimal(value)) for value, forms in table.items())


_READERS = (*((p, NumberWord(v)) for p, v in _compiled(_CARDINALS)),
            *((p, NumberWord(v, ordinal=True)) for p, v in _compiled(_ORDINALS)),
            *((re.compile(forms), NumberWord(v, part=True)) for v, forms in _PARTS.items()))  # fmt: skip


@lru_cache(maxsize=8192)
def number_word(word: str, ukrainian: bool) -> NumberWord | None:
    """The value of a word in the form of `spelling.normal`. ukrainian: the text is, so that другий is the second."""
    if ukrainian and _SECOND.fullmatch(word):
        return NumberWord(Decimal(2), ordinal=True)
    return next((value for pattern, value in _READERS if pattern.fullmatch(word)), None)


# Adjectives of a number and a noun: двухлетний, пятиэтажный, трехпроцентный. Stems of the noun, else семинар is seven.
_NOUN = (
    "(?:летн|летия|летию|днев|часов|минутн|недельн|месячн|этажн|комнатн|метров|процентн|кратн|сторонн|местн|тысячн"
    "|миллионн|тонн|литров|дверн|дюймов|километров|томн|річн|річчя|денн|годинн|хвилинн|тижнев|місячн|поверхов|кімнатн"
    "|відсотков|разов|раундов)"
)
_COMPOUNDS = {
    2: "двух?|дву|дво|двох", 3: "тре|трех|три|трьох", 4: "четырех|чотири|чотирьох", 5: "пяти|п'яти", 6: "шести",
    7: "семи", 8: "восьми", 9: "девяти|дев'яти", 10: "десяти", 12: "двенадцати|дванадцяти", 15: "пятнадцати",
    20: "двадцати", 30: "тридцати", 40: "сорока", 50: "пятидесяти", 100: "сто|ста",
}  # fmt: skip
# полчаса, півгодини: half of the unit that the rest of the word is.
_HALF_OF = re.compile(
    "(?:пол|полу|пів)(час|часа|года|году|дня|метра|литра|месяца|тонны|кило|километра|мили|години|року|доби|тонни|місяця)"
)
_COMPOUND_READERS = tuple((re.compile(f"(?:{forms})({_NOUN}\\w*)"), Decimal(v)) for v, forms in _COMPOUNDS.items())


@lru_cache(maxsize=8192)
def compound(word: str) -> tuple[Decimal, str] | None:
    """(number, rest) of a word such as пятиэтажный and полчаса; None for another one."""
    if half := _HALF_OF.fullmatch(word):
        return Decimal("0.5"), half[1]
    found = ((value, pattern.fullmatch(word)) for pattern, value in _COMPOUND_READERS)
    return next(((value, match[1]) for value, match in found if match), None)
