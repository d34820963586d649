"""The nine steps of the flow: what each claims, performs and writes."""
