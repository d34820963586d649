"""The words by which a question asks. They say nothing about its subject, and full text keeps most of them."""

from __future__ import annotations

from app.domain.spelling import normal

# Forms as people write them; all others of the closed classes are stop words of full text already.
_FORMS = """
кто кого кому кем что чего чему чем какой какая какое какие какого каких каким какими каком какую который которая
которые когда где куда откуда сколько скольких почему зачем отчего как каков какова каковы чей чья чьё чье чьи ли
скажи скажите расскажи расскажите покажи покажите найди найдите известно сообщалось сообщали сообщили писали
есть было были был была будет
who whom whose what which when where why how many much long often did does do is are was were has have had will
tell show find list say said says report reported there
хто кого кому ким що чого чому чим який яка яке які якого яких яким якими якому яку котрий коли де куди звідки
скільки чому навіщо як чий чия чиє чиї чи скажи скажіть розкажи розкажіть покажи покажіть знайди знайдіть відомо
є було були був була буде
"""
ASKING = frozenset(map(normal, _FORMS.split()))


def is_asking(word: str) -> bool:
    """Whether the word only asks: who, сколько, коли. Phrases of several words never do."""
    return normal(word.strip("?!.,;:…\"'«»“”()")) in ASKING
