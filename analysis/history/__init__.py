"""The verdict through time, as far as that needs no repository: where it changes, and what a change was."""
