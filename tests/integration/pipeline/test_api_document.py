"""The OpenAPI document and docs/api.md: what they say of the API is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from app.domain.access.scopes import Scope
from app.settings import get_settings
from tests.api import V1, api, token
from tests.factories.messages import message
from tests.integration.pipeline.flow import Flow
from tests.pages import ROOT

PAGE = (ROOT / "docs/api.md").read_text()


def test_the_client_of_the_docs_reads_all_pages(flow: Flow) -> None:
    flow.post(*(message(number, f"The ferry {number}") for number in range(1, 24)))
    flow.watch()
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(re.findall(r"^.+$", code, re.M)) <= 10, "ten lines"
    with api(get_settings()) as client:
        given = {"MEDIA_AUDIT_URL": str(client.base_url).rstrip("/"), "MEDIA_AUDIT_TOKEN": token(Scope.READ)}
        ran = subprocess.run([sys.executable, "-c", code], env={**os.environ, **given}, capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    assert (len(lines), ran.stderr) == (23, "")
    assert lines[0] == "2024-03-01T12:23:00+00:00 https://t.me/news/23 **ferry**"


@pytest.mark.usefixtures("flow")
def test_the_document_and_the_docs_name_the_same_addresses() -> None:
    with api(get_settings()) as client:
        answer = client.get(f"{V1}/openapi.json")
    document = answer.json()
    assert answer.status_code == 200, "without a token"
    named = {path.removeprefix(f"{V1}/").partition("/")[0].partition(":")[0] for path in document["paths"]}
    table = PAGE.partition("## Addresses")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(?:[A-Z]+ )?([a-z]+)[?/:`{]", table))
    assert named - told == set()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert about["security"] == [{"HTTPBearer": []}], (path, method)
            assert {"401", "403", "422", "429", "500", "503"} <= set(about["responses"]), (path, method)
