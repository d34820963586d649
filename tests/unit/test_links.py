"""The links and names that users write for a channel or a post, and those that name none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.link_words import LETTERS, OPENS, RESERVED
from app.domain.links import LARGEST, Link, Reference, channel, is_link, read
from app.errors import Permanent

DUROV = Reference(username="durov")
CLOSED = Reference(telegram_id=1234567890)


@pytest.mark.parametrize(
    "text",
    [
        "durov",
        "@durov",
        "@@durov",
        "＠durov",
        "\u200bdurov\ufeff",
        "du\u00adrov",
        "\u00a0\u2800@durov\u3164 \n",
        "«@durov».",
        "<https://t.me/durov>",
        "(t.me/durov),",
        "HTTPS://T.ME/durov",
        "https://t.me/durov/",
        "https://t.me/durov?",
        "https:/t.me/durov",
        "//t.me/durov",
        "t.me:443/durov",
        "www.t.me/durov",
        "https://t.me/@durov",
        "https://t.me/%40durov",
        "t.me//durov",
        "telegram.me/durov",
        "telegram.dog/durov?start=abc",
        "https://t.me/durov?videochat=hash",
        "https://t.me/durov?boost",
        "https://t.me/boost/durov",
        "tg://boost?domain=durov",
        "durov.t.me",
        "https://durov.t.me",
        "http://durov.T.ME/",
        "https://durov.t.me/?text=a",
        "t.me/s/durov",
        "t.me/s/durov?before=100",
        "https://t.me/durov/s/12",
        "https://t.me/durov/app?startapp=x",
        "tg:resolve?domain=durov",
        "tg://resolve?domain=durov",
        "TG://RESOLVE/?foo=1&domain=@durov",
        "https://web.telegram.org/k/#@durov",
        "https://web.telegram.org/a/#@durov",
        "web.telegram.org/z/#@durov",
        "https://web.telegram.org/#/im?p=@durov",
        "https://webk.telegram.org/#@durov",
        "https://web.telegram.org/k/#?tgaddr=tg%3A%2F%2Fresolve%3Fdomain%3Ddurov",
        "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fdurov&text=look",
        "https%3A%2F%2Ft.me%2Fdurov",
        "t.me%2Fdurov",
        "%40durov",
        "durov/",
        "@durov/?boost",
        *(f"tg://{word}?url=https://t.me/durov" for word in ("share", "msg", "msg_url", "iv")),
    ],
)
def test_names(text: str) -> None:
    assert read(text) == Link(DUROV)


@pytest.mark.parametrize(
    "text",
    [
        "1234567890",
        "-1001234567890",
        "−1001234567890",
        "–1001234567890",
        "１２３４５６７８９０",
        "t.me/c/1234567890",
        "https://t.me/c/-1001234567890",
        "https://t.me/c/1234567890?boost",
        "https://t.me/boost?c=1234567890",
        "tg://boost?channel=1234567890",
        "tg://privatepost?channel=1234567890",
        "tg://openmessage?chat_id=1234567890",
        "https://web.telegram.org/a/#-1001234567890",
        "https://web.telegram.org/z/#-1001234567890_17",
        "https://web.telegram.org/k/#-1234567890",
        "https://web.telegram.org/k/#-1001234567890",
        "https://web.telegram.org/#/im?p=c1234567890_17290475925834783",
        "https://web.telegram.org/#/im?p=s1234567890_1",
    ],
)
def test_numbers(text: str) -> None:
    assert read(text) == Link(CLOSED)


@pytest.mark.parametrize(
    ("text", "reference", "message"),
    [
        ("@durov/42", DUROV, 42),
        ("durov/42", DUROV, 42),
        ("durov/7/42", DUROV, 42),
        ("@durov/42/", DUROV, 42),
        ("@durov/42?single&comment=5", DUROV, 42),
        ("-1001234567890/42#part", CLOSED, 42),
        ("https%3A%2F%2Ft.me%2Fdurov%2F42%3Fsingle", DUROV, 42),
        ("https://t.me/durov/42%3Fsingle", DUROV, 42),
        ("tg%3A%2F%2Fresolve%3Fdomain%3Ddurov%26post%3D42", DUROV, 42),
        ("-1001234567890/42", CLOSED, 42),
        ("https://t.me/durov/42", DUROV, 42),
        ("https://t.me/durov/42?single", DUROV, 42),
        ("https://t.me/durov/42?comment=5", DUROV, 42),
        ("https://t.me/durov/42?thread=7&single&t=1m", DUROV, 42),
        ("https://t.me/durov/42#part", DUROV, 42),
        ("https://t.me/durov/7/42?single", DUROV, 42),
        ("https://t.me/s/durov/42", DUROV, 42),
        ("https://durov.t.me/42?single", DUROV, 42),
        ("https://durov.t.me/7/42", DUROV, 42),
        ("https://t.me/durov/42.", DUROV, 42),
        ("tg://resolve?domain=durov&post=42&single", DUROV, 42),
        ("https://t.me/c/1234567890/42", CLOSED, 42),
        ("https://t.me/c/1234567890/7/42?single", CLOSED, 42),
        ("tg://privatepost?channel=1234567890&post=42&thread=7", CLOSED, 42),
        ("tg:privatepost?post=42&channel=1234567890", CLOSED, 42),
        ("tg://openmessage?chat_id=1234567890&message_id=42", CLOSED, 42),
        ("https://web.telegram.org/#/im?p=@durov&post=42", DUROV, 42),
        ("https://t.me/durov/99999999999", DUROV, None),
        ("https://t.me/durov/0", DUROV, None),
    ],
)
def test_posts(text: str, reference: Reference, message: int | None) -> None:
    assert read(text) == Link(reference, message)


@pytest.mark.parametrize(
    "text",
    [
        "https://t.me/+AbCd_f-9",
        "t.me/%2BAbCd_f-9",
        "https://t.me/joinchat/AbCd_f-9",
        "tg://join?invite=AbCd_f-9",
        "tg:join?invite=AbCd_f-9",
        "telegram.me/joinchat/AbCd_f-9?x=1",
    ],
)
def test_invitations_keep_their_hash_out_of_every_log(text: str) -> None:
    found = channel(text)
    assert found == Reference(invite="AbCd_f-9")
    assert "AbCd" not in repr(found)


@pytest.mark.parametrize("word", sorted(RESERVED))
@pytest.mark.parametrize("form", ["t.me/{}/Abc123?x=1", "https://{}.t.me/abcde", "@{}", "tg://resolve?domain={}"])
def test_reserved_words_are_no_channels(word: str, form: str) -> None:
    text = form.format(word)
    if text.startswith(("t.me/joinchat", "t.me/boost")):
        return  # these contain an invitation, or a channel
    with pytest.raises(Permanent, match="@name"):
        read(text)


@pytest.mark.parametrize("word", sorted({*OPENS} - {"joinchat"}))
def test_links_of_the_scheme_that_open_something_else(word: str) -> None:
    with pytest.raises(Permanent, match="it opens"):
        read(f"tg://{word}?slug=abcdef&token=x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("99999999999999999999", "too large"),
        ("-10099999999999999999999", "too large"),
        ("9" * 5000, "too large"),
        ("https://t.me/c/99999999999999999999/5", "too large"),
        ("tg://privatepost?channel=99999999999999999999&post=1", "too large"),
        ("https://web.telegram.org/a/#-10099999999999999999", "too large"),
        (str(LARGEST + 1), "too large"),
        ("1001234567890", "write -1001234567890"),
        ("0", "-100"),
        ("-12345", "-100"),
        ("-0", "-100"),
        ("https://web.telegram.org/a/#-12345", "-100"),
        ("https://web.telegram.org/a/#777000", "a person"),
        ("https://web.telegram.org/k/", "names no channel"),
        ("https://web.telegram.org/#/im?p=u777000_1", "a person"),
        ("t.me", "names no channel"),
        ("https://t.me/", "names no channel"),
        ("https://t.me/s/", "names no channel"),
        ("https://t.me/c/abc/5", "names no channel"),
        ("https://t.me/+79991234567", "a person"),
        ("tg://resolve?phone=79991234567", "a person"),
        ("tg://user?id=777000", "a person"),
        ("tg://openmessage?user_id=777000", "a person"),
        ("https://t.me/joinchat/", "not whole"),
        ("https://t.me/+", "not whole"),
        ("https://t.me/+ab?", "not whole"),
        ("https://t.me/$abcdef", "an invoice"),
        ("https://t.me/m/abcdef", "a prepared message"),
        ("https://t.me/share/url?url=https://example.org", "another site"),
        ("https://t.me/share?url=" + "https%3A//t.me/share%3Furl%3Dt.me/durov", "a text to send"),
        ("https://t.me/iv?url=https%3A%2F%2Fexample.org&rhash=1", "names no channel"),
        ("https://example.org/t.me/durov", "another site"),
        ("https://t.me@example.org/durov", "another site"),
        ("https://t.me.example.org/durov", "another site"),
        ("https://a.b.t.me/durov", "another site"),
        ("https://новости.t.me", "names no channel"),
        ("http://[", "names no channel"),
        ("https://[::1/durov", "names no channel"),
        ("новости", "names no channel"),
        ("@новости/5", "names no channel"),
        ("", "names no channel"),
        (" ", "names no channel"),
        ("@", "names no channel"),
        ("ab", "names no channel"),
        ("a" * 33, "names no channel"),
        ("1news", "names no channel"),
        ("_news", "names no channel"),
        ("news_", "underscore"),
        ("ne__ws", "underscore"),
        ("two words", "names no channel"),
        ("new\x00s", "names no channel"),
        ("\udcff", "names no channel"),
        ("tg://", "names no channel"),
        ("ftp://t.me/durov", "names no channel"),
    ],
)
def test_what_names_no_channel_says_so(text: str, says: str) -> None:
    with pytest.raises(Permanent, match=says) as caught:
        read(text)
    assert len(caught.value.reason) < 400


def test_letters_open_no_channel() -> None:
    for letter in LETTERS:
        with pytest.raises(Permanent, match="names no channel"):
            read(f"https://t.me/{letter}/#@durov")


PIECES = st.sampled_from(
    (
        "t.me https:// tg:// tg: / ? # @ durov c s + -100 1234567890 % %40 web.telegram.org k a = & domain post url [ ]"
        f" : . resolve tgaddr= _ joinchat share boost \u200b \x00 {'9' * 30}"
    ).split(" ")
)


def fitting(text: str) -> bool:
    """Whether the text names one channel with numbers that fit, or is refused with the remedy."""
    try:
        found = read(text)
    except Permanent as error:
        return "@name" in error.reason or "-100" in error.reason
    one = found.channel
    ways = [value for value in (one.username, one.telegram_id, one.invite) if value is not None]
    numbers = (one.telegram_id or 1) in range(1, LARGEST + 1) and (found.message_id or 1) in range(1, 2**31)
    return len(ways) == 1 and numbers


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=9).map("".join)))
def test_any_text_is_a_channel_or_an_error_that_names_the_remedy(text: str) -> None:
    assert fitting(text)


@given(st.from_regex(r"\A[a-z]{5,20}\Z"), st.integers(1, 2**31 - 1))
def test_every_form_of_one_post_is_the_same(name: str, message: int) -> None:
    if name in RESERVED:
        return
    forms = ["t.me/{}/{}", "https://{}.t.me/{}?single", "tg:resolve?domain={}&post={}", "@{}/{}", "t.me/s/{}/{}"]
    assert {read(form.format(name, message)) for form in forms} == {Link(Reference(username=name), message)}


@pytest.mark.parametrize(
    ("text", "link"),
    [("t.me/x", True), ("tg:x", True), ("durov.t.me", True), ("A title. With dots/5", True), ("News/5", False)],
)
def test_what_looks_like_a_link(text: str, link: bool) -> None:
    assert is_link(text) is link
