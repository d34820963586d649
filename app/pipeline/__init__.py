"""The runner and the steps: plain functions over a session and ports. They return what comes next; no Celery here."""
