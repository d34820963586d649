"""Word lists of the local tagger, which correct the lists of the packages.

stopwordsiso counts many nouns that posts are about as stop words (город, война, земля): KEPT takes them back.
"""

from __future__ import annotations

from functools import cache

import stopwordsiso

from app.domain.tags import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


KEPT = _words(
    """
    вода война город деньги дом дорога женщина земля книга машина москва народ россия улица мать отец ребенок стол
    дверь мир жизнь работа area computer information invention microsoft website research interest fire
    """
)

STOP = _words(
    """
    поэтому дважды трижды нарочно некуда негде незачем целиком слева справа сверху снизу чей выше ниже прежде раньше
    позже дальше ближе лучше хуже одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать
    восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто
    двести триста четыреста пятьсот одиннадцатый двенадцатый двадцатый тридцатый one two three four five six seven
    eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
    fifty sixty seventy eighty ninety left version прямо подряд версия срок балл миллиметр сантиметр millimeter
    millimetre centimeter centimetre январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
    понедельник вторник среда четверг пятница суббота воскресенье секунда минута час сутки день неделя месяц квартал
    полугодие год век вечер утро ночь полдень полночь выходной вчера сегодня завтра послезавтра позавчера накануне
    скоро недавно теперь ныне ранее позднее впервые вновь тысяча миллион миллиард триллион десяток сотня процент
    штука число количество объем размер уровень тыс млн млрд руб коп шт км кг см мм др пр тд тп ул им стр рис т.д
    т.п рубль метр километр градус килограмм литр гектар тонна квадратный кубический новый старый большой больший
    меньший высокий низкий маленький хороший плохой лучший худший важный главный основной крупный крупнейший
    различный разный многий любой целый весь полный общий данный следующий прошлый текущий нынешний будущий
    предыдущий последний первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый нужный
    возможный необходимый готовый интересный красивый отличный прекрасный настоящий некоторый подобный ближайший
    очередной который каждый такой самый свой наш ваш мой твой их этот тот сам иной никакой никто ничто что кто где
    когда какой-то что-то кто-то где-то как-то когда-то какой-нибудь что-нибудь кто-нибудь из-за из-под по-прежнему
    образ вид часть ряд раз способ случай дело вещь момент время период течение начало конец середина итог результат
    сторона место вопрос причина цель задача возможность необходимость помощь участие порядок основа рамка связь
    отношение качество значение смысл мнение слово фраза пример вариант тип род половина треть четверть большинство
    человек люди друг подписчик читатель автор пост публикация сообщение ссылка комментарий подробность фото видео
    фотография картинка изображение источник канал чат подписка репост лайк эфир материал деталь добрый привет
    пожалуйста спасибо внимание ура ого вау ах ох эх ну итак впрочем кстати например однако также тоже еще уже можно
    нужно надо нельзя пора жаль видно нет есть быть стать мочь хотеть благодаря согласно вследствие навстречу
    вопреки насчет ввиду посредством относительно более менее около почти примерно ровно лишь только даже именно
    просто совсем вполне весьма крайне слишком полтора двое трое четверо пятеро оба обе пара минимум максимум тема
    список номер сама january february march april may june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed
    thu fri sat sun second minute hour day week weekend month year decade century morning evening night afternoon
    midnight noon yesterday today tomorrow tonight ago soon recently currently late early thousand hundred million
    billion trillion dozen percent per cent amount total half quarter pair kilometer kilometre meter metre mile foot
    inch kilogram pound tonne ton degree km kg cm mm mph thing stuff lot bit kind sort way part piece bunch people
    person guy man someone somebody photo picture image video post link comment subscriber follower reader author
    channel source detail update hello hi hey thanks thank please welcome wow yes no ok okay dear don doesn didn isn
    aren wasn weren won wouldn couldn shouldn hasn haven hadn ll ve re pm am vs etc eg ie inc ltd co mr mrs ms dr st
    time end start beginning number example reason result fact point side case idea question answer
    """
)

# Adjectives by form which Russian uses as nouns.
SUBSTANTIVES = _words(
    """
    ученый рабочий больной военный раненый животное насекомое пострадавший погибший задержанный подозреваемый
    безработный школьная столовая прохожий пожарный дежурный полицейский заключенный обвиняемый верующий
    млекопитающее мороженое будущее прошлое население портной часовой детская ванная
    """
)

ING_NOUNS = _words(
    """
    building meeting training funding painting hearing briefing warning recording ruling shooting housing banking
    shipping parking wedding opening marketing engineering programming manufacturing mining fishing farming cooking
    swimming running cycling skiing climbing hiking racing boxing gaming streaming computing learning clothing
    lighting heating spring king string evening ceiling beijing wing ring boeing
    """
)

