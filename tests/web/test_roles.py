"""Every page in the browser for users of each role, whose session shows in its head."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from app.domain.access.roles import Role
from app.settings import get_settings
from tests.browsing import signed_in
from tests.web.archive import Served
from tests.web.browser import Look, window
from tests.web.pages import EDITORS, OPERATORS, PAGES, SIGNED_IN, Address
from tests.web.test_walk import SHORT, faults


def _status(route: str, role: Role) -> int:
    """Of the answer to a user of this role."""
    refused = (route in OPERATORS and role is not Role.OPERATOR) or (route in EDITORS and role is Role.READER)
    return 403 if refused else 200


@pytest.mark.parametrize("look", SHORT, ids=str)
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_no_page_has_a_fault_for_a_user(
    browser: Browser, archive: Served, at_home: None, role: Role, look: Look
) -> None:
    [(name, token)] = signed_in(get_settings(), role).items()
    first = {route: next(iter(page.items())) for route, page in PAGES.items()}
    every = [Address(shows, find(archive), _status(route, role)) for route, (shows, find) in first.items()]
    with window(browser, archive.url, look) as shown:
        shown.page.context.add_cookies([{"name": name, "value": token, "url": archive.url}])
        found = [fault for one in (*every, *SIGNED_IN) for fault in faults(shown, one)]
        assert str(role) in shown.open("/feed").text()
    assert found == []
