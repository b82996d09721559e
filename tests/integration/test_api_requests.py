"""Is a request that means nothing to any route told so, in the form of every other refusal?"""

from collections.abc import AsyncGenerator

import pytest

from tests.api_client import AS_STAFF, ApiClient, api_on


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/v1/nothing", {}, 404, "not_found"),
        ("POST", "/v1/orders/", {}, 404, "not_found"),
        ("DELETE", "/v1/orders", {}, 405, "method_not_allowed"),
        ("GET", "/v1/orders", {"X-Large": "x" * 8_192}, 431, "header_fields_too_large"),
    ],
)
async def test_a_request_that_no_route_takes_is_refused(
    api: ApiClient, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await api.http.request(method, path, headers={**AS_STAFF, **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("allow") == ("GET, HEAD, POST" if status == 405 else None)
