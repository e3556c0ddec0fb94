"""Who sent a webhook: the signature of its body, and the handshake that sets it up.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Optional

_PREFIX = "sha256="


def is_genuine(body: bytes, signature: Optional[str], app_secret: str) -> bool:
    """Tell whether a body comes from Meta, in a time that tells nothing about the secret.

    Args:
        body: the bytes as they came; JSON written anew would have another signature.
        signature: the header ``X-Hub-Signature-256``.
        app_secret: secret of the Meta app.
    """
    expected = _PREFIX + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), (signature or "").encode())


def is_handshake(mode: Optional[str], token: Optional[str], verify_token: str) -> bool:
    """Tell whether a GET request is Meta's check of the webhook's address.

    Args:
        mode: ``hub.mode``.
        token: ``hub.verify_token``.
        verify_token: the token chosen when the webhook was set up.
    """
    same = hmac.compare_digest((token or "").encode(), verify_token.encode())
    return mode == "subscribe" and same
