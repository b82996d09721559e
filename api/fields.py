"""Which forms do the fields of a request have?

Everything is strict: a number is not a text, a text not a number, and nothing is guessed. Limits
that the domain has a code for (`quantity_invalid`, `amount_out_of_range` …) are only documented
here, as `minimum` and `maximum`, and refused there; the edge refuses what cannot be kept at all.
"""

import hmac
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from domain.money import AMOUNT_MINOR_MAX

INT64_MAX: Final = 2**63 - 1
SKU_CHARACTERS_MAX: Final = 64
CODE_CHARACTERS_MAX: Final = 32
CHANNEL_CHARACTERS_MAX: Final = 16
COUNTRY_CHARACTERS_MAX: Final = 60
LINE_ID_CHARACTERS_MAX: Final = 64
NAME_CHARACTERS_MAX: Final = 200
REASON_CHARACTERS_MAX: Final = 200
REFERENCE_CHARACTERS_MAX: Final = 100
NOTE_CHARACTERS_MAX: Final = 2_000
EMAIL_CHARACTERS_MAX: Final = 254
QUANTITY_MAX: Final = 1_000_000
SKUS_MAX: Final = 100

_UUID: Final = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_SKU: Final = r"[A-Za-z0-9._-]{1,64}"
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class Body(BaseModel):
    """The body of a request: strict, and closed to fields that it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def parse_instant(text: object) -> datetime:
    """Read an instant of RFC 3339 as UTC.

    Raises:
        ValueError: it is none, or there is no such moment.
    """
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise ValueError("an instant as in RFC 3339: 2026-11-20T10:15:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such moment") from None


def read_uuid(text: str) -> str | None:
    """Read a UUID in its normal form; None when it is none."""
    return text.lower() if re.fullmatch(_UUID, text) else None


def email_claim(email: str, key: bytes) -> str:
    """Hash an e-mail address under the key, so that it is unique without being readable."""
    return hmac.new(key, email.strip().casefold().encode(), sha256).hexdigest()


def place_of(stock_item: str) -> tuple[str, str]:
    """Read the name of a stock, which is of its form, as a sku and a location."""
    sku, _, location = stock_item.partition("@")
    return sku, location


def _text(characters_max: int, pattern: str | None = None) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=characters_max, pattern=pattern)


def _int64(documented: dict[str, Any]) -> Any:  # noqa: ANN401 - pydantic's field information
    return Field(ge=-INT64_MAX - 1, le=INT64_MAX, json_schema_extra=documented)


Uuid = Annotated[
    str,
    StringConstraints(pattern=_UUID, to_lower=True),
    Field(json_schema_extra={"format": "uuid"}),
]
Sku = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_upper=True,
        pattern=r"^[A-Za-z0-9._-]+$",
        min_length=1,
        max_length=SKU_CHARACTERS_MAX,
    ),
]
Location = Sku
"""Written like a sku."""

Code = Annotated[str, _text(CODE_CHARACTERS_MAX, r"^[a-z0-9][a-z0-9_.-]*$")]
Channel = Annotated[str, _text(CHANNEL_CHARACTERS_MAX, r"^[a-z0-9-]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, _text(COUNTRY_CHARACTERS_MAX)]
LineId = Annotated[str, _text(LINE_ID_CHARACTERS_MAX, r"^[!-~]+$")]
Name = Annotated[str, _text(NAME_CHARACTERS_MAX)]
Reason = Annotated[str, _text(REASON_CHARACTERS_MAX)]
Reference = Annotated[str, _text(REFERENCE_CHARACTERS_MAX)]
NoteText = Annotated[str, _text(NOTE_CHARACTERS_MAX)]
# No \s: readers of JSON Schema do not agree on which characters that is.
_IN_EMAIL: Final = r"[^@\u0000-\u0020\u007f-\u00a0]+"
Email = Annotated[str, _text(EMAIL_CHARACTERS_MAX, f"^{_IN_EMAIL}@{_IN_EMAIL}$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$")]
Quantity = Annotated[int, _int64({"minimum": 1, "maximum": QUANTITY_MAX})]
AmountMinor = Annotated[int, _int64({"minimum": 0, "maximum": AMOUNT_MINOR_MAX})]
StockItemId = Annotated[
    str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z0-9._-]{1,64}@[A-Za-z0-9._-]{1,64}$")
]
"""A sku and a location: `<sku>@<location>`."""

Skus = Annotated[
    str,
    StringConstraints(
        to_upper=True, pattern=rf"^{_SKU}(,{_SKU}){{0,{SKUS_MAX - 1}}}$", max_length=6_500
    ),
]
"""Some skus with commas between them."""

Instant = Annotated[datetime, BeforeValidator(parse_instant)]
"""Written as RFC 3339, read as UTC."""
