"""Nominatives that a declined name may have, in Russian and Ukrainian.

No table of names decides: Петровой may be of Петрова alone, Петрова of Петров and Петрова. Two forms are of one name if
they share a nominative. Endings are those of the declension of names, without plurals of persons, which would make
Иванов a form of Иван.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from simplemma import is_known, lemmatize

SHORTEST = 2  # letters of a stem: Ян, Яна

# Each class: its nominative first, then its other endings.
_CLASSES = tuple(
    tuple(one.replace("-", "") for one in line.split())
    for line in (
        "- а у ом е і ові ові",  # Иван, Іван, Лондон
        "- а у ым е",  # Петров, Путин
        "- а у им і ові",  # Петров, Лукін in Ukrainian
        "а ой у ою ої ій",  # Петрова, Сафина
        "а ы и е і у ой ою о",  # Нина, Одеса
        "а и е у ой ей ою ею і",  # Даша, Ольга
        "я и е ю ей ею і ьо",  # Катя
        "я ї ю єю",  # Марія in Ukrainian, behind its і
        "ия ии ию ией",  # Мария
        "ья ьи ье ью ьей",  # Наталья
        "ь и ью і і",  # Казань, Любовь
        "ь я ю ем е і ем ем еві",  # Игорь, Кремль
        "й я ю ем е єм ї єві єві",  # Сергей, Андрій
        "ий ия ию ием ии",  # Василий
        "ій ія ію ієм ії ієві",  # Сергій
        "ий ого ому им ом",  # Зеленский
        "ий ого ому им ім",  # Зеленський
        "ый ого ому ым ом",  # Белый
        "ой ого ому ым им ом",  # Толстой
        "ій ього ьому ім",  # Задорожній
        "ая ой ую ою",  # Крупская
        "а ої ій у ою",  # Крупська
        "ое ого ому ым им ом",  # Домодедово has no such forms, Чистое has
        "о а у ом е і ові",  # Внуково, Шевченко in Ukrainian
        "е я ю ем",  # Приморье
        "я а у ю ям і ої",  # Запоріжжя
        "ы - ам ами ах",  # Сумы, Чебоксары
        "и - ам ами ах ям ях ями",  # Суми, Мытищи
        "ец ца цу цем це",  # Донец
        "ець ця цю цем ці цеві",  # Кравець
        "ок ка ку ком ке кові",  # Владивосток has none, Городок has
        "ел ла лу лом ле",  # Павел
        "ев ьва ьву ьвом ьве",  # Лев
        "ень ня ню нем не",  # Перевень
        "ів ова ову овом ові овим",  # Львів, Ковалів
        "їв єва єву євом єві",  # Київ, Миколаїв
        "ків кова кову ковом кові",  # Харків
        "о а у ові ом і",  # Павло, Дніпро
        "ль ля лю лем лі леві",  # Василь
    )
)
_PLURALS = ("ов", "ев", "ів", "ин", "ы", "и")
_ADJECTIVE = re.compile(r"(.{2,}?)(?:с|ц)ьк\w{1,4}$|(.{2,}?)(?:с|ц)к\w{2,3}$")
_CYRILLIC = re.compile("[Ѐ-ԯ]")
_UKRAINIAN = re.compile("[ґєії]")


@lru_cache(maxsize=16384)
def nominatives(word: str) -> frozenset[str]:
    """The word, in the form of `spelling.normal`, and the nominatives that it may have; a Latin word has its own."""
    if not _CYRILLIC.search(word):
        return frozenset((word, *_english(word)))
    # For simplemma Иванов is a form of Иван: a plural of persons, which names in sentences hardly have.
    known = (lemma for lemma in lemmas(word) if word.removeprefix(lemma) not in _PLURALS)
    return frozenset((word, *_declined(word), *known))


def _declined(word: str) -> Iterator[str]:
    for nominative, *others in _CLASSES:
        for ending in (nominative, *others):
            stem = word[: len(word) - len(ending)]
            if word.endswith(ending) and len(stem) >= SHORTEST and stem[-1] not in "ьъ":
                yield stem + nominative


def _english(word: str) -> Iterator[str]:
    for ending in ("'s", "'"):
        if word.endswith(ending):
            yield word.removesuffix(ending)


@lru_cache(maxsize=16384)
def lemmas(word: str) -> frozenset[str]:
    """The dictionary forms of a word that a dictionary has, folded; simplemma guesses for others, which is no evidence.

    A dictionary is loaded by the first word that needs it: Russian in two seconds.
    """
    return frozenset(lemma.lower().replace("ё", "е") for lemma in _dictionary_forms(word))


@lru_cache(maxsize=16384)
def is_common(word: str) -> bool:
    """Whether a dictionary has the word, and not as a name."""
    return any(lemma[:1].islower() for lemma in _dictionary_forms(word))


def _dictionary_forms(word: str) -> tuple[str, ...]:
    forms = {word, word[:1].upper() + word[1:]}
    return tuple(
        lemmatize(form, lang=language) for language in _languages(word) for form in forms if is_known(form, language)
    )


def _languages(word: str) -> tuple[str, ...]:
    if not _CYRILLIC.search(word):
        return ("en",)
    if _UKRAINIAN.search(word):
        return ("uk",)
    return ("ru",) if re.search("[ыэъ]", word) else ("ru", "uk")


def places(adjective: str) -> Iterator[str]:
    """The stems of the place that an adjective may be of: киевский, київський."""
    if found := _ADJECTIVE.match(adjective):
        stem = found[1] or found[2]
        yield from (
            stem,
            stem + "а",
            stem + "с",
            stem + "са",
            stem + "ск",
            stem + "цк",
            stem + "ь",
            stem + "к",
            stem + "о",
        )
