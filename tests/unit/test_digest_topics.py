"""The rules of a digest: copies and their authors, topics against the time before, lines, headlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.digest.headline import LONGEST, Candidate, nearest
from app.domain.digest.items import Item
from app.domain.digest.lines import lines, share_most
from app.domain.digest.sources import sources
from app.domain.digest.stars import are_near, runs, stars, words
from app.domain.digest.topics import Cluster, Kind, Topic, clusters, risen
from app.domain.digest.weeks import same_days

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
WEEK = 7 * DAY
STORY = "Паром сел на мель у входа в порт, спасатели уже на месте, пострадавших среди пассажиров нет"


def item(id_: int, text: str = "", channel: int = 1, **fields: object) -> Item:
    given = {"home": 100 + channel, "at": NOW + timedelta(minutes=id_), "original": (100 + channel, id_), **fields}
    return Item(id_, channel, text=text, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (STORY.upper().replace("Ё", "Е"), True),
        (STORY.replace(",", " —"), True),
        (f"{STORY}. Подписаться на канал: @news", True),
        (STORY.replace("порт", "док"), True),
        ("У входа в порт сел на мель паром; спасатели прибыли, никто из пассажиров не пострадал", False),
        ("Паром", False),
        ("", False),
    ],
)
def test_near_texts_differ_in_a_word_or_a_footer(other: str, near: bool) -> None:
    assert are_near(runs(words(STORY)), runs(words(other))) is near


def test_empty_texts_and_signs_are_near_to_nothing() -> None:
    assert not are_near(runs(words("")), runs(words("")))
    assert not are_near(runs(words("🔥🔥🔥")), runs(words("!!!")))


def test_no_chain_of_small_steps_leads_to_another_text() -> None:
    """Each text drops a word at the front and has a new one at the end: neighbours are near, the ends share nothing."""
    steps = [" ".join(f"слово{number}" for number in range(start, start + 12)) for start in range(12)]
    known = [runs(words(step)) for step in steps]
    assert all(are_near(one, other) for one, other in pairwise(known))
    found = stars(known)
    assert found[-1] != 0
    assert all(are_near(known[number], known[centre]) for number, centre in enumerate(found))


@given(st.lists(st.lists(st.sampled_from("абвгдежз"), max_size=9).map(" ".join), max_size=12))
def test_equal_texts_are_in_one_star_and_centres_in_their_own(texts: list[str]) -> None:
    known = [runs(words(text)) for text in texts]
    found = stars(known)
    assert all(found[centre] == centre <= number for number, centre in enumerate(found))
    assert all(number == centre or are_near(known[number], known[centre]) for number, centre in enumerate(found))
    for number, text in enumerate(texts):
        same = texts.index(text)
        assert found[number] == found[same] or not text


def test_a_footer_that_many_share_makes_no_copies_of_different_posts() -> None:
    footer = "подпишись на наш канал и поставь лайк чтобы не пропустить новости дня"
    texts = [f"{' '.join(f'{number}слово{place}' for place in range(20))} {footer}" for number in range(200)]
    assert stars(runs(words(text)) for text in texts) == list(range(200))


def test_a_copy_counts_for_the_channel_that_had_it_first() -> None:
    found = sources([item(3, STORY, 3), item(1, STORY, 1), item(2, STORY.upper(), 2), item(4, "Другое дело", 4)])
    assert found.piece == {1: 1, 2: 1, 3: 1, 4: 4}
    assert found.author == {1: 101, 2: 101, 3: 101, 4: 104}


def test_a_forward_counts_for_its_origin_and_is_one_piece_with_the_message_itself() -> None:
    own, first = item(7, STORY, 7), item(8, "", 1, origin=107, original=(107, 7))
    second = item(9, "Смотрите", 2, origin=107, original=(107, 7))
    other = item(10, "Смотрите", 3, origin=900, original=(900, 1))
    found = sources([own, first, second, other])
    assert found.piece[8] == found.piece[7] == 7
    assert found.authors([7, 8, 9]) == {107}
    assert found.author[10] in {107, 900}


def test_a_copy_of_a_forward_counts_for_the_origin() -> None:
    """The channel that took the words without a mark had them first in the period."""
    found = sources([item(1, STORY, 1), item(2, STORY, 2, origin=900, original=(900, 5))])
    assert found.authors([1, 2]) == {900}


def test_posts_without_a_word_are_copies_where_they_show_the_same_pictures() -> None:
    same, other = frozenset({5, 6}), frozenset({5})
    found = sources([item(1, pictures=same), item(2, "🔥", 2, pictures=same), item(3, channel=3, pictures=other)])
    assert found.piece == {1: 1, 2: 1, 3: 3}
    worded = sources([item(1, "Вид с моста", pictures=same), item(2, "Река утром", 2, pictures=same)])
    assert worded.piece == {1: 1, 2: 2}
    assert sources([item(1), item(2, "", 2)]).piece == {1: 1, 2: 2}


@given(st.permutations(range(1, 9)))
def test_sources_do_not_hang_on_the_order_of_rows(order: list[int]) -> None:
    made = {
        number: item(number, [STORY, "Другая новость дня", ""][number % 3], number, pictures=frozenset({number % 2}))
        for number in range(1, 9)
    }
    assert sources([made[number] for number in order]) == sources(list(made.values()))


def test_only_what_three_channels_post_spreads_and_greetings_do_not() -> None:
    posts = [
        *(item(number, STORY, number) for number in (1, 2, 3)),
        *(item(10 + number, "Доброе утро!", number) for number in (1, 2, 3)),
        *(item(20 + number, f"{STORY[::-1]}", number % 2) for number in range(6)),
        *(item(30 + number, f"пост {number}", number, pictures=frozenset({77})) for number in (1, 2, 3, 4)),
    ]
    found = clusters(posts, sources(posts))
    assert [(one.kind, one.name, len(one.ids)) for one in found] == [(Kind.PICTURE, 77, 4), (Kind.COPIES, 1, 3)]


def test_a_cluster_rises_against_the_weeks_before() -> None:
    cluster = Cluster(Kind.PICTURE, 7, frozenset({1, 2, 3}))
    new = risen(cluster, [], NOW - DAY, NOW)
    assert new is not None
    assert (new.kind, new.name, new.ids, new.usual) == (Kind.PICTURE, "7", cluster.ids, 0)
    assert new.score == pytest.approx(20.20, abs=0.01)  # 2 x 3 ln 29
    now_and_then = [NOW - DAY - number * WEEK for number in (1, 2, 3)]
    rarer = risen(cluster, now_and_then, NOW - DAY, NOW)
    assert rarer is not None
    assert rarer.usual == pytest.approx(1 / 7)
    assert rarer.score < new.score
    daily = [NOW - DAY - number * DAY for number in range(1, 29) for _ in range(3)]
    assert risen(cluster, daily, NOW - DAY, NOW) is None
    assert risen(cluster, daily[:24], NOW - DAY, NOW) is None, "every day of the last week"


WEDNESDAYS = {date(2026, 3, 4) - back * WEEK: 6 for back in (1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("length", "usual"),
    [
        (DAY, 6),
        (timedelta(hours=6), 6),
        (timedelta(hours=20), 6),
        (2 * DAY, 6),
        (WEEK, 6),
        (WEEK + DAY, 0),
    ],
)
def test_the_same_days_of_the_weeks_before(length: timedelta, usual: float) -> None:
    assert same_days(WEDNESDAYS, NOW - length, NOW) == usual


def test_a_day_of_a_steady_tag_counts_once_though_the_period_touches_two() -> None:
    steady = {date(2026, 3, 3) - number * DAY: 4 for number in range(40)}
    assert same_days(steady, NOW - DAY, NOW) == 4
    assert same_days({date(2026, 2, 25): 8}, NOW - DAY, NOW) == 2, "one week of four"


def topic(name: str, ids: range | set[int], score: float, kind: Kind = Kind.TAG) -> Topic:
    return Topic(kind, name, frozenset(ids), 0, score)


def test_tags_of_one_event_are_one_line() -> None:
    ferry, port, captain = (
        topic("паром", range(10), 50),
        topic("порт", range(4, 12), 40),
        topic("капитан", range(3), 20),
    )
    snow, land = topic("снег", range(20, 30), 45), topic("страна", range(100), 60)
    copies = topic("1", range(5), 30, Kind.COPIES)
    found = lines([port, snow, captain, ferry, land, copies])
    assert [[one.name for one in line.topics] for line in found] == [
        ["страна"],
        ["паром", "порт", "1", "капитан"],
        ["снег"],
    ]
    assert found[1].ids == frozenset(range(12))
    assert [line.score for line in found] == [60, 50, 45]


def test_no_chain_of_tags_joins_two_events() -> None:
    found = lines([topic("a", range(10), 9), topic("b", range(4, 14), 8), topic("c", range(8, 18), 7)])
    assert [[one.name for one in line.topics] for line in found] == [["a", "b"], ["c"]]


@given(st.sets(st.integers(0, 20), min_size=1), st.sets(st.integers(0, 20), min_size=1))
def test_sharing_most_is_the_same_both_ways(one: set[int], other: set[int]) -> None:
    assert share_most(one, other) == share_most(other, one)
    assert share_most(one, one)


def sentence(id_: int, text: str, start: int = 0, piece: int | None = None) -> Candidate:
    return Candidate(id_, piece or id_, start, text, frozenset(text.lower().rstrip(".!").split()))


def test_the_headline_is_the_sentence_that_shares_most_with_all_posts() -> None:
    found = nearest(
        [
            sentence(1, "Доброе утро, дорогие друзья!"),
            sentence(1, "Паром сел на мель.", 30),
            sentence(2, "Паром сел вчера на мель у порта."),
            sentence(3, "Капитан парома молчит."),
            sentence(3, "Паром на мель сел у порта.", 25),
        ]
    )
    assert found is not None
    assert found.text in {"Паром сел на мель.", "Паром на мель сел у порта."}


def test_of_one_post_the_first_sentence_that_says_something_is_the_headline() -> None:
    only = [sentence(1, "Срочно!"), sentence(1, "Паром сел на мель.", 8), sentence(1, "Паром сел на мель у порта.", 30)]
    assert nearest(only) == only[1]
    assert nearest(only[:1]) == only[0]
    assert nearest([]) is None


def test_an_unbroken_text_is_the_headline_only_where_nothing_else_is() -> None:
    wall = sentence(1, " ".join(["паром", "мель", "порт"] * LONGEST))
    short = sentence(2, "Паром и мель рядом.")
    assert nearest([wall, short]) == short
    assert nearest([wall]) == wall


def test_copies_weigh_once() -> None:
    """Five copies of an advertisement do not outweigh two posts about a ferry."""
    adverts = [sentence(id_, "Скидки на окна.", piece=1) for id_ in range(1, 6)]
    posts = [sentence(10, "Паром сел на мель."), sentence(11, "Паром ушёл на мель.")]
    found = nearest([*adverts, *posts])
    assert found in posts
