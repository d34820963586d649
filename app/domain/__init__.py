"""Pure decisions: no I/O, no Celery, no ORM session."""
