"""Do the checkpoints of generations and relay stand where they can stand (I9)?"""

from collections.abc import Collection, Mapping
from typing import Final

from projections.projection import Projection
from sql.checkpoints import Generation, GenerationState
from sql.checks.findings import Findings
from sql.connection import Connection
from sql.read_tables import SCHEMA, table_name

_GENERATIONS: Final = (
    b"SELECT g.projection, g.generation, g.state, g.fold_version, min(c.position), max(c.position)"
    b" FROM read_models.generations g"
    b" LEFT JOIN read_models.checkpoints c USING (projection, generation)"
    b" GROUP BY g.projection, g.generation ORDER BY g.projection, g.generation"
)
_RELAYS: Final = b"SELECT relay, position FROM messaging.relay_checkpoints ORDER BY relay"
_EXISTS: Final = b"SELECT to_regclass(%s) IS NOT NULL"


async def check_checkpoints(
    connection: Connection, head: int, known: Mapping[str, Projection], findings: Findings
) -> list[Generation]:
    """Judge every checkpoint, and answer the generations whose tables this code can check.

    Shape: ascending by projection and generation.
    """
    for relay, position in await (await connection.execute(_RELAYS)).fetchall():
        _judge_position(findings, f"the relay's checkpoint {relay!r}", position, head)
    rows = await (await connection.execute(_GENERATIONS)).fetchall()
    for name in sorted({row[0] for row in rows} & known.keys()):
        if not any(row[0] == name and row[2] == GenerationState.LIVE for row in rows):
            findings.add("no_live_generation", name, "queries see no generation of it")
    found: list[Generation] = []
    for name, number, state, fold_version, least, most in rows:
        place = f"the checkpoint of {table_name(name, number)}"
        if least is None or least != most:
            findings.add("no_checkpoint", place, "there is not exactly one position")
            continue
        _judge_position(findings, place, least, head)
        generation = Generation(name, number, GenerationState(state), fold_version, least)
        if await _can_be_checked(connection, generation, known, findings):
            found.append(generation)
    return found


def chosen(generations: Collection[Generation], names: Collection[str]) -> list[Generation]:
    """Answer the generations of the projections that are named; all of them without names."""
    return [each for each in generations if not names or each.projection in names]


def _judge_position(findings: Findings, place: str, position: int, head: int) -> None:
    findings.checked += 1
    if position > head:
        findings.add(
            "beyond_the_head",
            place,
            f"stands at {position}, and the log ends at {head}: its tail is missing, or the"
            " checkpoint was moved",
        )


async def _can_be_checked(
    connection: Connection,
    generation: Generation,
    known: Mapping[str, Projection],
    findings: Findings,
) -> bool:
    """Say whether this code can fold it; say in the findings why not."""
    table = table_name(generation.projection, generation.generation)
    if generation.state is GenerationState.BUILDING:
        findings.note(f"{table} is being built, and was not compared.")
        return False
    projection = known.get(generation.projection)
    if projection is None or projection.fold_version != generation.fold_version:
        own = "no fold" if projection is None else f"fold {projection.fold_version!r}"
        sentence = f"made by fold {generation.fold_version!r}, this code has {own}"
        if generation.state is GenerationState.LIVE:
            findings.add("other_fold", table, f"{sentence}: nobody can say whether it is right")
        else:
            findings.note(f"{table} was {sentence}: it was not compared.")
        return False
    answer = await (await connection.execute(_EXISTS, (f"{SCHEMA}.{table}",))).fetchone()
    if answer != (True,):
        findings.add("no_table", table, "the table is not there")
        return False
    return True
