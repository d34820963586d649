"""Answerers: adapters that answer a question from the spans that they are offered."""
