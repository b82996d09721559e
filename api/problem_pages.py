"""Where does a caller read what an error code means?

`type` of a problem is the path of a page here; `docs/errors.md` is the same table as a file, made
by `python -m api.problem_pages`.
"""

import html
import sys
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from api.problem_types import PROBLEM_TYPES
from api.problems import RequestRefused
from api.routes import PlainRoute

PAGE_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"public, max-age=3600"),
)


async def explain_problem(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the page about an error code.

    Raises:
        RequestRefused: there is no such code.
    """
    del receive
    code: str = scope["path_params"]["code"]
    if code not in PROBLEM_TYPES:
        raise RequestRefused("not_found", "there is no such error code")
    page = problem_page(code).encode()
    headers = [*PAGE_HEADERS, (b"content-length", b"%d" % len(page))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page})


def problem_page(code: str) -> str:
    """Write the page about an error code."""
    kind = PROBLEM_TYPES[code]
    title, meaning = html.escape(kind.title), html.escape(kind.meaning)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{title}</title><h1>{title}</h1>"
        f"<p>Code <code>{code}</code>, HTTP status {kind.status}.</p><p>{meaning}</p></html>\n"
    )


def errors_markdown(problems: Mapping[str, Any] = PROBLEM_TYPES) -> str:
    """Write `docs/errors.md`."""
    lines = [
        "# Errors",
        "",
        "Every error is answered as `application/problem+json` (RFC 9457) with one of these codes.",
        "A code never changes its meaning. Made by `python -m api.problem_pages > docs/errors.md`.",
        "",
        "| status | code | meaning |",
        "|---|---|---|",
    ]
    ordered = sorted(problems.items(), key=lambda item: (item[1].status, item[0]))
    lines += [f"| {kind.status} | `{code}` | {kind.meaning} |" for code, kind in ordered]
    return "\n".join(lines) + "\n"


PROBLEM_ROUTE: Final = PlainRoute("/problems/{code}", explain_problem)

if __name__ == "__main__":
    sys.stdout.write(errors_markdown())
