"""Who sent a webhook, and when?

The signature of Standard Webhooks: HMAC-SHA256 over id, time and body, so that neither can be
changed; a message that is too old is not taken, so that it cannot be sent again by somebody else.

Source: Standard Webhooks 1.0.0.
"""

import hmac
from base64 import b64encode
from hashlib import sha256
from typing import Final

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
TOLERANCE_SECONDS: Final = 300
_DIGITS_MAX: Final = 12


def signature_of(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Sign a message."""
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


def is_genuine(
    key: bytes, webhook_id: str, timestamp: str, signatures: str, body: bytes, now: float
) -> bool:
    """Tell whether one of the signatures is right and the message is not too old."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS_MAX):
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    expected = signature_of(key, webhook_id, timestamp, body).encode()
    # As bytes: it refuses to compare texts that are not ASCII.
    return any(hmac.compare_digest(expected, each.encode()) for each in signatures.split(" "))
