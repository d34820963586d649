"""Instructions that a machine was given before, and ways to take them back or to give new ones."""

from __future__ import annotations

from app.domain.ask.signs.names import Look, Sign

GUIDANCE = {
    Sign.GUIDANCE: Look(
        words="""
            instruct\\w* prompts? guidelines? directives? context commands? orders? инструкци\\w+ указани\\w+
            промпт\\w* директив\\w* контекст\\w* установк\\w* команд[ыу]? распоряжени\\w+ інструкці\\w+
            вказівк\\w+ вказівок наказ\\w*
        """
    ),
    Sign.RULES: Look(
        words="""
            rules? restrictions? constraints? configuration programming training role filters? safeguards?
            settings limits limitations правил\\w* ограничени\\w+ рол[ьи] настройк\\w+ настроек фильтр\\w*
            запрет\\w* обмежен\\w+ налаштуван\\w+ ролі фільтр\\w*
        """
    ),
    Sign.HIDDEN: Look(
        near="""
            system initial hidden original developer previous earlier prior above системн\\w+ изначальн\\w+
            скрыт\\w+ початков\\w+ прихован\\w+ предыдущ\\w+ прежн\\w+ попередн\\w+
        """,
        phrases=(
            r"\b(?:system|initial|hidden|original|developer) (?:prompt|instructions?|message|rules)",
            r"\b(?:previous|earlier|prior|above) (?:rules|restrictions|constraints|role)\b",
            r"\b(?:предыдущ|прежн|попередн)\w+ (?:правил|ограничени|настройк|роль|обмежен|налаштуван)\w*",
            r"\b(?:системн|изначальн|скрыт|початков|прихован)\w+ (?:промпт|инструкци|указани|настройк|сообщени|"
            r"правил|"
            r"вказівк|інструкці)\w*",
        ),
    ),
    Sign.BEFORE: Look(
        words="""
            previous previously prior above earlier preceding foregoing before old former предыдущ\\w+
            прежн\\w+ прошл\\w+ выше ранее раньше прежде предшеств\\w+ вышесказанн\\w+ вышеизложенн\\w+
            стары[ех] попередн\\w+ вище раніше колишн\\w+
        """,
        near="до so until up",
        phrases=(r"\bдо (?:этого|сих пор|цього)\b|\b(?:so far|until now|up to (?:now|this))\b",),
    ),
    Sign.ALL: Look(
        words="""
            all any every everything whatever anything все всех всем весь всю любые любых усі всі усе усіх
            усього будь
        """
    ),
    Sign.OWN: Look(
        words="""
            your yours given свои свой свою своих твои твой твою твоих тебе тебя данные ваши свої своє твої
            тобі ваші
        """
    ),
    Sign.TOLD: Look(
        words="сказанное сказанного написанное сказане написане",
        near="told given taught instructed programmed received дали сказали говорили научили казали надали",
        phrases=(
            r"\byou(?:'ve| were| have| had| are)?(?: been)? (?:told|given|taught|instructed|programmed|received)",
            r"\b(?:were|was) you (?:told|given|instructed)",
            r"\b(?:тебе|тебя|вам|тобі) (?:\w+ )?(?:дали|сказали|говорили|научили|казали|надали)",
        ),
    ),
    Sign.VOID: Look(
        words="""
            void invalid cancell?ed revoked obsolete outdated недействительн\\w+ отменен\\w* отменяются
            аннулирован\\w* устарел\\w* скасован\\w* недійсн\\w+
        """,
        near="longer больше більше",
        phrases=(
            r"\bno longer (?:valid|appl\w+|in force|active|matter)",
            r"\bбольше не (?:действ\w+|актуал\w+|нужн\w+|важн\w+)|\bбільше не (?:ді\w+|чинн\w+)",
        ),
    ),
    Sign.NEW_TASK: Look(
        near="new next real actual updated only following нов\\w+ следующ\\w+ твоя твоє твій ваша",
        phrases=(
            r"\b(?:your )?(?:new|next|real|actual|updated|only) (?:task|instructions?|role|goal|objective|job|rules?|"
            r"directive|mission) ?(?:is|are|:)",
            r"\bnew task\b|\bfollowing (?:instructions?|order)|\bследующи\w+ указани\w+|\bновые указания",
            r"\b(?:твоя|ваша|твоє|твій) (?:\w+ )?(?:задача|роль|цель|миссия|завдання|мета)",
            r"\bнов(?:ая|ый|ое|ые|а|е|і) (?:инструкци\w+|задач\w+|роль|режим|указани\w+|задани\w+|правил\w+|"
            r"інструкці\w+|"
            r"завдання|вказівк\w+)\s*[:—,-]",
        ),
    ),
    Sign.ABOVE: Look(
        near="text everything words? messages? conversation content текст\\w* все сообщени\\w+ усе",
        phrases=(
            r"\b(?:text|everything|words?|messages?|conversation|content) (?:\w+ ){0,2}(?:above|before|preceding|"
            r"precedes|prior)",
            r"\b(?:текст\w*|все|сообщени\w+|усе)\b.{0,30}\b(?:выше|перед этим|до этого|вище)",
        ),
    ),
    Sign.FREED: Look(
        words="dan jailbr\\w+ unrestricted unfiltered uncensored джейлбрейк\\w* безцензурн\\w+ необмежен\\w+",
        near="without no free not без не mode режим\\w* можешь",
        phrases=(
            r"\b(?:without|no|free of|free from|not bound by)(?: any| all)? (?:rules?|restrictions?|limits|"
            r"limitations|"
            r"filters?|constraints|guidelines|censorship)",
            r"\bбез (?:\w+ )?(?:ограничени\w+|правил|цензуры|фильтров|обмежень|цензури)|\bне имее(?:шь|"
            r"те) ограничени\w+",
            r"\b(?:developer|god|debug|admin|sudo|jailbreak) mode|\bможешь все\b",
            r"\bрежим\w* (?:разработчика|бога|отладки|администратора|без)",
        ),
    ),
}
