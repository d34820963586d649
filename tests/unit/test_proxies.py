"""Addresses of proxies as users write and share them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.domain.proxies import Proxy, WrongProxy, parse
from app.settings import Settings

PLAIN = "0123456789abcdef0123456789abcdef"
SECRET = bytes.fromhex(PLAIN)
HERE = ("proxy.example.org", 443)
SOCKS = Proxy("socks5", *HERE, "user", "pass word/#@")
PLUS = base64.b64decode("+" * 22 + "==", validate=False)
LETTERS = base64.b64decode("abcdefabcdefabcdefabcQ==")
DIGITS = base64.b64decode("abcdefABCDEF0123456789==")
TLS = "ee" + PLAIN + b"example.org".hex()


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("socks5://proxy.example.org:443", Proxy("socks5", *HERE)),
        ("SOCKS5H://proxy.example.org:443/", Proxy("socks5", *HERE)),
        ("socks5://user:pass%20word%2F%23%40@proxy.example.org:443", SOCKS),
        ("socks5://user@proxy.example.org:443", Proxy("socks5", *HERE, "user", "")),
        ("http://user:p@proxy.example.org:443", Proxy("http", *HERE, "user", "p")),
        ("http://[::1]:3128", Proxy("http", "::1", 3128)),
        ("tg://socks?server=proxy.example.org&port=443&user=user&pass=pass+word%2F%23%40", SOCKS),
        ("https://t.me/socks?server=proxy.example.org&port=443", Proxy("socks5", *HERE)),
        (f"mtproxy://proxy.example.org:443/{PLAIN}", Proxy("mtproto", *HERE, secret=SECRET)),
        (f"mtproto://proxy.example.org:443/dd{PLAIN}", Proxy("mtproto", *HERE, secret=SECRET)),
        (f"tg://proxy?server=proxy.example.org&port=443&secret=DD{PLAIN}", Proxy("mtproto", *HERE, secret=SECRET)),
        (f"t.me/proxy?port=443&server=proxy.example.org&secret={PLAIN}", Proxy("mtproto", *HERE, secret=SECRET)),
        (
            "tg:proxy?server=proxy.example.org&port=443&secret=ASNFZ4mrze8BI0VniavN7w",
            Proxy("mtproto", *HERE, secret=SECRET),
        ),
        ("mtproxy://proxy.example.org:443/3QEjRWeJq83vASNFZ4mrze8=", Proxy("mtproto", *HERE, secret=SECRET)),
        ("tg://proxy?server=::1&port=1&secret=++++++++++++++++++++++", Proxy("mtproto", "::1", 1, secret=PLUS)),
        ("mtproxy://[2001:db8::7]:443/abcdefabcdefabcdefabcQ==", Proxy("mtproto", "2001:db8::7", 443, secret=LETTERS)),
        ("tg://proxy?server=h&port=1&secret=abcdefABCDEF0123456789==", Proxy("mtproto", "h", 1, secret=DIGITS)),
        (f"mtproxy://h:1/ee{PLAIN[2:]}", Proxy("mtproto", "h", 1, secret=bytes.fromhex("ee" + PLAIN[2:]))),
    ],
)
def test_forms(text: str, proxy: Proxy) -> None:
    assert parse(text) == proxy
    for hidden in ("pass", PLAIN, str(SECRET)):
        assert hidden not in repr(parse(text))
        assert hidden not in parse(text).name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"mtproxy://proxy.example.org:443/{TLS}", "fake TLS"),
        (f"tg://proxy?server=proxy.example.org&port=443&secret={TLS}", "fake TLS"),
        ("tg://proxy?server=h&port=1&secret=7gEjRWeJq83vASNFZ4mrze9leGFtcGxlLm9yZw", "fake TLS"),
        (f"mtproxy://proxy.example.org:443/ee{PLAIN}", "fake TLS"),
        (f"mtproxy://proxy.example.org:443/{PLAIN[:-2]}", "15 bytes"),
        (f"mtproxy://proxy.example.org:443/{PLAIN}00", "17 bytes"),
        ("mtproxy://proxy.example.org:443/", "0 bytes"),
        ("mtproxy://proxy.example.org:443/не", "neither"),
        ("tg://proxy?server=h&port=1", "0 bytes"),
        ("tg://proxy?port=1&secret=" + PLAIN, "no host"),
        ("tg://proxy?server=h&port=70000&secret=" + PLAIN, "no port"),
        ("socks5://proxy.example.org", "no port"),
        ("socks5://proxy.example.org:0", "no port"),
        ("socks5://proxy.example.org:99999", "malformed"),
        ("socks5://:1080", "no host"),
        ("socks5://[::1:80", "malformed"),
        ("socks5://user:se#cret@host:1080", "%23"),
        ("socks5://:geheim@host:1080", "no user"),
        ("socks5://u:" + "x" * 256 + "@host:1080", "255"),
        ("http://host:80/path", "follows the port"),
        ("https://host:443", "no TLS"),
        ("socks4://host:1080", "no kind"),
        ("host:1080", "no kind"),
        ("nonsense", "no kind"),
    ],
)
def test_what_cannot_be_used_is_refused_when_settings_are_read(text: str, says: str) -> None:
    with pytest.raises(WrongProxy, match=says):
        parse(text)
    with pytest.raises(ValidationError) as caught:
        Settings(telegram_proxy=SecretStr(text))
    for hidden in (PLAIN[:20], "geheim", "cret@", "x" * 20):
        assert hidden not in str(caught.value)


def test_the_name_of_an_address_with_colons_tells_its_port() -> None:
    assert parse("socks5://[2001:db8::7]:1080").name == "the SOCKS5 proxy [2001:db8::7]:1080"


def test_a_mounted_file_is_read_like_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path
    (directory / "telegram_proxy").write_text("socks5://user:geheim@host:1080\n")
    monkeypatch.setenv("SECRETS_DIR", str(directory))
    settings = Settings()
    assert settings.proxy() == Proxy("socks5", "host", 1080, "user", "geheim")
    assert "geheim" not in repr(settings)
