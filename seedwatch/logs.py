"""The log of processes that nobody watches: JSON, one object a line, on standard error.

What a job says carries its batch, its item and its repository: `miner.jobs.portion` binds them.
"""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """From here on, warnings and what the program's own packages say from `level` on are written."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for package in ("miner", "api", "seedwatch"):
        logging.getLogger(package).setLevel(level)
