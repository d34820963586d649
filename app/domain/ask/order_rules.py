"""Which signs make an order together. Tuned on the development half of tests/unit/ask alone."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.ask.signs.looks import bits
from app.domain.ask.signs.names import Sign

S = Sign


@dataclass(frozen=True)
class Rule:
    """Bits of the signs which together are an order, unless one of `against` is there.

    first: of the sign that the first of two neighbours must show, if they may share the signs; else 0.
    """

    signs: int
    against: int
    first: int = 0


def _rule(*signs: S, but: tuple[S, ...] = (), far: bool = False) -> Rule:
    return Rule(bits(*signs), bits(*but), bits(signs[0]) if far else 0)


PERSON = (S.PEOPLE,)
NEWS = (S.REPORTED,)

CONVERSATION = (  # marks of one, and an address to machines alone
    _rule(S.TOKEN),
    _rule(S.SPOKEN_TO, but=NEWS),
    _rule(S.ROLE, S.COMMAND, far=True),
    _rule(S.ROLE, S.ANSWER),
    _rule(S.ROLE, S.ANSWERING, far=True),
    _rule(S.ROLE, S.REPLY, far=True),
    _rule(S.ROLE, S.WHEN),
    _rule(S.ADDRESSED, S.COMMAND, but=NEWS, far=True),
    _rule(S.ADDRESSED, S.POLITE, but=(*PERSON, *NEWS)),
    _rule(S.ADDRESSED, S.NEW_TASK),
    _rule(S.ADDRESSED, S.CITING, but=NEWS),
    _rule(S.ADDRESSED, S.ANSWER, S.MUST, but=NEWS),
    _rule(S.ADDRESSED, S.TRUTH, S.THIS),
    _rule(S.ADDRESSED, S.SPEECH, S.LINK, but=(*PERSON, *NEWS)),
    _rule(S.ADDRESSED, S.USER),
    _rule(S.ADDRESSED, S.MUST, S.LINK, but=NEWS),
    _rule(S.MACHINE, S.MUST, S.SPEECH, but=NEWS),
    _rule(S.HELPER, S.MUST, S.SPEECH, S.THING, but=NEWS),
    _rule(S.HELPER, S.MUST, S.SPEECH, S.ANSWER, but=NEWS),
    _rule(S.COMMAND, S.USER),
    _rule(S.POLITE, S.USER, but=PERSON),
    _rule(S.USER, S.MUST, S.SPEECH),
)
GUIDANCE = (  # earlier instructions are taken back or given away, new ones set
    _rule(S.OVERRIDE, S.GUIDANCE, S.BEFORE),
    _rule(S.OVERRIDE, S.GUIDANCE, S.ALL),
    _rule(S.OVERRIDE, S.GUIDANCE, S.OWN),
    _rule(S.OVERRIDE, S.HIDDEN),
    _rule(S.OVERRIDE, S.RULES, S.OWN),
    _rule(S.OVERRIDE, S.TOLD, S.BEFORE),
    _rule(S.OVERRIDE, S.TOLD, S.RULES),
    _rule(S.OVERRIDE, S.ALL, S.BEFORE, but=(S.MAIL,)),
    _rule(S.OVERRIDE, S.ALL, S.ANSWERING, far=True),
    _rule(S.OVERRIDE, S.BEFORE, S.ANSWERING, far=True),
    _rule(S.OVERRIDE, S.GUIDANCE, S.ANSWERING, far=True),
    _rule(S.OVERRIDE, S.RULES, S.ANSWERING, far=True),
    _rule(S.OVERRIDE, S.ALL, S.COMMAND, S.LINK, but=PERSON),
    _rule(S.OVERRIDE, S.USER),
    _rule(S.OVERRIDE, S.QUESTION, S.COMMAND),
    _rule(S.OVERRIDE, S.FREED),
    _rule(S.OVERRIDE, S.ALL, S.REPLY, far=True),
    _rule(S.OVERRIDE, S.GUIDANCE, S.REPLY, far=True),
    _rule(S.OVERRIDE, S.OTHERS),
    _rule(S.VOID, S.BEFORE, S.GUIDANCE, S.COMMAND, far=True),
    _rule(S.NEW_TASK, S.COMMAND, far=True),
    _rule(S.NEW_TASK, S.ANSWER),
    _rule(S.NEW_TASK, S.SPEECH, S.SHAPE),
    _rule(S.COMMAND, S.HIDDEN, but=NEWS),
    _rule(S.HIDDEN, S.SPEECH, S.ONLY, but=NEWS),
    _rule(S.COMMAND, S.OWN, S.GUIDANCE),
    _rule(S.COMMAND, S.ABOVE),
)
SELF = (  # another self
    _rule(S.BECOME, S.FREED),
    _rule(S.BECOME, S.ANSWERING, far=True),
    _rule(S.BECOME, S.COMMAND, but=PERSON),
    _rule(S.BECOME, S.MACHINE),
    _rule(S.BECOME, S.WHEN, S.ANSWER),
)
ANSWER = (  # for which questions, in which form, from which posts
    _rule(S.WHEN, S.COMMAND, but=PERSON, far=True),
    _rule(S.ANSWERING, S.SHAPE),
    _rule(S.ANSWERING, S.ONLY, but=PERSON),
    _rule(S.ANSWERING, S.LINK, but=PERSON),
    _rule(S.COMMAND, S.ANSWER, S.SHAPE),
    _rule(S.COMMAND, S.ANSWER, S.ONLY, but=PERSON),
    _rule(S.COMMAND, S.ANSWER, S.THING, but=PERSON),
    _rule(S.POLITE, S.ANSWER, S.LINK, but=PERSON),
    _rule(S.POLITE, S.ANSWER, S.SHAPE, but=PERSON),
    _rule(S.OWN_ANSWER, S.CHANGE, but=PERSON),
    _rule(S.EACH_ANSWER, S.COMMAND, but=PERSON),
    _rule(S.EACH_ANSWER, S.CHANGE, but=PERSON),
    _rule(S.OWN_ANSWER, S.COMMAND, S.SHAPE),
    _rule(S.OWN_ANSWER, S.REPLY, S.LINK, but=PERSON),
    _rule(S.INSTEAD, S.SPEECH),
    _rule(S.INSTEAD, S.COMMAND),
    _rule(S.COMMAND, S.SHAPE, S.ONLY, but=PERSON),
    _rule(S.COMMAND, S.ANSWER, S.SOURCE, but=PERSON),
    _rule(S.ALL, S.ANSWER, S.MUST, S.CHANGE, but=PERSON),
    _rule(S.ANSWER, S.TRUTH, S.LINK, but=PERSON),
    _rule(S.ANSWER, S.MUST, S.SHAPE),
    _rule(S.ANSWER, S.MUST, S.SPEECH, S.THING, but=PERSON),
    _rule(S.ANSWER, S.WHEN, S.MUST),
    _rule(S.ANSWER, S.WHEN, S.LINK, but=PERSON),
    _rule(S.CITING, S.OTHERS),
    _rule(S.CITING, S.ALONE),
    _rule(S.CITING, S.THIS, S.SOURCE),
    _rule(S.CITING, S.THIS, S.TRUTH),
)
RULES = (*CONVERSATION, *GUIDANCE, *SELF, *ANSWER)
FAR = tuple(rule for rule in RULES if rule.first)
