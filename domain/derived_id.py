"""What is the id of something that the fulfilment process asks for?"""

from hashlib import sha1
from typing import Final
from uuid import UUID

NAMESPACE: Final = UUID("5b0f7a8c-5c0e-5d8e-9a55-5f3c1b6f7a10")

_BYTES: Final = NAMESPACE.bytes
_VARIANT: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def derived_id(order_id: str, *parts: str) -> str:
    """Name what the process asks for, so that a repeat is recognised at the receiver.

    Written out, because each reaction names about ten things and `uuid.uuid5` takes three times as
    long.

    Source: architecture.md §5: UUIDv5 (RFC 9562 §5.5) of process, step and target.
    """
    name = "/".join((order_id, *parts)).encode()
    text = sha1(_BYTES + name, usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"
