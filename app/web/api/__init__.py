"""The API at /api/v1: the data of the pages and the acts of operators for programs with a token (docs/api.md)."""
