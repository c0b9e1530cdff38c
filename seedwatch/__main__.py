"""The door: names the commands, and imports the one that is asked for.

Help and version cost no more than starting Python, so nothing but the standard library's core is imported here. The
table's texts are the first lines of the commands' own help; a test holds the two together.
"""

import gc
import os
import signal
import sys
from collections.abc import Sequence

from seedwatch import __version__

COMMANDS: dict[str, dict[str, str]] = {
    "Look at code": {
        "check": "Analyse one repository, folder, file or notebook: no database, no network.",
        "fix": "Show, or write, the patches that mend what `check` finds.",
        "advisory": "Write the text of a polite issue about a repository's findings, with evidence and patch.",
    },
    "Put it to the test": {
        "verify": "Run flagged loaders in a sandbox, and bring the evidence.",
        "doctor": "Tell whether this machine can run strangers' code safely, by trying to break out.",
        "disputes": "List what is said against findings, and settle it.",
    },
    "Follow it through time": {
        "history": "Follow a repository's verdict through time: when the bug came, what ended it, which fixes did not.",
        "study": "Run the study of 2021 again: each repository on that day and at its newest commit, side by side.",
        "impact": "Train the same small network with the bug and without, over many seeds, and say what the bug costs.",
    },
    "Build the picture": {
        "discover": "Find repositories on GitHub and note them in the database.",
        "scan": "Fetch, analyse and store repositories.",
        "rescan": "Scan repositories again, as a batch.",
        "rejudge": "Analyse again, with this release, the commits that were scanned, as a batch.",
        "refresh": "Look at scanned repositories for changes, and scan those that changed.",
        "opt-out": "Leave repositories alone whose owners ask: not found, not fetched, not shown, purged.",
    },
    "Work in the background": {
        "worker": "Do jobs that others asked for, until told to end.",
        "jobs": "List batches, look at one, pause it, go on with it, cancel it, try again what failed.",
        "schedule": "Make, list, pause and trigger batches that come again by the clock.",
        "token": "Make and revoke tokens of the API, and read the log of what was asked with them.",
    },
    "Show it": {
        "serve": "Serve the dashboard and the API.",
        "export": "Write what is known as tables, Parquet and CSV, which the service offers at /api/v1/exports.",
        "snapshot": "Write results to a file, or read them from one.",
        "demo": "Scan a few small repositories made for the purpose, and serve the result.",
    },
    "This installation": {
        "status": "Say what is going on: repositories, what waits, workers, open batches, GitHub's quota.",
        "config": "List every setting, its value and what it is for.",
        "migrate": "Bring the database to this version's schema.",
    },
}

_USAGE = "Usage: seedwatch COMMAND [ARGUMENTS]"
_ABOUT = "Finds PyTorch code that trains on repeated random numbers: NumPy draws in DataLoader workers."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status is 0, 1 for a bug found, 2 for what could not be done, 130 for Ctrl-C."""
    # While modules are imported nothing is there to be put away: Ctrl-C ends the process without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else "--help"
    if name in {"--help", "-h"}:
        sys.stdout.write(_help())
        return 0
    if name == "--version":
        sys.stdout.write(f"seedwatch {__version__}\n")
        return 0
    if name in _names():
        checks = arguments is None and name == "check"
        if checks:
            # Looking for garbage would take a tenth of the time, and the process ends with it.
            gc.disable()
        from seedwatch.running import run

        status = run(name, given[1:])
        if checks:
            _end(status)
        return status
    sys.stderr.write(_unknown(name))
    return 2


def _end(status: int) -> None:
    """Ends the process of a command that has nothing open any more.

    Taking apart piece by piece what an analysis made is an eighth of what a hook waits for.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _names() -> list[str]:
    return [name for group in COMMANDS.values() for name in group]


def _help() -> str:
    width = max(map(len, _names()))
    lines = [_USAGE, "", _ABOUT]
    for title, group in COMMANDS.items():
        lines += ["", f"{title}:", *(f"  {name:<{width}}  {text}" for name, text in group.items())]
    lines += ["", "`seedwatch COMMAND --help` tells more about each; `seedwatch --version` which release this is.", ""]
    return "\n".join(lines)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, _names(), n=1)
    hint = f"did you mean `seedwatch {close[0]}`?" if close else "`seedwatch --help` lists the commands."
    return f"seedwatch: no command {name!r}; {hint}\n"


if __name__ == "__main__":
    sys.exit(main())
