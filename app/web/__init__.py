"""The page: server-rendered HTML over the same functions as the commands, and JSON beside each address."""
