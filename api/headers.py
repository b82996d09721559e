"""What do the headers of a command say: in which form, under which key, for which version?

ASGI hands headers over as pairs of bytes, names in lower case. Only the headers that a command
knows are looked at.
"""

import re
from collections.abc import Iterable
from typing import Final

from api.problems import RequestRefused

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255
ANY_VERSION: Final = -1
NO_VERSION: Final = -2
"""A version that no stream ever has: what a tag that cannot match is compared as."""

_BARE_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_STRING_KEY: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ENTITY_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")

Headers = Iterable[tuple[bytes, bytes]]


def header_values(headers: Headers, name: bytes) -> list[str]:
    """Find the values of a header; its name in lower case."""
    return [value.decode("latin-1") for header, value in headers if header == name]


def require_media_type(headers: Headers, allowed: tuple[str, ...] = (JSON,)) -> str:
    """Tell which of the allowed media types the body has.

    Raises:
        RequestRefused: another one, none, another character set than UTF-8, or compressed.
    """
    values = header_values(headers, b"content-type")
    if values == [JSON] and not header_values(headers, b"content-encoding"):
        return JSON  # what nearly every client sends
    refused = RequestRefused(
        "unsupported_media_type",
        f"the body must be {' or '.join(allowed)} in UTF-8, not compressed",
        headers={"Accept": ", ".join(allowed)},
    )
    if len(values) != 1:
        raise refused
    encodings = [value.strip().lower() for value in header_values(headers, b"content-encoding")]
    if any(encoding != "identity" for encoding in encodings):
        raise refused
    media_type, *parameters = [part.strip() for part in values[0].lower().split(";")]
    if media_type not in allowed or not all(map(_is_utf8, filter(None, parameters))):
        raise refused
    return media_type


def _is_utf8(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() != "charset" or value.strip().strip('"') in {"utf-8", "utf8"}


def require_json_accepted(headers: Headers) -> None:
    """See to it that the caller takes JSON.

    Raises:
        RequestRefused: the header `Accept` excludes application/json.

    Source: RFC 9110 12.5.1: the most specific range that matches decides.
    """
    values = header_values(headers, b"accept")
    if not values or values == ["*/*"] or values == [JSON]:
        return
    weights: dict[str, float] = {}
    for media_range in ",".join(values).lower().split(","):
        kind, *parameters = [part.strip() for part in media_range.split(";")]
        weights[kind] = _quality(parameters)
    for kind in (JSON, "application/*", "*/*"):
        if kind in weights:
            if weights[kind] > 0:
                return
            break
    raise RequestRefused("not_acceptable", "the answer is application/json, which Accept excludes")


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
    return 1.0


def require_idempotency_key(headers: Headers) -> str:
    """Read the key that names the request, bare or as a structured string.

    Raises:
        RequestRefused: there is none, more than one, or one that is not 1 to 255 visible
            characters of ASCII.

    Source: draft-ietf-httpapi-idempotency-key-header-07, RFC 9651 3.3.3.
    """
    values = header_values(headers, b"idempotency-key")
    if not values:
        raise RequestRefused(
            "idempotency_key_missing",
            "every command needs the header Idempotency-Key; see /problems/idempotency_key_missing",
        )
    if len(values) == 1:
        key = parse_idempotency_key(values[0].strip(" \t"))
        if key is not None:
            return key
    raise RequestRefused(
        "idempotency_key_malformed",
        "Idempotency-Key is 1 to 255 visible characters of ASCII, bare or in double quotes, once",
    )


def parse_idempotency_key(text: str) -> str | None:
    """Read a key in either form; None when it is neither."""
    key: str = text
    if text.startswith('"'):
        quoted = _STRING_KEY.fullmatch(text)
        if quoted is None:
            return None
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    return key if _BARE_KEY.fullmatch(key) else None


def parse_if_match(headers: Headers) -> int | None:
    """Read the version that a command was decided on.

    Answers None without the header, ANY_VERSION for `*`, and NO_VERSION for a tag that can never
    match: a weak one, or one that is no version.

    Raises:
        RequestRefused: the header is no entity tag, or holds several.

    Source: RFC 9110 13.1.1: If-Match compares strongly.
    """
    values = header_values(headers, b"if-match")
    if not values:
        return None
    text = values[0].strip(" \t")
    if len(values) == 1 and text == "*":
        return ANY_VERSION
    tag = _ENTITY_TAG.fullmatch(text)
    if len(values) > 1 or tag is None:
        raise RequestRefused(
            "if_match_malformed", 'If-Match holds the version in double quotes, "3", or *'
        )
    weak, version = tag.groups()
    return NO_VERSION if weak or not _VERSION.fullmatch(version) else int(version)


def none_match(headers: Headers, etag: str) -> bool:
    """Tell whether a GET must be answered: false when the caller has this version already.

    Source: RFC 9110 13.1.2: If-None-Match compares weakly.
    """
    for value in header_values(headers, b"if-none-match"):
        tags = [tag.strip().removeprefix("W/") for tag in value.split(",")]
        if "*" in tags or etag in tags:
            return False
    return True
