"""Reads the posts of a period, the time before it, and the sentences of its topics."""
