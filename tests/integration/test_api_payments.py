"""Can orders be paid for over HTTP, and does everybody see what he may?"""

import asyncio
from typing import Any

from commands.registry import Command
from domain.payment_events import PaymentOperation
from tests.api_client import AS_STAFF, ApiClient, acting_as, new_id
from tests.catching_up import Projectors
from tests.examples_log import a_store, an_envelope
from tests.payment_examples import (
    LONGER,
    a_chargeback,
    a_decline,
    an_authorization,
    an_unknown_outcome,
    money_back,
    money_taken,
)

Json = dict[str, Any]
DUE = 1_500
NEVER_ENDS: Json = {"valid_until": None}


async def do(api: ApiClient, path: str, status: int = 200, **body: object) -> Json:
    """Send a command as staff and answer its answer."""
    answer = await api.command(f"/v1/payments{path}", body, headers=AS_STAFF)
    assert answer.status_code == status, answer.text
    said: Json = answer.json()
    return said


def a_payment_body(order: Json, **changes: object) -> Json:
    return {
        "payment_id": new_id(),
        "order_id": order["order_id"],
        "amount_minor": DUE,
        "currency": "GBP",
        "method_ref": "pm_card_visa",
        **changes,
    }


async def requested(api: ApiClient, order: Json | None = None, **changes: object) -> str:
    """Have somebody pay for an order, or for a new one, and name the payment."""
    body = a_payment_body(order or await api.an_order(), **changes)
    await do(api, "", 201, **body)
    payment_id: str = body["payment_id"]
    return payment_id


async def provider_says(database_url: str, *facts: Command) -> None:
    async with a_store(database_url) as store:
        for fact in facts:
            await store.handler.handle(fact, an_envelope())


async def authorised(api: ApiClient, database_url: str, order: Json | None = None) -> str:
    payment_id = await requested(api, order)
    fact = an_authorization(payment_id=payment_id, amount_minor=DUE, **NEVER_ENDS)
    await provider_says(database_url, fact)
    return payment_id


def as_customer(order: Json) -> dict[str, str]:
    return acting_as(f"customer:{order['customer_id']}")


async def test_a_customer_pays_for_his_order(api: ApiClient) -> None:
    order = await api.an_order()
    sent = a_payment_body(order, capture_mode="immediate")
    paid = await api.command("/v1/payments", sent, headers=as_customer(order))
    assert (paid.status_code, paid.json()["id"]) == (201, sent["payment_id"])
    assert paid.headers["location"] == f"/v1/payments/{sent['payment_id']}"
    again = await api.command("/v1/payments", sent, headers=as_customer(order))
    assert again.json()["version"] == 1


