"""Adapters: one package for each port, each made by a factory that app.wiring calls."""
