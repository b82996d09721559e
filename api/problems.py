"""How is a request refused at the HTTP edge, and under which code is an error answered?

Statuses, titles and meanings of the codes stand in `problem_types.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from api.problem_types import PROBLEM_TYPES, ProblemType
from domain.errors import OrderTrailError

ERRORS_SHOWN_MAX: Final = 20
"""How many single faults a problem lists; a body with more is answered with the first ones."""


class RequestRefused(OrderTrailError):
    """The request was refused at the HTTP edge, before any command was made of it.

    `code` is a key of `PROBLEM_TYPES`; `items` name the faults, each with the JSON Pointer of a
    body's field or the name of a parameter; `headers` go into the answer.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        items: Sequence[Mapping[str, str | int | None]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the code beside the sentence."""
        super().__init__(detail, items=items[:ERRORS_SHOWN_MAX])
        assert code in PROBLEM_TYPES
        self.problem_code = code
        self.headers: Mapping[str, str] = headers or {}


def code_of(error: OrderTrailError) -> str:
    """Tell the code under which an error is answered."""
    return error.problem_code if isinstance(error, RequestRefused) else error.code


def problem_type(code: str) -> ProblemType:
    """Look a code up; a code that is missing here is answered as a fault of ours."""
    return PROBLEM_TYPES.get(code, PROBLEM_TYPES["internal_error"])
