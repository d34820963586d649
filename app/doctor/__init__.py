"""Checks of an installation, each with a remedy: settings, services, schema, models, paid providers."""
