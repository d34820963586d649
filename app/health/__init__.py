"""Health checks of processes, and the heartbeat files that they read."""
