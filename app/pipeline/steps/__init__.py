"""The steps of the flow: each one's claim, performance and results."""
