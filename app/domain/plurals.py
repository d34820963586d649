"""Whether two tags are one: singular and plural of the same words, or the same with another hyphen.

A dictionary of forms would not do: it knows one dictionary form of each, and gives парки to парка, not to парк.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from app.domain.ukrainian import forms

# Endings of the singular and plural in the nominative, of Russian and Ukrainian nouns and adjectives; `-` is none.
_ENDINGS = """
    -:ы -:и а:ы а:и я:и ь:и ь:і й:и й:ї я:і ія:ії ия:ии ий:ии ие:ия о:а о:и е:я ец:цы ець:ці ок:ки ек:ки ёк:ьки ень:ни
    ень:ні анин:ане янин:яне анин:ани янин:яни ый:ые ой:ые ой:ие ий:ие ая:ые ая:ие яя:ие ое:ые ое:ие ее:ие ий:і а:і е:і
    я:ї мя:мена енок:ята онок:ата
"""
_CYRILLIC = tuple(tuple(one.replace("-", "") for one in pair.split(":")) for pair in _ENDINGS.split())
_WITH_A = """
    адрес берег бок борт век вечер глаз голос город директор доктор дом колокол край купол лес луг мастер номер округ
    остров паспорт повар поезд пояс провод профессор сорт сторож счет том тормоз холод цвет катер инспектор отпуск рог
"""
_IRREGULAR = """
    человек:люди ребенок:дети друг:друзья брат:братья сын:сыновья муж:мужья дерево:деревья лист:листья стул:стулья
    крыло:крылья перо:перья год:годы сосед:соседи чудо:чудеса небо:небеса цветок:цветы ухо:уши плечо:плечи яблоко:яблоки
    дочь:дочери мать:матери судно:суда учитель:учителя сестра:сестры окно:окна письмо:письма людина:люди дитина:діти
    день:дни пень:пни огонь:огни корень:корни камень:камни лев:львы лед:льды лоб:лбы рот:рты сон:сны угол:углы
    рік:роки ніч:ночі річ:речі дім:доми міст:мости друг:друзі око:очі
    man:men woman:women child:children person:people foot:feet tooth:teeth goose:geese mouse:mice leaf:leaves
    wolf:wolves knife:knives wife:wives life:lives shelf:shelves half:halves analysis:analyses crisis:crises
    thesis:theses criterion:criteria phenomenon:phenomena
"""
IRREGULAR = frozenset(tuple(pair.split(":")) for pair in _IRREGULAR.split()) | {
    (word, word + "а") for word in _WITH_A.split()
}
# Words that look like a plural of another one, and mean something else: выборы is a vote, выбор a choice.
_EXCEPTIONS = """
    news goods arms customs works glasses means species series выборы часы очки духи весы бега вибори окуляри
"""
_NO_PLURAL = frozenset(_EXCEPTIONS.split())
_ENGLISH = re.compile(r"[a-z]+")
_VOWELS = re.compile(r"[аеиоуыэюяіїє]")


def joined(tag: str) -> str:
    """The tag without blanks, hyphens and apostrophes."""
    return "".join(char for char in tag if char not in " -'’")


def is_plural(plural: str, single: str) -> bool:
    """Whether two words in the form of tags are plural and singular of one."""
    if (single, plural) in IRREGULAR or plural in _NO_PLURAL:
        return plural not in _NO_PLURAL
    if _ENGLISH.fullmatch(plural) and _ENGLISH.fullmatch(single):
        return _is_english_plural(plural, single)
    return any(
        plural.endswith(many) and single.endswith(one) and _same_stem(plural, many, single, one)
        for one, many in _CYRILLIC
    )


def _same_stem(plural: str, many: str, single: str, one: str) -> bool:
    stem = plural[: len(plural) - len(many)]
    if stem != single[: len(single) - len(one)] or len(stem) < 2 or not _VOWELS.search(stem):
        return False
    return bool(one) or stem[-1] not in "аеиоуыэюяіїєйь"


def _is_english_plural(plural: str, single: str) -> bool:
    if plural.endswith("ics") or len(single) < 3:
        return False
    if single.endswith("y") and plural == single[:-1] + "ies":
        return True
    if single.endswith(("s", "x", "z", "ch", "sh", "o")) and plural == single + "es":
        return True
    return plural == single + "s" and not single.endswith("s")


def once(tags: Iterable[str], prefer: Container[str] = ()) -> list[str]:
    """Each tag once, in order of the first of its forms: the singular if it is there, else the one given first.

    prefer: tags that stay as they are.
    """
    kept: list[str] = []
    for tag in tags:
        place = next((n for n, other in enumerate(kept) if _are_one(tag, other)), None)
        if place is None:
            kept.append(tag)
        elif kept[place] not in prefer and _is_other_number(kept[place], tag):
            kept[place] = tag
    return kept


def _are_one(tag: str, other: str) -> bool:
    if tag[:1] != other[:1] and tag not in _SUPPLETIVE:
        return False
    if joined(tag) == joined(other):
        return True
    return _is_other_number(tag, other) or _is_other_number(other, tag) or _ukrainian(tag, other)


def _is_other_number(plural: str, single: str) -> bool:
    """Whether each word of one is the plural of the word in the same place of the other, or the same word."""
    many, one = re.split(r"[ -]", plural), re.split(r"[ -]", single)
    if len(many) != len(one) or many == one:
        return False
    return all(a == b or is_plural(a, b) for a, b in zip(many, one, strict=True))


def _ukrainian(tag: str, other: str) -> bool:
    return tag in forms(other) or other in forms(tag)


_SUPPLETIVE = frozenset(word for pair in IRREGULAR if pair[0][0] != pair[1][0] for word in pair)
