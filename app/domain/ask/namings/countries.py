"""Countries with their people, capitals and large cities in the forms of the three languages: see `translations`."""

from __future__ import annotations

COUNTRIES = """
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
"""
CITIES = """
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
"""
