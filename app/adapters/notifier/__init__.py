"""Sends notices of alerts: signed webhooks and messages of a Telegram bot. A feed is fetched, see app/web/pages."""

from __future__ import annotations

from app.adapters.notifier.factory import notifiers

__all__ = ["notifiers"]
