"""Whom to trust on HTTPS connections."""

import ssl
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=4)
def context(ca_file: Path | None) -> ssl.SSLContext:
    """The system's certificates, or those of `ca_file` alone."""
    return ssl.create_default_context(cafile=ca_file)
