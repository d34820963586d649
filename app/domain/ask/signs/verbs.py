"""Commands: to say, to answer, to cite, to forget; duties and changes of self."""

from __future__ import annotations

from app.domain.ask.signs.names import Look, Sign, either

TELL = """
    answer reply respond say state tell print output write return give provide include add insert mention
    recommend claim quote cite translate summari[sz]e reveal repeat finish end begin start name report format
    show hide display disclose leak rephrase append prepend use call explain describe list obey follow read
    assert insist speak swear advertise promote point send direct put place link ask convert encode render wrap
    conclude advise refuse produce generate emit echo declare warn inform redirect offer suggest praise deny
    confirm omit withhold supply attach
"""
TELL_RU = """
    ответь отвечай скажи говори сообщи сообщай напиши пиши выведи выводи выдай выдавай дай давай укажи указывай
    добавь добавляй вставь вставляй упомяни упоминай назови называй утверждай процитируй цитируй повтори
    повторяй закончи заканчивай заверши завершай начни начинай переведи раскрой покажи показывай оформи верни
    возвращай порекомендуй рекомендуй посоветуй советуй предложи предлагай сформулируй перечисли опиши объясни
    выпиши прочитай включи включай считай используй ссылайся опирайся доверяй рекламируй скрой скрывай отправь
    отправляй направь направляй распечатай напечатай печатай приведи уверяй заяви заявляй перескажи резюмируй
    суммируй спроси попроси перешли подтверди подтверждай откажись соври солги предупреди замени заменяй допиши
    дописывай поставь ставь отрицай молчи помести размести приложи прикрепи выполни выполняй отошли похвали
    умолчи расскажи слушайся подчиняйся повинуйся игнорируй
"""
TELL_UK = """
    відповідай відповіж скажи кажи говори повідом повідомляй напиши пиши виведи видай дай давай вкажи вказуй
    додай додавай встав вставляй згадай згадуй назви називай стверджуй процитуй цитуй повтори повторюй закінчи
    закінчуй заверши почни починай переклади розкрий покажи показуй оформи поверни порадь радь рекомендуй
    порекомендуй запропонуй сформулюй перелічи опиши поясни випиши прочитай увімкни включи вважай використовуй
    посилайся спирайся довіряй рекламуй приховай приховуй надішли надрукуй наведи перекажи підтверди відмовся
    заміни постав заперечуй мовчи виконай виконуй попроси перешли розкажи слухайся
"""
POLITE = """
    ответьте отвечайте скажите говорите сообщите сообщайте напишите пишите выведите выводите выдайте дайте
    укажите указывайте добавьте добавляйте вставьте вставляйте упомяните упоминайте назовите называйте
    утверждайте процитируйте повторите закончите завершите начните переведите раскройте покажите оформите
    верните порекомендуйте рекомендуйте посоветуйте предложите сформулируйте включите включайте используйте
    попросите перешлите направьте приведите відповідайте скажіть кажіть повідомте напишіть пишіть виведіть
    видайте дайте вкажіть додайте вставте згадайте назвіть стверджуйте процитуйте повторіть закінчіть
    перекладіть розкрийте покажіть оформіть поверніть порадьте включіть попросіть
"""
# English verbs look the same in all persons: a command stands at the beginning of a clause or behind such a word.
OPENS = (
    r"(?:^|[,:;.!?»”\"()\[\]>\-–—]\s*|(?<!can )(?<!will )(?<!may )(?<!to )\b(?:and|then|please|now|always|"
    r"instead|just|only|"
    r"also|kindly|do not|never|don't|simply|exclusively|first|or|hey|immediately|asks|asked)\s+)"
)
_INFINITIVES = (
    "ответить отвечать писать написать говорить сказать указать указывать назвать называть сообщать сообщить "
    "упомянуть давать дать вставить вставлять добавить добавлять відповідати відповісти вказати вказувати "
    "написати сказати назвати"
)

