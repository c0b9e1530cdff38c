"""The truth table, executed."""
