"""Searches the indexed publications by words and by meaning."""
