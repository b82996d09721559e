"""What is true of every answer, whatever was asked?"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import OrderTrailApi, create_app
from api.edge import Edge
from api.problem_types import PROBLEM_TYPES
from api.routes import PlainRoute
from api.services import HEADER_BYTES_MAX, ApiOptions, Services


@asynccontextmanager
async def no_services() -> AsyncGenerator[Services]:
    raise AssertionError("these tests start nothing")
    yield


def an_application(*, docs_enabled: bool = True) -> OrderTrailApi:
    options = ApiOptions(email_hmac_key=b"key", code_version="test", docs_enabled=docs_enabled)
    return create_app(no_services, options)


def client_of(application: ASGIApp) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=application, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://ordertrail.test")


@pytest.fixture
async def http() -> AsyncGenerator[httpx2.AsyncClient]:
    async with client_of(an_application()) as client:
        yield client


def assert_problem(answer: httpx2.Response, code: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.status_code == answer.json()["status"] == PROBLEM_TYPES[code].status


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/orders/", "/v1/orders/x/y/z", "/v2/orders"])
async def test_an_unknown_path_is_not_found(http: httpx2.AsyncClient, path: str) -> None:
    assert_problem(await http.get(path), "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/orders", "GET, HEAD, POST"),
        ("PUT", "/v1/orders/0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01", "GET, HEAD"),
        ("GET", "/v1/commands/batch", "POST"),
        ("TRACE", "/v1/orders", "GET, HEAD, POST"),
        ("OPTIONS", "/livez", "GET, HEAD"),
        ("HEAD", "/v1/customers", "POST"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
async def test_a_method_that_a_path_has_not_is_refused_with_those_that_it_has(
    http: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert_problem(answer, "method_not_allowed")


async def test_every_answer_has_a_number_and_is_kept_out_of_caches_and_frames(
    http: httpx2.AsyncClient,
) -> None:
    seen: set[str] = set()
    for path in ("/problems/forbidden", "/nowhere", "/docs", "/openapi.json"):
        answer = await http.get(path)
        seen.add(answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len(seen) == 4
    assert (await http.get("/nowhere")).headers["cache-control"] == "no-store"


async def test_a_problem_names_the_request(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/nowhere")
    assert answer.json()["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"


async def test_a_head_is_answered_as_a_get_without_its_body(http: httpx2.AsyncClient) -> None:
    whole = await http.get("/problems/forbidden")
    head = await http.head("/problems/forbidden")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


async def test_headers_beyond_the_limit_are_refused(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/livez", headers={"X-Long": "x" * HEADER_BYTES_MAX})
    assert_problem(answer, "header_fields_too_large")


async def test_the_documentation_works_without_the_internet(http: httpx2.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "start.js"):
        assert f"/docs/{asset}" in page.text
        answer = await http.get(f"/docs/{asset}")
        assert answer.status_code == 200
        assert len(answer.content) > 100
    assert_problem(await http.get("/docs/VENDORED.md"), "not_found")


async def test_the_documentation_can_be_turned_off() -> None:
    async with client_of(an_application(docs_enabled=False)) as http:
        for path in ("/docs", "/openapi.json", "/docs/swagger-ui.css"):
            assert_problem(await http.get(path), "not_found")
        assert (await http.get("/problems/forbidden")).status_code == 200


async def test_a_problem_has_a_page(http: httpx2.AsyncClient) -> None:
    problem = (await http.get("/nowhere")).json()
    page = await http.get(problem["type"])
    assert page.status_code == 200
    assert problem["title"] in page.text
    assert_problem(await http.get("/problems/no_such_code"), "not_found")


async def test_before_it_has_started_and_after_it_has_stopped_it_is_unavailable(
    http: httpx2.AsyncClient,
) -> None:
    answer = await http.get("/v1/orders")
    assert_problem(answer, "unavailable")
    assert answer.headers["retry-after"] == "1"


async def crash(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send
    raise RuntimeError("a secret of ours")


async def crash_half_way(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("a secret of ours")


async def test_a_fault_of_ours_tells_nothing_of_our_inside(
    caplog: pytest.LogCaptureFixture,
) -> None:
    edge = Edge(Router([PlainRoute("/crash", crash)]), HEADER_BYTES_MAX)
    with caplog.at_level(logging.ERROR):
        async with client_of(edge) as http:
            answer = await http.get("/crash")
    assert_problem(answer, "internal_error")
    assert "secret" not in answer.text
    assert "a secret of ours" in caplog.text


async def test_a_fault_in_the_middle_of_an_answer_cuts_it_off() -> None:
    edge = Edge(Router([PlainRoute("/crash", crash_half_way)]), HEADER_BYTES_MAX)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/crash", "headers": []}
    with pytest.raises(RuntimeError):
        await edge(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
