"""Does the simulation's model of `append_v1` say and write what the SQL function does?"""

import random
from collections.abc import Iterator
from itertools import count

from tests.examples import NOW
from tests.examples_log import (
    RawClaim,
    RawCommand,
    RawOutcome,
    a_claim,
    a_command,
    append,
    connected,
    raw_arguments,
    rows,
    superuser,
)
from tests.simulation.append_model import APPENDED, CONFLICT, DUPLICATE, AppendModel, Call

CALLS = 250
STREAMS = tuple(f"s-{number}" for number in range(1, 5))
KINDS = {APPENDED: "appended", CONFLICT: "conflict", DUPLICATE: "duplicate"}


def a_batch(chance: random.Random, log: AppendModel, keys: Iterator[int]) -> list[RawCommand]:
    """Make commands most of which fit, and some of which are stale, repeated or badly chained."""
    heads, writers = dict(log.heads), dict.fromkeys(STREAMS, 0)
    commands: list[RawCommand] = []
    for number in range(1, chance.randint(1, 9)):
        claims: list[RawClaim] = []
        for stream in chance.sample(STREAMS, chance.choice((1, 1, 2, 3))):
            expected, after = heads.get(stream, 0), writers[stream]
            if chance.random() < 0.1:
                expected = max(0, expected + chance.choice((-1, 1)))
            if chance.random() < 0.1:
                after = chance.randrange(number)
            events = chance.choice((0, 1, 1, 2, 3))
            claims.append(a_claim(stream, expected, after=after, events=events))
            if events and chance.random() < 0.95:
                heads[stream], writers[stream] = expected + events, number
        key = str(next(keys) if chance.random() < 0.9 else chance.randint(1, 50))
        principal = chance.choice(("jo", "jo", "kim"))
        answer = chance.choice((None, '{"order_number":"W26"}'))
        status = chance.choice((200, 201))
        commands.append(a_command(key, *claims, principal=principal, answer=answer, status=status))
    return commands


async def test_random_calls_come_to_the_same_in_sql_and_in_the_model(database_url: str) -> None:
    chance, log, keys = random.Random(20_261_120), AppendModel(), count(1)
    seen: set[str] = set()
    async with connected(database_url) as connection:
        for number in range(CALLS):
            commands = a_batch(chance, log, keys)
            if not commands:
                continue
            result = log.append(Call(*raw_arguments(tuple(commands))), NOW)
            modelled = [
                RawOutcome(KINDS[outcome], *places)
                for outcome, *places in zip(*result[:4], strict=True)
            ]
            assert await append(connection, *commands) == modelled, (number, commands)
            seen |= {outcome.kind for outcome in modelled}
    assert seen == set(KINDS.values())
    assert len(log.events) > CALLS
    async with superuser(database_url) as connection:
        events = await rows(
            connection,
            "SELECT position, stream, version, type, schema_version, data::text, metadata::text,"
            " occurred_at FROM event_store.events ORDER BY position",
        )
        records = await rows(
            connection,
            "SELECT principal, idempotency_key, fingerprint, command_type, stream, version,"
            " first_position, last_position, status, answer::text FROM event_store.commands",
        )
    assert events == [tuple(event)[:-1] for event in log.events]
    assert sorted(records) == sorted(tuple(record) for record in log.commands.values())
