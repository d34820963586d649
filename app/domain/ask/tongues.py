"""Words and letters that tell Russian, Ukrainian and English from each other and from other languages."""

from __future__ import annotations

import re

from app.domain.ask.listed import listed

# Words that the other two languages of their script lack, or have with another meaning and seldom.
FUNCTION = {
    "ru": listed(
        """
        и что как это был была были было его ее их или только от он она они когда после если уже еще чтобы из к об во со
        также этот эта эти этого этой которые который которая где есть нет более менее перед также своих своей свой
        сейчас теперь между через около вместо будет будут можно нужно очень всего всех несколько согласно однако
        сегодня вчера завтра около никто ничего тоже затем кроме том того тем чем при
        """
    ),
    "uk": listed(
        """
        і й та що як це була були було його її їх або тільки від він вона вони коли після якщо вже ще щоб із зі з цей ця
        ці цього цієї який яка які де є немає більше менше перед своїх своєї свій зараз тепер між через близько замість
        буде будуть можна треба потрібно дуже всього всіх кілька згідно однак сьогодні вчора завтра також біля ніхто
        нічого теж потім крім бо чи проте під час усі усіх має мають
        """
    ),
    "en": listed(
        """
        the a an of and to in is was were are has have had by at from with on for that this it its be been will not as
        which who after before more than their his her they he she into over under about when where there until during
        would could should but or also only all no some said says if out up between because while against since two one
        """
    ),
}
# The commonest words of languages that a model may fall into, without those that English, Russian or Ukrainian share.
OTHERS = listed(
    """
        der das und ist nicht ein eine wurde wird mit von für auf den dem des zu im bei nach sich auch werden haben
        keine kein nein ja le la les est et une un dans pour sur qui que du au aux sont été par avec ce cette il elle
        oui non aucun aucune el los las por del fue con para se su sus y una como más pero sí ningún il di che è della
        nel sono per gli dei alla non jest nie się na w z został przez dla oraz ale był była ve bir bu için ile olarak
        da os não uma em do foi ao pelo het een van niet wordt zijn voor vanwege op aan bij naar uit ook maar je bylo
        byla jsou nebo беше са се че като ще заради със във след това който је су био била који што као али није гэта
        быў была былі які яна ён яны пра але таксама калі пасля бо каб және мен бұл үшін болды деп
        """
) - (FUNCTION["ru"] | FUNCTION["uk"] | FUNCTION["en"])
# Letters that one language of a script has and the other one lacks.
# Endings that the other one lacks come after them.
LETTERS = {
    "ru": re.compile("[ыэъ]|.{3}(?:ая|яя|ое|ее|ие)$"),
    "uk": re.compile("[ґєії]|[сц]ьк|.{2}(?:нн|тт)я$"),
}
CYRILLIC, LATIN = re.compile("[Ѐ-ԯ]"), re.compile("[a-zß-ɏ]")
FOREIGN_CYRILLIC = re.compile("[ўјљњћђџќѓѕәғқңөұүһ]")  # Belarusian, Serbian, Macedonian, Kazakh and others
FOREIGN_LATIN = re.compile("[ß-öø-ɏ]")
