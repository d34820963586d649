"""Scores the search on a labelled set of publications and queries, through the real engine on a real PostgreSQL."""
