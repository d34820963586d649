"""Names for machines, roles in a conversation with them, and ways to speak to one."""

from __future__ import annotations

from app.domain.ask.signs.names import Look, Sign, either
from app.domain.ask.signs.verbs import TELL

NAMES = """
    ai llms? chatgpt gpt gpt\\d\\w* gigachat claude gemini copilot deepseek llama mistral qwen yandexgpt grok
    ии нейросет\\w+ нейронк\\w+ ллм чатгпт гигачат ші нейромереж\\w+
"""
MACHINE = (
    rf"(?:{either(NAMES)}|a\.i\.|chat gpt|artificial intelligence|(?:large )?language models?|"
    rf"искусственн\w+ интеллект\w*|"
    r"языков\w+ модел\w+|штучн\w+ інтелект\w*|мовн\w+ модел\w+)"
)
HELPERS = """
    assistants? chatbots? bots? models? robots? agents? ассистент\\w* чатбот\\w* бот\\w{0,2} модел\\w{1,3}
    робот\\w{0,3} помощник\\w{0,3} поисковик\\w* агент\\w{0,2} асистент\\w* помічник\\w{0,3} пошуковик\\w*
    summari[sz]ers?
"""
_CALLED = rf"(?:{MACHINE}|{either(HELPERS)}|чат-бот\w*|chat-bots?)"
_ANY = (
    rf"(?:(?:ai|virtual|digital|умн\w+|виртуальн\w+|віртуальн\w+) )?(?:{MACHINE}|{either(HELPERS)}|"
    rf"чат-бот\w*|chat-bots?|"
    r"search engines?|system|систем[аеуы])"
)
_NEAR = (
    f"{NAMES} {HELPERS} system систем[аеуы] a artificial language large chat engine искусственн\\w+ языков\\w+ "
    "штучн\\w+ мовн\\w+"
)
_READS = r"(?:read|processed|parsed|seen|summari[sz]ed|indexed|analy[sz]ed)"
_HEADS = (
    "system(?: (?:message|prompt|note|instruction|override|update|notice))*|assistant|user|human|ai|"
    "developers?|admin|bot|"
    r"model|chatgpt|gigachat|instructions?|система|системн\w+ (?:сообщени\w+|инструкци\w+|промпт\w*|"
    r"указани\w+|команда|"
    r"уведомление|повідомлення|вказівка|інструкція)|ассистент|помощник|пользователь|разработчики?|"
    r"администратор|ии|бот|"
    "модель|инструкция|указание|асистент|помічник|користувач|інструкція|вказівка"
)
# Two turns of a conversation, made up in one text.
DIALOGUE = (
    r"\b(?:user|human|question|пользователь|користувач|человек)\s*:.{1,300}?\b(?:assistant|ai|model|"
    r"chatgpt|bot|ассистент|"
    r"ии|бот|модель|нейросеть|асистент|ші)\s*:"
)

