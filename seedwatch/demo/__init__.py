"""Small repositories of our own, each one row of the truth table, with a history."""
