"""Forms of Ukrainian words: PostgreSQL has no stemmer for them, and the Russian one does not know і, ї and є.

The endings are those of the declensions and conjugations of the Ukrainian orthography of 2019 (Український правопис,
part II, https://mon.gov.ua/storage/app/media/zagalna%20serednya/05062019-onovl-pravo.pdf), as lists of this project.
A form is made, not looked up: no document and no table decides which words are one. A form that no post has costs
nothing but its look-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST = 3  # letters of a word that has other forms here
STEM = 3  # letters that all forms share at least; two before an ending of three letters and more

_WORD = re.compile(r"[а-щьюяґєії]+(?:'[а-щьюяґєії]+)?")
_OWN = re.compile("[ґєії]")  # letters that Russian lacks
_VOWEL = re.compile("[аеєиіїоуюя]")
_FUNCTION_WORDS = "він від під між мій твій свій цій тій чий їхній який якій біля після"
# Russian words for rock, fate and a year: with endings they would be рік and годі.
_FALSE_FRIENDS = "рок рока року роком роки роков рокам роками роках роке год года году годом годе"
_ALONE = frozenset(f"{_FUNCTION_WORDS} {_FALSE_FRIENDS}".split())


def _endings(*classes: str) -> tuple[tuple[str, ...], ...]:
    """Each class of words as its endings; `-` is none."""
    return tuple(tuple(one.replace("-", "") for one in endings.split()) for endings in classes)


NOUNS = _endings(
    "- а у ові ом і и ів ам ами ах",  # паром
    "а и і у ою - ам ами ах",  # газета
    "о а у ом і - ам ами ах",  # місто
    "ь я ю еві ем і ів ям ями ях",  # учитель
    "ець ця цю цеві цем ці ців цям цями цях",  # українець
    "й я ю єві єм ї їв ям ями ях",  # музей
    "ій ія ію ієві ієм ії іїв іям іями іях",  # водій
    "я і ю ею ь ям ями ях",  # вулиця
    "ія ії ію ією ій іям іями іях",  # станція
    "'я 'ї 'ю 'єю 'ям 'ями 'ях",  # сім'я
    "и ей ям ьми ях",  # діти
    "ість ості істю остей остям остями остях",  # новість
    "ння нню нням нні нь ннями ннях",  # рішення
    "ття ттю ттям тті ттями ттях",  # життя
)
ADJECTIVES = _endings(
    "ий ого ому им ім а ої ій у ою е і их ими",  # новий
    "ій ього ьому ім я ьої ю ьою є і іх іми",  # осінній
)
VERBS = _endings(
    "увати ую уєш ує уємо уєте ують ував увала увало ували овано",  # будувати
    "ювати юю юєш ює юємо юєте юють ював ювала ювало ювали",  # працювати
    "ати аю аєш ає аємо аєте ають ав ала ало али ано",  # читати
    "яти яю яєш яє яємо яєте яють яв яла яло яли",  # обіцяти
    "іти ію ієш іє іємо ієте іють ів іла іло іли",  # хворіти
    "ити иш ить имо ите ять ив ила ило или ито",  # говорити, відкрити
    "ити иш ить имо ите ать ив ила ило или",  # підвищити
    "нути ну неш не немо нете нуть нув нула нуло нули",  # тягнути
)

# Nouns whose vowel changes in all or most other forms. A rule would make лось of ліс: so this is a list.
_PAIRS = """
    міст:мост дім:дом рік:рок ніч:ноч річ:реч схід:сход захід:заход вхід:вход вихід:виход похід:поход прохід:проход
    перехід:переход дохід:доход підхід:підход папір:папер двір:двор спір:спор вибір:вибор збір:збор набір:набор
    відбір:відбор бік:бок потік:поток кінь:кон сіль:сол осінь:осен камінь:камен вечір:вечор корінь:корен київ:києв
    львів:львов харків:харков чернігів:чернігов миколаїв:миколаєв канів:канев ніс:нос лід:льод мід:мед рід:род
    плід:плод хід:ход піч:печ
