"""Do the views that everybody queries show the live tables, and nothing but them?

A view's definition is compared with the statement that makes it, as text: qualifiers, spaces,
parentheses and the casts that PostgreSQL adds are left out, as its versions write them differently.
PostgreSQL's own reading of a template is not to be had here, as a read-only transaction makes no
view, not even a temporary one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from projections.projection import Projection
from sql.checkpoints import Generation, GenerationState
from sql.checks.findings import Findings
from sql.connection import Connection
from sql.generations import VIEWS_ON, template_of
from sql.read_tables import SCHEMA, column_names, table_name

_SEARCH_PATH: Final = b"SET LOCAL search_path TO pg_catalog"
"""Every other table and function is then written with its schema, in every version."""

_VIEWS: Final = (
    b"SELECT c.relname::text, pg_get_viewdef(c.oid), c.reloptions::text"
    b" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    b" WHERE n.nspname = %s AND c.relkind = 'v' AND c.relname = ANY (%s)"
)
_COMMENT: Final = re.compile(r"--[^\n]*")
_HEAD: Final = re.compile(r"^\s*CREATE OR REPLACE VIEW \S+ AS\b")
_QUOTED: Final = re.compile(r'"([a-z_][a-z0-9_]*)"')
_ADDED: Final = re.compile(r"::(?:text|timestamp with time zone)\b|[\s();]")


class ShownView(NamedTuple):
    """A view as it has to be: the relation that it reads, and the statement that makes it."""

    name: str
    source: str
    statement: str


async def check_views(
    connection: Connection,
    generations: Sequence[Generation],
    known: Mapping[str, Projection],
    findings: Findings,
) -> None:
    """Judge the views of every live generation; their tables must be kept from being dropped."""
    views = [
        view
        for each in generations
        if each.state is GenerationState.LIVE
        for view in _views_of(known[each.projection], each.generation)
    ]
    await connection.execute(_SEARCH_PATH)
    cursor = await connection.execute(_VIEWS, (SCHEMA, [view.name for view in views]))
    found = {name: (statement, options) for name, statement, options in await cursor.fetchall()}
    for view in views:
        findings.checked += 1
        if view.name not in found:
            findings.add("no_view", view.name, "queries find no view of this name")
            continue
        statement, options = found[view.name]
        if _plain(statement, view.source) != _plain(view.statement, view.source):
            findings.add("view_differs", view.name, f"is no plain view of {view.source}")
        elif options is not None:
            findings.add("view_differs", view.name, f"has the options {options}")


def _views_of(projection: Projection, generation: int) -> Iterator[ShownView]:
    """Answer the view of a live table, and those that are made over it."""
    name, source = projection.name, table_name(projection.name, generation)
    columns = ", ".join(column_names(projection))
    yield ShownView(name, source, f"SELECT {columns} FROM {SCHEMA}.{source}")
    for view in VIEWS_ON.get(name, ()):
        yield ShownView(view, name, template_of(view))


def _plain(statement: str, source: str) -> str:
    """Leave out of a statement what versions of PostgreSQL, or people, write differently."""
    text = _HEAD.sub("", _COMMENT.sub("", statement).strip())
    text = re.sub(rf"(?<![.\w]){source}\.", "", _QUOTED.sub(r"\1", text))
    return _ADDED.sub("", text)
