"""Who may see and do what on the page: roles, passwords, sessions, attempts, ways in. Decisions without I/O."""