"""
CHANGING = dict(pair.split(":") for pair in _PAIRS.split())
_UNCHANGED = {changed: plain for plain, changed in CHANGING.items()}
# Before the ending і: дорога, дорозі. Backwards only where hardly another word ends so: neither криза nor танець.
_SOFTER = {"г": "з", "к": "ц", "х": "с"}
_HARDER = (
    (re.compile("(.{3,}о)зі"), "га"),
    (re.compile("(.*[аеоуюя]|.*[жчш]|.{5,})(?<!и)ці"), "ка"),
)
_FLEETING = re.compile("(.+[бвгґджзйклмнпрстфхцчшщ])ень")


# Endings that are of a class only behind some stems: раді is of рада, not of an adjective; листів is of лист.
_HARD, _SOFT = ADJECTIVES
_SOFT_MASCULINE = NOUNS[3]
_GUARDS = {
    **{(_HARD, ending): re.compile("(?:н|[оеє]в|к|ш|ч)$") for ending in ["а", "у", "ою", "е", "і", "ій"]},
    **{(_SOFT, ending): re.compile("н$") for ending in _SOFT},
    (_SOFT_MASCULINE, "ів"): re.compile("[лрцнжчш]$"),
}


def forms(word: str) -> tuple[str, ...]:
    """Other forms of a word that may be Ukrainian, in the form of `spelling.normal`: at most some 70.

    A word without a letter of its own language (газета) has only those forms that have one (газеті), so that a Russian
    word finds no other Russian one. Only the classes count whose ending tells most: рішенням is a form of рішення.
    """
    if len(word) < SHORTEST or word in _ALONE or _WORD.fullmatch(word) is None:
        return ()
    made = dict.fromkeys(one for start in _starts(word) for one in _declined(start))
    own = _OWN.search(word) is not None
    # Full text takes я behind an apostrophe for a word that says nothing: сім'я would be сім.
    return tuple(one for one in made if one != word and (own or _OWN.search(one)) and not one.endswith("'я"))


def _starts(word: str) -> Iterator[str]:
    """The word, or forms of it with the vowel or the consonant that the others have."""
    if word in CHANGING:
        yield CHANGING[word] + "у"
        return
    yield word
    for pattern, ending in _HARDER:
        if found := pattern.fullmatch(word):
            yield found[1] + ending
    if found := _FLEETING.fullmatch(word):
        yield found[1] + "ня"
    if word.endswith("ться"):
        yield word.removesuffix("ться")


def _declined(word: str) -> Iterator[str]:
    every = ((_ending(word, endings), endings) for endings in (*NOUNS, *ADJECTIVES, *VERBS))
    found = [(ending, endings) for ending, endings in every if ending is not None]
    longest = max((len(ending) for ending, _ in found), default=0)
    for ending, endings in found:
        if len(ending) == longest:
            yield from _with_endings(word.removesuffix(ending), endings)


def _ending(word: str, endings: tuple[str, ...]) -> str | None:
    """The longest of the endings that leaves a stem; None without one."""
    fit = (one for one in endings if word.endswith(one) and _is_stem(word.removesuffix(one), one, endings))
    return max(fit, key=len, default=None)


def _is_stem(stem: str, ending: str, endings: tuple[str, ...]) -> bool:
    if len(stem) < STEM - (len(ending) > 2) or not _VOWEL.search(stem):
        return False
    guard = _GUARDS.get((endings, ending))
    if guard and not guard.search(stem):
        return False
    return stem[-1] not in "аеєиіїоуюяьй'" or ending[:1] in ("й", "є", "ї")


def _with_endings(stem: str, endings: tuple[str, ...]) -> Iterator[str]:
    if stem in _UNCHANGED and {"", "ь"}.intersection(endings):
        yield _UNCHANGED[stem]
    for ending in endings:
        form = stem + ending
        if form not in CHANGING:
            yield form
        if ending == "і" and stem[-1] in _SOFTER:
            yield stem[:-1] + _SOFTER[stem[-1]] + ending
        if ending == "ь" and re.search("[^аеєиіїоуюяь]н$", stem):
            yield stem[:-1] + "ень"
        if ending == "" and re.search("[^аеєиіїоуюяьй]к$", stem):
            yield stem[:-1] + "ок"
