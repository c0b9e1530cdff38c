"""What a page's form sends: a few short texts, read without a library, since no form here has a file."""

from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from api.problems import INVALID, Problem

LONGEST: Final = 20_000


async def read_form(request: Request) -> dict[str, str]:
    """The fields by name, the last where one comes twice. Raises Problem for more than 20,000 bytes, or no form."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            raise Problem(INVALID, f"A form may have {LONGEST:,} bytes.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise Problem(INVALID, "This is no form as a page sends it.") from error
