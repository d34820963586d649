"""How a typed query is read: precedence, negation, quotes, forgiveness, unknown operators, and bounds."""

from __future__ import annotations

import pytest

from app.domain.query.parser import parse
from app.domain.query.tree import (
    EVERYTHING,
    NOTHING,
    All,
    Either,
    Limit,
    Node,
    Not,
    Operator,
    Pattern,
    Phrase,
    Word,
    limits_of,
    words_of,
)
from app.errors import UserError

A, B, C, D = map(Word, "abcd")
PHOTO, VIDEO = Limit(Operator.KIND, "photo"), Limit(Operator.KIND, "video")


def words(text: str) -> Node:
    """The tree of a text in which every word is sought."""
    found = tuple(map(Word, text.split()))
    return found[0] if len(found) == 1 else All(found)


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("", EVERYTHING),
        ("  \n ", EVERYTHING),
        ("a", A),
        ("a b", All((A, B))),
        ("a b OR c d", Either((All((A, B)), All((C, D))))),
        ("a ИЛИ b or c | d", Either((A, B, C, D))),
        ("a|b", Either((A, B))),
        ("a (b OR c) d", All((A, Either((B, C)), D))),
        ("((a)) (b c)", All((A, B, C))),
        ("a OR (b OR c)", Either((A, B, C))),
        ("a AND b И c", All((A, B, C))),
        ("-a b", All((Not(A), B))),
        ("NOT a НЕ b", All((Not(A), Not(B)))),
        ("NOT -a", A),
        ("NOT NOT a", A),
        ("-(a OR b) c", All((Not(Either((A, B))), C))),
        ("NOT (a b)", Not(All((A, B)))),
        ("-(a -(b OR c))", Not(All((A, Not(Either((B, C))))))),
        ("(-a|-b)", Either((Not(A), Not(B)))),
        ('-"a b"', Not(Phrase("a b"))),
        ("-kind:photo", Not(PHOTO)),
        ("-/a/", Not(Pattern("a"))),
        ("NOT ()", NOTHING),
        ("a (in:ocr b)", All((A, All((Limit(Operator.IN, "ocr"), B))))),
    ],
)
def test_words_are_joined_and_negated(typed: str, tree: Node) -> None:
    assert parse(typed) == tree


@pytest.mark.parametrize("typed", ['"a  b"', "«a b»", "“a b”", "„a b“", "„a b”", "”a b”", '" a\nb "'])
def test_every_pair_of_quotes_makes_a_phrase(typed: str) -> None:
    assert parse(typed) == Phrase("a b")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('«он сказал "да"»', 'он сказал "да"'),
        (r'"say \"yes\" or \\"', 'say "yes" or \\'),
        (r'"C:\temp"', r"C:\temp"),
        ('"tag:a OR -b (c"', "tag:a OR -b (c"),
        ('"е\u0301"', "е\u0301"),
        ('"и\u0306"', "й"),
    ],
)
def test_a_phrase_holds_any_text(typed: str, text: str) -> None:
    assert parse(typed) == Phrase(text)


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("it's 5\" (approx", "it's 5 approx"),
        ('5" и 7"', "5 и 7"),
        ("a) b", "a b"),
        ('say "hello', "say hello"),
        ("«раз два", "раз два"),
        ("раз» два", "раз два"),
        ("Москва — столица, не так ли?", "Москва столица, не так ли?"),
        ("Москва - столица", "Москва столица"),
        ("северо-запад", "северо-запад"),
        ("--help", "help"),
        ("print() a", "print a"),
        ("привет ((((((((((((((((((((((((((((((", "привет"),
        ("привет)))))))))))))))))))))))))))))", "привет"),
        ("грустно :-(", "грустно"),
        (":-( a", "a"),
        ("привет:) a", "привет: a"),
        ("круто:D", "круто:D"),
        ("Внимание: скидки", "Внимание: скидки"),
        ("в 12:30 и 24/7", "в 12:30 и 24/7"),
        ("https://t.me/news/5?a=b t.me/a/1", "https://t.me/news/5?a=b t.me/a/1"),
        ("mailto:a@b.org std::vector class::x", "mailto:a@b.org std::vector class::x"),
        (r"C:\temp\a", r"C:\temp\a"),
        ("он / она / они", "он она они"),
        ("/help /usr/bin and/or", "/help /usr/bin and/or"),
        ("a & b && c", "a b c"),
        ("OR a", "OR a"),
        ("Portland OR", "Portland OR"),
        ("(a OR) b", "a OR b"),
        ("a NOT", "a NOT"),
        ("a |", "a"),
        ("a -() b", "a b"),
        ("C++ #тег @name $5 50%", "C++ #тег @name $5 50%"),
        ("😀", "😀"),
        ("\u200eа\u200b \ufeffb\u00adc", "а bc"),
        (r"\OR \-a \tag:x a\(b\) \—", "OR -a tag:x a(b) —"),
        ("и\u0306", "й"),
    ],
)
def test_plain_text_is_forgiven(typed: str, sought: str) -> None:
    assert parse(typed) == words(sought)


