"""Media Audit: watches Telegram channels and keeps every album, file, reading and tag."""
