"""Metrics as other programs see them: value files of all processes, their archive, exemplars, gauges and probes."""
