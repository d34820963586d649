"""The state of the system as read from its rows: overview, problems, providers, services, the report of a run."""