VERBS = {
    Sign.COMMAND: Look(
        words=TELL_RU + TELL_UK,
        near=f"{TELL} {_INFINITIVES} task job goal",
        phrases=(
            rf"{OPENS}(?:{either(TELL)})\b",
            r"\b(?:task|job|goal|role|mission) is to\b",
            r"\b(?:questions?|quer(?:y|ies)|requests?)\b.{1,60}?\b(?:answer|reply|respond|say|state|report)\b",
            rf"\b(?:следует|нужно|надо|необходимо|слід|треба|потрібно) (?:\w+ )?(?:{either(_INFINITIVES)})\b",
            r"\b(?:отвечать|говорить|называть|сообщать|відповідати|казати|давать ссылку)\s*(?:[:«\"“—]|что\b|що\b)",
        ),
    ),
    Sign.POLITE: Look(words=POLITE),
    Sign.ANSWERING: Look(
        words="ответь отвечай відповідай отвечаешь відповідаєш ответишь",
        near="answer reply respond speak output отвечать ответьте отвечайте відповідайте отвечаю відповідаю",
        phrases=(
            rf"{OPENS}(?:answer|reply|respond|speak|output)\b(?! (?:if|when|before|by|to) )",
            r"\byou (?:will |must |should |only |always |shall )*(?:answer|reply|respond|speak)\b",
            r"\b(?:to|will|must|should|always|shall) (?:only )?(?:answer|reply|respond) (?:only|with|in)\b",
            r"\b(?:должен|обязан|повинен)\w* отвечать",
            r"\b(?:ответьте|отвечайте|відповідайте) (?:только|лишь|лише|тільки|пользовател\w+|на (?:любой|все|"
            r"каждый))",
            r"(?:^|[:,.!]\s*)(?:хорошо, |конечно, |добре, )?(?:отвечаю|відповідаю)\b",
        ),
    ),
    Sign.CITING: Look(
        words="""
            цитируй процитируй ссылайся упоминай используй опирайся доверяй цитуй посилайся згадуй використовуй
            спирайся довіряй учитывай читай показывай бери верь считай считать вважай
        """,
        near="quote cite mention use refer rely consider treat show read take reference include look regard",
        phrases=(
            rf"{OPENS}(?:quote|cite|mention|use|refer|rely|consider|treat|show|take|reference|include|"
            r"look|regard)\b",
        ),
    ),
    Sign.CHANGE: Look(
        words="""
            modify end enhance augment integrate encode replace express render convert remove rearrange introduce
            misspell scramble jumble group combine substitute reverse invert shift wrap begin start finish
            conclude prefix suffix append prepend translate rewrite rephrase summari[sz]e format encrypt apply
            insert embed add include mention suggest tease use hint shorten close sign anagram put place ensure
            make
        """,
    ),
    Sign.OVERRIDE: Look(
        words="""
            (?:про)?игнорир(?:уй|уйте|овать) (?:по)?забудь(?:те)? отбрось(?:те)? отмени(?:те)? сбрось(?:те)?
            пренебреги(?:те)? обойди(?:те)? отклони удали отключи отринь сотри обнули
            (?:про)?ігнор(?:уй|уйте|увати) відкинь(?:те)? скасуй(?:те)? знехтуй disregard lgnore iqnore
        """,
        near="""
            ignore forget discard override bypass cancel skip drop erase delete clear reset stop quit cease do
            don never not no ignored disregarded не перестань перестаньте прекрати прекратите
        """,
        phrases=(
            rf"{OPENS}(?:ignore|forget|discard|override|bypass|cancel|skip|drop|erase|delete|clear|reset)\b",
            r"(?<!to )(?<!can )(?<!will )\b(?:ignore|disregard|forget|discard) (?:all |any |every |of |the |your )*"
            r"(?:previous|prior|above|earlier|preceding|foregoing)\b",
            r"\b(?:must|should|to) (?:ignore|forget|discard|override|bypass)\b",
            r"\b(?:must|should|are to) be (?:ignored|disregarded|discarded)\b",
            r"\b(?:stop|quit|cease) (?:following|obeying|using)\b|\bpay no attention\b",
            r"\b(?:do not|don't|never|not to) (?:follow|obey|listen to|adhere to)\b",
            r"\bне (?:обращай(?:те)? внимани\w|следуй(?:те)?|слушай(?:ся|те)?|учитывай(?:те)?|выполняй(?:те)?|"
            r"соблюдай(?:те)?|принимай(?:те)? во внимание|зважай(?:те)?|слідуй|виконуй(?:те)?|звертай(?:те)? уваги|"
            r"враховуй(?:те)?|дотримуйся)\b",
            r"\b(?:перестань|прекрати)(?:те)? (?:следовать|слушать|выполнять|соблюдать)",
        ),
    ),
    Sign.MUST: Look(
        words="""
            must should shall ought have has needs? supposed may required должен должна должно должны обязан
            обязана обязаны следует нужно необходимо надо повинен повинна повинно повинні зобов слід треба має
            мають
        """
    ),
    Sign.SPEECH: Look(
        words=f"""
            {TELL} contain answered {_INFINITIVES} рекомендовать посоветовать содержать цитировать
            процитировать вывести выдать начинаться заканчиваться вставити повідомити згадати рекомендувати
            говорити писати додати містити цитувати закончить завершить подтвердить утверждать отказаться
            скрыть скрывать
        """
    ),
    Sign.BECOME: Look(
        near="""
            you now act behave speak pretend role roleplay imagine suppose let let's game ты теперь тепер
            отныне відтепер момента моменту дня минуты хвилини притворись представь вообрази веди действуй
            сыграй играй режим\\w* ти уяви удай поводься дій
        """,
        phrases=(
            r"\byou(?:'re| are) (?:now|no longer|going to (?:be|act))\b|\bfrom (?:now|here|this (?:moment|"
            r"point)) on\b",
            r"\byou (?:will|shall|must|should) (?:now )?(?:act|be|become|play|behave)\b|\blet'?s play\b",
            rf"{OPENS}(?:act|behave|speak) (?:as|like)\b(?! (?:soon|usual|if|fast|quickly|well|long|much|normal))",
            rf"{OPENS}(?:pretend|role-?play|imagine|suppose)\b",
            r"\bты (?:теперь|больше не|отныне|сейчас)\b|\bтеперь ты\b|\bотныне\b|\bс этой минуты\b|\bпритворись\b",
            r"\bс (?:этого|данного) (?:момента|дня)\b|\b(?:представь|вообрази),? что ты\b|\bв режиме\b|\bв режим\b",
            r"\b(?:веди себя|действуй) (?:как|словно|будто)\b|\b(?:сыграй|играй) (?:роль|в)\b",
            r"\bти (?:тепер|більше не|відтепер)\b|\bтепер ти\b|\bвідтепер\b|\bз (?:цього|цієї) (?:моменту|хвилини)\b",
            r"\bуяви,? що ти\b|\bудай\b|\b(?:поводься|дій) (?:як|наче)\b",
        ),
    ),
}
