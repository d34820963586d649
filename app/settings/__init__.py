"""Settings: one frozen object, read from the environment, .env and mounted files."""

from app.settings.current import SECRETS, fill, forget_secrets, get_settings, with_endpoints
from app.settings.model import GRACE, PAID, PROVIDERS, Settings, sqlalchemy_url

__all__ = [
    "GRACE",
    "PAID",
    "PROVIDERS",
    "SECRETS",
    "Settings",
    "fill",
    "forget_secrets",
    "get_settings",
    "sqlalchemy_url",
    "with_endpoints",
]
