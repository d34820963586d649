"""Addresses of webhooks: one reading of each, and none that leads inside or is spelt in an odd way."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.target import Target, checked, read
from app.domain.networks import Address, is_in, is_public, meant, parse
from app.errors import UserError

INNER = tuple(
    address
    for line in (
        "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.0.9 168.63.129.16 169.254.169.254",
        "172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1",
        "239.255.255.250 240.0.0.1 255.255.255.255",
        ":: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808 2002:7f00:1:: 2002:808:808:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 3fff::1",
        "100::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1",
    )
    for address in line.split()
)
PUBLIC = "1.1.1.1 8.8.8.8 172.15.0.1 172.32.0.1 100.63.0.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808"

addresses = st.ip_addresses() | st.sampled_from(INNER).map(ip_address)


@pytest.mark.parametrize("text", INNER)
def test_an_address_of_an_own_network_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


def test_a_link_local_address_with_its_interface_is_not_public() -> None:
    assert not is_public(IPv6Address("fe80::1%eth0"))
    assert not is_public(IPv6Address("2606:4700::1111%eth0"))


@given(addresses)
def test_no_address_is_public_that_python_knows_as_private(address: Address) -> None:
    """Python keeps a list of its own, made from the same registries."""
    real = meant(address)
    if is_public(address):
        assert real.is_global
        assert not any((real.is_multicast, real.is_private, real.is_loopback))


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv4_is_judged_alike_in_each_form_that_leads_to_it(address: IPv4Address) -> None:
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        assert is_public(IPv6Address(int(IPv6Address(prefix)) + int(address))) == is_public(address)
    for form in (IPv6Address(int(address)), IPv6Address((0x2002 << 112) + (int(address) << 80))):
        assert not is_public(form)


def test_an_allowed_network_has_an_address_in_each_of_its_forms() -> None:
    networks = parse("ALERTS_ALLOWED_NETWORKS", "10.0.0.0/24, fd00::/8", "")
    assert is_in(ip_address("10.0.0.7"), networks)
    assert is_in(ip_address("::ffff:10.0.0.7"), networks)
    assert is_in(ip_address("fd00::7"), networks)
    assert not is_in(ip_address("10.0.1.7"), networks)
    for wrong in ("10.0.0.1/24", "0.0.0.0/0", "::/0", "home"):
        with pytest.raises(UserError, match="ALERTS_ALLOWED_NETWORKS"):
            parse("ALERTS_ALLOWED_NETWORKS", wrong, "name yours")


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://hooks.example.org", Target("https", "hooks.example.org", 443, "/")),
        ("https://Hooks.Example.org./a?b=c#d", Target("https", "hooks.example.org", 443, "/a?b=c")),
        (
            "https://hooks.example.org:8443/ü x".replace(" ", "%20"),
            Target("https", "hooks.example.org", 8443, "/%C3%BC%20x"),
        ),
        ("http://[2606:4700::1111]:8080/", Target("http", "2606:4700::1111", 8080, "/")),
        ("https://1.1.1.1/", Target("https", "1.1.1.1", 443, "/")),
        ("https://пример.рф/приём", Target("https", "xn--e1afmkfd.xn--p1ai", 443, "/%D0%BF%D1%80%D0%B8%D1%91%D0%BC")),
        ("https://１.１.１.１/", Target("https", "1.1.1.1", 443, "/")),
    ],
)
def test_an_address_is_read(address: str, target: Target) -> None:
    assert read(address) == target


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hooks.example.org",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "gopher://hooks.example.org/",
        "https://",
        "https:///path",
        "https://user:password@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://hooks.example.org\t/",
        "https://hooks.example.org/ x",
        "https://hooks.example.org\r\nHost: inner/",
        "https://hooks.example.org:22/",
        "https://hooks.example.org:25/",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:x/",
        "https://hooks.example.org:70000/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://hooks%2eexample.org/",
        "https://a..b/",
        "https://-a.org/",
        "https://" + "a" * 64 + ".org/",
        "https://hooks.example.org/" + "a" * 2_000,
        # Spellings of 127.0.0.1 that the resolver takes and a check of texts does not know.
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.0x1/",
        "https://127.0.0.1.0x/",
        "https://1.2.3.4.5/",
    ],
)  # fmt: skip
def test_an_odd_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(UserError) as raised:
        read(address)
    assert len(address) < 10 or address not in str(raised.value)
    assert "password@" not in str(raised.value)


@given(st.ip_addresses(v=4), st.sampled_from(["%d", "%#x", "%#o"]))
def test_no_number_is_read_as_a_name(address: IPv4Address, form: str) -> None:
    """Each that the system's resolver would take for an address is refused, or is that address in plain form."""
    spelt = (form % int(address)).replace("0o", "0")
    assert socket.inet_aton(spelt) == address.packed
    with pytest.raises(UserError):
        read(f"https://{spelt}/")


@pytest.mark.parametrize("text", INNER)
def test_a_new_alert_goes_to_no_address_of_an_own_network(text: str) -> None:
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(UserError, match="ALERTS_ALLOWED_NETWORKS"):
        checked(f"https://{host}/", ())
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    assert checked(f"http://{host}/", everything).literal == ip_address(text)


def test_plain_http_is_for_allowed_networks() -> None:
    home = (ip_network("10.0.0.0/24"),)
    for address, allowed in (("http://hooks.example.org/", ()), ("http://1.1.1.1/", home)):
        with pytest.raises(UserError, match="https"):
            checked(address, allowed)
    assert checked("http://receiver.home/", home).scheme == "http"  # its address is looked up when it is sent to
    assert checked("http://10.0.0.7:9000/", home).port == 9000
    assert checked("https://hooks.example.org/", ()).host == "hooks.example.org"
