"""Makes the notifiers from settings."""

from __future__ import annotations

from collections.abc import Mapping

from app.adapters.notifier.guarded import Resolve, resolved
from app.adapters.notifier.post import Post
from app.adapters.notifier.telegram_bot import TelegramNotifier
from app.adapters.notifier.webhook import WebhookNotifier
from app.domain.alerts import Medium
from app.domain.delivery.target import read
from app.domain.networks import parse
from app.errors import UserError
from app.ports import Notifier
from app.settings import Settings

INSTEAD = "write those of your receivers alone"


def notifiers(settings: Settings, resolve: Resolve = resolved) -> Mapping[Medium, Notifier]:
    """The notifier of each medium. A feed has none: its readers fetch it. UserError for a wrong setting."""
    allowed = parse("ALERTS_ALLOWED_NETWORKS", settings.alerts_allowed_networks, INSTEAD)
    token = settings.alerts_telegram_token
    try:
        api = read(settings.alerts_telegram_api)
    except UserError as error:
        raise UserError(f"ALERTS_TELEGRAM_API: {error}") from None
    post = Post(allowed, resolve)
    return {
        Medium.WEBHOOK: WebhookNotifier(post),
        Medium.TELEGRAM: TelegramNotifier(post, api, token.get_secret_value() if token else None),
    }
