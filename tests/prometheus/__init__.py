"""A real Prometheus over a real run; `make test-prometheus`, not `make test` (see pyproject.toml)."""
