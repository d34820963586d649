"""Signs that speak against an order to a machine: a person is meant, or an order is told of."""

from __future__ import annotations

from app.domain.ask.signs.answers import POSTS
from app.domain.ask.signs.names import Look, Sign

PEOPLE = {
    Sign.PEOPLE: Look(
        words="""
            комментари\\w+ коментар\\w+ comments? директ\\w* личк\\w+ direct dm анкет\\w* опрос\\w* survey quiz
            викторин\\w* вікторин\\w* приз\\w{0,3} prizes? win конкурс\\w* скидк\\w+ знижк\\w+ discount
            промокод\\w* promo касс[аеуы] касі desk counter учител\\w+ teacher homework домашн\\w+ паспорт\\w*
            passport полици\\w+ таможн\\w+ письм[оеу] друзьям friends? друзям школ\\w+ unsubscribe отписаться
            звонят позвоните trip destination поездк\\w+ отзыв\\w* coffee кофе sms смс
        """,
        near="""
            never not don by по на to в in questions? пиши пишите напиши напишите write call email contact
            visit text send monday tuesday wednesday thursday friday saturday sunday
        """,
        phrases=(
            r"\b(?:never|not|don't) (?:give|tell|share|enter|disclose) (?:it|them|the code|your)\b|\bby phone|"
            r"\bпо телефону",
            r"\bв ответ на (?:это|этот|пост|сообщ)|\bin reply to\b|\bif you have (?:any |a )?questions?|"
            r"\bесли (?:есть|возник\w+) вопрос",
            r"\b(?:на)?пиши(?:те)? (?:нам|мне|мені|@|в |на )|\b(?:write|call|e-?mail|contact|visit|text|"
            r"send) (?:us|me|to|at|@|\d|info)",
            r"\bна номер \d{3,6}\b|\bto \d{3,6}\b|\bby (?:mon|tues|wednes|thurs|fri|satur|sun)day",
        ),
    ),
    Sign.MAIL: Look(
        near="previous prior earlier above last предыдущ\\w+ прежн\\w+ прошл\\w+ старые попередн\\w+",
        phrases=(
            r"\b(?:previous|prior|earlier|last|above|предыдущ\w+|прежн\w+|прошл\w+|старые|попередн\w+) (?:\w+ )?"
            rf"(?:{POSTS}|e-?mails?|letters?|announcements?|notices?|versions?|invitations?|dates?|tweets?|stories|"
            r"объявлени\w+|письм\w+|верси\w+|афиш\w+|оголошен\w+|лист\w*|обид\w*)",
        ),
    ),
    Sign.REPORTED: Look(
        words="""
            said says told explained according hackers? attackers? researchers? scientists? regulator
            expert\\w* council minister reporters рассказал\\w* сообщил\\w* заявил\\w* считает считают
            пояснил\\w* объяснил\\w* отметил\\w* попросил\\w* заставил\\w* научил\\w* мошенник\\w* хакер\\w*
            исследовател\\w+ ученые эксперт\\w* министр\\w* журналист\\w* розповіл?\\w* заявив повідомив вважає
            хакери шахраї вчені
        """
    ),
}
