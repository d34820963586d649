"""The dashboards of Grafana, as code: `python -m deploy.grafana.generate` writes them as JSON."""
