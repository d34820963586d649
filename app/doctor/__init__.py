"""Checks of an installation, each with the remedy: settings, services, schema, models, paid providers."""
