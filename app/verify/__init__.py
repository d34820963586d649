"""Verifies stored data: checks compare rows, files, index and Telegram with each other."""
