"""Turns vision labels into names that people use; a Russian post gets Russian names for labels in the table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.domain.kinds import Classification

_PARENTHESES = re.compile(r"\s*\([^)]*\)")

# photo and other tell a reader nothing new, so they are tags only if there is no better one.
_KINDS = {
    Classification.MEME: ("meme", "мем"),
    Classification.DOCUMENT: ("document", "документ"),
    Classification.SCREENSHOT: ("screenshot", "скриншот"),
    Classification.INFOGRAPHIC: ("infographic", "инфографика"),
}
_FILLERS = {Classification.PHOTO: ("photo", "фото")}

# ImageNet names (first synonym, lower case) that occur in news and daily life.
_RUSSIAN = dict(
    pair.split("=")
    for line in """
    tench=линь; goldfish=золотая рыбка; great white shark=белая акула; rooster=петух; hen=курица; ostrich=страус
    goldfinch=щегол; robin=зарянка; jay=сойка; magpie=сорока; bald eagle=белоголовый орлан; vulture=гриф
    great grey owl=сова; newt=тритон; axolotl=аксолотль; tree frog=лягушка; mud turtle=черепаха; box turtle=черепаха
    chameleon=хамелеон; nile crocodile=крокодил; american alligator=аллигатор; triceratops=трицератопс
    scorpion=скорпион; tarantula=паук; tick=клещ; peafowl=павлин; quail=перепел; partridge=куропатка; macaw=попугай
    hummingbird=колибри; toucan=тукан; goose=гусь; black swan=лебедь; koala=коала; wombat=вомбат; jellyfish=медуза
    snail=улитка; slug=слизень; flamingo=фламинго; white stork=аист; pelican=пеликан; king penguin=пингвин
    albatross=альбатрос; grey whale=кит; killer whale=косатка; sea lion=морской лев; chihuahua=чихуахуа
    beagle=бигль; borzoi=борзая; golden retriever=ретривер; labrador retriever=лабрадор; german shepherd dog=овчарка
    german shepherd=овчарка; rottweiler=ротвейлер; boxer=боксер; dobermann=доберман; siberian husky=хаски
    dalmatian=далматин; pug=мопс; samoyed=самоед; pomeranian=шпиц; corgi=корги; grey wolf=волк; timber wolf=волк
    red fox=лиса; arctic fox=песец; tabby cat=кошка; tabby=кошка; tiger cat=кошка; persian cat=персидская кошка
    siamese cat=сиамская кошка; egyptian cat=кошка; egyptian mau=кошка; lynx=рысь; leopard=леопард
    snow leopard=снежный барс; jaguar=ягуар; lion=лев; tiger=тигр; cheetah=гепард; brown bear=бурый медведь
    american black bear=черный медведь; polar bear=белый медведь; ladybug=божья коровка; bee=пчела; ant=муравей
    grasshopper=кузнечик; dragonfly=стрекоза; monarch butterfly=бабочка; starfish=морская звезда; hare=заяц
    hamster=хомяк; porcupine=дикобраз; beaver=бобр; guinea pig=морская свинка; zebra=зебра; pig=свинья
    wild boar=кабан; bison=бизон; ram=баран; ox=бык; water buffalo=буйвол; camel=верблюд; otter=выдра; badger=барсук
    orangutan=орангутан; gorilla=горилла; chimpanzee=шимпанзе; african elephant=слон; african bush elephant=слон
    asian elephant=слон; indian elephant=слон; red panda=красная панда; giant panda=панда; sturgeon=осетр
    aircraft carrier=авианосец; airliner=самолет; airship=дирижабль; ambulance=скорая помощь; backpack=рюкзак
    bakery=пекарня; hot air balloon=воздушный шар; balloon=воздушный шар; ballpoint pen=ручка; barn=амбар
    baseball=бейсбол; basketball=баскетбол; bathtub=ванна; lighthouse=маяк; beacon=маяк; beer bottle=пиво
    beer glass=пиво; tandem bicycle=велосипед; mountain bike=велосипед; bicycle-built-for-two=велосипед
    mountain bicycle=велосипед; bookstore=книжный магазин; bookshop=книжный магазин; bookcase=книжный шкаф
    bow tie=галстук-бабочка; broom=метла; bucket=ведро; bullet train=поезд; butcher shop=мясная лавка; taxicab=такси
    cab=такси; candle=свеча; cannon=пушка; canoe=каноэ; car wheel=колесо; castle=замок; cello=виолончель
    mobile phone=телефон; cellular telephone=телефон; church=церковь; cliff=скала; cloak=плащ; coffee mug=кружка
    coffeemaker=кофеварка; computer keyboard=клавиатура; container ship=контейнеровоз; convertible=кабриолет
    cowboy hat=ковбойская шляпа; crane=кран; cup=чашка; dam=плотина; desk=письменный стол
    desktop computer=компьютер; dining table=стол; dock=причал; dome=купол; drum=барабан; electric guitar=гитара
    acoustic guitar=гитара; electric locomotive=электровоз; envelope=конверт; espresso machine=кофемашина
    espresso=кофе; fire engine=пожарная машина; fire truck=пожарная машина; fireboat=пожарный катер; flagpole=флаг
    folding chair=стул; fountain=фонтан; fountain pen=ручка; freight car=поезд; frying pan=сковорода
    garbage truck=мусоровоз; gas mask=противогаз; gas pump=заправка; go-kart=картинг; golf ball=гольф
    golf cart=гольф-кар; gondola=гондола; grand piano=рояль; greenhouse=теплица; grocery store=магазин
    half-track=вездеход; hammer=молоток; helmet=шлем; crash helmet=шлем; hospital room=больница
    hourglass=песочные часы; ice cream=мороженое; ipod=плеер; jeans=джинсы; jeep=джип; laptop=ноутбук
    laptop computer=ноутбук; notebook=ноутбук; notebook computer=ноутбук; lawn mower=газонокосилка
    library=библиотека; ocean liner=лайнер; liner=лайнер; speaker=колонка; loudspeaker=колонка
    mailbox=почтовый ящик; maze=лабиринт; megalith=мегалит; military uniform=военная форма; minibus=микроавтобус
    minivan=минивэн; missile=ракета; rocket=ракета; projectile=ракета; monastery=монастырь; monitor=монитор
    moped=мопед; mosque=мечеть; scooter=скутер; motor scooter=мотороллер; mountain tent=палатка; computer mouse=мышь
    mouse=мышь; museum=музей; obelisk=обелиск; paddle=весло; padlock=замок; paintbrush=кисть; palace=дворец
    parachute=парашют; park bench=скамейка; passenger car=вагон; patio=дворик; pencil case=пенал; pier=пирс
    pill bottle=лекарства; pillow=подушка; pirate ship=парусник; pitcher=кувшин; planetarium=планетарий
    plastic bag=пакет; police van=полиция; printer=принтер; prison=тюрьма; race car=гоночный автомобиль
    racer=гоночный автомобиль; radio telescope=радиотелескоп; refrigerator=холодильник; restaurant=ресторан
    rifle=винтовка; assault rifle=автомат; revolver=револьвер; rugby ball=регби; running shoe=кроссовки
    sandal=сандалии; schooner=парусник; school bus=автобус; trolleybus=троллейбус; screen=экран
    shipwreck=затонувшее судно; shoe store=обувной магазин; shopping cart=тележка; ski=лыжи; ski mask=балаклава
    snowmobile=снегоход; snowplow=снегоочиститель; soccer ball=футбол; solar dish=солнечная батарея
    space shuttle=космический корабль; sports car=спортивный автомобиль; stage=сцена; steam locomotive=паровоз
    suspension bridge=мост; steel arch bridge=мост; viaduct=виадук; stone wall=стена; stopwatch=секундомер
    streetcar=трамвай; tram=трамвай; stupa=ступа; submarine=подводная лодка; suit=костюм; sunglasses=очки
    sweatshirt=толстовка; swimsuit=купальник; swing=качели; syringe=шприц; tank=танк; teapot=чайник
    teddy bear=плюшевый мишка; television=телевизор; tennis ball=теннис; thatched roof=соломенная крыша
    tow truck=эвакуатор; toy store=магазин игрушек; toyshop=магазин игрушек; tractor=трактор
    semi-trailer truck=грузовик; trailer truck=грузовик; moving van=фургон; pickup truck=пикап; pickup=пикап
    train station=вокзал; triumphal arch=триумфальная арка; trimaran=тримаран; catamaran=катамаран; umbrella=зонт
    vase=ваза; vending machine=торговый автомат; violin=скрипка; volleyball=волейбол; wall clock=часы
    analog clock=часы; digital clock=часы; wardrobe=шкаф; military aircraft=самолет; warplane=самолет
    washing machine=стиральная машина; water tower=водонапорная башня; whistle=свисток; wine bottle=вино
    red wine=вино; wok=вок; wooden spoon=ложка; wool=шерсть; wreck=крушение; yurt=юрта; website=сайт; web site=сайт
    comic book=комикс; crossword=кроссворд; traffic sign=дорожный знак; street sign=дорожный знак
    traffic light=светофор; book jacket=обложка; menu=меню; plate=блюдо; guacamole=гуакамоле; hot pot=суп
    ice pop=мороженое; baguette=багет; bagel=бублик; pretzel=крендель; cheeseburger=бургер; hot dog=хот-дог
    hotdog=хот-дог; mashed potato=картофельное пюре; cabbage=капуста; broccoli=брокколи; cauliflower=цветная капуста
    zucchini=кабачок; cucumber=огурец; artichoke=артишок; bell pepper=перец; mushroom=гриб
    granny smith apple=яблоко; granny smith=яблоко; strawberry=клубника; orange=апельсин; lemon=лимон; fig=инжир
    pineapple=ананас; banana=банан; pomegranate=гранат; hay=сено; carbonara=паста; dough=тесто; meatloaf=мясо
    pizza=пицца; pot pie=пирог; burrito=буррито; mountain=горы; alp=горы; bubble=пузырь; coral reef=коралловый риф
    geyser=гейзер; lakeshore=озеро; lakeside=озеро; promontory=мыс; sandbar=отмель; beach=пляж; seashore=берег моря
    valley=долина; volcano=вулкан; baseball player=бейсболист; bridegroom=жених; groom=жених; scuba diver=дайвер
    rapeseed=рапс; daisy=ромашка; corn=кукуруза; acorn=желудь; rose hip=шиповник; fly agaric=мухомор; bolete=гриб
    """.splitlines()
    for pair in map(str.strip, line.split(";"))
    if pair
)


def readable(label: str, russian: bool) -> str:
    """`tabby, tabby cat` -> tabby or кошка; `kite (bird of prey)` -> kite. The first synonym names the thing."""
    name = _PARENTHESES.sub("", label.split(",")[0].replace("_", " ")).strip().lower()
    return _RUSSIAN.get(name, name) if russian else name


def kinds(classifications: Iterable[str], russian: bool) -> list[str]:
    """Tags for kinds of pictures that are worth a tag."""
    return _named(_KINDS, classifications, russian)


def fillers(classifications: Iterable[str], russian: bool) -> list[str]:
    """Tags of last resort."""
    return _named(_FILLERS, classifications, russian)


def _named(names: dict[Classification, tuple[str, str]], given: Iterable[str], russian: bool) -> list[str]:
    present = set(given)
    return [pair[russian] for kind, pair in names.items() if kind.value in present]
