"""The embedded services (PostgreSQL with pgvector, Valkey) and their supervisor."""