def test_characters_that_no_database_takes_separate_words() -> None:
    assert parse("a\ud800b\x00c\x1bd") == words("a b c d")


def test_a_hyphen_between_phrases_negates_nothing() -> None:
    assert parse("«Динамо»-«Спартак»") == All((Phrase("Динамо"), Phrase("Спартак")))


def test_a_backslash_makes_any_word_plain_when_negated_too() -> None:
    assert parse(r"-\-a -or") == All((Not(Word("-a")), Not(Word("or"))))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (r"/a\/b/", "a/b"),
        ("/a (b|c)  d/", "a (b|c)  d"),
        (r'/"\d{2}"/', r'"\d{2}"'),
        (r"/\\/", r"\\"),
        (r"/[(]\(/", r"[(]\("),
    ],
)
def test_a_pattern_keeps_all_but_the_escape_of_its_slashes(typed: str, text: str) -> None:
    assert parse(f"x ({typed})") == All((Word("x"), Pattern(text)))


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(UserError, match="regular expression // is empty"):
        parse("a //")


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("channel:@news", Limit(Operator.CHANNEL, "@news")),
        ('канал:"Moscow  news"', Limit(Operator.CHANNEL, "Moscow news")),
        ("КАНАЛ:«Вести: Москва»", Limit(Operator.CHANNEL, "Вести: Москва")),
        ("from:https://t.me/news", Limit(Operator.FROM, "https://t.me/news")),
        ("от:-1001234567890", Limit(Operator.FROM, "-1001234567890")),
        ("Тег:Ёлка", Limit(Operator.TAG, "елка")),
        ("(kind:photo)", PHOTO),
        ("вид:фото", PHOTO),
        ("kind:photo|видео", Either((PHOTO, VIDEO))),
        ("kind:photo|kind:video", Either((PHOTO, VIDEO))),
        ("-kind:photo|video", Not(Either((PHOTO, VIDEO)))),
        ('channel:a|"b c"', Either((Limit(Operator.CHANNEL, "a"), Limit(Operator.CHANNEL, "b c")))),
        ('поиск:"моя папка"', Limit(Operator.SEARCH, "моя папка")),
    ],
)
def test_filters_are_read_in_both_languages(typed: str, limit: Node) -> None:
    assert parse(typed) == limit


@pytest.mark.parametrize("typed", ["foo:bar", "a OR (b -foo:bar)", 'foo:"bar"', "foo:(bar OR b)", "foo:5", "foo:$5"])
def test_an_unknown_operator_is_named_with_those_that_exist(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        parse(typed)
    message = str(refused.value)
    assert "unknown operator 'foo'" in message
    assert all(f"{operator.value}: (" in message for operator in Operator)
    assert "канал:" in message
    assert 'put it in quotes: "foo:' in message


def test_text_with_a_colon_is_sought_in_quotes() -> None:
    assert parse('"foo:bar"') == Phrase("foo:bar")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("chanel:x", "channel:"), ("каннал:x", "канал:"), ("langs:x", "lang:"), ("befor:2026", "before:")],
)
def test_the_nearest_operator_is_suggested(typed: str, meant: str) -> None:
    with pytest.raises(UserError, match=f"Did you mean {meant}"):
        parse(typed)


@pytest.mark.parametrize("typed", ["tag:", "tag: a", "(tag:)", 'tag:"a', 'tag:""', "тег:(a b)"])
def test_an_operator_without_a_value_is_an_error(typed: str) -> None:
    with pytest.raises(UserError, match=r"^tag: \(тег:\) "):
        parse(typed)


def test_a_long_query_is_refused_as_typed_and_as_printed() -> None:
    assert parse("a" * 1000) == Word("a" * 1000)
    with pytest.raises(UserError, match=r"1,001 characters .* at most 1,000 .* search:NAME"):
        parse("a" * 1001)
    with pytest.raises(UserError, match="at most 1,000"):
        parse("|".join(["word"] * 199))  # 994 characters, and each | becomes four


def test_a_query_of_many_parts_is_refused() -> None:
    assert parse("a " * 199) == All((A,) * 199)
    with pytest.raises(UserError, match="201 parts, and at most 200"):
        parse("a " * 200)


def test_deep_groups_are_refused_and_needless_ones_do_not_count() -> None:
    assert parse("(" * 300 + "a" + ")" * 300) == A
    assert parse("-(a " * 20) != EVERYTHING
    with pytest.raises(UserError, match="21 deep in each other, and at most 20"):
        parse("-(a b " * 21)
    with pytest.raises(UserError, match="at most"):
        parse("-(a " * 250)


def test_the_words_of_a_query_are_those_that_a_hit_has() -> None:
    tree = parse('a -b (c OR "d e") -(x -y) /z/ kind:photo')
    assert words_of(tree) == (A, C, Phrase("d e"), Word("y"))


def test_the_filters_of_a_query_come_in_order() -> None:
    assert limits_of(parse("a kind:photo (b OR -in:ocr)")) == (PHOTO, Limit(Operator.IN, "ocr"))


def test_trees_are_values() -> None:
    assert {parse("a (b OR kind:photo)"): 1}[parse("a  (b | вид:фото)")] == 1
