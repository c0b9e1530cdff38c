"""An experiment that anyone can repeat: what the bug does to a small training, beside what the seed alone does."""
