"""What people and other programs read: pure functions from a report to text."""
