"""Events: their schemas, the outbox that transactions write to, the exchange, and how long events are kept."""
