"""The three calls of the WhatsApp Cloud API that Sathi makes.

https://developers.facebook.com/documentation/business-messaging/whatsapp/reference
Errors: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from httpx import codes

UNDELIVERABLE = 131026
WINDOW_CLOSED = 131047
# Limits, and faults that WhatsApp calls passing -> seconds to wait at least. The limit of a
# pair of numbers gives way to one message in six seconds.
_WAITS = {
    **dict.fromkeys((4, 80007, 130429, 131057), 2.0),
    131056: 6.0,
    **dict.fromkeys((2, 131000, 131016, 133004), 0.0),
}
# What the operator has to mend: token, permissions, payment, complaints about the number, a
# locked or unregistered one.
_ACCOUNT = frozenset(
    {3, 10, 33, 190, *range(200, 300), 368, 131005, 131031, 131042, 131045, 131048, 133010}
)
_ACCOUNT_SECONDS = 60.0
# Which the media endpoint takes; other texts go as plain text, under their own name.
_MEDIA_TYPES = frozenset(
    {
        "application/msword",
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "image/jpeg",
        "image/png",
    }
)


class GraphError(Exception):
    """Base of the reasons for which a call failed.

    Attributes:
        code: WhatsApp's error code, 0 if it gave none.
    """

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"WhatsApp's error {code}")
        self.code = code


class RejectedError(GraphError):
    """WhatsApp refuses the request, and will again."""


class WindowClosedError(RejectedError):
    """The user has not written for 24 hours: only a template is let through."""


class UndeliverableError(RejectedError):
    """The user cannot be reached on WhatsApp."""


_REFUSALS = {UNDELIVERABLE: UndeliverableError, WINDOW_CLOSED: WindowClosedError}


class UnavailableError(GraphError):
    """WhatsApp did not take the request, and may later.

    Attributes:
        retry_after: seconds to wait at least.
    """

    def __init__(self, code: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class UnansweredError(GraphError):
    """Nothing tells whether WhatsApp took the request."""


class GraphClient:
    """Call the Cloud API for one business number; every method tries once.

    Args:
        address: of the API with its version, "https://graph.facebook.com/v25.0".
        phone_number_id: id of the business number.
        token: access token of the app.
        timeout: how long to wait for an answer, in seconds.
    """

    def __init__(self, address: str, phone_number_id: str, token: str, timeout: float = 30) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{address}/{phone_number_id}/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(
        self,
        chat_id: str,
        content: Mapping[str, Any],
        tag: str,
    ) -> str:
        """Send a message.

        Args:
            chat_id: a number, or a business-scoped user id.
            content: the message, see ``rendering``.
            tag: comes back with the reports about the message.

        Returns:
            Id of the message.

        Raises:
            GraphError: it was not sent; see the subclasses.
        """
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to" if chat_id.isdigit() else "recipient": chat_id,
            "biz_opaque_callback_data": tag,
            **content,
        }
        answer = await self._call("messages", json=body)
        return answer["messages"][0]["id"]

    async def upload(self, name: str, mime: str, content: bytes) -> str:
        """Upload a file; WhatsApp keeps it for 30 days.

        Args:
            name: file name.
            mime: media type.
            content: the bytes.

        Returns:
            Id of the file, to be used in a message.

        Raises:
            GraphError: it was not taken; see the subclasses.
        """
        if mime not in _MEDIA_TYPES:
            mime = "text/plain"
        answer = await self._call(
            "media",
            data={"messaging_product": "whatsapp", "type": mime},
            files={"file": (name, content, mime)},
        )
        return answer["id"]

    async def mark_read(self, message_id: str) -> None:
        """Mark a message as read and show that an answer is being written.

        Args:
            message_id: id of a message of a user.

        Raises:
            GraphError: it was not marked; see the subclasses.
        """
        body = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
            "typing_indicator": {"type": "text"},
        }
        await self._call("messages", json=body)

    async def _call(self, path: str, **request: Any) -> dict[str, Any]:
        try:
            response = await self._http.post(path, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise UnavailableError from error
        except httpx.TransportError as error:
            raise UnansweredError from error
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not response.is_success:
            raise _failure(response, answer)
        if not isinstance(answer, dict):
            raise UnansweredError
        return answer


def _failure(response: httpx.Response, answer: Any) -> GraphError:
    """Return the error that an answer stands for."""
    error = answer.get("error") if isinstance(answer, dict) else None
    given = error.get("code") if isinstance(error, dict) else None
    code = given if isinstance(given, int) else 0
    if code in _REFUSALS:
        return _REFUSALS[code](code)
    if code in _WAITS:
        return UnavailableError(code, _WAITS[code])
    if code in _ACCOUNT or (error and response.status_code == codes.UNAUTHORIZED):
        return UnavailableError(code, _ACCOUNT_SECONDS)
    if response.status_code == codes.TOO_MANY_REQUESTS:
        return UnavailableError(code, _retry_after(response))
    if response.status_code >= codes.INTERNAL_SERVER_ERROR:
        # A gateway's own error page says nothing of what the API behind it did.
        return UnavailableError(code) if error else UnansweredError(code)
    return RejectedError(code)


def _retry_after(response: httpx.Response) -> float:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else 0.0
