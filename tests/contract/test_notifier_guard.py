"""The guard of notices against requests into the own network, by name, by rebinding and by certificate."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.notifier.guarded import Resolve
from app.adapters.notifier.post import Post
from app.demo.llm.certificates import make_certificates
from app.domain.delivery.target import read
from app.domain.networks import parse
from app.errors import Permanent, Unavailable
from tests.receiving import LoopbackReceiver

LOOPBACK = parse("ALERTS_ALLOWED_NETWORKS", "127.0.0.0/8", "")
NAME = "hooks.example.org"


class Resolver:
    """Answers each lookup with the next list of addresses, and with the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def receiver() -> Iterator[LoopbackReceiver]:
    with LoopbackReceiver() as running:
        yield running


def post(address: str, **given: object) -> int:
    """Posts to an address; the status of the answer."""
    return Post(**given)(read(address), {}, b"{}").status  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_real_name_or_address_of_this_machine_is_refused(receiver: LoopbackReceiver, name: str) -> None:
    with pytest.raises(Permanent, match="ALERTS_ALLOWED_NETWORKS"):
        post(f"https://{name}:{receiver.port}/")
    assert receiver.sent == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["169.254.169.254"],
        ["fe80::1%lo"],
        ["1.1.1.1", "127.0.0.1"],
        ["127.0.0.1", "1.1.1.1"],
    ],
)
def test_a_name_that_leads_inside_is_refused(receiver: LoopbackReceiver, addresses: list[str]) -> None:
    """Also if it leads outside as well: the next attempt could take the other address."""
    for scheme in ("http", "https"):
        with pytest.raises(Permanent) as raised:
            post(f"{scheme}://{NAME}:{receiver.port}/", resolve=Resolver(addresses))
        assert not any(address in str(raised.value) for address in addresses)
    assert receiver.sent == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_taken(receiver: LoopbackReceiver) -> None:
    """A name that is public for the check and inner for the connection finds no second lookup."""
    resolve = Resolver(["127.0.0.1"], ["10.0.0.1"])
    assert post(f"http://{NAME}:{receiver.port}/a?b=c", resolve=resolve, allowed=LOOPBACK) == 204
    assert resolve.asked == 1
    [sent] = receiver.sent
    assert (sent.headers["host"], sent.path) == (f"{NAME}:{receiver.port}", "/a?b=c")


def test_each_attempt_looks_the_name_up_and_checks_it_anew(receiver: LoopbackReceiver) -> None:
    resolve = Resolver(["127.0.0.1"], ["127.0.0.1", "10.0.0.1"])
    address = f"http://{NAME}:{receiver.port}/"
    assert post(address, resolve=resolve, allowed=LOOPBACK) == 204
    with pytest.raises(Permanent):
        post(address, resolve=resolve, allowed=LOOPBACK)
    assert len(receiver.sent) == 1


def test_the_next_address_of_a_name_is_tried(receiver: LoopbackReceiver) -> None:
    resolve = Resolver(["127.0.0.9", "127.0.0.1"])
    assert post(f"http://{NAME}:{receiver.port}/", resolve=resolve, allowed=LOOPBACK) == 204


def test_a_public_address_gets_nothing_without_encryption() -> None:
    with pytest.raises(Permanent, match="https"):
        post(f"http://{NAME}/", resolve=Resolver(["1.1.1.1"]))


def test_a_name_without_an_address_is_tried_again() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no address, says the resolver of 10.0.0.53")

    for resolve in (nowhere, Resolver([])):
        resolver: Resolve = resolve
        with pytest.raises(Unavailable) as raised:
            post(f"https://{NAME}/", resolve=resolver)
        assert "10.0.0.53" not in str(raised.value)


def test_the_certificate_is_that_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    ca, served = make_certificates(tmp_path)  # for localhost and 127.0.0.1
    trusting = ssl.create_default_context(cafile=str(ca))
    with LoopbackReceiver(tls=served) as receiver:

        def sent(name: str, tls: ssl.SSLContext) -> int:
            address = f"https://{name}:{receiver.port}/"
            return post(address, resolve=Resolver(["127.0.0.1"]), allowed=LOOPBACK, tls=tls)

        assert sent("localhost", trusting) == 204
        for name, tls in ((NAME, trusting), ("localhost", ssl.create_default_context())):
            with pytest.raises(Unavailable, match="certificate is not trusted"):
                sent(name, tls)
        assert len(receiver.sent) == 1
