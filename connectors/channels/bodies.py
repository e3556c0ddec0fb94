"""Bodies of requests to streaming handlers."""

from __future__ import annotations

from typing import Optional

from sanic.request import Request


async def read_body(request: Request, most: int) -> Optional[bytes]:
    """Return a body as it came.

    Args:
        request: a request whose body has not been read yet; the handler is a streaming one.
        most: largest size accepted, in bytes.

    Returns:
        The body, or None when it is too large; not more of it is read then.
    """
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most:
        return None
    body = bytearray()
    async for chunk in request.stream:
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
