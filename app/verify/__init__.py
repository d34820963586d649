"""Is everything that was written still so? Checks that compare rows, files, index and Telegram with each other."""
