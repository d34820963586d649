"""The demo: sample channels, and servers for Telegram and chat models on loopback. Tests run on the same."""
