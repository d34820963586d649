"""The runner and the steps: plain functions over a session and ports. They return the next calls; no Celery here."""
