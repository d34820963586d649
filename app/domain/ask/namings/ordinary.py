"""Words that no dictionary has and that are no names all the same: function words, and words with telling endings."""

from __future__ import annotations

import re

from app.domain.ask.listed import listed

_FUNCTION = """
        а без более больше был была были было будет будут в вам вас ваш весь во вот все всего всех вы где да даже для до
        его ее если есть еще же за здесь и из или им их к как какой когда кто ко который ли либо между меня мне мы на
        над нас наш не него нее нет ни них но о об однако он она они оно от перед по под после потом потому почти при
        про с сам свой себя сейчас со так также там тем теперь то тогда того тоже только том тут ты у уже хотя чем через
        что чтобы эта эти это этого этой этот я вчера сегодня завтра сообщается ранее позже затем кроме согласно
        благодаря из-за из-под або але адже б би бо був була були було буде будуть в вже він вона вони воно всі від
        вчора де до є ж за завтра з із зі і його її їх й ким коли котрий ми між на над нас наш не немає ні о об однак от
        перед по під після про с саме свій себе сьогодні та так також там тепер ти тоді тож той тому тут у усі хоча хто
        це цей ці ця чи через чим що щоб щодо як який якщо я a about above after again against all also although always
        am among an and another any are around as at away back be because been before being below between both but by
        can could did do does done down during each either else enough even ever every few first for from further had
        has have having he her here hers him his how however i if in instead into is it its itself just last later least
        less like many may me meanwhile more moreover most much must my near nearly neither never next no none nor not
        nothing now of off often on once one only onto or other others our out over own per please rather same several
        shall she should since so some soon still such than that the their them then there therefore these they this
        those though through throughout thus to today together tomorrow too toward towards under until up upon us very
        was we well were what when where whether which while who whole whose why will with within without would yes
        yesterday yet you your according due despite
        """
_WORDS = listed(_FUNCTION)
# Endings of nouns of action, participles and verbs, by which new words are made; no surname ends so.
_ENDINGS = re.compile(
    r".{3,}(?:ост(?:ь|и|ью)|ени(?:е|я|ю|ем|й|ями)|ани(?:е|я|ю|ем|й|ями)|аци(?:я|и|ю|ей|й)|(?:ова|ирова)н\w{0,3}"
    r"|[иыау]л(?:ись|ась|ся|ось)|[юуя]тся|[еи]тся|ен[оы]|[ая]н[оы]|щик\w{0,3}|(?:овать|ировать|иться|аться)"
    r"|іст(?:ь|ю)|ост[іи]|нн(?:я|ю|ям|і)|аці(?:я|ї|ю|єю|й)|(?:ова|йова|ірова)н\w{0,3}|[иаіуя]л(?:ися|ася|ося)|[иаюуія]тися|[ую]ться"
    r"|[её]нно|ивно|ально|ично|евно|чески|(?:льн|чн|ивн|жн|овн|евн|менн|зов|сов|тов)(?:ый|ая|ое|ые|ых|ого|ому|ым|ой|ую)"
    r"|(?:вш|едш|[уюая]щ)(?:ий|ая|ее|ие|его|ему|им|их|ую)|[аяиіу]ти|олог(?:и|ов|ів|ам|ами)|льник(?:и|ов|ів|ам|ами)"
    r"|ness|tions?|ments?|i[sz](?:ed|es|ing|ation)|ified|ability|ingly)"
)
# First parts of compounds that news make every day.
_FIRST = re.compile(
    "(?:кибер|авто|электро|фото|видео|теле|радио|эко|гос|спец|супер|мега|микро|мини|анти|противо|между|много|онлайн-?|веб-?"
    "|интернет-?|пере|кібер|електро|відео|еко|держ|мікро|міні|проти|багато|cyber|multi|anti|super|micro|live|over|under|re)"
)


def is_function_word(word: str) -> bool:
    """Whether a word in the form of `spelling.normal` only holds a sentence together."""
    return word in _WORDS


def is_ordinary(word: str) -> bool:
    """Whether a word in the form of `spelling.normal` only holds a sentence together, or is made by such an ending."""
    return word in _WORDS or word.startswith("по-") or _ENDINGS.fullmatch(word) is not None


def without_first(word: str) -> str:
    """The second part of a compound such as кибератака; empty for another word."""
    found = _FIRST.match(word)
    return word[found.end() :] if found and len(word) - found.end() > 3 else ""
