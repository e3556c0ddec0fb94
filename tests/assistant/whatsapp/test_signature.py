from __future__ import annotations

import pytest

from connectors.channels.whatsapp.signature import is_genuine, is_handshake

# Computed with: printf '{"a":1}' | openssl dgst -sha256 -hmac key
SIGNATURE = "sha256=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342"


def test_a_body_with_its_signature_is_genuine() -> None:
    assert is_genuine(b'{"a":1}', SIGNATURE, "key")


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha256=00", "é"])
def test_a_missing_or_wrong_signature_is_not(header: str | None) -> None:
    assert not is_genuine(b'{"a":1}', header, "key")


def test_a_changed_body_or_another_secret_is_not() -> None:
    assert not is_genuine(b'{"a":2}', SIGNATURE, "key")
    assert not is_genuine(b'{"a":1}', SIGNATURE, "other")
    assert not is_genuine(b'{"a":1}', SIGNATURE.replace("sha256=", ""), "key")


@pytest.mark.parametrize(
    ("mode", "token", "expected"),
    [
        ("subscribe", "chosen", True),
        ("subscribe", "wrong", False),
        ("subscribe", None, False),
        ("unsubscribe", "chosen", False),
        (None, "chosen", False),
    ],
)
def test_the_handshake_needs_mode_and_token(
    mode: str | None, token: str | None, expected: bool
) -> None:
    assert is_handshake(mode, token, "chosen") is expected
