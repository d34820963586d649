"""The answer that an order is about: for which questions, in which form, of which words, from which posts."""

from __future__ import annotations

from app.domain.ask.signs.names import Look, Sign, either

_LANGUAGES = either("""
    english french german spanish italian chinese japanese korean finnish swedish polish turkish arabic hebrew
    latin russian ukrainian kazakh portuguese dutch czech greek hindi esperanto emojis?
""")
_STEMS = either("""
    англи\\w+ франц\\w+ немец\\w+ испанск\\w+ итальянск\\w+ китайск\\w+ японск\\w+ корейск\\w+ финск\\w+
    шведск\\w+ польск\\w+ турецк\\w+ арабск\\w+ иврит\\w* латын\\w+ латин\\w+ русск\\w+ украинск\\w+
    казахск\\w+ португальск\\w+ чешск\\w+ греческ\\w+ хинди эсперанто
""")
_POSTS = """
    posts? messages? sources? documents? passages? texts? articles? publications? results? items? entries
    spans? пост\\w* сообщени\\w+ источник\\w* документ\\w* публикаци\\w+ текст\\w* запис\\w+ заметк\\w+
    фрагмент\\w* материал\\w* допис\\w* повідомлен\\w+ джерел\\w* публікаці\\w+
"""
POSTS = f"(?:{either(_POSTS)})"
_ASKED = (
    r"(?:you(?:'re| are)? |someone |anyone |somebody |anybody |they |people |users? |the user |a user |"
    r"the person |he |she )?"
    r"(?:is |are |being |get |gets )?(?:asked|asks?|asking|inquires?|wants to know)"
)
_WHO_RU = (
    r"(?:тебя |вас |кто-то |кто-нибудь |кто-либо |пользователь |пользователи |человек |тебе |хтось |користувач |люди )?"
)
_QUOTED = r"«[^»]{1,60}»|\"[^\"]{1,60}\"|“[^”]{1,60}”|(?<!\w)'[^']{2,40}'"
_PLACE = r"\bhttps?\b|\b[a-z0-9-]+\.(?:example|com|ru|org|net|me|io|test|info|site|xyz|top|ua|link)\b|@\w{3,}"
_FIGURE = r"\d{1,3}[:.\-]\d{2}\b|\d{3,}"

