"""The processes beside the Celery workers: relay, consumer, metrics server, Flower. Each has its own `main`."""
