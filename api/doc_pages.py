"""How does a person read the API's documentation without the internet?

Swagger UI is vendored in `api/static` and served from here, with a content policy of its own; the
page needs no inline script.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from api.problems import RequestRefused
from api.routes import PlainRoute

FOLDER: Final = Path(__file__).parent / "static" / "swagger-ui"
ASSETS: Final = {
    "swagger-ui.css": b"text/css; charset=utf-8",
    "swagger-ui-bundle.js": b"text/javascript; charset=utf-8",
    "favicon-32x32.png": b"image/png",
    "start.js": b"text/javascript; charset=utf-8",
}
START_JS: Final = b"""window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: new URL("../openapi.json", document.currentScript?.src ?? document.baseURI).pathname,
    dom_id: "#swagger-ui",
    deepLinking: true,
    tryItOutEnabled: true,
  });
});
"""
PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OrderTrail API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
CONTENT_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


async def documentation_page(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the page of the documentation."""
    del scope, receive
    await send_file(send, b"text/html; charset=utf-8", PAGE)


async def documentation_file(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a file that the page needs.

    Raises:
        RequestRefused: the page needs no such file.
    """
    del receive
    name: str = scope["path_params"]["name"]
    if name not in ASSETS:
        raise RequestRefused("not_found", "there is nothing under this path")
    await send_file(send, ASSETS[name], asset(name))


async def openapi_document(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the OpenAPI document."""
    del receive
    await send_file(send, b"application/json", scope["app"].openapi_bytes())


@cache
def asset(name: str) -> bytes:
    """Read a file of the documentation, once."""
    return START_JS if name == "start.js" else (FOLDER / name).read_bytes()


async def send_file(send: Send, media_type: bytes, content: bytes) -> None:
    """Send a page or a file."""
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(content)),
        (b"content-security-policy", CONTENT_POLICY),
        (b"cache-control", b"no-cache"),
    ]
    start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": content})


DOCUMENTATION_ROUTES: Final = (
    PlainRoute("/openapi.json", openapi_document),
    PlainRoute("/docs", documentation_page),
    PlainRoute("/docs/{name}", documentation_file),
)
