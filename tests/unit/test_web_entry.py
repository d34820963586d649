"""The way in to the page out of settings: open to this machine, by login, through a proxy, or no start."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from fastapi.routing import iter_route_contexts

from app.domain.access.attempts import ANYWHERE, HERE, must_wait
from app.domain.access.entry import LOOPBACK_NAMES, Entry, Wanted, Way, believed, entry
from app.domain.access.roles import Act
from app.errors import UserError
from app.settings import Settings
from app.web.admission import act_of
from app.web.application import application
from app.web.entry import entry_of
from app.web.rendering import HERE as WEB
from app.web.safety import own_address

PROXY = Wanted(networks="10.0.0.0/24, fd00::5", header="X-Forwarded-User")
NETWORKS = (ip_network("10.0.0.0/24"), ip_network("fd00::5"))
ANY = "0.0.0.0"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), Entry()),
        (Wanted(host="localhost"), Entry()),
        (Wanted(host="::1"), Entry()),
        (Wanted(names="A.example,b.example"), Entry(names=(*LOOPBACK_NAMES, "a.example", "b.example"))),
        (Wanted(login=True), Entry(Way.LOGIN)),
        (Wanted(ANY, login=True, names="a.example"), Entry(Way.LOGIN, True, (*LOOPBACK_NAMES, "a.example"))),
        (
            Wanted(ANY, login=True, url="https://a.example:8443/"),
            Entry(Way.LOGIN, True, (*LOOPBACK_NAMES, "a.example"), secure=True),
        ),
        (Wanted(url="http://localhost:8000"), Entry()),
        (PROXY, Entry(Way.PROXY, networks=NETWORKS, header="x-forwarded-user")),
        (
            replace(PROXY, host="::", names="a.example"),
            Entry(Way.PROXY, True, (*LOOPBACK_NAMES, "a.example"), False, NETWORKS, "x-forwarded-user"),
        ),
    ],
)
def test_settings_that_mean_a_way_in(wanted: Wanted, found: Entry) -> None:
    assert entry(wanted) == found


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted(ANY), r"WEB_HOST=127\.0\.0\.1.*WEB_LOGIN=true.*WEB_PROXY_NETWORKS"),
        (Wanted("::"), "whole network"),
        (Wanted("192.0.2.1", names="a.example"), "whole network"),
        (Wanted("archive.example.org"), "is no address"),
        (Wanted(ANY, login=True), "needs WEB_NAMES"),
        (replace(PROXY, host=ANY), "needs WEB_NAMES"),
        (Wanted(networks="10.0.0.1"), "WEB_PROXY_HEADER is not set"),
        (Wanted(ANY, header="X-User"), "WEB_PROXY_NETWORKS is not set"),
        (replace(PROXY, login=True), "both set"),
        (Wanted(networks="10.0.0.1/24", header="X-User"), r"has 10\.0\.0\.1/24"),
        (Wanted(networks="proxy", header="X-User"), "has proxy"),
        (Wanted(networks="0.0.0.0/0", header="X-User"), "everyone"),
        (Wanted(networks="::/0", header="X-User"), "everyone"),
        (Wanted(networks="10.0.0.1", header="Cookie"), "cannot name a user"),
        (Wanted(networks="10.0.0.1", header="X User"), "cannot name a user"),
        (Wanted(names="*"), r"has \*"),
        (Wanted(names="*.example"), "no wildcard"),
        (Wanted(names="a.example:80"), "without port"),
        (Wanted(url="archive.example.org"), "WEB_URL is the page's address"),
        (Wanted(url="https://a.example/archive"), "without path"),
        (Wanted(url="ftp://a.example"), "WEB_URL"),
    ],
)
def test_all_other_settings_are_refused_with_a_remedy(wanted: Wanted, told: str) -> None:
    with pytest.raises(UserError, match=told):
        entry(wanted)


def test_each_setting_has_its_place() -> None:
    settings = Settings(
        web_host="10.1.1.1",
        web_names="a.example",
        web_url="https://b.example",
        web_proxy_networks="10.0.0.5",
        web_proxy_header="X-User",
    )
    names = (*LOOPBACK_NAMES, "a.example", "b.example")
    assert entry_of(settings) == Entry(Way.PROXY, True, names, True, (ip_network("10.0.0.5"),), "x-user")
    assert entry_of(Settings(web_login=True)).way is Way.LOGIN


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("10.0.0.7", True),
        ("::ffff:10.0.0.7", True),
        ("fd00::5", True),
        ("fd00::6", False),
        ("10.0.1.7", False),
        ("127.0.0.1", False),
        ("unknown", False),
        ("", False),
        (None, False),
    ],
)
def test_a_name_is_believed_from_listed_networks_alone(peer: str | None, trusted: bool) -> None:
    assert believed(NETWORKS, peer) is trusted
    assert not believed((), peer)


def test_attempts_end_at_their_limit() -> None:
    assert [must_wait(HERE, count) for count in (1, 5, 6, 100)] == [False, False, True, True]
    assert must_wait(ANYWHERE, 51)
    assert not must_wait(ANYWHERE, 50)


def test_every_address_names_its_act() -> None:
    """One that is added without a thought is for operators: here it fails, so that its author chooses."""
    routes = [one for one in iter_route_contexts(application(settings=Settings()).routes) if one.endpoint]
    acts = {str(one.path): getattr(one.endpoint, "act", None) for one in routes}
    assert [path for path, act in acts.items() if act is None] == []
    assert len(acts) > 15
    free = {path for path, act in acts.items() if act is Act.ENTER}
    alone = {"/feeds/{token}.atom", "/api/v1/openapi.json"}  # a key of its own opens the first; the second tells forms
    assert free == {"/health", "/login", "/link/{token}", "/language/{language}", *alone}
    assert act_of(lambda: None) is Act.OPERATE


def test_every_form_that_changes_something_has_the_token_of_its_session() -> None:
    """But those that begin a session, and the one that sends the fields of a refused question again as they came."""
    token, macro = '{% include "form_token.html" %}', "{{ hidden("
    assert f'{{% macro hidden(place="") %}}{token}' in (WEB / "templates/operations.html").read_text()
    without = set()
    for template in (WEB / "templates").glob("*.html"):
        forms = template.read_text().split("<form")[1:]
        posts = [one.partition("</form>")[0] for one in forms if 'method="post"' in one.partition(">")[0]]
        without |= {template.name for one in posts if token not in one and macro not in one}
    assert without == {"login.html", "link.html", "error.html"}


@pytest.mark.parametrize("address", ["/", "/feed", "/search?q=a%20b&order=date", "/p/x/1#a", "/a//b"])
def test_own_addresses_are_followed(address: str) -> None:
    assert own_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "feed",
    ],
)
def test_no_other_address_is_followed(address: str) -> None:
    assert own_address(address) == "/"
