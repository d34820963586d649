"""Limits of clients: how often they ask, how much they send, how long they take."""
