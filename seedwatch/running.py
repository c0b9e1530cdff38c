"""Runs one command: arguments in, an exit status out, and errors as one line for a person."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from miner.errors import BadInput, MinerError
from seedwatch.interrupts import raised_once
from seedwatch.statuses import COULD_NOT, OK, STOPPED
from seedwatch.variables import unread

if TYPE_CHECKING:
    import typer


def run(name: str, arguments: Sequence[str]) -> int:
    """Imports and runs the command `name`.

    A command is a module of `seedwatch.commands` whose `app` is a typer application; what its functions return is the
    exit status. Errors that the packages below raise on purpose end it with status 2 and their message.
    """
    for words in unread(os.environ):
        sys.stderr.write(f"seedwatch {name}: warning: {words}\n")
    work = _plainly(name, arguments) or _by_typer(name, arguments)
    try:
        with raised_once():
            status = work()
            sys.stdout.flush()
    except MinerError as error:
        return _fail(name, str(error))
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        # The reader has gone (`| head`); Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED
    except Exception as error:
        # The outermost boundary: no traceback at a user, and no status that says "bug found".
        if os.environ.get("SEEDWATCH_TRACEBACK"):
            raise
        kind = type(error).__name__
        return _fail(name, f"stopped by a fault ({kind}: {error}); SEEDWATCH_TRACEBACK=1 shows where")
    return int(status or OK)


def _plainly(name: str, arguments: Sequence[str]) -> Callable[[], int] | None:
    """A command that can be run without typer, which costs as much to import as the analysis."""
    if name != "check":
        return None
    # msgspec looks there for what `typing` has too, and all that it imports is a fifteenth of a start.
    sys.modules.setdefault("typing_extensions", None)  # type: ignore[arg-type]
    try:
        from seedwatch import checking
    finally:
        if sys.modules["typing_extensions"] is None:
            del sys.modules["typing_extensions"]

    request = checking.plain_request(arguments)
    return None if request is None else partial(checking.check, request)


def _by_typer(name: str, arguments: Sequence[str]) -> Callable[[], int | None]:
    import logging
    from inspect import getdoc

    import typer

    # Who wants a log says so (`seedwatch.logs`); else it would go to the terminal, between what a person reads.
    logging.getLogger("miner").addHandler(logging.NullHandler())
    app: typer.Typer = import_module(f"seedwatch.commands.{name.replace('-', '_')}").app
    for command in app.registered_commands:
        # Else help shows the beginnings of sentences.
        command.short_help = (getdoc(command.callback) or "").partition("\n\n")[0]

    def work() -> int | None:
        try:
            status: int | None = app(list(arguments), prog_name=f"seedwatch {name}", standalone_mode=False)
        except typer.TyperException as error:
            raise BadInput(f"{_said(error).rstrip('.')} (see `seedwatch {name} --help`)") from error
        return status

    return work


def _said(error: "typer.TyperException") -> str:
    """What is wrong with the arguments; typer has pydantic read their values, whose words are for programmers."""
    from pydantic import ValidationError

    from miner.valuefaults import in_words

    if isinstance(error.__cause__, ValidationError):
        error.message = in_words(error.__cause__.errors()[0])
    return error.format_message()


def _fail(name: str, message: str) -> int:
    sys.stderr.write(f"seedwatch {name}: {' '.join(message.split())}\n")
    return COULD_NOT
