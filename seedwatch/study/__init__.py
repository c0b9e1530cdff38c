"""What a study leaves behind: a data package, and a report over it."""
