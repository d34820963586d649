"""Processes on this machine: the embedded services (PostgreSQL with pgvector, Valkey), their supervisor, the fleet."""
