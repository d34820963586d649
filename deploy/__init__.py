"""What runs around Media Audit: Prometheus and Grafana."""
