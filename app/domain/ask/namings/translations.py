"""Names that are translated rather than transliterated: of countries, cities, a few organisations, firms and persons.

The rows are a list of this project: the names that Russian, Ukrainian and English news share most. Names that sound
alike in all three need no row. Not covered: other translated names, such as those of films, streets and smaller
organisations.
"""

from __future__ import annotations

import re
from functools import cache

from app.domain.ask.namings.countries import CITIES, COUNTRIES

# A row is one name. Forms are beginnings of words, `=` asks for the whole word.
_OTHERS = """
kremlin;кремл
red square;красн площад;червон площ
white house;бел дом;біл дім;білого дому;білий дім
european union;eu=;ес=;евросоюз;европейск союз;єс=;євросоюз;європейськ союз
united nations;un=;оон=;объединенн наци;об'єднан націй
nato=;north atlantic;нато=;североатлант
world health organi;who=;воз=;всемирн организаци здравоохранени;всесвітн організаці охорони
international monetary fund;imf=;мвф=;международн валютн фонд;міжнародн валютн фонд
world bank;всемирн банк;світов банк
central bank;центробанк;цб=;центральн банк;центральн банк
state duma;duma;госдум;государственн дум;держдум;державн дум
verkhovna rada;верховн рад
federal security service;fsb=;фсб=
security service of ukraine;sbu=;сбу=;сб украин
armed forces of ukraine;afu=;всу=;зсу=;вооруженн сил украин;збройн сил україн
ministry of defen;defence ministry;defense ministry;минобороны=;министерств оборон;міноборони=;міністерств оборон
emergencies ministry;ministry of emergency;emercom;мчс=;дснс=;state emergency service
ministry of health;health ministry;минздрав;министерств здравоохранени;моз=
ministry of internal;interior ministry;мвд=;мвс=;министерств внутренн
google;гугл;ґуґл
apple;эппл;аппл;эпл=;епл
facebook;фейсбук
youtube;ютуб;ютьюб
whatsapp;ватсап;вотсап
tiktok;тикток;тікток
microsoft;майкрософт
iphone;айфон
ipad;айпад
android;андроид;андроїд
wi-fi;wifi;вай-фай;вайфай
boeing;боинг;боїнг
airbus;аэробус;эйрбас;аеробус
nvidia;нвидиа
chatgpt;чатгпт
openai;опенэйай
vk=;vkontakte;вк=;вконтакте
aeroflot;аэрофлот;аерофлот
rzd=;russian railways;ржд=
champions league;лиг чемпион;ліг чемпіон
world cup;чемпионат мир;кубок мир;чемпіонат світ
olympic;olympiad;олимпи;олімпі
christmas;рождеств;різдв
easter;пасх;великдень=;великод;великдн
new year;нов год;нов рік;нового року
volodymyr;vladimir;владимир;володимир
oleksandr;alexand;aleksand;александр;олександр
oleksii;oleksiy;alexei;alexey;aleksei;алексе;олексі
mykola;nikolai;nikolay;николай=;николая=;николаю=;николаем=;микол
mykhail;mikhail;michael;михаил;михайл
dmytro;dmitri;dmitry;дмитри;дмитр
serhii;serhiy;sergei;sergey;сергей=;сергея=;сергею=;сергеем=;сергі
andrii;andriy;andrei;andrey;андрей=;андрея=;андрею=;андреем=;андрі
yevhen;evgen;yevgen;евгени;євген;eugen
olena;elena;yelena;helen;елен;олен
kateryn;ekaterin;yekaterin=;catherine;катерин;екатерина=;екатерины=;екатерине=;екатерину=;екатериной=
yurii;yuriy;yuri=;yury=;юрий=;юрия=;юрию=;юрием=;юрі
pavlo;pavel;paul=;павел=;павл
petro=;pyotr;peter=;petr=;петр=;петра=;петру=;петром=;петре=;петро=
hryhor;grigor;григори;григорі
nataliia;natali;natalya;наталь;наталі
mariia=;maria=;mary=;мария=;марии=;марию=;марией=;марія=;марії=;марію=;марією=
yuliia=;yulia=;julia=;юлия=;юлии=;юлию=;юлией=;юлія=;юлії=;юлію=;юлією=
charles=;карл=;карла=;карлу=;карлом=;карле=;чарльз=;чарльза=;чарльзу=;чарльзом=;карлові=
philip=;filipp=;филипп=;филиппа=;филиппу=;филиппом=;пилип=;пилипа=
"""


@cache
def rows() -> tuple[re.Pattern[str], ...]:
    """Each name as an expression over a text in the form of `spelling.normal`."""
    lines = dict.fromkeys(line for line in (COUNTRIES + CITIES + _OTHERS).split("\n") if line)
    return tuple(re.compile("|".join(map(_form, line.split(";")))) for line in lines)


def _form(form: str) -> str:
    parts = [re.escape(part) for part in form.removesuffix("=").split(" ")]
    return r"(?<![\w-])" + r"\w*[ -]".join(parts) + (r"(?!\w)" if form.endswith("=") else r"\w*")
