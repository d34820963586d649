"""Requests made out of the OpenAPI document, by schemathesis, at a served API over real rows.

No answer is a fault of ours (500), and each is as the document says: its status, type and form. Values that the archive
has stand among made ones, so that answers with content are looked at, too. `make test-api` sends many more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure, Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from app import wiring
from app.alerts import acts as alerts
from app.db import transaction
from app.exports import acts as exports
from app.search import saved
from app.settings import get_settings
from tests.api import TESTER, V1, api, bearing, token
from tests.factories.messages import album, message, photo, sha256
from tests.integration.pipeline.asking import ask
from tests.integration.pipeline.database import change, rows
from tests.integration.pipeline.flow import Flow

EXAMPLES = int(os.environ.get("API_EXAMPLES", "4"))  # of each address and method, as often of wrong ones
CHECKS = (
    *(not_a_server_error, checks.status_code_conformance, checks.content_type_conformance),
    *(checks.response_headers_conformance, checks.response_schema_conformance),
)
PICTURE = photo("кот", "МЯУ 123")
QUERIES = [
    "паром",
    "кот OR паром",
    "kind:photo",
    "has:ocr",
    "-паром",
    '"паром ходит"',
    "/п.р/",
    "search:ferries",
    "near:00",
]


@pytest.fixture
def client(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the API over an archive that has something of everything."""
    flow.drive.embedder = wiring.embedder()
    flow.post(
        message(1, "Паром ходит по субботам", PICTURE), message(2, "The ferry is late"), *album((5, 6), 7, {5: "Кот"})
    )
    flow.watch()
    ask(flow.drive, "Когда ходит паром?")
    with transaction() as session:
        saved.save(session, "ferries", "паром OR ferry")
        exports.make(session, TESTER, "паром")
        alerts.add(session, TESTER, alerts.Wanted("ferries", feed=True))
    change("UPDATE work SET state = 'dead', last_error = 'a fault' WHERE step = 'index'")
    with api(get_settings().model_copy(update={"web_rate_factor": 0})) as made:
        yield made


def known() -> dict[str, list[Any]]:
    """Values of the archive by the names of parameters."""
    tables = ("publications", "questions", "channels", "work", "exports", "alerts")
    ids = {row[0] for table in tables for row in rows(f"SELECT id FROM {table}")}
    names = ["ferries", "none"]
    hashes = [row[0] for row in rows("SELECT sha256 FROM media_files")]
    return {"id": sorted(ids), "sha256": hashes, "channel": ["news"], "message": [1, 2, 5], "name": names, "q": QUERIES}


def operations(client: httpx.Client) -> list[Any]:
    config = schemathesis.Config()
    schema = schemathesis.openapi.from_url(f"{client.base_url}{V1}/openapi.json", config=config)
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


@pytest.mark.timeout(max(300, 60 * EXAMPLES))
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # schemathesis does, in the strategy of a pattern
def test_every_answer_is_as_the_document_says(client: httpx.Client) -> None:
    headers, values = [bearing(token()), bearing(token(channels=["@news"]))], known()
    every = operations(client)
    assert len(every) > 30
    failures = []
    for operation, mode in product(every, (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
        try:
            _send(operation, mode, headers, values)
        except Unsatisfiable:  # an address that takes nothing has no wrong requests
            assert mode is GenerationMode.NEGATIVE, operation.label
        except (FailureGroup, Failure, FlakyFailure) as failure:
            failures.append(f"{operation.label}: {getattr(failure, 'exceptions', (failure,))}")
    assert failures == []
    assert sha256(PICTURE) in values["sha256"]


def _send(operation: Any, mode: GenerationMode, headers: list[dict[str, str]], values: dict[str, list[Any]]) -> None:
    """Sends some requests to one address. Values of the archive take the place of three made ones in four.

    headers: with the tokens.
    """
    known_ = st.fixed_dictionaries({name: st.sampled_from(some) for name, some in values.items()})

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        real=known_,
        often=st.integers(0, 3),
        token=st.sampled_from(headers),
    )
    def send(case: Any, real: dict[str, Any], often: int, token: dict[str, str]) -> None:
        for place in (case.path_parameters, case.query):
            if often and isinstance(place, dict):
                place.update({name: value for name, value in real.items() if name in place})
        case.call_and_validate(headers=token, checks=CHECKS, timeout=60)

    send()
