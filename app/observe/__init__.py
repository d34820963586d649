"""Media Audit seen from outside: the metrics process."""
