"""Words that are written with a capital and name nothing alone, and common words that are names of firms and teams."""

from __future__ import annotations

from app.domain.ask.listed import listed

_ENGLISH = """
        i i'm i've i'd mr mrs ms dr prof st sir lord lady saint king queen prince princess president minister prime
        chancellor governor mayor senator deputy secretary general director chief chair chairman chairwoman head speaker
        judge prosecutor ambassador ceo cfo cto vice first second acting captain colonel major lieutenant sergeant pope
        patriarch bishop professor doctor ministry department office agency service bureau committee commission council
        board court supreme constitutional parliament government administration state national federal central regional
        city municipal local public union republic federation kingdom region district county oblast province territory
        village town street avenue road square bridge park garden river lake sea ocean mountain island peninsula north
        south east west northern southern eastern western north-west airport station metro port terminal railway
        railways stadium arena theatre theater museum gallery library university institute academy school college
        hospital clinic hall palace house centre center cathedral church mosque monastery temple embankment boulevard
        lane market mall tower building plant factory works hotel restaurant cafe bank company corporation group holding
        foundation fund association federation league cup championship premier games olympic olympics olympiad
        tournament festival club team party movement army navy air force forces armed police guard border emergency
        emergencies situations rescue fire health education science culture finance defence defense justice interior
        internal foreign affairs economy economic development transport energy agriculture trade industry sports sport
        labour labor social policy security investigative investigation tax customs statistics weather hydromet internet
        web earth moon sun god christian orthodox catholic muslim jewish english telegram post day year news assembly
        chamber senate congress duma exchange stock line project operation law act code constitution decree order award
        prize festival week night forum summit conference exhibition expo show series season final semi-final round day
        independence constitution new old great big upper lower mount fort gulf strait bay
        """
_CYRILLIC = """
        президент министр премьер премьер-министр губернатор мэр сенатор депутат глава председатель директор генерал
        полковник капитан министерство департамент управление агентство служба комитет комиссия совет суд верховный
        конституционный парламент правительство администрация государственный национальный федеральный центральный
        республика федерация область край район округ город улица проспект площадь набережная бульвар переулок шоссе
        мост парк сад река озеро море океан остров полуостров аэропорт вокзал станция метро порт стадион театр музей
        галерея библиотека университет институт академия школа больница дворец дом центр собор церковь храм монастырь
        банк компания группа фонд союз лига кубок чемпионат клуб сборная партия армия полиция прокуратура следственный
        господин госпожа вы вас вам вами ваш ваша ваше ваши вашего вашей ваших бог интернет земля солнце луна рынок
        завод башня северный южный восточный западный новый старый большой великий малый верхний нижний святой день
        прем'єр прем'єр-міністр міністр міський голова міністерство управління агентство служба комітет комісія рада суд
        верховний конституційний уряд адміністрація державний національний центральний республіка область край район
        місто вулиця проспект площа набережна міст парк сад річка озеро море океан острів аеропорт вокзал станція
        стадіон театр музей бібліотека університет інститут академія школа лікарня палац будинок центр собор церква храм
        монастир банк компанія група фонд спілка союз ліга кубок чемпіонат клуб збірна партія армія поліція прокуратура
        пан пані пане ви вас вам вами ваш ваша ваше ваші інтернет північний південний східний західний новий старий
        великий малий день
        """
GENERIC = listed(f"{_ENGLISH} {_CYRILLIC}")

# Common words that are names of firms, teams and places where a sentence begins with them: no dictionary can tell.
_NAMES = """
        apple amazon meta oracle tesla uber intel adobe sony google twitter slack steam twitch viber safari android
        dynamo spartak zenit arsenal chelsea everton london paris rome milan turkey jordan georgia china chad cuba mali
        quito vienna venice florence mercury mars venus pluto titan falcon soyuz starship orion boston dallas austin
        denver victoria зенит спартак динамо торпедо локомотив шахтер днепр рубин ростов химки авангард салават
        металлург северсталь пятерочка перекресток дикси аэрофлот сапсан ласточка озон мегафон билайн калуга орел
        грозный мирный путин протон ангара
        зеніт шахтар зоря дніпро ворскла олександрія верес колос металіст карпати полісся кривбас сільпо
        київ
        """
NAMES = listed(_NAMES)
# Given names that are words: names where another capital follows.
_GIVEN = """
        steven brian timothy alexander henry walter christian roger terry sean carl jordan billy willie randy ralph
        bobby mason patricia lisa angela anna maria diane ruth victoria julia bob mike ken sam tucker vera mark bill
        will grace rose frank jack max chase hope faith joy lily ivy amber ruby dean drew gene grant guy heath jay lance
        lee miles nick pat ray rob robin rod sandy sue ted tom tony troy wade warren april june august carol charlotte
        аркадий артем вадим лев максим роман семен яков варвара вера злата ксения любовь майя маргарита марина надежда
        яна рустам агата ева мила мирон лука слава мир марта рада ігор віра надія любов
        """
GIVEN = listed(_GIVEN)
