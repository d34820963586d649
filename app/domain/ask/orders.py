"""Tells whether a text gives orders to a machine that answers questions, which posts do to take an answer over.

A clause is an order if it shows all signs of one rule and none of the signs that speak against it. A text is one if one
of its clauses is, or two neighbours together. The signs are in order_signs.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.ask.disguises import bared
from app.domain.ask.order_signs import NEAR, PHRASES, WORDS, Sign

S = Sign
WORD = re.compile(r"\w+")
END = re.compile(r"(?<=[.!?…])[»”\"')\]]*\s+")
# Two turns of a conversation, made up in one text.
DIALOGUE = re.compile(
    r"\b(?:user|human|question|пользователь|користувач|человек)\s*:.{1,300}?\b(?:assistant|ai|model|chatgpt|bot|ассистент|ии|"
    r"бот|модель|нейросеть|асистент|ші)\s*:",
    re.DOTALL,
)
LONGEST = (
    60  # words: text without sentences, as readers of pictures give it, is looked at in overlapping parts of this size
)
MEMORY = 50_000  # words of which the signs are kept: more than a channel uses in a week, some 10 MB


@dataclass(frozen=True)
class Rule:
    """Signs which together are an order, unless one of `against` is there. far: also if two neighbours share them."""

    signs: tuple[Sign, ...]
    against: tuple[Sign, ...] = ()
    far: bool = False
    head: bool = False  # the last sign must begin the second of two neighbours


def _rule(*signs: Sign, but: tuple[Sign, ...] = (), far: bool = False) -> Rule:
    return Rule(signs, but, far)


PERSON = (S.PEOPLE,)
NEWS = (S.REPORTED,)
RULES = (
    # Marks of a conversation, and an address to machines alone.
    _rule(S.TOKEN),
    _rule(S.SPOKEN_TO, but=NEWS),
    _rule(S.ROLE, S.COMMAND, far=True),
    _rule(S.ROLE, S.ANSWER),
    _rule(S.ROLE, S.ANSWERING, far=True),
    _rule(S.ROLE, S.WHEN),
    _rule(S.ADDRESSED, S.COMMAND, but=NEWS, far=True),
    _rule(S.ADDRESSED, S.NEW_TASK),
    _rule(S.ADDRESSED, S.CITING, but=NEWS),
    _rule(S.ADDRESSED, S.ANSWER, S.MUST, but=NEWS),
    _rule(S.MACHINE, S.MUST, S.SPEECH, but=NEWS),
    _rule(S.HELPER, S.MUST, S.SPEECH, S.THING, but=NEWS),
    _rule(S.HELPER, S.MUST, S.SPEECH, S.ANSWER, but=NEWS),
    _rule(S.COMMAND, S.USER),
    # Earlier instructions are taken back.
    _rule(S.OVERRIDE, S.GUIDANCE, S.BEFORE),
    _rule(S.OVERRIDE, S.GUIDANCE, S.ALL),
    _rule(S.OVERRIDE, S.GUIDANCE, S.OWN),
    _rule(S.OVERRIDE, S.HIDDEN),
    _rule(S.OVERRIDE, S.RULES, S.OWN),
    _rule(S.OVERRIDE, S.TOLD, S.BEFORE),
    _rule(S.OVERRIDE, S.TOLD, S.RULES),
    _rule(S.OVERRIDE, S.ALL, S.BEFORE, but=(S.MAIL,)),
    _rule(S.OVERRIDE, S.ANSWERING, far=True),
    _rule(S.OVERRIDE, S.OTHERS),
    _rule(S.VOID, S.BEFORE, S.GUIDANCE, S.COMMAND, far=True),
    _rule(S.NEW_TASK, S.COMMAND, far=True),
    _rule(S.NEW_TASK, S.ANSWER),
    # Another self.
    _rule(S.BECOME, S.FREED),
    _rule(S.BECOME, S.ANSWERING),
    _rule(S.BECOME, S.COMMAND, but=PERSON),
    _rule(S.BECOME, S.MACHINE),
    _rule(S.BECOME, S.WHEN, S.ANSWER),
    # Instructions given away.
    _rule(S.COMMAND, S.HIDDEN, but=NEWS),
    _rule(S.COMMAND, S.OWN, S.GUIDANCE),
    _rule(S.COMMAND, S.ABOVE),
    # The answer: for which questions, in which form, from which posts.
    _rule(S.WHEN, S.COMMAND, but=PERSON, far=True),
    _rule(S.ANSWERING, S.SHAPE),
    _rule(S.ANSWERING, S.ONLY, but=PERSON),
    _rule(S.COMMAND, S.ANSWER, S.SHAPE),
    _rule(S.COMMAND, S.ANSWER, S.ONLY, but=PERSON),
    _rule(S.COMMAND, S.ANSWER, S.THING, but=PERSON),
    _rule(S.ANSWER, S.MUST, S.SHAPE),
    _rule(S.ANSWER, S.MUST, S.SPEECH, S.THING, but=PERSON),
    _rule(S.ANSWER, S.WHEN, S.MUST),
    _rule(S.ANSWER, S.WHEN, S.THING, but=PERSON),
    _rule(S.CITING, S.OTHERS),
    _rule(S.CITING, S.THIS, S.ONLY),
    _rule(S.CITING, S.THIS, S.TRUTH),
)


def untrusted(texts: Sequence[str]) -> bool:
    """Whether one of the texts of a publication, or all of them read in a row, gives orders to a machine."""
    return is_order("\n".join(texts))


def is_order(text: str) -> bool:
    """Whether a text of one or more sentences gives orders to a machine that answers questions."""
    plain = bared(text)
    if ":" in plain and DIALOGUE.search(plain):
        return True
    before: _Clause | None = None
    for words in _clauses(plain):
        clause = _Clause(words)
        if clause.is_order() or (before is not None and before.goes_on(clause)):
            return True
        before = clause
    return False


def _clauses(text: str) -> Iterator[str]:
    """Sentences; of longer ones overlapping parts."""
    for sentence in END.split(text):
        words = sentence.split()
        for start in range(0, max(1, len(words) - LONGEST // 2), LONGEST // 2):
            yield " ".join(words[start : start + LONGEST])


@lru_cache(MEMORY)
def _signs_of(word: str) -> tuple[frozenset[Sign], frozenset[Sign]]:
    """The signs that a word is enough for, and those of which phrases may be near."""
    return (
        frozenset(sign for sign, pattern in WORDS.items() if pattern.fullmatch(word)),
        frozenset(sign for sign, pattern in NEAR.items() if pattern.fullmatch(word)),
    )


ALWAYS = frozenset(PHRASES) - frozenset(NEAR)  # signs whose phrases no word announces


class _Clause:
    """A clause and its signs; phrases are looked for when a rule asks."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [_signs_of(word) for word in WORD.findall(text)]
        self.sure = frozenset[Sign]().union(*(signs for signs, _ in found))
        self.maybe = ALWAYS.union(*(signs for _, signs in found)) - self.sure
        self.absent: set[Sign] = set()

    def has(self, sign: Sign) -> bool:
        """Whether the clause shows the sign."""
        if sign in self.sure:
            return True
        if sign not in self.maybe:
            return False
        self.maybe -= {sign}
        if PHRASES[sign].search(self.text):
            self.sure |= {sign}
            return True
        return False

    def could(self, rule: Rule) -> bool:
        return all(sign in self.sure or sign in self.maybe for sign in rule.signs)

    def is_order(self) -> bool:
        """Whether one rule holds."""
        return any(
            self.could(rule) and all(map(self.has, rule.signs)) and not any(map(self.has, rule.against))
            for rule in RULES
        )

    def goes_on(self, after: _Clause) -> bool:
        """Whether this clause and the next one are an order together."""
        return any(
            rule.far
            and self.has(rule.signs[0])
            and all(self.has(sign) or after.has(sign) for sign in rule.signs)
            and not any(self.has(sign) or after.has(sign) for sign in rule.against)
            for rule in RULES
        )
