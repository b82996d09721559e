"""Are the headers of a command read as the RFCs say, and refused where they must be?"""

import pytest

from api.headers import (
    ANY_VERSION,
    JSON,
    NDJSON,
    NO_VERSION,
    Headers,
    header_map,
    none_match,
    parse_if_match,
    require_idempotency_key,
    require_json_accepted,
    require_media_type,
)
from api.problems import RequestRefused


def headers(**values: str) -> Headers:
    return {
        name.replace("_", "-").encode(): value.encode("latin-1") for name, value in values.items()
    }


def test_headers_of_one_name_count_as_one_list() -> None:
    pairs = [(b"accept", b"a/b"), (b"x", b"1"), (b"accept", b"c/d")]
    assert header_map(pairs) == {b"accept": b"a/b, c/d", b"x": b"1"}


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_json_in_utf8_is_taken(content_type: str) -> None:
    assert require_media_type(headers(content_type=content_type)) == JSON


def test_lines_of_json_are_taken_where_they_are_allowed() -> None:
    given = headers(content_type="application/x-ndjson")
    assert require_media_type(given, (JSON, NDJSON)) == NDJSON
    with pytest.raises(RequestRefused):
        require_media_type(given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": "application/problem+json"},
        {"content_type": "application/json, application/json"},
        {"content_type": "application/json", "content_encoding": "gzip"},
    ],
)
def test_other_bodies_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(RequestRefused) as refused:
        require_media_type(headers(**given))
    assert refused.value.problem_code == "unsupported_media_type"
    assert refused.value.headers == {"Accept": JSON}


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "text/html, application/*;q=0.1",
        "text/html;q=0.9, */*;q=0.1",
        "application/*;q=0, application/json",
        "APPLICATION/JSON;version=1",
    ],
)
def test_json_may_be_answered(accept: str) -> None:
    require_json_accepted(headers(accept=accept))
    require_json_accepted({})


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "application/json;q=0",
        "*/*;q=0.0",
        "application/json;q=0, */*",
        "*/*;q=hot",
        "",
    ],
)
def test_json_may_not_be_answered(accept: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        require_json_accepted(headers(accept=accept))
    assert refused.value.problem_code == "not_acceptable"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("abc", "abc"),
        ('"abc"', "abc"),
        (r'"a\"b\\c"', r'a"b\c'),
        ("  abc\t", "abc"),
        ("k" * 255, "k" * 255),
    ],
)
def test_a_key_is_read_bare_and_quoted(given: str, key: str) -> None:
    assert require_idempotency_key(headers(idempotency_key=given)) == key


@pytest.mark.parametrize(
    "given", ["", '""', "k" * 256, f'"{"k" * 256}"', "a b", '"a b"', '"a', "a\x01b", "ä", "a, b"]
)
def test_a_malformed_key_is_refused(given: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        require_idempotency_key(headers(idempotency_key=given))
    assert refused.value.problem_code == "idempotency_key_malformed"


def test_a_missing_key_is_refused_with_the_way_to_the_documentation() -> None:
    with pytest.raises(RequestRefused) as refused:
        require_idempotency_key({})
    assert refused.value.problem_code == "idempotency_key_missing"
    assert "/problems/idempotency_key_missing" in refused.value.detail


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ('"3"', 3),
        ('"0"', 0),
        ("*", ANY_VERSION),
        ('W/"3"', NO_VERSION),
        ('"03"', NO_VERSION),
        ('"abc"', NO_VERSION),
        ('""', NO_VERSION),
        ('"9999999999"', NO_VERSION),
    ],
)
def test_a_version_is_read(given: str, version: int) -> None:
    assert parse_if_match(headers(if_match=given)) == version
    assert parse_if_match({}) is None


@pytest.mark.parametrize("given", ["garbage", "3", '"3', '"3", "4"', '"a b"', "w/3", ""])
def test_what_is_no_version_is_refused(given: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_if_match(headers(if_match=given))
    assert refused.value.problem_code == "if_match_malformed"


@pytest.mark.parametrize(
    ("known", "is_new"),
    [
        (None, True),
        ('"1"', True),
        ('"2"', False),
        ('W/"2"', False),
        ('"1", "2"', False),
        ("*", False),
    ],
)
def test_a_version_that_the_caller_has_is_recognised(
    known: str | None,
    is_new: bool,  # noqa: FBT001
) -> None:
    given = {} if known is None else headers(if_none_match=known)
    assert none_match(given, '"2"') is is_new
