"""Programs for developers and for set-up; the shell scripts among them run without any package."""
