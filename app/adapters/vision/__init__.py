"""Vision providers: each turns one media file into a reading. Local ones are here, paid ones in `remote`."""
