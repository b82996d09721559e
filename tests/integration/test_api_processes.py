"""Does an operator see over HTTP where orders stand, and can he help the process on?"""

from typing import Any

import pytest

from commands.advance_fulfilment import AdvanceFulfilment
from commands.fulfilment_step import FULFILMENT
from commands.policies import is_input, order_id_of
from commands.require_intervention import RequireIntervention
from domain.fulfilment_policy import FulfilmentPolicy
from tests.api_client import AS_STAFF, ApiClient, acting_as, new_id
from tests.catching_up import Projectors
from tests.examples import NOW
from tests.examples_log import a_store, an_envelope
from tests.running_workers import read_log

Json = dict[str, Any]
STEP = "event:7"


async def carried_out(api: ApiClient, database_url: str, *, stuck: bool = False) -> str:
    """Place an order, let the process hear of it, and have it call for help."""
    order_id: str = (await api.an_order())["order_id"]
    async with a_store(database_url) as store:
        (placed,) = [
            event
            for event in await read_log(database_url)
            if is_input(event) and order_id_of(event) == order_id
        ]
        reaction = AdvanceFulfilment(
            actor=FULFILMENT,
            asked_at=NOW,
            order_id=order_id,
            event=placed,
            policy=FulfilmentPolicy(),
        )
        await store.handler.handle(reaction, an_envelope())
        if stuck:
            cry = RequireIntervention(
                actor=FULFILMENT,
                asked_at=NOW,
                order_id=order_id,
                step=STEP,
                last_error="KeyError",
            )
            await store.handler.handle(cry, an_envelope())
    return order_id


async def ask(api: ApiClient, path: str, **parameters: str | int) -> tuple[int, Json]:
    answer = await api.http.get(path, params=parameters, headers=AS_STAFF)
    return answer.status_code, answer.json()


async def help_on(api: ApiClient, order_id: str, verb: str, step: str = STEP) -> tuple[int, Json]:
    body = {"step": step, "reason": "the account is open again"}
    path = f"/v1/orders/{order_id}/process/{verb}"
    answer = await api.command(path, body, headers=AS_STAFF)
    return answer.status_code, answer.json()


async def test_the_process_of_an_order_is_read_from_the_log_and_then_from_the_table(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    order_id = await carried_out(api, database_url, stuck=True)
    status, from_the_log = await ask(api, f"/v1/orders/{order_id}/process")
    assert (status, from_the_log["stage"]) == (200, "rejected")  # nothing is in stock
    assert [each["step"] for each in from_the_log["troubles"]] == [STEP]
    await projectors.catch_up()
    _, from_the_table = await ask(api, f"/v1/orders/{order_id}/process")
    position = "as_of_position"
    assert {**from_the_table, position: 0} == {**from_the_log, position: 0}


@pytest.mark.parametrize("verb", ["retry", "skip"])
async def test_an_operator_sees_to_a_step_once(
    api: ApiClient, projectors: Projectors, database_url: str, verb: str
) -> None:
    order_id = await carried_out(api, database_url, stuck=True)
    status, answer = await help_on(api, order_id, verb)
    assert (status, answer["id"]) == (200, order_id)
    assert (await help_on(api, order_id, verb))[1]["code"] == "step_not_stuck"
    await projectors.catch_up()
    _, process = await ask(api, f"/v1/orders/{order_id}/process")
    assert (process["troubles"], process["is_stuck"]) == ([], False)


async def test_an_order_that_nobody_carries_out_has_no_process(api: ApiClient) -> None:
    for order_id in (new_id(), (await api.an_order())["order_id"]):
        for status, problem in (
            await ask(api, f"/v1/orders/{order_id}/process"),
            await help_on(api, order_id, "retry"),
            await help_on(api, order_id, "skip"),
        ):
            assert (status, problem["code"]) == (404, "fulfilment_not_found")


async def test_processes_are_for_the_shop(api: ApiClient, database_url: str) -> None:
    order_id = await carried_out(api, database_url, stuck=True)
    customer = acting_as(f"customer:{new_id()}")
    before = await read_log(database_url)
    body = {"step": STEP, "reason": "please"}
    for answer in (
        await api.http.get("/v1/processes", headers=customer),
        await api.http.get(f"/v1/orders/{order_id}/process", headers=customer),
        await api.command(f"/v1/orders/{order_id}/process/retry", body, headers=customer),
        await api.command(f"/v1/orders/{order_id}/process/skip", body, headers=customer),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await read_log(database_url) == before


async def test_processes_are_listed_in_pages_and_by_what_is_wrong(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    orders = [await carried_out(api, database_url, stuck=stuck) for stuck in (True, False, True)]
    await projectors.catch_up()

    async def listed(**parameters: str | int) -> list[str]:
        names: list[str] = []
        while True:
            _, page = await ask(api, "/v1/processes", limit=1, **parameters)
            names += [each["order_id"] for each in page["processes"]]
            if page["next_cursor"] is None:
                return names
            parameters["cursor"] = page["next_cursor"]

    assert await listed() == orders
    assert await listed(stuck="true") == [orders[0], orders[2]]
    assert await listed(stage="rejected") == orders
    assert await listed(stage="fulfilling") == []


async def test_a_cursor_of_another_list_is_refused(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    for _ in range(2):
        await carried_out(api, database_url, stuck=True)
    await projectors.catch_up()
    _, page = await ask(api, "/v1/processes", limit=1)
    status, problem = await ask(
        api, "/v1/processes", limit=1, stuck="true", cursor=page["next_cursor"]
    )
    assert (status, problem["code"]) == (422, "validation_failed")
