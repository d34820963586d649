"""The database schema: run migrations, DDL helpers, drift between models and migrations, lock diagnosis."""
