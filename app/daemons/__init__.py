"""Processes beside the Celery workers: relay, consumer, metrics server, Flower. Each has a main of its own."""
