"""Addresses of places in a repository on its host's website, at the commit that was read."""

from urllib.parse import quote

from analysis.places import Place


def permalink(host: str, owner: str, name: str, commit: str | None, place: Place) -> str | None:
    """The address of `place` at `commit` on the host's website, or None where the host has none that we know.

    GitHub has no line anchors in notebooks, so those link to the file.
    """
    if host != "github.com" or commit is None:
        return None
    address = f"https://github.com/{quote(owner, safe='')}/{quote(name, safe='')}/blob/{quote(commit, safe='')}"
    # A lone surrogate (a file name that is not UTF-8) has no address on the website that would be right.
    path = quote(place.file, safe="/", errors="replace")
    return f"{address}/{path}" if place.cell is not None else f"{address}/{path}#L{place.line}"


def commit_link(host: str, owner: str, name: str, commit: str) -> str | None:
    """The address of a commit's diff on the host's website, or None where the host has none that we know."""
    if host != "github.com":
        return None
    return f"https://github.com/{quote(owner, safe='')}/{quote(name, safe='')}/commit/{quote(commit, safe='')}"
