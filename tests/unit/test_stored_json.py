"""Is a stored text called unreadable exactly where it is, and never quoted?"""

import pytest

from sql.stored_json import NESTING_MAX, UnreadableJson, check_syntax, read_json

DEEP = f"it is nested deeper than {NESTING_MAX} levels"
NO_UNICODE = "a text in it is no Unicode"
OUT_OF_RANGE = "a number in it is out of range"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a" : [1, 2.50, null]}\n', {"a": [1, 2.5, None]}),
        (r'"\u0000 \uD83D\uDE00 \u00e9"', "\x00 \U0001f600 \u00e9"),
        ("18446744073709551616", 2**64),
        ("[" * NESTING_MAX + "]" * NESTING_MAX, None),
        ('["' + "[" * 200 + r"\"\\" + "{" * 200 + '"]', ["[" * 200 + '"\\' + "{" * 200]),
        ("[" + ",".join(["{}"] * 200) + "]", [{}] * 200),
        ('{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_can_be_read_is_read(text: str, value: object) -> None:
    check_syntax(text)
    read = read_json(text)
    assert value is None or read == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r'{"name":"Ada \ud800"}', NO_UNICODE),
        (r'{"\udc00":"Ada"}', NO_UNICODE),
        (r'["Ada", "\ud800\ud800"]', NO_UNICODE),
        ('["Ada", ' + "[" * NESTING_MAX + "]" * NESTING_MAX + "]", DEEP),
        ('{"Ada":' * 10_000 + "1" + "}" * 10_000, DEEP),
        ('["\\\\", ' + "[" * 10_000 + '"\\""' + "]" * 10_000 + "]", DEEP),
        ('{"Ada":' + "1" * 5_001 + "}", OUT_OF_RANGE),
        ('{"Ada":-1e999}', OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_read_is_told_without_quoting_it(text: str, reason: str) -> None:
    with pytest.raises(UnreadableJson) as caught:
        read_json(text)
    assert str(caught.value) == reason
    if reason == OUT_OF_RANGE:
        check_syntax(text)
    else:
        with pytest.raises(UnreadableJson):
            check_syntax(text)
