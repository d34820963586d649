"""Health checks of processes (liveness and readiness), and the heartbeat files that they read."""
