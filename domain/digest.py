"""What is kept of a personal text when all that counts is whether another is the same?

States outlive the events' keys in caches and snapshots, so they hold no personal text (PRV-07). A
decision only asks whether a repeated wish says the same thing again, and a digest answers that.
"""

import hashlib
import json
from typing import Final

DIGEST_BYTES: Final = 16


def digest_of(owner: str, *texts: str | None) -> bytes:
    """Answer a digest of texts; the same texts of another owner have another one."""
    text = json.dumps((owner, *texts))
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
