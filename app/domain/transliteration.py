"""Words of Cyrillic and Latin that sound the same, and words that were typed on the other layout of the keyboard."""

from __future__ import annotations

import re
import unicodedata

# One scheme. The others (ISO 9, BGN, of passports, of Ukraine) differ from it only in letters that FOLDS makes equal.
LATIN = dict(
    zip("абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюяў", (
        *"abvggde", "ye", "zh", "z", *"iiiyklmnoprstuf",
        "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya", "w",
    ), strict=True)
)  # fmt: skip

HARD_C = "ck?(?![eiy])"  # as in Telecom; in center, and in schemes that write ц so, it is ts

# In this order. The first letters of Юлия are written yu, iu, ju: a y, i or j before a vowel is no letter of its own.
# English spelling is read as Russian hears it: Agatha Christie, Woody, Queen are агата кристи, вуди, квин. Its rules
# hold for both scripts, so that the words of each stay equal: зоопарк and zoopark are both zupark.
FOLDS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("['-]", ""),
        ("shch|sch|sh", "š"),
        ("chr", "kr"),
        ("tch|ch", "č"),
        (HARD_C, "k"),
        ("zh", "ž"),
        ("kh", "h"),
        ("ph", "f"),
        ("th", "t"),
        ("ts|tz", "c"),
        ("x", "ks"),
        ("w", "v"),
        ("qu", "kv"),
        ("q", "k"),
        ("oo", "u"),
        ("[yij]+o", "e"),  # ё is stored as е
        ("i[yj]?e$", "i"),
        ("[yij]+(?=[aeu])", ""),
        ("ee", "i"),
        ("[yij]+", "i"),
        (r"(.)\1+", r"\1"),
    )
)

SOFT_C = re.compile("c(?![hkeiy])")  # ц before other letters, as some schemes write цвет: cvet

_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN = "ейцукенгшщзхъфывапролджэячсмитьбю"
_UKRAINIAN = "'йцукенгшщзхїфівапролджєячсмитьбю"
LAYOUTS = tuple(str.maketrans(_KEYS, letters) for letters in (_RUSSIAN, _UKRAINIAN))
# The first key of the row gives ё, which is stored as е: the letter е has a key of its own.
BACK = str.maketrans(_RUSSIAN[1:] + _UKRAINIAN[1:], 2 * _KEYS[1:])


def latin(word: str) -> str:
    """The word, in the form of `spelling.normal`, in plain Latin letters; letters of other scripts stay."""
    letters = unicodedata.normalize("NFD", "".join(LATIN.get(letter, letter) for letter in word))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def skeleton(word: str) -> str:
    """The key under which the word is found in either script, whatever scheme of transliteration was used."""
    found = latin(word)
    for pattern, by in FOLDS:
        found = pattern.sub(by, found)
    return found


def skeletons(word: str) -> tuple[str, ...]:
    """The keys to look for: at most 6. The Russian г is g, the Ukrainian г is h, х is h or kh in both; c is ц or к."""
    found = map(skeleton, (word, SOFT_C.sub("ts", word)))
    return tuple(dict.fromkeys(key for one in found for key in (one, one.replace("h", "g"), one.replace("g", "h"))))


def layouts(word: str) -> tuple[str, ...]:
    """What the same keys give on the other layouts: at most 2. `ghbdtn` is `привет`, `руддщ` is `hello`."""
    if any("a" <= letter <= "z" for letter in word):
        made = [word.translate(layout) for layout in LAYOUTS]
    else:
        made = [word.translate(BACK)]
    return tuple(one for one in dict.fromkeys(made) if one != word)
