"""Letters with marks and common words of languages in Latin script, which tell their code pages apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """marked: its letters outside ASCII. common: words without such letters, by which a text is known as this one's."""

    marked: str
    common: frozenset[str]


def _language(marked: str, common: str) -> Language:
    return Language(marked, frozenset(common.split()))


LANGUAGES = (
    _language(
        "äöüß", "der die das und ist nicht ein eine den von mit sich auf im dem wird sie werden zu oder als kann"
    ),
    _language(
        "éèêàçùâîôûëïœæ", "le la les de des du et est une un en pour que dans pas par sur au ce avec vous ou ne il"
    ),
    _language("áéíóúñü¿¡", "el la los las de que y en un una es por con para no se del su como al lo"),
    _language("ãáçéõíâêóôúàü", "o a os as de que e do da em um uma para com por se na no foi mais ser dos"),
    _language("èàòùéìî", "il la di che e un una per non con del della si le da in sono nel al come"),
    _language("åäöæøé", "och att det som en av er den til ikke med for i ett inte kan har om ja ei on ole ett"),
    _language("łąęśżóćńź", "w z na do nie jest to i o od po za jak lub oraz dla przez tego ma"),
    _language("íáěéýřščžůťďúňóäľôĺŕ", "a v na je se s z do to pro ve ale by za jako o k od pre nie sa"),
    _language("áéőöóíüúű", "a az nem egy hogy van meg ez csak vagy mint ha el volt nincs lehet"),
    _language("ăâîșțşţ", "de la cu nu este un o pe din care se sau mai pentru fi ca al sunt"),
    _language("šžčćđ", "i u je na se da za ne od su s o ili nije te bi iz po ako v ni so"),
    _language("ıüşğçöİâî", "ve bir bu ile de da olarak daha en ya dosya veya var yok gibi ne o"),
    _language("ėžšųūįąčę", "ir yra bei su ar kad kaip iki nuo per nebuvo bus tai jei negalima nurodyti"),
    _language("āīēšūņļģžčķ", "un ir ar no uz par kas vai nav lai tiek bet pie nevar kad failu"),
    _language("äõüöšž", "ja on ei ning see et kui oli mis ka ta siis pole faili või"),
)
MARKED = frozenset("".join(language.marked for language in LANGUAGES))
