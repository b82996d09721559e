"""Does an operator find what is parked, and do retry and discard do what they say?"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from domain.events import order_stream
from tests.api_client import IMPORTED, ApiClient, Json, api_on, new_id
from tests.examples_log import rows, superuser
from tests.ordertrail_program import bare_environment, result_of, run
from tests.parking import accept_all, append_strange, parked_units, refuse_cancelled, until_parked
from tests.running_workers import caught_up, make_read_tables, projecting


@dataclass(frozen=True, slots=True)
class Parked:
    """A shop whose worker has parked the row of an order since its cancellation."""

    database_url: str
    order: Json
    since: int
    unit: Mapping[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """How the program finds the database."""
        return bare_environment(DATABASE_URL=self.database_url)

    async def lifecycle(self) -> str:
        """Read what the table says of the order."""
        query = "SELECT lifecycle FROM read_models.order_detail WHERE order_id = %s::uuid"
        async with superuser(self.database_url) as connection:
            ((lifecycle,),) = await rows(connection, query, self.order["order_id"])
        return str(lifecycle)


@pytest.fixture
async def parked(database_url: str) -> AsyncGenerator[Parked]:
    await make_read_tables(database_url)
    async with projecting(database_url), api_on(database_url) as api:
        order = await api.an_order(**IMPORTED)
        await caught_up(database_url)
        await refuse_cancelled(database_url, "order_detail", order["order_id"])
        since = await cancel(api, order)
        await until_parked(database_url, "order_detail")
        await caught_up(database_url)
        (unit,) = await parked_units(database_url)
        yield Parked(database_url, order, since, unit)


async def cancel(api: ApiClient, order: Json) -> int:
    wish = {"cancellation_id": new_id(), "reason_code": "other"}
    answer = await api.command(f"/v1/orders/{order['order_id']}/cancel", wish, if_match=1)
    assert answer.is_success, answer.text
    position: int = answer.json()["position"]
    return position


def listed(parked: Parked) -> list[dict[str, Any]]:
    done = run("parked", "list", "--json", environment=parked.environment)
    assert done.returncode == 0, done.stderr
    found: Any = result_of(done)
    return found


async def test_what_is_parked_is_listed_with_its_cause(parked: Parked) -> None:
    (found,) = listed(parked)
    text = run("parked", "list", environment=parked.environment)
    models = run("projections", "list", "--json", environment=parked.environment)
    doctor = run("doctor", "--json", environment=parked.environment)

    names = ("id", "projection", "kind", "key", "since_position", "code", "waiting_events", "tries")
    assert {name: found[name] for name in names} == {
        "id": parked.unit["id"],
        "projection": "order_detail",
        "kind": "row",
        "key": f'["{parked.order["order_id"]}"]',
        "since_position": parked.since,
        "code": "rows_refused",
        "waiting_events": 1,
        "tries": 0,
    }
    assert found["parked_at"].endswith("Z")
    for cell in ("order_detail", parked.order["order_id"], str(parked.since), "rows_refused"):
        assert cell in text.stdout
    figures: Any = result_of(models)
    assert {model["name"]: model["parked_keys"] for model in figures}["order_detail"] == 1
    warnings = [one for one in result_of(doctor)["checks"] if one["state"] == "warning"]
    assert "1 parked: see `ordertrail parked list`" in [one["detail"] for one in warnings]
    assert doctor.returncode == 0


async def test_line_38_a_retry_with_the_cause_unfixed_changes_nothing_and_ends_with_1(
    parked: Parked,
) -> None:
    by_id = run("parked", "retry", str(parked.unit["id"]), environment=parked.environment)
    every = run("parked", "retry", "--all", "--json", environment=parked.environment)

    assert (by_id.returncode, every.returncode) == (1, 1)
    assert "0 events applied" in by_id.stdout
    assert f"parked since {parked.since}" in by_id.stdout
    (result,) = result_of(every)["results"]
    assert (result["applied"], result["still_parked_since"]) == (0, parked.since)
    assert result["detail"]
    assert await lifecycle_and_tries(parked) == ("cancelling", 2)


async def lifecycle_and_tries(parked: Parked) -> tuple[str, int]:
    (found,) = listed(parked)
    return await parked.lifecycle(), found["tries"]


async def test_a_retry_after_the_cause_was_removed_applies_what_waits(parked: Parked) -> None:
    await accept_all(parked.database_url, "order_detail")

    done = run("parked", "retry", str(parked.unit["id"]), "--json", environment=parked.environment)
    again = run("parked", "retry", str(parked.unit["id"]), environment=parked.environment)
    nothing = run("parked", "retry", "--all", environment=parked.environment)

    assert done.returncode == 0, done.stderr
    assert result_of(done) == {
        "results": [
            {
                "projection": "order_detail",
                "kind": "row",
                "key": parked.unit["key"],
                "applied": 1,
                "still_parked_since": None,
                "detail": None,
            }
        ]
    }
    assert (again.returncode, again.stdout) == (1, "")
    assert f"Nothing is parked under {parked.unit['id']} (any more)." in again.stderr
    assert (nothing.returncode, "Nothing is parked" in nothing.stdout) == (0, True)
    assert await parked.lifecycle() == "cancelled"
    assert listed(parked) == []


async def test_a_discard_skips_the_event_and_is_written_down(parked: Parked) -> None:
    done = run(
        "parked", "discard", str(parked.unit["id"]), "--reason", " a broken test ", "--by", "jo",
        environment=parked.environment,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "nothing waits any more" in done.stdout
    assert listed(parked) == []
    assert await parked.lifecycle() == "cancelling"
    query = "SELECT projection, kind, key, position, reason, discarded_by"
    async with superuser(parked.database_url) as connection:
        written = await rows(connection, f"{query} FROM read_models.discarded_events")
    assert written == [
        ("order_detail", "row", parked.unit["key"], parked.since, "a broken test", "jo")
    ]
    models: Any = result_of(run("projections", "list", "--json", environment=parked.environment))
    assert {model["name"]: model["discarded_events"] for model in models}["order_detail"] == 1


async def test_a_discard_stops_at_the_next_event_at_fault(database_url: str) -> None:
    await make_read_tables(database_url)
    stream = order_stream(new_id())
    first = await append_strange(database_url, stream, 0)
    second = await append_strange(database_url, stream, 1)
    async with projecting(database_url):
        await until_parked(database_url, "order_detail", "order_list", "sales_daily")
        await caught_up(database_url)
    units = [unit for unit in await parked_units(database_url) if unit["key"] == stream]
    environment = bare_environment(DATABASE_URL=database_url)

    done = run(
        "parked", "discard", str(units[0]["id"]), "--reason", "x", "--json",
        environment=environment,
    )  # fmt: skip
    every = run("parked", "retry", "--all", "--json", environment=environment)

    assert {unit["since_position"] for unit in units} == {first}
    (result,) = result_of(done)["results"]
    assert (done.returncode, result["applied"], result["still_parked_since"]) == (1, 0, second)
    assert every.returncode == 1
    assert len(result_of(every)["results"]) == len(await parked_units(database_url))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retry",), "by its id, or say --all"),
        (("retry", "1", "--all"), "by its id, or say --all"),
        (("discard", "1", "--reason", " "), "Say with --reason"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], says: str) -> None:
    done = run("parked", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_an_unknown_id_ends_with_1_and_no_database_with_3(database_url: str) -> None:
    environment = bare_environment(DATABASE_URL=database_url)
    unknown = run("parked", "discard", "4711", "--reason", "x", environment=environment)
    away = bare_environment(DATABASE_URL="postgresql://a:geheim@127.0.0.1:1/b")
    nowhere = run("parked", "list", environment=away)

    assert (unknown.returncode, "Nothing is parked under 4711" in unknown.stderr) == (1, True)
    assert nowhere.returncode == 3
    assert "geheim" not in nowhere.stderr
