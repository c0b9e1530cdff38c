"""Environment variables that are meant for this program, and that nothing in it reads."""

from collections.abc import Iterable, Iterator

PREFIX = "SEEDWATCH_"
SETTINGS = (
    "DATA_DIR", "CACHE_DIR", "DATABASE_URL", "GITHUB_TOKEN", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID",
    "GITHUB_APP_INSTALLATION", "GITHUB_APP_KEY_FILE", "GITHUB_URL", "GIT_URL", "CA_FILE", "CONTACT", "HOST",
    "PORT", "REQUESTS_PER_MINUTE", "SCAN_CONCURRENCY", "FETCH_SECONDS", "FETCH_MEGABYTES", "KEEP_MEGABYTES",
    "FACTS_MEGABYTES", "ANALYSIS_SECONDS", "ANALYSIS_MEGABYTES", "VERIFY_GPU", "SCAN_PRIVATE", "WEBHOOK_PRIVATE",
)  # fmt: skip
"""The names of all settings. They stand here as well since reading their definitions takes longer than a `check`."""
_NO_SETTINGS = ("NATIVE", "TRACEBACK", "INSIDE_DEBUG", "DATABASE_PASSWORD", "PUBLISH", "WORKERS")
"""What is read where no settings are, the last three by the composition of containers."""


def unread(names: Iterable[str]) -> Iterator[str]:
    """What to say of each of the variables that has no meaning here."""
    known = (*SETTINGS, *_NO_SETTINGS)
    for name in sorted(names):
        own = name.removeprefix(PREFIX)
        if own != name and own not in known:
            from difflib import get_close_matches  # hardly anybody errs

            near = get_close_matches(own, known, n=1)
            yield f"{name} is no setting; " + (
                f"is {PREFIX}{near[0]} meant?" if near else "`seedwatch config` lists them"
            )
