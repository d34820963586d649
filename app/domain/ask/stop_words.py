"""Words that hold sentences together and tell nothing of their topic, in Russian, Ukrainian and English.

Short on purpose: the lists of packages count `new`, `year`, `город` and `работа` among them.
"""

from __future__ import annotations

from app.domain.spelling import normal

_RUSSIAN = """
    а без более бы был была были было быть в вам вас весь вместо во вот все всего всех вы где да для до его ее ей если
    есть еще же за зачем и из изо или им их к как какая какие каких какого какое какой каком какую какому каким какими
    ко когда кого кем ком кому которая которого которое который которые которых кто куда ли либо между меня мне мы на
    над нам нас наш не него нее нет ни них но ну о об однако он она они оно от откуда отчего по под после почему при про
    просто с сам сама свой своего своей свои себе себя сейчас сколько скольки со так также такой там те тем то тогда
    того тоже той только тот ту тут ты у уже хотя чего чей чья чье чем через что чтобы чье чьи эта эти это этого этой
    этом этот эту я будет будут буду стал стала стало стали можно ли нужно надо который
"""
_UKRAINIAN = """
    а або але б без би буде будуть був була були було бути в від він вона вони воно все всі в'язку де для до є ж з за
    зі звідки і із й його її їх їхній коли кого кому котра котрий котрій котрої куди ми на над навіщо нас не немає ні
    ним о об отже по при про саме свій себе скільки та так також там те ти той тому тут у усі хто це цей ця ці цього
    чи чиє чий чого чому ще що щоб як яка яке який яких якого якій яку якою які
"""
_ENGLISH = """
    a about all also an and any are as at be been being but by can could did do does doing done for from get gets got
    had has have he her hers him his how i if in into is it its just many may me might much must my no not of off on
    or our
    out over own she should so some such than that the their them then there these they this those to too under up us
    was we were what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(normal(f"{_RUSSIAN} {_UKRAINIAN} {_ENGLISH}").split())
