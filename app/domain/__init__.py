"""Pure decisions and values of the domain: no I/O, no Celery, no ORM session."""
