"""The state of the system, read from its rows: overview, problems, paid providers, services, the report of a run."""
