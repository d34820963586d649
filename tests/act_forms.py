"""What users and programs send to each address that changes something: of pages forms, of the API JSON.

A new route stands here, or tests/integration/test_web_acts.py fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.routing import iter_route_contexts

from app.domain.access.roles import Act
from app.web.admission import act_of
from app.web.application import application
from app.web.safety import SAFE
from tests import act_rows as rows

V1 = "/api/v1"
# They begin or end a session, write a question, or reckon a price: no acts, and each has tests of its own.
NO_ACTS = {
    "POST /login",
    "POST /link/{token}",
    "POST /logout",
    "POST /ask",
    f"POST {V1}/ask",
    f"POST {V1}/versions:dryrun",
}
SECRET = "four words of no poem"


@dataclass(frozen=True)
class Sent:
    """A request that acts. address: to which; fields: without those that each form has."""

    address: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def _resend() -> Sent:
    alert, hit, destination = rows.delivery()
    return Sent(f"/alerts/{alert}/resend", {"hit": hit, "destination": destination})


def _redeliver() -> Sent:
    _, hit, destination = rows.delivery()
    return Sent(f"{V1}/deliveries/{hit}/{destination}/resend")


# Route -> a form that its user would send, over rows that it makes for it.
PAGES: dict[str, Callable[[], Sent]] = {
    "POST /channels": lambda: Sent("/channels", {"names": "@news\nt.me/city", "max_size": "50 MB"}),
    "POST /channels/backfill": lambda: Sent("/channels/backfill", {"of": rows.channel()}),
    "POST /channels/{number:int}/backfill": lambda: Sent(f"/channels/{rows.channel()}/backfill", {"again": "true"}),
    "POST /channels/{number:int}/stop": lambda: Sent(f"/channels/{rows.channel()}/stop"),
    "POST /channels/{number:int}/watch": lambda: Sent(f"/channels/{rows.channel(enabled=False)}/watch"),
    "POST /channels/{number:int}/limits": lambda: Sent(f"/channels/{rows.channel()}/limits", {"media": ["", "photo"]}),
    "POST /work/retry": lambda: Sent("/work/retry", {"state": "dead", "row": rows.dead_row()}),
    "POST /versions/again": lambda: Sent(
        "/versions/again?what=retag&everything=true", {"agreed": 0, "of": rows.publication()}
    ),
    "POST /versions/stop": lambda: Sent("/versions/stop", {"what": rows.run_of("reanalyze")}),
    "POST /tokens": lambda: Sent("/tokens", {"name": "a program", "scope": "read"}),
    "POST /tokens/{number:int}/revoke": lambda: Sent(f"/tokens/{rows.token()}/revoke"),
    "POST /budgets/set": lambda: Sent("/budgets/set", {"budget": "openai", "tokens": "250,000"}),
    "POST /budgets/reset": lambda: Sent("/budgets/reset", {"budget": rows.cap()}),
    "POST /budgets/wake": lambda: Sent("/budgets/wake", {"provider": rows.resting()}),
    "POST /exports": lambda: Sent("/exports", {"q": "cat", "format": ["jsonl", "csv"]}),
    "POST /exports/{number:int}/delete": lambda: Sent(f"/exports/{rows.export()}/delete"),
    "POST /users": lambda: Sent("/users", {"name": rows.fresh("carl"), "role": "editor"}),
    "POST /users/link": lambda: Sent("/users/link"),
    "POST /users/{name}/link": lambda: Sent(f"/users/{rows.user()}/link"),
    "POST /users/{name}/role": lambda: Sent(f"/users/{rows.user()}/role", {"role": "editor"}),
    "POST /users/{name}/password": lambda: Sent(
        f"/users/{rows.user()}/password", {"password": SECRET, "again": SECRET}
    ),
    "POST /users/{name}/remove": lambda: Sent(f"/users/{rows.user()}/remove"),
    "POST /users/{name}/revoke": lambda: Sent(f"/users/{rows.user()}/revoke"),
    "POST /sessions/{number:int}/revoke": lambda: Sent(f"/sessions/{rows.session()}/revoke"),
    "POST /saved": lambda: Sent("/saved", {"name": rows.fresh("cats"), "q": "cat -dog"}),
    "POST /saved/remove": lambda: Sent("/saved/remove", {"name": rows.search()}),
    "POST /alerts": lambda: Sent("/alerts", {"search": rows.search(), "feed": "true"}),
    "POST /alerts/{number:int}/pause": lambda: Sent(f"/alerts/{rows.alert()}/pause"),
    "POST /alerts/{number:int}/resume": lambda: Sent(f"/alerts/{rows.alert(paused=True)}/resume"),
    "POST /alerts/{number:int}/remove": lambda: Sent(f"/alerts/{rows.alert()}/remove"),
    "POST /alerts/{number:int}/resend": _resend,
    "POST /alerts/{number:int}/feed": lambda: Sent(f"/alerts/{rows.alert()}/feed"),
    "POST /alerts/{number:int}/feed/revoke": lambda: Sent(f"/alerts/{rows.alert()}/feed/revoke"),
    "POST /alerts/{number:int}/secret": lambda: Sent(f"/alerts/{rows.signing_alert()}/secret"),
    "POST /alerts/{number:int}/secret/end": lambda: Sent(f"/alerts/{rows.signing_alert()}/secret/end"),
    "POST /forget": lambda: Sent("/forget", {"name": rows.kept_file(), "why": "asked for"}),
}
# The same of the API, with JSON.
API: dict[str, Callable[[], Sent]] = {
    f"POST {V1}/channels": lambda: Sent(f"{V1}/channels", {"names": ["@news", "t.me/city"]}),
    f"PATCH {V1}/channels/{{id}}": lambda: Sent(f"{V1}/channels/{rows.channel()}", {"media": ["photo"]}),
    f"DELETE {V1}/channels/{{id}}": lambda: Sent(f"{V1}/channels/{rows.channel()}"),
    f"POST {V1}/channels/{{id}}/watch": lambda: Sent(f"{V1}/channels/{rows.channel(enabled=False)}/watch"),
    f"POST {V1}/channels/{{id}}/backfill": lambda: Sent(f"{V1}/channels/{rows.channel()}/backfill", {"again": True}),
    f"POST {V1}/work/{{id}}/retry": lambda: Sent(f"{V1}/work/{rows.dead_row()}/retry", {"agreed": False}),
    f"POST {V1}/exports": lambda: Sent(f"{V1}/exports", {"query": "cat"}),
    f"DELETE {V1}/exports/{{id}}": lambda: Sent(f"{V1}/exports/{rows.export()}"),
    f"PUT {V1}/saved/{{name}}": lambda: Sent(f"{V1}/saved/{rows.fresh('cats')}", {"query": "cat"}),
    f"DELETE {V1}/saved/{{name}}": lambda: Sent(f"{V1}/saved/{rows.search()}"),
    f"POST {V1}/alerts": lambda: Sent(f"{V1}/alerts", {"search": rows.search(), "feed": True}),
    f"DELETE {V1}/alerts/{{id}}": lambda: Sent(f"{V1}/alerts/{rows.alert()}"),
    f"POST {V1}/alerts/{{id}}/pause": lambda: Sent(f"{V1}/alerts/{rows.alert()}/pause"),
    f"POST {V1}/alerts/{{id}}/resume": lambda: Sent(f"{V1}/alerts/{rows.alert(paused=True)}/resume"),
    f"POST {V1}/alerts/{{id}}/feed": lambda: Sent(f"{V1}/alerts/{rows.alert()}/feed"),
    f"DELETE {V1}/alerts/{{id}}/feed": lambda: Sent(f"{V1}/alerts/{rows.alert()}/feed"),
    f"POST {V1}/alerts/{{id}}/secret": lambda: Sent(f"{V1}/alerts/{rows.signing_alert()}/secret"),
    f"DELETE {V1}/alerts/{{id}}/secret": lambda: Sent(f"{V1}/alerts/{rows.signing_alert()}/secret"),
    f"POST {V1}/deliveries/{{hit}}/{{destination}}/resend": _redeliver,
}


def changing() -> dict[str, Act]:
    """The routes of the application that change something -> the act that each names."""
    found = {}
    for route in iter_route_contexts(application().routes):
        for method in set(route.methods or ()) - set(SAFE):
            found[f"{method} {route.path}"] = act_of(route.endpoint)
    return found


def acts(*, api: bool = False) -> dict[str, Act]:
    """Those of them that stand in the audit: of pages, or of the API."""
    return {name: act for name, act in changing().items() if name not in NO_ACTS and (V1 in name) is api}
