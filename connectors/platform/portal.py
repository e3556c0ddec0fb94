"""Learners that a portal has signed in, introduced by it to the chat in its pages.

The portal's server signs a JSON Web Token (RFC 7519, HS256) with the secret it shares with
Sathi: ``sub`` is the learner's id, ``aud`` is ``sathi``, ``jti`` a random id that is used once,
``iat`` and ``exp`` the moments between which it holds, at most five minutes. A good token is
exchanged for the token of a one-time link.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from connectors.platform.linking import Chat, ExpiredTokenError, InvalidTokenError, LinkService
from connectors.platform.records import LearningPlatform

MIN_SECRET = 32
LONGEST_LIFETIME = timedelta(minutes=5)
_AUDIENCE = "sathi"
_CLAIMS = ("sub", "aud", "jti", "iat", "exp")
# Clocks of two servers differ.
_LEEWAY = timedelta(seconds=30)
_LONGEST_ID = 200


@dataclass(frozen=True)
class Introduction:
    """What the page gets for a good token.

    Attributes:
        link: token of a one-time link; None when the chat is the learner's already.
        who: keyed hash of the learner, by which the page notices that another one came.
        is_taken: whether the chat belongs to another learner.
    """

    link: str | None
    who: str
    is_taken: bool


class Portal:
    """Check a portal's tokens.

    Args:
        secret: what the portal signs with; at least ``MIN_SECRET`` characters.
        links: which learner a chat belongs to.
        platform: knows the learners.
        clock: returns the current moment with its time zone.
    """

    def __init__(
        self,
        secret: str,
        links: LinkService,
        platform: LearningPlatform,
        clock: Callable[[], datetime],
    ) -> None:
        self._secret = secret
        self._links = links
        self._platform = platform
        self._clock = clock

    def introduce(self, token: str, chat: Chat) -> Introduction:
        """Exchange a portal's token.

        Args:
            token: what the portal signed.
            chat: where the learner is.

        Raises:
            InvalidTokenError: the portal did not sign it, or not in this form.
            ExpiredTokenError: it does not hold (any more).
            UsedTokenError: it has been exchanged before.
            NotKnownError: the platform does not know the learner.
            PlatformUnavailableError: the database or the platform failed.
        """
        learner_id, issued = self._issue(token)
        current = self._links.learner_of(chat)
        return Introduction(
            link=None if current == learner_id else issued,
            who=hmac.new(self._secret.encode(), learner_id.encode(), hashlib.sha256).hexdigest(),
            is_taken=current not in (None, learner_id),
        )

    def issue(self, token: str) -> str:
        """Exchange a portal's token for that of a one-time link, for a chat elsewhere.

        Args:
            token: what the portal signed.

        Raises:
            InvalidTokenError: the portal did not sign it, or not in this form.
            ExpiredTokenError: it does not hold (any more).
            UsedTokenError: it has been exchanged before.
            NotKnownError: the platform does not know the learner.
            PlatformUnavailableError: the database or the platform failed.
        """
        return self._issue(token)[1]

    def _issue(self, token: str) -> tuple[str, str]:
        """Return the learner's id and the token of a link."""
        learner_id, proof = self._verify(token)
        self._platform.learner(learner_id)
        return learner_id, self._links.issue(learner_id, proof)

    def _verify(self, token: str) -> tuple[str, str]:
        """Return the learner's id and the token's own."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                # The times are compared with our own clock below.
                options={
                    "require": list(_CLAIMS),
                    **dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf"), False),
                },
            )
            begin, end = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
        except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError) as error:
            raise InvalidTokenError from error
        identifiers = (claims["sub"], claims["jti"])
        if not all(isinstance(one, str) and 0 < len(one) <= _LONGEST_ID for one in identifiers):
            raise InvalidTokenError
        if end - begin > LONGEST_LIFETIME:
            raise InvalidTokenError
        if not begin - _LEEWAY <= self._clock() < end + _LEEWAY:
            raise ExpiredTokenError
        return identifiers
