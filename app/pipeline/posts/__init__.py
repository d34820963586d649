"""Rows that several steps share: channels, posts, publications with their revisions, enrichment, documents."""