# Everyday verbs that posts use without an ending; nouns of the same form that posts are about are left out.
ENGLISH_VERBS = _words(
    """
    assemble break disagree insist lend resist sweep mend doubt count accept accuse achieve add admit affect agree
    allow announce appear apply approve argue arise arrange arrive ask attend avoid become begin believe belong
    bring build buy call carry catch cause celebrate choose claim close come compare complete confirm connect
    consider contain continue contribute create cut deal decide declare decline deliver deny depend describe deserve
    destroy determine develop die disappear discover discuss do draw drive drop eat emerge enable encourage enjoy
    ensure enter establish exist expand expect explain express extend face fail fall feel fight find finish fix fly
    follow force forget form gain gather get give go grab grow handle happen hear help hide hit hold hope host
    identify imagine improve include increase indicate introduce invite involve join jump keep kill know lack last
    launch lay lead learn leave let lie like listen live look lose love maintain make manage matter mean meet miss
    move need notice observe obtain occur offer open operate own pass pay pick point prefer prepare present prevent
    produce promise propose protect prove provide publish pull push put raise reach react read realize receive
    recognize recommend reduce refer reflect refuse relate release remain remember remove repeat replace reply
    require resolve respond rest return reveal ride rise run save say see seek seem sell send serve set settle shake
    shape share shoot show shut sing sit sleep smile solve speak spend split spread stand start state stay steal
    step stick stop strike succeed suffer suggest supply suppose surprise survive swim take talk teach tell tend
    thank think throw touch treat try turn understand unveil use visit wait wake walk want warn wash watch wear win
    wish wonder write bake beat burst measure preheat slide check click cook mix remains subscribe stir sign
    """
)

ENGLISH_ADJECTIVES = _words(
    """
    electric able active actual afraid amazing ancient angry annual automatic available average aware awesome bad
    beautiful big bright broad busy calm central certain cheap clean clear cold comfortable common complete complex
    cool correct crazy critical cute daily dark dead deep different difficult direct dirty double dry easy effective
    empty entire exact excellent expensive extra fair famous fast fat final fine fit flat foreign former free fresh
    friendly full funny further future general giant glad global golden good grand great green half happy hard
    healthy heavy high hot huge ideal important impossible independent individual initial interesting internal
    international joint key kind large last late latest legal less likely little local lonely long loose loud low
    lucky main major massive mere minor modern monthly more most much multiple narrow national native natural near
    neat necessary new nice normal obvious odd official old only open original other overall own pale particular
    past perfect personal plain pleasant poor popular positive possible powerful present previous private probable
    proper public pure quick quiet random rapid rare raw ready real recent red regular relative rich right rough
    round royal sad safe same scary secret secure senior separate severe sharp short sick silent similar simple
    single slow small smart smooth soft solid special specific strange strong successful sudden super sure sweet
    tall temporary tight remote thick thin tiny tired top tough traditional true typical ugly unique usual valid
    various vast warm weak weekly weird wet white wide wild wise wonderful wrong black blue yellow grey gray brown
    pink orange young
    """
)


@cache
def _stops() -> frozenset[str]:
    listed = {fold(word) for word in stopwordsiso.stopwords(["ru", "en"])}
    return frozenset((listed - KEPT) | STOP)


def is_stop(word: str) -> bool:
    """Whether a folded form or lemma is a stop word, which tells nothing about a post."""
    return len(word) < 2 or all(part in _stops() for part in word.split("-")) or word in _stops()


# Before a name, not part of it.
TITLES = _words(
    "president minister senator governor mayor king queen prince princess manager director coach professor sir"
)

# The dictionary form is correct, but people use the other form.
PREFERRED = {"ребенок": "дети"}

# Forms for which simplemma has another lemma or none.
LEMMAS = {
    "рак": "рак",
    "раком": "рак",
    "рака": "рак",
    "премьера": "премьера",
    "суши": "суши",
    "сканер": "сканер",
    "пирога": "пирог",
    "метро": "метро",
    "имени": "имя",
    "карт": "карта",
    "лис": "лиса",
    "очки": "очки",
    "очков": "очки",
} | {
    f"{stem}{ending}": f"{stem}а"
    for stem in ("тул", "чит", "костром", "варшав", "кам")
    for ending in ("а", "е", "ы", "у", "ой")
}

MALE_IN_A = _words("никита илья данила кузьма фома лука савва миша саша женя дима коля вася петя ваня леша паша")

NOUN_MARKERS = _words("a an the of in on at for from with by this that these those his her its their our my")
# Without `to`, which comes before places, too.
VERB_MARKERS = _words("will would can could should may might must i we you they he she it who")
