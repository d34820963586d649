"""The demo: sample channels, and servers for Telegram and chat models on loopback. Tests use both too."""
