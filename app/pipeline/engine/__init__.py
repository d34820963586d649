"""The engine under every step: work rows, leases, the runner, the sweeper, the ledger of paid calls."""
