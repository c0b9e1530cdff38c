"""What the code of a repository does: facts, links, verdicts, checks, fixes and figures."""

from analysis import native as native  # first of all: it settles which form of the others is imported
