"""Checks an export with nothing but its own files: no database, no home, no settings, no network."""
