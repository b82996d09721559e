"""What is to be done, by the time at which it is due: parcels to send, returns to expect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """A table of things with a UUID, listed by `due` and `id`.

    `conditions`: what can be asked for -> the SQL that asks for it.
    """

    table: str
    columns: str
    id: str
    due: str
    conditions: Mapping[str, str]

    async def row(self, reader: Reader, own_id: str, stream: str) -> Page:
        """Look one thing up, which has a stream of its own."""
        select = (
            f"SELECT {self.columns} FROM read_models.{self.table} WHERE {self.id} = %(id)s::uuid"
        )
        page = live_page(self.table, select, units=THIS_UNIT)
        return await reader.page(page, {"id": own_id, **unit_values((own_id,), stream)})

    async def rows(
        self,
        reader: Reader,
        wanted: Mapping[str, object],
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Page:
        """List things after a place in the list; a condition that is None leaves a thing open."""
        given = {name: value for name, value in wanted.items() if value is not None}
        conditions = [self.conditions[name] for name in given]
        values = {**given, "limit": limit}
        if after is not None:
            conditions.append(f"({self.due}, {self.id}) > (%(after_due)s, %(after_id)s::uuid)")
            values |= {"after_due": after[0], "after_id": after[1]}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        select = (
            f"SELECT {self.columns} FROM read_models.{self.table}{where}"
            f" ORDER BY {self.due}, {self.table}.{self.id} LIMIT %(limit)s"
        )
        page = live_page(self.table, select, f'{self.due}, {self.id} COLLATE "C"')
        return await reader.page(page, values)
