"""The query language of searches, saved searches and alerts: one tree, one parser and one printer."""