MACHINES = {
    Sign.TOKEN: Look(
        phrases=(
            r"<\|[^|<>]{1,40}\|>|<｜[^｜]{1,40}｜>|\[/?inst\]|<</?sys>>|</s>\s*(?:<s>|\[|$)|<(?:start|"
            r"end)[_ ]of[_ ]turn>",
            r"^\s*#{2,}\s*(?:instructions?|response|system|assistant|user|human|input|new task|инструкци\w+|ответ|"
            r"система|"
            r"указани\w+|ассистент|пользователь|задани\w+|інструкці\w+|відповідь)\s*:",
            r"</?(?:system|assistant|user|instructions?|context|documents?|data|prompt|answer|spans?|sources?|posts?|"
            r"система|ассистент|инструкци\w+|контекст|ответ|промпт)(?: [^<>]{0,40})?>",
            r"\[\s*/?(?:system|assistant|admin|developer|система|системное|ассистент|админ\w*|"
            r"разработчик)\b[^\]]{0,20}\]",
            r"\{\{\s*#?/?(?:system|user|assistant|prompt)\b|</?(?:think|tool_call|function_calls?)>",
            r"\b(?:begin|end|start of|end of|new) (?:system|developer|admin|secret) "
            r"(?:message|prompt|instructions?|override|directive|mode)",
            r"\brole\W{1,5}(?:system|assistant|user)\b|^\s*#{1,6} (?:system|instructions?|система|инструкци\w+)\b",
            r"(?:^|[.!?]\s*)system (?:prompt|override|instruction)s?(?: \w+)?\s*:",
            r"(?:^|[.!?]\s*)системн\w+ (?:промпт|инструкция)\s*:",
        )
    ),
    Sign.ROLE: Look(
        near="""
            system assistant user human ai developers? admin bot model chatgpt gigachat instructions? система
            системн\\w+ ассистент помощник пользователь разработчики? администратор ии бот модель инструкция
            указание асистент помічник користувач інструкція вказівка
        """,
        phrases=(rf"(?:^|[.!?»\"*\]]\s*)[#*_\[(]*(?:{_HEADS})[\])*_]*\s*:",),
    ),
    Sign.SPOKEN_TO: Look(
        near=_NEAR + " order command instruct приказываю повелеваю наказую велю",
        phrases=(
            rf"\b(?:if|as|since|because|when) you(?:'re| are| were)?,? (?:are |being )?(?:an?|the|"
            rf"any)? ?(?:\w+ ){{0,2}}{_ANY}\b",
            rf"\b(?:если|раз|поскольку|как) (?:ты|вы)(?: —| -| –|,)? ?(?:являе\w+ |"
            rf"читаешь это как )?(?:\w+ )?{_ANY}\b",
            rf"\b(?:якщо|оскільки|коли) (?:ти|ви)(?: —| -| –|,)? ?(?:є )?(?:\w+ )?{_ANY}\b",
            rf"\b(?:text|message|post|page|this) is (?:being )?{_READS} by (?:an? |the |any )?(?:\w+ )?{_ANY}",
            rf"\b(?:текст|сообщение|пост|это|допис|повідомлення|це) (?:читает|обрабатывает|видит|анализирует|читає|"
            rf"обробляє|"
            rf"бачить) (?:\w+ )?{_ANY}",
            rf"\b(?:any|every|each|all) {_ANY} (?:that |who |which )?(?:is |are )?(?:read|process|see|pars|"
            rf"summari[sz])\w* (?:this|the)",
            rf"\b(?:читает\w* это как|читающ\w+ это|кто читает это|хто читає це) (?:\w+ )?{_ANY}",
            rf"\b(?:i|we) (?:hereby )?(?:order|command|instruct) you to (?:{either(TELL)})\b",
            r"\b(?:приказываю|повелеваю|велю|наказую) (?:тебе |тобі )?\w+ть\b|\bнаказую (?:тобі )?\w+ти\b",
        ),
    ),
    Sign.MACHINE: Look(
        words=NAMES,
        near="a artificial language chat искусственн\\w+ языков\\w+ штучн\\w+ мовн\\w+",
        phrases=(rf"\b{MACHINE}(?!\w)",),
    ),
    Sign.HELPER: Look(words=HELPERS + "engine"),
    Sign.ADDRESSED: Look(
        near=_NEAR,
        phrases=(
            r"\b(?:notes?|messages?|instructions?|attention|memo|hints?|important|reminder|commands?|orders?|"
            r"prompt|guidance|"
            rf"directive|request|tips?)(?: to| for|,|:)* ?(?:the |all |any |an? |our |your )?(?:\w+ )?{_ANY}\b",
            r"\b(?:инструкци\w+|внимание|сообщение|важно|записка|указани\w+|заметка|команда|подсказка|"
            r"распоряжение|приказ|"
            r"просьба|обращение|задание|увага|інструкція|вказівка|нагадування|примітка|памятка)"
            rf"(?: для| к|,|:)* (?:всех |всем |любой |усіх )?{_ANY}\b",
            rf"(?:^|[.!?]\s*)(?:для|for|всем|to|to all|усім) (?:the |all |any |всех )?{_ANY}(?: readers?| agents?|"
            rf" models?)?\s*:",
            r"(?:^|[.!?:]\s*)(?:(?:dear|hey|hi|hello|ok|okay|attention|listen|please|уважаем\w+|дорог\w+|эй|"
            r"привет|послушай|"
            rf"слушай|милая|шановн\w+|гей|агов|привіт|слухай)[,!]? )?{_CALLED}\s*[,!:—–]",
            rf"\b{MACHINE}\s*[,!:]",
            rf"\b(?:message|note|word) from (?:the |your )?(?:developers?|creators?|admin\w*): (?:the )?{_ANY}\b",
            rf"\b(?:сообщение|указание|записка) от (?:\w+ )?(?:разработчик\w*|создател\w+|"
            rf"администратор\w*): {_ANY}\b",
        ),
    ),
    Sign.USER: Look(
        words="""
            пользователю пользователя пользователям спрашивающему собеседнику читателю користувачу
            користувачеві користувача
        """,
        near="users? person people one whoever anyone",
        phrases=(
            r"\b(?:tell|inform|warn|send|ask|give|show|answer|direct|remind|to|from|for|at|let|what) (?:the |any |"
            r"each |every |our |all )?"
            r"users?\b(?! (?:manual|guide|agreement|interface|account|name|id|experience))|"
            r"\bthe user's (?:question|query)",
            r"\b(?:person|people|one|whoever|anyone) (?:who is |who )?ask(?:s|ing)\b",
        ),
    ),
}
