"""Finds a sentence that turns what its quote says: `отменён` of a quote that says `не отменён`.

Only in one language, and only where the same word stands in both, once in each, with and without a negation right in
front: all else is left to the other checks, since `не позднее` and `до` say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.domain.ask.answer import Sentence
from app.domain.ask.listed import listed
from app.domain.ask.namings.declension import lemmas
from app.domain.ask.namings.ordinary import is_function_word
from app.domain.ask.quotes import evidence, folded
from app.domain.spelling import normal

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[.,;:!?()]")
_NOT = listed("не not never n't cannot")
# Between a negation and the word that it turns: was not yet cancelled.
_BETWEEN = listed("был была было были будет будут быть уже еще пока yet been be already was were будe бути ще вже")
# Words that deny in other ways: `does not work` and `stopped working` say the same.
_DENIES = re.compile(
    r"(?<!\w)(?:не|ни|ні|нет|немає|без|not|no|never|none|nobody|without|cannot|неможлив\w*|нельзя|невозможн\w*"
    r"|отказ\w*"
    r"|отмен\w*|отмін\w*|скас\w*|прекра\w*|перест\w*|припин\w*|запре\w*|забор\w*|заборон\w*|лиш[её]н\w*"
    r"|нік\w+|ник\w+|stop\w*|halt\w*|ceas\w*|ban(?:s|ned)?|refus\w*|den(?:y|ies|ied)|cancel\w*|fail\w*|unable|lack\w*|un(?:likely|known|hurt|harmed|injured|changed|affected))(?!\w)"
)
SHORTEST = 4  # letters of a word whose negation tells


def turned(sentence: Sentence) -> str | None:
    """The reason to drop a sentence that has a word with a negation where its quotes have it without, or reversed."""
    text, quotes = folded(sentence.text), evidence(sentence)
    ours, theirs = _turns(text), _turns(quotes)
    for form, negated in ours.items():
        if len(negated) != 1 or len(theirs.get(form, ())) != 1 or negated == theirs[form]:
            continue
        if not _denies(quotes if True in negated else text, form):
            return f"it turns the word “{form}” of its quotes"
    return None


def _denies(text: str, form: str) -> bool:
    """Whether a text denies something by another word than the one that is compared."""
    return any(form[:4] not in found[0] for found in _DENIES.finditer(normal(text)))


def _turns(text: str) -> dict[str, set[bool]]:
    """Each word by its dictionary form -> whether a negation stands in front of it."""
    words = _WORD.findall(re.sub(r"n't\b", " not", normal(text)))
    found: dict[str, set[bool]] = {}
    for place, word in enumerate(words):
        if len(word) >= SHORTEST and not is_function_word(word):
            found.setdefault(_form(word), set()).add(_is_negated(words, place))
    return found


def _form(word: str) -> str:
    return min(lemmas(word), default=word)


def _is_negated(words: Sequence[str], place: int) -> bool:
    """Whether a negation stands in front, with auxiliary verbs between."""
    place -= 1
    while place >= 0 and words[place] in _BETWEEN:
        place -= 1
    return place >= 0 and words[place] in _NOT
