"""Events: their schemas, the outbox that transactions write to, the exchange, and the retention of sent events."""
