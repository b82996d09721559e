"""What do the headers of a command say: in which form, under which key, for which version?

ASGI hands headers over as pairs of bytes, names in lower case; `header_map` makes a mapping of
them, once per request.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from api.problems import RequestRefused

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255
ANY_VERSION: Final = -1
NO_VERSION: Final = -2
"""A version that no stream ever has: what a tag that cannot match is compared as."""

_JSON_BYTES: Final = JSON.encode()
_BARE_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_STRING_KEY: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_ENTITY_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")

Headers = Mapping[bytes, bytes]


def header_map(pairs: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Index the headers by name; several of one name count as one list.

    Source: RFC 9110 5.3.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        found.clear()
        for name, value in pairs:
            found[name] = found[name] + b", " + value if name in found else value
    return found


def header_text(headers: Headers, name: bytes) -> str | None:
    """Read a header; its name in lower case."""
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def require_media_type(headers: Headers, allowed: tuple[str, ...] = (JSON,)) -> str:
    """Tell which of the allowed media types the body has.

    Raises:
        RequestRefused: another one, none, another character set than UTF-8, or compressed.
    """
    if headers.get(b"content-type") == _JSON_BYTES and b"content-encoding" not in headers:
        return JSON  # what nearly every client sends
    refused = RequestRefused(
        "unsupported_media_type",
        f"the body must be {' or '.join(allowed)} in UTF-8, not compressed",
        headers={"Accept": ", ".join(allowed)},
    )
    if (header_text(headers, b"content-encoding") or "identity").strip().lower() != "identity":
        raise refused
    text = header_text(headers, b"content-type") or ""
    media_type, *parameters = [part.strip() for part in text.lower().split(";")]
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
    accepted = header_text(headers, b"accept")
    if accepted is None or accepted in {"*/*", JSON}:
        return
    weights: dict[str, float] = {}
    for media_range in accepted.lower().split(","):
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
    text = header_text(headers, b"idempotency-key")
    if text is None:
        raise RequestRefused(
            "idempotency_key_missing",
            "every command needs the header Idempotency-Key; see /problems/idempotency_key_missing",
        )
    key = parse_idempotency_key(text.strip(" \t"))
    if key is not None:
        return key
    raise RequestRefused(
        "idempotency_key_malformed",
        "Idempotency-Key is 1 to 255 visible characters of ASCII, bare or in double quotes, once",
    )


def parse_idempotency_key(text: str) -> str | None:
    """Read a key in either form; None when it is neither."""
    if not text.startswith('"'):
        return text if _BARE_KEY.fullmatch(text) else None
    quoted = _STRING_KEY.fullmatch(text)
    key = "" if quoted is None else _ESCAPED.sub(r"\1", str(quoted[1]))
    return key if _BARE_KEY.fullmatch(key) else None


def parse_if_match(headers: Headers) -> int | None:
    """Read the version that a command was decided on.

    Answers None without the header, ANY_VERSION for `*`, and NO_VERSION for a tag that can never
    match: a weak one, or one that is no version.

    Raises:
        RequestRefused: the header is no entity tag, or holds several.

    Source: RFC 9110 13.1.1: If-Match compares strongly.
    """
    header = header_text(headers, b"if-match")
    if header is None:
        return None
    text = header.strip(" \t")
    if text == "*":
        return ANY_VERSION
    tag = _ENTITY_TAG.fullmatch(text)
    if tag is None:
        raise RequestRefused(
            "if_match_malformed", 'If-Match holds the version in double quotes, "3", or *'
        )
    weak, version = tag.groups()
    return NO_VERSION if weak or not _VERSION.fullmatch(version) else int(version)


def none_match(headers: Headers, etag: str) -> bool:
    """Tell whether a GET must be answered: false when the caller has this version already.

    Source: RFC 9110 13.1.2: If-None-Match compares weakly.
    """
    known = header_text(headers, b"if-none-match") or ""
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return "*" not in tags and etag not in tags