ANSWERS = {
    Sign.ANSWER: Look(
        words="""
            ответ ответе ответа ответом ответу відповідь відповіді відповіддю summary outputs? responses?
            пересказ\\w*
        """,
        near="answers? reply replies result результат answering",
        phrases=(
            r"\b(?:the|your|its|an?|each|every|any|all|this|correct|final|of) (?:\w+ ){0,2}(?:answers?|repl(?:y|"
            r"ies)|result)\b",
            r"\b(?:верни|выведи|поверни|виведи) результат",
        ),
    ),
    Sign.OWN_ANSWER: Look(
        near="answers? response reply output message summary ответ\\w? відповід\\w",
        phrases=(
            r"\byour (?:\w+ )?(?:answer|response|reply|output|message|summary)(?:'s)?\b",
            r"\b(?:сво|тво)(?:й|ем|ему|его|им) ответ|\b(?:свою|своїй|твоїй|твоя|своей|твою) відповід|\bтвой ответ",
        ),
    ),
    Sign.EACH_ANSWER: Look(
        near="answers? responses? reply replies output outputs ответ\\w{0,2} відповід\\w{0,3}",
        phrases=(
            r"\b(?:each|every|any|all)(?: of)?(?: the| your)? (?:answers?|responses?|repl(?:y|ies)|outputs?)\b",
            r"\b(?:end|beginning|start|top|bottom) of (?:the|your|each|every|any) (?:answer|response|reply|output)\b",
            r"\b(?:кажд|люб|всяк|кожн|будь-як)\w* (?:\w+ )?(?:ответ|відповід)\w*",
            r"\b(?:конце|начал[ео]|кінці|початку) (?:\w+ )?(?:ответ|відповід)\w*",
        ),
    ),
    Sign.REPLY: Look(
        near="answer reply response output ответ відповідь",
        phrases=(
            r"^[\W_]*(?:your |твой |твоя |ваш )?(?:answer|reply|response|output|ответ|відповідь)\s*(?:[:—=]|is\b)",
        ),
    ),
    Sign.SHAPE: Look(
        words="""
            json html xml yaml markdown csv latex rhymes? verses? base\\d\\d стихами рифмой віршами капсом
            emojis? эмодзи латиницей транслитом таблицей backwards? reverse cipher
        """,
        near="""
            in into to на по як like as как capitals? upper заглавными великими прописными большими англійською
            німецькою французькою іспанською китайською польською російською японською form кнопкой формой так
        """,
        phrases=(
            rf"\b(?:in|into|to) (?:\w+ )?(?:{_LANGUAGES})\b|\bна (?:{_STEMS})|\bпо-(?:{_STEMS})",
            r"\b(?:англійською|німецькою|французькою|іспанською|китайською|польською|російською|японською)\b",
            r"\b(?:all )?(?:capital|upper-?case|capitals) ?(?:letters)?\b",
            r"\b(?:заглавными|прописными|великими|большими) (?:буквами|літерами)|\b(?:html-)?(?:формой|кнопкой)\b",
            r"\bтак,? (?:будто|словно|как|ніби|наче)\b|\bas (?:if|though)\b",
            r"\b(?:like|as|как|як|словно) (?:an? |the )?(?:pirate|robot|child|king|poet|drunk\w*|пират|робот|"
            r"ребен\w+|король|"
            r"поэт|пірат)",
        ),
    ),
    Sign.ONLY: Look(
        words="""
            only exclusively solely verbatim nothing только лишь исключительно единственно дословно лише тільки
            виключно дослівно
        """,
        near="one single одним одной одно одну больше ничего більше нічого без",
        phrases=(
            r"\bone word\b|\b(?:a )?single (?:word|digit|number|letter)|\bодним (?:словом|предложением|реченням)",
            r"\bв одно слово|\bодной (?:цифрой|буквой|фразой)|\bбольше ничего|\bничего (?:больше|кроме|другого)",
            r"\bнічого (?:більше|крім|іншого)",
            r"\bбез (?:пояснени\w+|объяснени\w+|цитат\w*|источник\w+|ссылок|пояснень|джерел|посилань)",
        ),
    ),
    Sign.THING: Look(
        words="""
            ссылк\\w+ посилання links? urls? адрес[ау]? номер пароль password phone код code number banana
            hacked слово словом словами слова
        """,
        phrases=(
            f"{_QUOTED}|{_PLACE}|{_FIGURE}",
            r"\b(?:the )?words? \w+|\b(?:ответить|сказать|сообщить|утверждать|відповісти|сказати),? (?:что|що)",
            r"\b(?:say|state|claim|reply|answer|report|write|respond) that\b",
        ),
    ),
    Sign.LINK: Look(phrases=(f"{_QUOTED}|{_PLACE}|{_FIGURE}|<[a-z]+[ >]",)),
    Sign.WHEN: Look(
        near="""
            asks? asked asking questions? query queries topic subject inquires? conversation requests? wants
            know вопрос\\w* запрос\\w* спрос\\w* спрашива\\w* речь питан\\w* запит\\w* спита\\w* тем[аы]
            разговор\\w* мова поинтересу\\w+ зада\\w+
        """,
        phrases=(
            rf"\b(?:when|whenever|if|once|where|as soon as)(?: ever)? {_ASKED}\b(?! (?:for a code|you))",
            r"\b(?:to|for|on|upon) (?:any|all|every|each|the) (?:\w+ )?(?:questions?|quer(?:y|ies)|requests?)\b",
            r"\b(?:questions?|queries|requests) (?:about|on|regarding|concerning) .{1,60}\b(?:must|should|shall|"
            r"are to) "
            r"(?:always )?be (?:answered|met)",
            r"\b(?:to|for) (?:questions|queries) (?:about|on|regarding)\b|\b(?:each|every|any|"
            r"all) (?:\w+ )?questions?\b",
            r"\bif the (?:\w+ )?(?:topic|question|subject|query|conversation|request)\b",
            rf"\b(?:если|когда|коли|якщо|кто|хто) {_WHO_RU}(?:о \w+ |про \w+ )?(?:спро(?:сят|сит)|спрашива(?:ют|ет)|"
            r"спита(?:ють|є)|запита(?:ють|є)|поинтересу\w+|зада(?:дут|ст) вопрос)",
            r"\b(?:спросят|спитают|запитають|спитають)\b|\b(?:зайдет|пойдет) речь|\bречь (?:зайдет|пойдет|идет)",
            r"\bна (?:[\w-]+ ){0,2}(?:вопрос|запрос|питання|запит)\w*\b(?! анкеты)|\b(?:каждый|любой) вопрос",
            r"\b(?:при|в ответ на|у відповідь на) (?:\w+ )?(?:вопрос|запрос|питанн|запит)\w+",
            r"\b(?:если|якщо) (?:вопрос|запрос|питання|запит|тема)\b",
        ),
    ),
    Sign.OTHERS: Look(
        near="other others remaining rest another друг\\w+ остальн\\w+ иные иных інш\\w+ решт\\w+",
        phrases=(
            rf"\b(?:other|remaining|another|rest of the|others) (?:\w+ )?{POSTS}",
            rf"\b(?:друг|остальн|ины|інш|решт)\w* (?:\w+ )?{POSTS}|\bостальн\w+\b",
            r"\b(?:ignore|hide|skip|drop) (?:all )?(?:the )?(?:others|rest)\b",
        ),
    ),
    Sign.THIS: Look(
        near="this этот это этому этого этим этом цей це цього цьому цим данн\\w+",
        phrases=(
            rf"\b(?:this|этот|это|этому|этого|этим|этом|данн\w+|цей|це|цього|цьому|цим) (?:\w+ )?{POSTS}|"
            rf"\bthis one\b",
        ),
    ),
    Sign.ALONE: Look(
        near="this этот это этому этого этим этом цей це цього цьому цим",
        phrases=(
            r"\b(?:only|solely|exclusively|just|только|лишь|исключительно|лише|тільки|виключно) (?:(?:on|from|на|"
            r"из|по|от|з|за) )?"
            rf"(?:this|этот|это|этому|этого|этим|этом|цей|це|цього|цьому|цим) (?:\w+ )?(?:{POSTS}|one\b)",
            rf"\b(?:this|этот|это|цей|це) {POSTS} (?:only|alone|verbatim|word for word|дословно|целиком|дослівно)",
        ),
    ),
    Sign.SOURCE: Look(words="источник\\w* sources? citations? цитат\\w* джерел\\w*"),
    Sign.QUESTION: Look(words="questions? query queries вопрос\\w{0,2} запрос\\w{0,2} питання запит\\w{0,2} asked"),
    Sign.INSTEAD: Look(
        near="instead вместо замість",
        phrases=(
            r"\binstead of (?:the |an |any |your )?(?:answer|other|rest)\w*",
            r"\bвместо (?:\w+ )?(?:ответ|други|остальн)\w+|"
            r"\bзамість (?:\w+ )?(?:відповід|інши)\w+",
        ),
    ),
    Sign.TRUTH: Look(
        words="""
            единственн\\w+ достоверн\\w+ недостоверн\\w+ верным правильным unreliable authoritative false
            outdated system системн\\w+ лживы\\w* ложны\\w* ненадежн\\w+ надежн\\w+ єдин\\w+ недостовірн\\w+
            достовірн\\w+
        """,
        near="only sole single",
        phrases=(r"\b(?:only|sole|single) (?:\w+ )?(?:truth|source|true|reliable|correct|valid)",),
    ),
}
