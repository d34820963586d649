"""The home directory: its layout, its locks, the addresses of services that run in it."""
