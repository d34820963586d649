"""The database schema: running migrations, DDL helpers, drift between models and migrations, lock diagnosis."""
