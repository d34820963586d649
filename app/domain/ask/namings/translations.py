"""Names that are translated rather than transliterated: countries with their people, capitals, large cities, a few
organisations, firms and given names, in the forms of the three languages.

The rows are a list of this project: the names that Russian, Ukrainian and English news share most. Names that sound alike
in all three need no row. Not covered: other translated names, such as those of films, streets and smaller organisations.
"""

from __future__ import annotations

import re
from functools import cache

# A row is one name. Forms are beginnings of words, `=` asks for the whole word.
_ROWS = """
russia;rf=;росси;российск;русск;рф=;росі;російськ
ukrain;украин;україн
belarus;belorus;белорус;беларус;білорус
kazakh;казах
united states;usa=;us=;u.s;american;america=;соединенн штат;сша=;америк;сполучен штат
united kingdom;uk=;britain;british;great britain;англи;великобритан;британ;брита;велик британ;england;english;англі
german;герман;немец;німеч;німец
france;french;франц
italy;italian;итал;італ
spain;spanish;spaniard;испан;іспан
poland;polish;польш;польск;поляк;польщ;польськ
china;chinese;кита;китай
japan;япон
india=;indian;индия=;индии=;индию=;индией=;индийск;індія=;індії=;індію=;індійськ
turkey;turkish;turk=;türkiye;турц;турец;туреч
georgia;georgian;груз
armenia;армени;армян;вірмен
azerbaijan;азербайджан
moldova;moldov;молдав;молдов
uzbek;узбек
kyrgyz;киргиз;кыргыз
tajik;таджик
turkmen;туркмен
lithuania;литв;литов
latvia;латв;латыш;латис
estonia;эстон;естон
finland;finnish;финлянд;финск;фінлянд;фінськ
sweden;swedish;швец;швед
norway;norwegian;норвег;норвез
denmark;danish;дания=;дании=;данию=;данией=;датск;данія=;данії=;данію=;данськ
netherlands;dutch;holland;нидерланд;голланд;нідерланд
belgium;belgian;бельг
switzerland;swiss;швейцар
austria;австри;австрі
hungary;hungarian;венгр;венгер;угорщ;угорськ
czech;чехи;чешск;чехі;чеськ
slovakia;slovak;словак;словац;словач
romania;румын;румун
bulgaria;болгар
serbia;serb;серб
croatia;croat;хорват
greece;greek;греция=;греции=;грецию=;греческ;грек=;греки=;греков=;греція=;греції=;грецію=;грецьк
israel;израил;ізраїл
palestin;палестин
iran;иран;іран
iraq;ирак;ірак
syria;сири;сирий;сирі
egypt;египет;египт;єгипет;єгипт
saudi;саудов
united arab emirates;uae=;emirat;оаэ=;эмират;оае=;емірат
qatar;катар
canada;canadian;канад
mexic;мексик
brazil;бразил
argentin;аргентин
cuba=;cuban;куба=;кубы=;кубе=;кубу=;кубин;куби=;кубі=
venezuel;венесуэл;венесуел
south korea;южн коре;південн коре
north korea;северн коре;північн коре;кндр=
korea;коре
vietnam;вьетнам;в'єтнам
thailand;thai;таиланд;тайск;таїланд
indonesia;индонез;індонез
australia;австрали;австралі
afghan;афган
pakistan;пакистан
europ;европ;європ
asia;asian;азия=;азии=;азию=;азиат;азія=;азії=;азію=;азій
africa;африк
moscow;москв;московск;московськ;москвич
kyiv;kiev;киев;київ;києв;киян;киевлян
saint petersburg;st petersburg;st. petersburg;petersburg;петербург;санкт-петербург;санкт петербург;питер=;петербурж
kharkiv;kharkov;харьков;харків;харков
odesa;odessa;одесс;одес
lviv;lvov;львов;львів;льв'ян
dnipro;dnepr;днепр;дніпр
chernihiv;chernigov;чернигов;чернігів;чернігов
mykolaiv;nikolaev;николаев=;николаева=;николаеве=;миколаїв;миколаєв
zaporizhzh;zaporozh;запорож;запоріж
luhansk;lugansk;луганск;луганськ
crimea;crimean;крым;крим=;криму=;кримом=;кримськ
minsk;минск;мінськ
warsaw;варшав
london;лондон
paris;париж
berlin;берлин;берлін
rome;roman=;рим=;рима=;риме=;риму=;римск;римі=;римськ
vienna;viennese;вен=;вена=;вене=;вену=;вены=;венск;відень;відн
prague;прага=;праги=;праге=;прагу=;прагой=;пражск;празьк;празі
brussels;брюссел
athens;афин;афін
lisbon;лиссабон;лісабон
geneva;женев
munich;мюнхен
cologne;кельн
venice;венец;венеци
florence;флоренц
naples;неапол
copenhagen;копенгаген
cannes;канн=;канны=;канне=;каннах=;каннск;канни=;каннськ
istanbul;стамбул
jerusalem;иерусалим;єрусалим
cairo;каир;каїр
beijing;peking;пекин;пекін
shanghai;шанха
tokyo;токио;токіо
seoul;сеул
new york;нью-йорк;ньюйорк
washington;вашингтон
los angeles;лос-анджелес
new delhi;нью-дели;делі
tbilisi;тбилис;тбіліс
yerevan;ереван;єреван
tashkent;ташкент
astana;астан
tallinn;таллин;таллінн
vilnius;вильнюс;вільнюс
chisinau;кишинев;кишинів;кишинев
bucharest;бухарест
budapest;будапешт
belgrade;белград;белград;бєлград
helsinki;хельсинк;гельсінк
volga;волг
dnieper;dnipro;днепр;дніпр
danube;дуна
black sea;черн мор;чорн мор
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
philip=;filipp=;филипп=;филиппа=;филиппу=;филиппом=;пилип=;пилипа=
"""


@cache
def rows() -> tuple[re.Pattern[str], ...]:
    """Each name as an expression over a text in the form of `spelling.normal`."""
    lines = dict.fromkeys(line for line in _ROWS.split("\n") if line)
    return tuple(re.compile("|".join(map(_form, line.split(";")))) for line in lines)


def _form(form: str) -> str:
    parts = [re.escape(part) for part in form.removesuffix("=").split(" ")]
    return r"(?<![\w-])" + r"\w*[ -]".join(parts) + (r"(?!\w)" if form.endswith("=") else r"\w*")
