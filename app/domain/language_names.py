"""Languages as models name them: by codes of two and three letters, in English, in Russian or by themselves."""

from __future__ import annotations

import re

from app.domain.languages import NAMES

# code, its forms of three letters, then other names.
_TABLE = """
    ru rus русский руський російська russisch russe
    en eng английский англійська
    uk ukr украинский українська ua
    be bel byelorussian белорусский беларуская белорусская
    kk kaz казахский қазақ қазақша
    ky kir kirghiz киргизский кыргызский кыргызча
    uz uzb узбекский oʻzbek ўзбек
    tg tgk таджикский тоҷикӣ
    tk tuk туркменский
    tt tat татарский татар татарча
    ba bak башкирский башҡорт
    cv chv чувашский чӑваш
    ce che чеченский
    os oss осетинский
    az aze азербайджанский azərbaycan
    hy hye arm армянский հայերեն
    ka kat geo грузинский ქართული
    he heb иврит עברית iw
    yi yid идиш
    ar ara арабский العربية
    fa fas per farsi персидский фарси فارسی
    tr tur турецкий türkçe
    ku kur курдский
    de deu ger немецкий deutsch
    fr fra fre французский français
    es spa испанский español castellano
    it ita итальянский italiano
    pt por португальский português
    nl nld dut нидерландский голландский nederlands
    pl pol польский polski
    cs ces cze чешский čeština
    sk slk slo словацкий slovenčina
    sl slv slovene словенский
    sr srp сербский српски srpski
    hr hrv хорватский hrvatski
    bs bos боснийский
    mk mkd mac македонский
    bg bul болгарский български
    ro ron rum moldovan румынский молдавский română mo
    hu hun венгерский magyar
    fi fin финский suomi
    et est эстонский eesti
    lv lav латышский latviešu
    lt lit литовский lietuvių
    sv swe шведский svenska
    no nor норвежский norsk
    nb nob bokmål
    nn nno nynorsk
    da dan датский dansk
    is isl ice исландский
    el ell gre греческий ελληνικά
    la lat латинский латынь
    ga gle ирландский
    cy cym wel валлийский
    ca cat каталанский
    eu eus baq баскский
    gl glg галисийский
    sq sqi alb албанский
    zh zho chi mandarin cantonese китайский 中文 汉语 漢語 cn
    ja jpn японский 日本語 jp
    ko kor корейский 한국어 kr
    vi vie вьетнамский
    th tha тайский
    id ind индонезийский
    ms msa may малайский
    tl tgl filipino
    hi hin хинди हिन्दी
    bn ben бенгальский
    ur urd урду
    pa pan
    ta tam тамильский
    te tel
    mn mon монгольский
    af afr
    sw swa суахили
    eo epo эсперанто
"""
CODES = {name.casefold(): code for code, name in NAMES.items()} | {
    name: row.split()[0] for row in _TABLE.strip().splitlines() for name in row.split()
}
# No language: nothing is said, several are meant without a name, or it is a script.
_NONE = """
    und zxx mul mis unknown undetermined undefined none null nil n/a na mixed multiple multilingual other unclear
    cyrillic нет неизвестно неизвестный смешанный кириллица
"""
NO_LANGUAGE = frozenset(_NONE.split())
_TAG = re.compile(r"([a-z]{2,3})(?:[-_.@][a-z0-9]{1,8})*")
_WORD = re.compile(r"[^\W\d_ʻ]+(?:ʻ[^\W\d_]+)?")


def language_code(name: str) -> str | None:
    """The ISO 639-1 code of the first language in a name. None where it says that there is none.

    ValueError if it names no language that is known.
    """
    text = name.strip().strip("\"'.()[]<>").casefold()
    if text in NO_LANGUAGE or not text.strip("-—–"):
        return None
    if text in CODES:
        return CODES[text]
    if found := _TAG.fullmatch(text):
        code = CODES.get(found[1], found[1])
        if len(code) == 2:
            return code
    words = _WORD.findall(text)
    known = next((CODES[word] for word in words if word in CODES and (len(word) > 2 or len(words[0]) == 2)), None)
    if known is None and not NO_LANGUAGE.intersection(words):
        raise ValueError("not an ISO 639-1 code such as ru or en")
    return known