async def test_a_payment_is_taken_given_back_and_read(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    order = await api.an_order()
    payment_id, capture_id = await authorised(api, database_url, order), new_id()
    await do(api, f"/{payment_id}/capture", capture_id=capture_id, amount_minor=1_000)
    fact = money_taken(payment_id=payment_id, capture_id=capture_id, amount_minor=1_000)
    await provider_says(database_url, fact)
    refund = f"/{payment_id}/refund"
    await do(api, refund, refund_id=new_id(), amount_minor=300, reason="returned")
    position = (await do(api, f"/{payment_id}/void", void_id=new_id(), reason="enough"))["position"]
    from_the_log = (await api.get(f"/v1/payments/{payment_id}")).json()
    await projectors.catch_up()
    found = await api.http.get(
        f"/v1/payments/{payment_id}",
        params={"min_position": position},
        headers=as_customer(order),
    )
    body = found.json()
    assert found.headers["etag"] == '"6"'
    assert from_the_log == body
    operations = {row["operation"]: row for row in body.pop("operations")}
    assert body == {
        "payment_id": payment_id,
        "order_id": order["order_id"],
        "customer_id": order["customer_id"],
        "currency": "GBP",
        "psp_ref": "pi_1",
        "status": "partially_captured",
        "authorised_minor": DUE,
        "capture_pending_minor": 0,
        "captured_minor": 1_000,
        "voided_minor": 0,
        "refund_pending_minor": 300,
        "refunded_minor": 0,
        "disputed_minor": 0,
        "has_unknown_outcome": False,
        "version": 6,
        "as_of_position": position,
        "parked_since_position": None,
    }
    assert {
        name: (row["status"], row["amount_minor"], row["version"])
        for name, row in operations.items()
    } == {
        "authorize": ("done", DUE, 2),
        "capture": ("done", 1_000, 4),
        "refund": ("pending", 300, 5),
        "void": ("pending", 500, 6),
    }
    assert {**operations["capture"], "occurred_at": None, "recorded_at": None} == {
        "payment_id": payment_id,
        "operation_id": capture_id,
        "order_id": order["order_id"],
        "customer_id": order["customer_id"],
        "operation": "capture",
        "amount_minor": 1_000,
        "currency": "GBP",
        "psp_ref": None,
        "status": "done",
        "code": None,
        "occurred_at": None,
        "recorded_at": None,
        "version": 4,
    }


async def test_customers_see_their_own_payments_and_move_no_money(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    own_order, other_order = await api.an_order(), await api.an_order()
    own = await authorised(api, database_url, own_order)
    other = await authorised(api, database_url, other_order)
    ada = as_customer(own_order)

    async def seen_by_ada(payment_id: str) -> tuple[int, str]:
        answer = await api.http.get(f"/v1/payments/{payment_id}", headers=ada)
        body = answer.json()
        return answer.status_code, body.get("status") if answer.is_success else body["code"]

    for _ in range(2):  # from the log, then from the table
        assert await seen_by_ada(own) == (200, "authorized")
        assert await seen_by_ada(other) == (404, "payment_not_found")
        assert await seen_by_ada(new_id()) == (404, "payment_not_found")
        await projectors.catch_up()
    listed = (await api.http.get("/v1/payments", headers=ada)).json()["operations"]
    assert [row["payment_id"] for row in listed] == [own]
    theirs = {"order_id": other_order["order_id"]}
    listed = (await api.http.get("/v1/payments", params=theirs, headers=ada)).json()["operations"]
    assert listed == []
    refused = await api.http.get("/v1/payments", headers=acting_as("psp:cards"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    wishes = {
        "capture": {"capture_id": new_id(), "amount_minor": 1},
        "void": {"void_id": new_id(), "reason": "changed my mind"},
        "refund": {"refund_id": new_id(), "amount_minor": 1, "reason": "unhappy"},
    }
    for name, body in wishes.items():
        refused = await api.command(f"/v1/payments/{own}/{name}", body, headers=ada)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    refused = await api.command("/v1/payments", a_payment_body(other_order), headers=ada)
    assert (refused.status_code, refused.json()["code"]) == (422, "order_not_found")


async def test_operations_are_listed_in_pages_by_order_status_and_name(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    order = await api.an_order()
    first = await authorised(api, database_url, order)
    declined, lost, waiting = [await requested(api) for _ in range(3)]
    capture_id, case_id = new_id(), "dp_1"
    await do(api, f"/{first}/capture", capture_id=capture_id, amount_minor=DUE)
    await provider_says(
        database_url,
        money_taken(payment_id=first, capture_id=capture_id, amount_minor=DUE),
        a_chargeback(payment_id=first, case_id=case_id, amount_minor=1),
        a_decline(payment_id=declined),
        an_unknown_outcome(
            payment_id=lost, operation=PaymentOperation.AUTHORIZE, operation_id=lost
        ),
    )
    await projectors.catch_up()

    async def listed(**parameters: str | int) -> list[tuple[str, str]]:
        page = (await api.get("/v1/payments", **parameters)).json()
        names = [(row["payment_id"], row["operation_id"]) for row in page["operations"]]
        if page["next_cursor"] is None:
            return names
        return names + await listed(**{**parameters, "cursor": page["next_cursor"]})

    of_order = [(first, first), (first, capture_id), (first, case_id)]
    everything = [*of_order, *((each, each) for each in (declined, lost, waiting))]
    assert await listed(limit=2) == sorted(everything)
    assert await listed(order_id=order["order_id"], limit=1) == sorted(of_order)
    assert await listed(order_id=new_id()) == []
    assert await listed(status="failed") == [(declined, declined)]
    assert await listed(status="unknown") == [(lost, lost)]
    unsettled = [(first, case_id), (lost, lost), (waiting, waiting)]
    assert await listed(status="unsettled", limit=1) == sorted(unsettled)
    assert await listed(status="done", order_id=order["order_id"]) == sorted(of_order[:2])
    assert await listed(psp_ref="pi_1") == [(first, first)]
    assert (await api.get("/v1/payments", status="gone")).status_code == 422
    assert (await api.get("/v1/payments", cursor="nonsense")).status_code in {400, 422}


async def test_every_refusal_has_its_code_and_changes_nothing(
    api: ApiClient, database_url: str
) -> None:
    order = await api.an_order()
    asked = await requested(api, order)
    taken = await authorised(api, database_url)
    ended = await requested(api)
    capture_id, refund_id = new_id(), new_id()
    await do(api, f"/{taken}/capture", capture_id=capture_id, amount_minor=DUE)
    await provider_says(
        database_url,
        money_taken(payment_id=taken, capture_id=capture_id, amount_minor=DUE),
        money_back(payment_id=taken, refund_id=refund_id, amount_minor=DUE),
        an_authorization(payment_id=ended, amount_minor=DUE, valid_until=LONGER.replace(year=2020)),
    )
    head = await api.head()
    a_capture = {"capture_id": new_id(), "amount_minor": 1}
    a_refund = {"refund_id": new_id(), "amount_minor": 1, "reason": "returned"}
    a_void = {"void_id": new_id(), "reason": "cancelled"}
    refusals = (
        ("", a_payment_body(order, order_id=new_id()), 422, "order_not_found"),
        ("", a_payment_body(order, amount_minor=0), 422, "amount_invalid"),
        ("", a_payment_body(order, amount_minor=DUE + 1), 422, "amount_invalid"),
        ("", a_payment_body(order, amount_minor=2**53), 422, "amount_out_of_range"),
        ("", a_payment_body(order, currency="EUR"), 422, "currency_mismatch"),
        ("", a_payment_body(order, payment_id=asked, amount_minor=1), 409, "operation_conflict"),
        ("", a_payment_body(order, capture_mode="later"), 422, "validation_failed"),
        (f"/{new_id()}/capture", a_capture, 404, "payment_not_found"),
        (f"/{asked}/capture", a_capture, 409, "payment_state_conflict"),
        (f"/{ended}/capture", a_capture, 409, "authorization_expired"),
        (f"/{taken}/capture", a_capture, 409, "capture_exceeds_authorized"),
        (f"/{taken}/capture", {**a_capture, "amount_minor": -1}, 422, "amount_invalid"),
        (f"/{taken}/capture", {**a_capture, "capture_id": taken}, 409, "operation_conflict"),
        (f"/{taken}/capture", {**a_capture, "capture_id": "c1"}, 422, "validation_failed"),
        (f"/{taken}/void", a_void, 409, "void_after_capture"),
        (f"/{taken}/void", {**a_void, "void_id": capture_id}, 409, "operation_conflict"),
        (f"/{taken}/refund", a_refund, 409, "refund_exceeds_captured"),
        (f"/{taken}/refund", {**a_refund, "refund_id": capture_id}, 409, "operation_conflict"),
        (f"/{new_id()}/refund", a_refund, 404, "payment_not_found"),
        ("/no-id/refund", a_refund, 422, "validation_failed"),
    )
    for path, body, status, code in refusals:
        answer = await api.command(f"/v1/payments{path}", body, headers=AS_STAFF)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    stale = await api.command(f"/v1/payments/{asked}/void", a_void, if_match=7, headers=AS_STAFF)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert await api.head() == head


async def test_an_operation_that_is_sent_twice_under_new_keys_counts_once(
    api: ApiClient, database_url: str
) -> None:
    payment_id = await authorised(api, database_url)
    body = {"capture_id": new_id(), "amount_minor": 400}
    answers = [
        await api.command(f"/v1/payments/{payment_id}/capture", body, headers=AS_STAFF)
        for _ in range(3)
    ]
    assert [answer.json()["version"] for answer in answers] == [3, 3, 3]
    found = (await api.get(f"/v1/payments/{payment_id}")).json()
    assert (found["capture_pending_minor"], found["version"]) == (400, 3)


async def test_many_who_take_and_give_up_at_once_never_get_more_than_is_there(
    api: ApiClient, database_url: str
) -> None:
    payment_id = await authorised(api, database_url)
    sent = [
        api.command(
            f"/v1/payments/{payment_id}/capture",
            {"capture_id": new_id(), "amount_minor": 100},
            headers=AS_STAFF,
        )
        for _ in range(20)
    ]
    answers = await asyncio.gather(*sent)
    codes = [answer.json().get("code") for answer in answers]
    assert (codes.count(None), codes.count("capture_exceeds_authorized")) == (15, 5)
    found = (await api.get(f"/v1/payments/{payment_id}")).json()
    assert found["capture_pending_minor"] == DUE
