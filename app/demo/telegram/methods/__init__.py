"""The methods that the server knows; importing them registers them."""

from app.demo.telegram.methods import account, channels, files, invitations, login, login_tokens, updates

__all__ = ["account", "channels", "files", "invitations", "login", "login_tokens", "updates"]
