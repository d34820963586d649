"""Notices of alerts."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.alerts import Notice, Reason

SECRET = "whsec_" + base64.b64encode(b"a signing secret of 32 bytes, 1!").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the one before it, of 32 bytes!!").decode()
TEXT = "Паром «Рассвет» 😀 <b>отменён</b> & <script>alert(1)</script>\nдо завтра"


def notice(**changes: Any) -> Notice:
    """A notice with everything in it."""
    made = Notice(
        id="4f6c1c9e-9d5f-4a1e-8b8e-0c2d8f1f2a3b",
        alert="ferries",
        query="паром -отпуск",
        reason=Reason.NEW,
        channel="city",
        publication_id=17,
        revision=2,
        posted_at=datetime(2026, 11, 30, 12, 5, 1, tzinfo=UTC),
        link="https://t.me/city/17",
        page="https://archive.example.org/p/city/17",
        text=TEXT,
        tags=("паром", "порт"),
        media=("ab" * 32,),
    )
    return replace(made, **changes)
