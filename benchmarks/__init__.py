"""What the program costs, as ratios to a yardstick measured in the same run, so that figures of machines compare."""
