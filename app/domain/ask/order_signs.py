"""Signs of an order to a machine that answers questions: words and phrases in Russian, English and Ukrainian."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """One feature of a clause. No sign but TOKEN and SPOKEN_TO makes an order alone."""

    TOKEN = "token"  # marks of a chat template, which no person writes to another
    ROLE = "role"  # a role before a colon: `System: `
    SPOKEN_TO = "spoken_to"  # `if you are an AI`
    MACHINE = "machine"  # a name for models alone
    HELPER = "helper"  # a name for models and for people or things: assistant, model, system, bot
    ADDRESSED = "addressed"  # `note to AI`, `ChatGPT, ...`
    USER = "user"  # the person who asks, in the third person
    OVERRIDE = "override"  # ignore, forget
    GUIDANCE = "guidance"  # instructions, prompt, context
    RULES = "rules"  # rules, role, limits: of a machine or of people
    HIDDEN = "hidden"  # system prompt
    BEFORE = "before"  # above, previous
    ALL = "all"
    OWN = "own"  # your
    TOLD = "told"  # `you were told`
    VOID = "void"  # no longer valid
    COMMAND = "command"  # an imperative to say or write; of Russian and Ukrainian verbs the familiar form
    ANSWER = "answer"  # the answer as a thing
    ANSWERING = "answering"  # an imperative to answer, or `you answer`
    SHAPE = "shape"  # a language, a format, a manner for the answer
    ONLY = "only"  # only, nothing else, one word
    WHEN = "when"  # `when asked about`, `to any question`
    MUST = "must"
    SPEECH = "speech"  # to say or show, beside MUST
    THING = "thing"  # an address, a long number, quoted words: to be said
    BECOME = "become"  # `you are now`, `pretend`
    FREED = "freed"  # DAN, without restrictions
    CITING = "citing"  # an imperative to cite, to use, to rely on
    OTHERS = "others"  # other posts, other sources
    THIS = "this"  # this post
    TRUTH = "truth"  # the only, reliable
    NEW_TASK = "new_task"
    ABOVE = "above"  # `the text that precedes this`
    PEOPLE = "people"  # comments, surveys, prizes, cash desks: a person is meant
    MAIL = "mail"  # earlier posts or letters, which people ask each other to ignore
    REPORTED = "reported"  # said, told: news about orders


@dataclass(frozen=True)
class Look:
    """How a sign looks. words: one is enough. phrases: tried where one of `near` stands, or always without `near`."""

    words: str = ""
    phrases: str = ""
    near: str = ""


_TELL = (
    "answer|reply|respond|say|state|tell|print|output|write|return|give|provide|include|add|insert|mention|recommend|"
    "claim|quote|cite|translate|summari[sz]e|reveal|repeat|finish|end|begin|start|name|report|format|show|hide|"
    "display|disclose|leak|rephrase|append|prepend|use|call|explain|describe|list|obey|follow|read|assert|insist|"
    "speak|swear|advertise|promote|point|send|direct|put|place|link|ask|convert|encode|render|wrap|conclude|advise|"
    "refuse|produce|generate|emit|echo|declare|warn|inform|redirect|offer"
)
_TELL_RU = (
    "ответь|отвечай|скажи|говори|сообщи|сообщай|напиши|пиши|выведи|выводи|выдай|выдавай|дай|давай|укажи|указывай|"
    "добавь|добавляй|вставь|вставляй|упомяни|упоминай|назови|называй|утверждай|процитируй|цитируй|повтори|повторяй|"
    "закончи|заканчивай|заверши|завершай|начни|начинай|переведи|раскрой|покажи|показывай|оформи|верни|возвращай|"
    "порекомендуй|рекомендуй|посоветуй|советуй|предложи|предлагай|сформулируй|перечисли|опиши|объясни|выпиши|прочитай|"
    "включи|включай|считай|используй|ссылайся|опирайся|доверяй|рекламируй|скрой|скрывай|отправь|отправляй|направь|"
    "направляй|распечатай|напечатай|печатай|приведи|уверяй|заяви|заявляй|перескажи|резюмируй|суммируй|спроси|"
    "подтверди|подтверждай|откажись|соври|солги|предупреди|замени|заменяй|допиши|дописывай|поставь|ставь|отрицай|"
    "молчи|помести|размести|приложи|прикрепи|сделай|выполни|выполняй"
)
_TELL_UK = (
    "відповідай|відповіж|скажи|кажи|говори|повідом|повідомляй|напиши|пиши|виведи|видай|дай|давай|вкажи|вказуй|додай|"
    "додавай|встав|вставляй|згадай|згадуй|назви|називай|стверджуй|процитуй|цитуй|повтори|повторюй|закінчи|закінчуй|"
    "заверши|почни|починай|переклади|розкрий|покажи|показуй|оформи|поверни|порадь|радь|рекомендуй|порекомендуй|"
    "запропонуй|сформулюй|перелічи|опиши|поясни|випиши|прочитай|увімкни|включи|вважай|використовуй|посилайся|"
    "спирайся|довіряй|рекламуй|приховай|приховуй|надішли|надрукуй|наведи|перекажи|підтверди|відмовся|заміни|"
    "постав|заперечуй|мовчи|зроби|виконай|виконуй"
)
# English verbs look the same in all persons: an order stands at the beginning of a clause or behind such a word.
_OPENS = (
    r"(?:^|[,:;.!?»”\"()\[\]>\-–—]\s*|\b(?:and|then|please|now|always|instead|just|only|also|kindly|do not|never|don't|"
    r"simply|must|exclusively|you|first|or|hey|immediately|asks|asked)\s+)"
)
_MACHINES = (
    r"(?:ai|a\.i\.|artificial intelligence|llms?|language models?|large language models?|chat ?gpt|gpt(?:-?\d\w*)?|gigachat|"
    r"claude|gemini|copilot|deepseek|llama|mistral|qwen|yandexgpt|grok|ии|искусственн\w+ интеллект\w*|нейросет\w+|нейронк\w+|"
    r"языков\w+ модел\w+|ллм|чатгпт|гигачат|ші|штучн\w+ інтелект\w*|нейромереж\w+|мовн\w+ модел\w+)"
)
_HELPERS = (
    r"(?:assistants?|chat-?bots?|bots?|models?|robots?|agents?|summari[sz]ers?|search engines?|ассистент\w*|чат-?бот\w*|"
    r"бот|бота|боту|боты|ботам|ботов|модел\w+|помощник\w*|робот\w*|агент\w*|поисковик\w*|систем[аеуы]|system|асистент\w*|"
    r"боте|помічник\w*|пошуковик\w*)"
)
_ANY_MACHINE = rf"(?:(?:ai|virtual|digital|умн\w+|виртуальн\w+|віртуальн\w+) )?(?:{_MACHINES}|{_HELPERS})"
_LANGUAGES = (
    "english|french|german|spanish|italian|chinese|japanese|korean|finnish|swedish|polish|turkish|arabic|hebrew|"
    "latin|russian|ukrainian|kazakh|portuguese|dutch|czech|greek|hindi|esperanto|emojis?"
)
_LANGUAGE_STEMS = (
    "англи\\w+|франц\\w+|немец\\w+|испанск\\w+|итальянск\\w+|китайск\\w+|японск\\w+|корейск\\w+|финск\\w+|шведск\\w+|"
    "польск\\w+|турецк\\w+|арабск\\w+|иврит\\w*|латын\\w+|латин\\w+|русск\\w+|украинск\\w+|казахск\\w+|португальск\\w+|"
    "чешск\\w+|греческ\\w+|хинди|эсперанто"
)
_POSTS = (
    r"(?:posts?|messages?|sources?|documents?|passages?|texts?|articles?|publications?|results?|items?|entries|spans?|"
    r"пост\w*|сообщени\w+|источник\w*|документ\w*|публикаци\w+|текст\w*|запис\w+|заметк\w+|фрагмент\w*|материал\w*|отрыв\w+|"
    r"допис\w*|повідомлен\w+|джерел\w*|публікаці\w+)"
)

LOOKS: dict[Sign, Look] = {
    Sign.TOKEN: Look(
        phrases=r"(?:^|[.!?]\s*)system (?:prompt|override|instruction)s?(?: \w+)?\s*:|(?:^|[.!?]\s*)системн\w+ (?:промпт|инструкция)\s*:|<\|[^|<>]{1,40}\|>|<｜[^｜]{1,40}｜>|\[/?inst\]|<</?sys>>|</s>\s*(?:<s>|\[|$)|<(?:start|end)_?\s?of_?\s?turn>|"
        r"^\s*#{2,}\s*(?:instructions?|response|system|assistant|user|human|input|new task|инструкци\w+|ответ|система|"
        r"указани\w+|ассистент|пользователь|задани\w+|інструкці\w+|відповідь)\s*:|</?(?:system|assistant|user|instructions?|context|documents?|"
        r"data|prompt|answer|spans?|sources?|posts?|система|ассистент|инструкци\w+|контекст|ответ|промпт)(?: [^<>]{0,40})?>|"
        r"\[\s*/?(?:system|assistant|admin|developer|система|системное|ассистент|админ\w*|разработчик)\b[^\]]{0,20}\]|"
        r"\{\{\s*#?/?(?:system|user|assistant|prompt)\b|\b(?:begin|end|start of|end of|new) (?:system|developer|admin|secret) "
        r"(?:message|prompt|instructions?|override|directive|mode)|<(?:/?think|tool_call|function_calls?)>|"
        r"\bfunction_call\b|im start\b.{0,3}system"
    ),
    Sign.ROLE: Look(
        near="system|assistant|user|human|ai|developer|администратор|admin|система|системное|системная|ассистент|помощник|"
        "пользователь|разработчик|ии|бот|модель|асистент|помічник|користувач|системне|bot|model|chatgpt|gigachat",
        phrases=r"(?:^|[.!?\n»\"*\]]\s*)[#*_\[(]*(?:system(?: (?:message|prompt|note|instruction|override|update|notice))*|assistant|user|"
        r"human|ai|developers?|admin|bot|model|chatgpt|gigachat|система|системн\w+ (?:сообщени\w+|инструкци\w+|промпт\w*|"
        r"указани\w+|команда|уведомление|повідомлення|вказівка|інструкція)|ассистент|помощник|пользователь|"
        r"разработчики?|администратор|ии|бот|модель|асистент|помічник|користувач)[\])*_]*\s*:",
    ),
    Sign.SPOKEN_TO: Look(
        near="you|ты|вы|ти|ви|ai|ии|ші|llm|model|нейросеть|модель|тебе|це|если|якщо|if",
        phrases=rf"\b(?:if|as|since|because|when) you(?:'re| are| were)?,? (?:are |being )?(?:indeed |really )?(?:an?|the|any)? ?(?:\w+ ){{0,2}}{_ANY_MACHINE}\b|"
        rf"\b(?:если|раз|коль скоро|поскольку|как) (?:ты|вы)(?: —| -|,)? ?(?:являе\w+ |читаешь это как |действительно )?(?:\w+ )?{_ANY_MACHINE}\b|"
        rf"\b(?:якщо|оскільки|коли) (?:ти|ви)(?: —| -|,)? ?(?:є )?(?:\w+ )?{_ANY_MACHINE}\b|"
        rf"\b(?:if|когда|если|якщо|коли) (?:this|the|этот|это|данный|цей|це)?\s?(?:text|message|post|page|текст|сообщение|пост|допис|повідомлення)?\s?"
        rf"(?:is (?:being )?(?:read|processed|parsed|seen|summari[sz]ed) by|читает|обрабатывает|видит|анализирует|читає|обробляє|бачить) (?:an? |the |any )?(?:\w+ )?{_ANY_MACHINE}|"
        rf"\b(?:any|every|each|all) {_ANY_MACHINE} (?:that |who |which )?(?:reads?|reading|process\w*|see\w*|pars\w+|summari[sz]\w+) (?:this|the)|"
        rf"\b(?:читает\w* это как|читающ\w+ это|кто читает это|хто читає це) (?:\w+ )?{_ANY_MACHINE}",
    ),
    Sign.MACHINE: Look(
        near="ai|a|artificial|llms?|language|large|chat|chatgpt|gpt\\d*|gigachat|claude|gemini|copilot|deepseek|llama|mistral|qwen|"
        "yandexgpt|grok|ии|искусственн\\w+|нейросет\\w+|нейронк\\w+|языков\\w+|ллм|чатгпт|гигачат|ші|штучн\\w+|нейромереж\\w+|мовн\\w+",
        phrases=rf"\b{_MACHINES}\b",
    ),
    Sign.HELPER: Look(
        words="assistants?|chatbots?|bots?|models?|robots?|ассистент\\w*|чатбот\\w*|бот\\w{0,2}|модел\\w{1,3}|робот\\w{0,3}|"
        "помощник\\w{0,3}|поисковик\\w*|асистент\\w*|помічник\\w{0,3}|пошуковик\\w*|system|систем[аеуы]|агент\\w{0,2}|engine",
    ),
    Sign.ADDRESSED: Look(
        near="ai|a|artificial|llms?|language|chatgpt|gpt\\d*|gigachat|claude|gemini|copilot|deepseek|llama|ии|искусственн\\w+|нейросет\\w+|"
        "нейронк\\w+|языков\\w+|ллм|ші|штучн\\w+|нейромереж\\w+|мовн\\w+|assistants?|bots?|chatbots?|models?|robots?|ассистент\\w*|"
        "бот\\w{0,2}|чатбот\\w*|модел\\w+|робот\\w{0,3}|помощник\\w{0,3}|асистент\\w*|помічник\\w*|агент\\w*|agents?",
        phrases=rf"\b(?:notes?|messages?|instructions?|attention|memo|hints?|important|reminder|commands?|orders?|prompt|guidance|directive|request|info\w*|tips?) "
        rf"(?:to|for|from the developers? (?:to|for))? ?(?:the |all |any |an? |our |your )?(?:\w+ ){{0,1}}{_ANY_MACHINE}\b|"
        rf"\b(?:инструкци\w+|внимание|сообщение|важно|записка|указани\w+|заметка|команда|подсказка|распоряжение|приказ|просьба|обращение|задание|увага|інструкція|вказівка|нагадування|примітка)"
        rf"(?: для| к|,|:)* (?:всех |всем |любой |усіх )?{_ANY_MACHINE}\b|"
        rf"(?:^|[.!?]\s*)(?:для|for|всем|to|to all|усім) (?:the |all |any |всех )?{_ANY_MACHINE}(?: readers?| agents?| models?)?\s*:|"
        rf"(?:^|[.!?:]\s*)(?:(?:dear|hey|hi|hello|ok|okay|attention|listen|please|уважаем\w+|дорог\w+|эй|привет|послушай|слушай|милая|шановн\w+|гей|агов|привіт|слухай)[,!]? )?"
        rf"{_ANY_MACHINE}\s*[,!:—–]",
    ),
    Sign.USER: Look(
        words="users?|пользовател\\w+|спрашивающ\\w+|користувач\\w*|собеседник\\w*|читател[юя]",
        near="person|asker|asking|asks",
        phrases=r"\b(?:person|people|one|whoever|anyone) (?:who is |who )?ask(?:s|ing)\b",
    ),
    Sign.OVERRIDE: Look(
        words="(?:про)?игнорир(?:уй|уйте|овать)|(?:поза)?забудьте|забудь|отбрось(?:те)?|отмени(?:те)?|сбрось(?:те)?|пренебреги(?:те)?|"
        "обойди(?:те)?|(?:про)?ігнор(?:уй|уйте|увати)|відкинь(?:те)?|скасуй(?:те)?|знехтуй|disregard|lgnore|iqnore|1gnore|отклони|удали|"
        "отключи|отринь|сотри|стирай|обнули",
        near="ignore|forget|discard|override|bypass|cancel|skip|drop|erase|delete|stop|not|don|don't|no|не|ni|never|clear|reset|перестань|"
        "перестаньте|прекрати|забыть|attention",
        phrases=rf"{_OPENS}(?:ignore|forget|discard|override|bypass|cancel|skip|drop|erase|delete|clear|reset)\b|\b(?:must|should|to) (?:ignore|forget|discard|override|bypass)\b|"
        r"\b(?:stop|quit|cease) (?:following|obeying|using)\b|\b(?:do not|don't|never|not to) (?:follow|obey|listen to|adhere to|trust)\b|"
        r"\bpay no attention\b|\bне (?:обращай(?:те)? внимани\w|следуй(?:те)?|слушай(?:ся|те)?|учитывай(?:те)?|выполняй(?:те)?|соблюдай(?:те)?|"
        r"принимай(?:те)? во внимание|зважай(?:те)?|слідуй|виконуй(?:те)?|звертай(?:те)? уваги|враховуй(?:те)?|дотримуйся)\b|"
        r"\b(?:перестань|прекрати)(?:те)? (?:следовать|слушать|выполнять|соблюдать)",
    ),
    Sign.GUIDANCE: Look(
        words="instructions?|instruct\\w*|prompts?|guidelines?|directives?|context|commands?|orders?|инструкци\\w+|указани\\w+|промпт\\w*|"
        "директив\\w*|контекст\\w*|установк\\w*|команд[ыу]?|распоряжени\\w+|інструкці\\w+|вказівк\\w+|вказівок|наказ\\w*|директив\\w+|"
        "instrucțiuni|anweisungen|instrucciones|przykazania|instruktion\\w*",
    ),
    Sign.RULES: Look(
        words="rules?|restrictions?|constraints?|configuration|programming|training|role|filters?|safeguards?|settings|limits|limitations|"
        "правил\\w*|ограничени\\w+|роль|роли|настройк\\w+|настроек|фильтр\\w*|запрет\\w*|обмежен\\w+|налаштуван\\w+|ролі|фільтр\\w*",
    ),
    Sign.HIDDEN: Look(
        near="предыдущ\\w+|прежн\\w+|previous|system|системн\\w+|initial|hidden|изначальн\\w+|скрыт\\w+|початков\\w+|прихован\\w+|original|secret|developer",
        phrases=r"\b(?:system|initial|hidden|original|developer) (?:prompt|instructions?|message|rules)|"
        r"\b(?:previous|earlier|prior|above) (?:rules|restrictions|constraints|role)\b|\b(?:предыдущ|прежн|попередн)\w+ (?:правил|ограничени|настройк|роль|обмежен|налаштуван)\w*|"
        r"\b(?:системн|изначальн|скрыт|початков|прихован)\w+ (?:промпт|инструкци|указани|настройк|сообщени|правил|вказівк|інструкці)\w*",
    ),
    Sign.BEFORE: Look(
        words="previous|previously|prior|above|earlier|preceding|foregoing|before|old|former|предыдущ\\w+|прежн\\w+|прошл\\w+|выше|ранее|раньше|"
        "предшеств\\w+|вышесказанн\\w+|вышеизложенн\\w+|попередн\\w+|вище|раніше|колишн\\w+|старые|старых|прежде",
        near="до|this|now|said|so",
        phrases=r"\b(?:до этого|до сих пор|до цього|so far|until now|up to now|up to this)\b",
    ),
    Sign.ALL: Look(
        words="all|any|every|everything|whatever|anything|все|всё|всех|всем|весь|всю|любые|любых|усі|всі|усе|усіх|усього|будь",
    ),
    Sign.OWN: Look(words="your|yours|свои|свой|свою|своих|твои|твой|твою|твоих|тебе|тебя|свої|своє|твої|тобі|данные|given|ваши|ваші"),
    Sign.TOLD: Look(
        near="told|given|taught|instructed|programmed|received|дали|сказали|говорили|научили|сказанное|сказанного|написанное|сказане|казали|learned",
        phrases=r"\byou(?:'ve| were| have| had| are)?(?: been)? (?:told|given|taught|instructed|programmed|received)|\b(?:тебе|тебя|вам|тобі) "
        r"(?:\w+ )?(?:дали|сказали|говорили|научили|казали|надали)|\b(?:were|was) you (?:told|given|instructed)",
    ),
    Sign.VOID: Look(
        words="void|invalid|cancell?ed|revoked|obsolete|outdated|недействительн\\w+|отменен\\w*|отменяются|аннулирован\\w*|скасован\\w*|недійсн\\w+|устарел\\w*",
        near="longer|больше|більше",
        phrases=r"\bno longer (?:valid|appl\w+|in force|active|matter)|\bбольше не (?:действ\w+|актуал\w+|нужн\w+|важн\w+)|\bбільше не (?:ді\w+|чинн\w+)",
    ),
    Sign.COMMAND: Look(
        words=f"{_TELL_RU}|{_TELL_UK}",
        near=f"{_TELL}|следует|нужно|надо|необходимо|слід|треба|потрібно|task|job|goal",
        phrases=rf"{_OPENS}(?:{_TELL})\b|\b(?:task|job|goal|role|mission) is to\b|"
        r"\b(?:questions?|quer(?:y|ies)|requests?)\b.{1,60}?\b(?:answer|reply|respond|say|state|report)\b|"
        r"\bследует (?:отвечать|ответить|писать|говорить|указать|указывать|назвать|сообщать|сообщить)|"
        r"\b(?:нужно|надо|необходимо|слід|треба|потрібно) (?:ответить|отвечать|указать|написать|сказать|сообщить|упомянуть|відповідати|відповісти|вказати|написати|сказати)",
    ),
    Sign.ANSWER: Look(
        words="ответ|ответе|ответа|ответом|ответу|відповідь|відповіді|відповіддю|summary|output|outputs|response|responses|пересказ\\w*",
        near="answer|answers|reply|replies|result|результат|answering",
        phrases=r"\b(?:the|your|its|an?|each|every|any|all|this|correct|final|of) (?:\w+ )?(?:answers?|repl(?:y|ies)|result)\b|\b(?:instead|вместо) (?:of )?answer\w*|"
        r"\b(?:верни|выведи|поверни|виведи) результат",
    ),
    Sign.ANSWERING: Look(
        words="ответь|отвечай|відповідай|отвечаешь|відповідаєш|ответишь",
        near="answer|reply|respond|ответьте|отвечайте|відповідайте|отвечаю|відповідаю|speak|say|пиши|говори|кажи|output",
        phrases=rf"{_OPENS}(?:answer|reply|respond|speak|output)\b(?! (?:if|when|before|by|to) )|\byou (?:will |must |should |only |always |shall )*(?:answer|reply|respond|speak)\b|\b(?:должен|обязан|повинен)\w* отвечать|"
        r"\b(?:ответьте|отвечайте|відповідайте) (?:только|лишь|лише|тільки|пользовател\w+|на (?:любой|все|каждый))|(?:^|[:,.!]\s*)(?:хорошо, )?отвечаю\b|(?:^|[.!?,:]\s)(?:пиши|говори|кажи)\b",
    ),
    Sign.SHAPE: Look(
        words="json|html|xml|yaml|markdown|csv|latex|rhymes?|verses?|стихами|рифмой|віршами|капсом|emoji|эмодзи|латиницей|транслитом|base64|по-?английски|по-?французски",
        near=f"in|into|на|по|{_LANGUAGES}|{_LANGUAGE_STEMS}|англійською|німецькою|французькою|як|like|as|как|мовою|заглавными|великими|прописными|large|capital|таблицей|list",
        phrases=rf"\b(?:in|into|to) (?:\w+ )?(?:{_LANGUAGES})\b|\bна (?:{_LANGUAGE_STEMS})|\bпо-(?:{_LANGUAGE_STEMS})|\b(?:англійською|німецькою|французькою|іспанською|китайською|польською|російською|японською)\b|"
        r"\b(?:in )?(?:all )?(?:capital|upper-?case|capitals) ?(?:letters)?\b|\b(?:заглавными|прописными|великими|большими) (?:буквами|літерами)|\b(?:like|as|как|як|словно) (?:an? |the )?"
        r"(?:pirate|robot|child|king|poet|drunk\w*|пират|робот|ребен\w+|король|поэт|пірат)|\bтаблицей\b",
    ),
    Sign.ONLY: Look(
        words="only|exclusively|solely|verbatim|только|лишь|исключительно|дословно|лише|тільки|виключно|дослівно|nothing|единственно",
        near="one|single|одним|одной|одно|одну|больше|ничего|більше|нічого|nothing|word|словом|слово",
        phrases=r"\bone word\b|\b(?:a )?single (?:word|digit|number|letter)|\bодним словом|\bв одно слово|\bодной (?:цифрой|буквой|фразой)|\bбольше ничего|\bничего (?:больше|кроме|другого)|"
        r"\bнічого (?:більше|крім|іншого)|\bnothing (?:else|but|more)|\bодним реченням|\bбез (?:пояснени\w+|объяснени\w+|цитат\w*|источник\w+|пояснень|джерел)",
    ),
    Sign.WHEN: Look(
        near="asks?|asked|asking|questions?|quer(?:y|ies)|topic|вопрос\\w*|запрос\\w*|спрос\\w*|спрашива\\w*|речь|питан\\w*|запит\\w*|спита\\w*|"
        "conversation|тем[аы]|разговор|мова|зайдется|inquir\\w+|request\\w*",
        phrases=r"\b(?:when|whenever|if|once|where|as soon as)(?: ever)? (?:you(?:'re| are)? |someone |anyone |somebody |anybody |they |people |users? |the user |a user |the person |he |she )?(?:is |are |being |get |gets )?(?:asked|asks?|asking|inquires?|wants to know)\b|"
        r"\b(?:to|for|on|upon) (?:any|all|every|each|the) (?:\w+ )?(?:questions?|quer(?:y|ies)|requests?)\b|\b(?:questions?|queries|requests) (?:about|on|regarding|concerning) .{1,60}\b(?:must|should|shall|are to) (?:always )?be (?:answered|met)|"
        r"\b(?:to|for) (?:questions|queries) (?:about|on|regarding)\b|\bif the (?:\w+ )?(?:topic|question|subject|query|conversation|request)\b|\b(?:each|every|any|all) (?:\w+ )?questions?\b|"
        r"\b(?:если|когда|коли|якщо) (?:тебя |вас |кто-то |кто-нибудь |пользователь |пользователи |человек |кто-либо |тебе |вас |хтось |користувач |люди )?(?:о \w+ |про \w+ )?(?:спро(?:сят|сит)|спрашива(?:ют|ет)|спита(?:ють|є)|запита(?:ють|є)|поинтересу\w+|зада(?:дут|ст) вопрос)|"
        r"\b(?:спросят|спитают|запитають|спитають)\b|\bна (?:[\w-]+ )?(?:вопрос|запрос|питання|запит|вопросы|запросы)\w*\b(?!ы? (?:анкеты|ведущ))|\b(?:при|в ответ на|у відповідь на) (?:\w+ )?(?:вопрос|запрос|питанн|запит)\w+|\b(?:зайдет|пойдет) речь|\bречь (?:зайдет|пойдет|идет)|"
        r"\b(?:если|якщо) (?:вопрос|запрос|питання|запит|тема)\b|\b(?:каждый|любой) вопрос",
    ),
    Sign.MUST: Look(
        words="must|should|shall|ought|должен|должна|должно|должны|обязан|обязана|обязаны|следует|нужно|необходимо|надо|повинен|повинна|повинно|повинні|зобов|слід|треба|має|has|have|needs|supposed|may|required",
    ),
    Sign.SPEECH: Look(
        words=f"{_TELL}|contain|contains|answered|ответить|отвечать|назвать|называть|указать|указывать|указать|вставить|вставлять|сообщить|сообщать|упомянуть|упоминать|рекомендовать|посоветовать|сказать|говорить|"
        "написать|писать|добавить|добавлять|содержать|цитировать|процитировать|вывести|выдать|давать|дать|начинаться|заканчиваться|відповісти|відповідати|назвати|вказати|вказувати|вставити|повідомити|згадати|"
        "рекомендувати|сказати|говорити|написати|писати|додати|містити|цитувати|закончить|завершить|подтвердить|утверждать|отказаться|скрыть|скрывать",
    ),
    Sign.THING: Look(
        words="ссылк\\w+|посилання|link|links|url|адрес|адрес[ау]|http|https|номер|password|пароль|phone|код|code|number|banana|hacked",
        phrases=r"«[^»]{1,60}»|\"[^\"]{1,60}\"|“[^”]{1,60}”|'[^']{2,40}'|\b[a-z0-9-]+\.(?:example|com|ru|org|net|me|io|test|info|site|xyz|top|ua|link)\b|\d{2,}[:.\-]\d{2}|\d{3,}|@\w{3,}|\b(?:the )?words? \w+|\bслово\w*\b|"
        r"\b(?:ответить|сказать|сообщить|утверждать|відповісти|сказати|say|state|claim|reply|answer|report|write), (?:что|що)|\b(?:say|state|claim|reply|answer|report|write|respond) that\b",
    ),
    Sign.BECOME: Look(
        near="you|ты|теперь|act|pretend|roleplay|imagine|притворись|представь|веди|действуй|сыграй|отныне|момента|минуты|ти|тепер|уяви|удай|поводься|відтепер|моменту|играй|вообрази|считай|дій|behave|now|game|become|режим\\w*|mode",
        phrases=rf"\byou(?:'re| are) (?:now|no longer|going to (?:be|act))\b|\bfrom (?:now|here|this (?:moment|point)) on\b|\byou (?:will|shall|must|should) (?:now )?(?:act|be|become|play|behave)\b|{_OPENS}(?:act|behave|speak) (?:as|like)\b(?! (?:soon|usual|if|fast|quickly|well|long|much|normal))|"
        rf"{_OPENS}(?:pretend|role-?play|imagine|suppose)\b|\blet'?s play\b|\bты (?:теперь|больше не|отныне|сейчас)\b|\bтеперь ты\b|\bотныне\b|\bс (?:этого|данного) (?:момента|дня)\b|\bс этой минуты\b|\bпритворись\b|\b(?:представь|вообрази),? что ты\b|"
        r"\bведи себя (?:как|словно|будто)\b|\bдействуй (?:как|словно)\b|\b(?:сыграй|играй) (?:роль|в)\b|\bти (?:тепер|більше не|відтепер)\b|\bтепер ти\b|\bвідтепер\b|\bз (?:цього|цієї) (?:моменту|хвилини)\b|\bуяви,? що ти\b|\bудай\b|\b(?:поводься|дій) (?:як|наче)\b|\bвходишь в режим|\bв режиме\b",
    ),
    Sign.FREED: Look(
        words="dan|jailbr\\w+|unrestricted|unfiltered|uncensored|джейлбрейк\\w*|безцензурн\\w+|необмежен\\w+",
        near="without|no|без|mode|режим\\w*|free|not|не|developer",
        phrases=r"\b(?:without|no|free of|free from|not bound by)(?: any| all)? (?:rules?|restrictions?|limits|limitations|filters?|constraints|guidelines|censorship)|\bбез (?:\w+ )?(?:ограничени\w+|правил|цензуры|фильтров|обмежень|цензури)|"
        r"\bне имее(?:шь|те) ограничени\w+|\b(?:developer|god|debug|admin|sudo|jailbreak) mode|\bрежим\w* (?:разработчика|бога|отладки|администратора|без)|\bможешь все\b",
    ),
    Sign.CITING: Look(
        words="цитируй|процитируй|ссылайся|упоминай|используй|опирайся|доверяй|цитуй|посилайся|згадуй|використовуй|спирайся|довіряй|учитывай|читай|показывай|бери|верь|считай|считать|вважай",
        near="quote|cite|mention|use|refer|rely|trust|consider|treat|believe|show|read|take|reference|include|look|regard",
        phrases=rf"{_OPENS}(?:quote|cite|mention|use|refer|rely|trust|consider|treat|believe|show|take|reference|include|look|regard)\b|\b(?:do not|don't|never|not to|must not|in your answer do not) (?:quote|cite|mention|use|refer|rely|trust|consider|show|reference|include|read|look)\b",
    ),
    Sign.OTHERS: Look(
        near="other|others|remaining|rest|another|друг\\w+|остальн\\w+|ин[ыо]\\w+|чуж\\w+|інш\\w+|решт\\w+",
        phrases=rf"\b(?:other|remaining|another|rest of the|others) (?:\w+ )?{_POSTS}|\b(?:друг|остальн|ины|чуж|інш)\w* (?:\w+ )?{_POSTS}|\b(?:ignore|hide|skip|drop) (?:all )?(?:the )?(?:others|rest)\b|\bостальн\w+\b|\bинш\w+ дописи",
    ),
    Sign.THIS: Look(
        near="this|этот|это|этому|этого|этим|цей|це|цим|ним|данн\\w+",
        phrases=rf"\b(?:this|этот|это|этому|этого|этим|этом|данн\w+|цей|це|цього|цьому|цим) (?:\w+ )?{_POSTS}|\bthis one\b|\bэтот пост\b",
    ),
    Sign.TRUTH: Look(
        words="единственн\\w+|достоверн\\w+|недостоверн\\w+|верным|правильным|unreliable|authoritative|єдин\\w+|недостовірн\\w+|достовірн\\w+|надежн\\w+|ненадежн\\w+|outdated|false|лживы|ложны|ложные|system|системн\\w+",
        near="only|sole|true|single",
        phrases=r"\b(?:the )?(?:only|sole|single) (?:\w+ )?(?:truth|source|true|reliable|correct|valid)|\bonly truth\b",
    ),
    Sign.NEW_TASK: Look(
        near="new|нов\\w+|следующ\\w+|твоя|твоє|your|updated",
        phrases=r"\b(?:your )?(?:new|next|real|actual|updated|only) (?:task|instructions?|role|goal|objective|job|rules?|directive|mission) ?(?:is|are|:)|\bnew task\b|\bfollowing (?:instructions?|order)|"
        r"\b(?:твоя|ваша|твоє|твій) (?:\w+ )?(?:задача|роль|цель|миссия|завдання|мета)|\bнов(?:ая|ый|ое|ые|а|е) (?:инструкци\w+|задач\w+|роль|режим|указани\w+|задани\w+|правил\w+|інструкці\w+|завдання|вказівк\w+)\s*[:—,-]|\bследующи\w+ указани\w+|\bновые указания",
    ),
    Sign.ABOVE: Look(
        near="text|everything|words|messages?|текст|все|сообщени\\w+|прочитанное|усе|conversation",
        phrases=r"\b(?:text|everything|words?|messages?|conversation|content) (?:\w+ ){0,2}(?:above|before|preceding|precedes|prior)|\b(?:текст\w*|все|сообщени\w+)\b.{0,30}\b(?:выше|перед этим|до этого|вище)",
    ),
    Sign.PEOPLE: Look(
        words="комментари\\w+|коментар\\w+|comments?|директ\\w*|личк\\w+|direct|dm|анкет\\w*|опрос\\w*|survey|quiz|викторин\\w*|вікторин\\w*|приз\\w{0,3}|prizes?|конкурс\\w*|скидк\\w+|знижк\\w+|discount|промокод\\w*|promo|касс[аеуы]|"
        "касі|desk|counter|учител\\w+|teacher|homework|домашн\\w+|паспорт\\w*|passport|полици\\w+|таможн\\w+|письмо|письме|друзьям|friends?|друзям|школ\\w+|unsubscribe|отписаться|звонят|позвоните|trip|destination|поездк\\w+|отзыв\\w*|coffee|кофе",
        near="never|not|don|by|по",
        phrases=r"\b(?:never|not|don't) (?:give|tell|share|enter|disclose) (?:it|them|the code|your)\b|\bby phone|\bпо телефону",
    ),
    Sign.MAIL: Look(
        near="previous|prior|earlier|above|last|предыдущ\\w+|прежн\\w+|прошл\\w+|старые|попередн\\w+",
        phrases=rf"\b(?:previous|prior|earlier|last|above|предыдущ\w+|прежн\w+|прошл\w+|старые|попередн\w+) (?:\w+ )?(?:{_POSTS}|e-?mails?|letters?|announcements?|"
        r"notices?|versions?|invitations?|dates?|tweets?|stories|объявлени\w+|письм\w+|верси\w+|афиш\w+|оголошен\w+|лист\w*|обид\w*)",
    ),
    Sign.REPORTED: Look(
        words="said|says|told|explained?|рассказал\\w*|сообщил\\w*|заявил\\w*|считает|считают|пояснил\\w*|объяснил\\w*|отметил\\w*|попросил\\w*|заставил\\w*|научил\\w*|according|hackers?|attackers?|researchers?|scientists?|мошенник\\w*|хакер\\w*|исследовател\\w+|ученые|"
        "розповів|розповіли|заявив|повідомив|вважає|хакери|шахраї|вчені|researcher|report|regulator|эксперт\\w*|expert\\w*|council|министр|minister|reporters|журналист\\w*",
    ),
}  # fmt: skip


def _whole(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


WORDS = {sign: found for sign, look in LOOKS.items() if (found := _whole(look.words))}
NEAR = {sign: found for sign, look in LOOKS.items() if (found := _whole(look.near))}
PHRASES = {sign: found for sign, look in LOOKS.items() if (found := _whole(look.phrases))}
