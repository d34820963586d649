"""Dry runs of re-reading over the API."""

from __future__ import annotations

from app.web.api.routes import Api

api = Api("versions")
