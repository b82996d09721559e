"""What can be asked, or done, next with what a command has answered?

OpenAPI links, made of the routes themselves: from a command to what may follow under the path that
its answer's Location names. The query of what the command was about waits for its effect.

Source: OpenAPI 3.1, Link Object.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from starlette.routing import BaseRoute

from api.command_route import CommandRoute
from api.command_settings import IfMatch
from api.query_route import QueryRoute
from api.routes import SlimRoute

ID: Final = "$response.body#/id"
POSITION: Final = "$response.body#/position"
ETAG: Final = "$response.header.ETag"
MIN_POSITION: Final = "min_position"


def add_links(paths: dict[str, Any], routes: Iterable[BaseRoute]) -> None:
    """Write into the answer of every command which operations can follow it."""
    known = [route for route in routes if isinstance(route, SlimRoute)]
    for command in known:
        if isinstance(command, CommandRoute):
            status = str(command.status_code or 200)
            responses = paths[command.path][command.method.lower()]["responses"]
            responses[status]["links"] = {
                following.name: link(following) for following in what_follows(command, known)
            }


def what_follows(command: CommandRoute, routes: Iterable[SlimRoute]) -> Iterator[SlimRoute]:
    """Find what may follow: anything after a creation, else the query that shows the effect."""
    place = command.settings.location.partition("{id}")[0]
    for route in routes:
        begins_there = route.path.startswith(f"{place}{{") and len(route.param_convertors) == 1
        shows_effect = isinstance(route, QueryRoute) and route.path.endswith("}")
        if begins_there and (command.settings.creates or shows_effect):
            yield route


def link(following: SlimRoute) -> dict[str, Any]:
    """Say where the parameters of an operation come from."""
    (name,) = following.param_convertors
    parameters = {f"path.{name}": ID}
    if isinstance(following, CommandRoute):
        if following.settings.if_match is IfMatch.REQUIRED:
            parameters["header.If-Match"] = ETAG
    elif isinstance(following, QueryRoute) and MIN_POSITION in following.query_model.model_fields:
        parameters[f"query.{MIN_POSITION}"] = POSITION
    return {"operationId": following.operation_id, "parameters": parameters}
