"""Vision providers: each turns one media file into a reading."""
