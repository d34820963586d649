"""The home directory: its layout, its process locks, and the addresses of the services that run in it."""
