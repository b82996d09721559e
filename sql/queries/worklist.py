"""What is to be done, in the order in which it is due: parcels, returns, holds, backorders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """A table of things, listed by `due`, which is a time or a position, and `id`.

    `conditions`: what can be asked for -> the SQL that asks for it; `always` is asked for anyway.
    `view` is a view over the table that is read in its place; `id_type` the SQL type of `id`.
    """

    table: str
    columns: str
    id: str
    due: str
    conditions: Mapping[str, str]
    always: str = ""
    view: str = ""
    id_type: str = "uuid"

    async def row(self, reader: Reader, own_id: str, stream: str) -> Page:
        """Look one thing up, which has a stream of its own."""
        select = (
            f"SELECT {self.columns} FROM read_models.{self.table}"
            f" WHERE {self.id} = %(id)s::{self.id_type}"
        )
        page = live_page(self.table, select, units=THIS_UNIT)
        return await reader.page(page, {"id": own_id, **unit_values((own_id,), stream)})

    async def rows(
        self,
        reader: Reader,
        wanted: Mapping[str, object],
        after: tuple[datetime | int, str] | None,
        limit: int,
    ) -> Page:
        """List things after a place in the list; a condition that is None leaves a thing open."""
        read = self.view or self.table
        given = {name: value for name, value in wanted.items() if value is not None}
        conditions = [self.always] if self.always else []
        conditions += [self.conditions[name] for name in given]
        values = {**given, "limit": limit}
        if after is not None:
            conditions.append(
                f"({self.due}, {self.id}) > (%(after_due)s, %(after_id)s::{self.id_type})"
            )
            values |= {"after_due": after[0], "after_id": after[1]}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        select = (
            f"SELECT {self.columns} FROM read_models.{read}{where}"
            f" ORDER BY {self.due}, {read}.{self.id} LIMIT %(limit)s"
        )
        page = live_page(self.table, select, f'{self.due}, {self.id} COLLATE "C"')
        return await reader.page(page, values)
