"""The exit statuses of all commands."""

OK, BUG_FOUND, COULD_NOT, STOPPED = 0, 1, 2, 130
