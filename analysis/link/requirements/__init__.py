"""What a repository's files ask for: one module per kind of file, each from text to `Declaration`s."""
