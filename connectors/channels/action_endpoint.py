"""The action server's address: connections last, and calls carry the message's id and trace."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Optional

import aiohttp
from rasa.utils.endpoints import EndpointConfig

from connectors.observability import tracing
from connectors.observability.request_id import headers

# Rasa leaves the domain out (``enable_selective_domain``); rasa-sdk wants one all the same.
_NO_DOMAIN: dict[str, Any] = {}


class ActionEndpoint(EndpointConfig):
    """An address whose connections stay open until ``close``; Rasa opens one for each call.

    Made by ``ActionEndpoint.of``, and used on one event loop.
    """

    _session: Optional[aiohttp.ClientSession] = None

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> ActionEndpoint:
        """Return it for an address as Rasa configured it."""
        lasting = cls.__new__(cls)
        lasting.__dict__.update(endpoint.__dict__)
        return lasting

    def session(self) -> AbstractAsyncContextManager[aiohttp.ClientSession]:  # type: ignore[override]
        """Return the session of all calls, which the end of a call does not close."""
        if self._session is None or self._session.closed:
            self._session = super().session()
        return nullcontext(self._session)

    async def request(self, *arguments: Any, **named: Any) -> Any:
        """Send a request, see ``EndpointConfig.request``."""
        body = named.get("json") or {}
        if "next_action" in body:
            named["json"] = {"domain": _NO_DOMAIN, **body}
        # What is asked for: an action, or the words of a reply.
        wanted = body.get("next_action") or body.get("response") or ""
        with tracing.call(f"call {wanted}".rstrip()):
            named["headers"] = {**(named.get("headers") or {}), **headers()}
            return await super().request(*arguments, **named)

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
