"""What stands for a chat wherever its address must not: a keyed hash, and its secret.

Both processes use it, so that it keeps to what Python 3.10 has.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

_SECRET_BYTES = 32
MIN_SECRET = 32


class SecretError(ValueError):
    """The secret of the setting is too short."""


def chat_key(secret: str, channel: str, sender_id: str) -> str:
    """Return the keyed hash that stands for a chat.

    Args:
        secret: key of the hash.
        channel: name of the Rasa channel.
        sender_id: id of the conversation on it.

    Returns:
        64 hexadecimal digits.
    """
    address = f"{channel}:{sender_id}".encode()
    return hmac.new(secret.encode(), address, hashlib.sha256).hexdigest()


def kept_secret(setting: str, folder: Path) -> str:
    """Return the secret of a setting; without one, a secret is made once and kept.

    Args:
        setting: the setting's value, may be empty.
        folder: where a made secret is kept, readable by the owner only.

    Raises:
        SecretError: the setting is too short.
    """
    if setting:
        if len(setting) < MIN_SECRET:
            raise SecretError(f"SATHI_LINK_SECRET needs {MIN_SECRET} characters or more")
        return setting
    path = folder / "link_secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Complete before it has its name: another process that starts now reads all or nothing.
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix="link_secret.") as made:
            made.write(secrets.token_urlsafe(_SECRET_BYTES))
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, path)
    return path.read_text().strip()
