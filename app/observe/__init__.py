"""How Media Audit is seen from outside: value files of all processes, exemplars, the metrics process."""
