"""Alerts as users work with them: made, paused, removed; their preview and their deliveries."""
