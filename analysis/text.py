"""What of strangers' text can be serialised."""


def is_text(text: str) -> bool:
    """Whether UTF-8 and JSON can carry it: not half of a surrogate pair, which a name that is not UTF-8 leaves in it,
    or an escape in code (`"\\ud800"`)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
