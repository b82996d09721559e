"""Is no money lost or made while credits of returns pay other orders, whatever becomes of those?

Orders are carried out by the process itself; whenever the provider has answered everything, its
books, the orders' and the open credits of the returns have to agree.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.cancel_lines import CancelLines
from commands.fire_timer import FireTimer
from commands.order_rules import PartOfLine
from commands.provider_facts import FactKind
from domain.errors import Refusal
from domain.events import order_stream, payment_stream, return_stream
from domain.fold import as_fulfilment, as_order, as_payment, as_return
from domain.fulfilment import Fulfilment
from domain.order import Order
from domain.order_parts import CancellationReason
from domain.payment import Payment
from domain.return_events import ReturnResolution
from domain.shipment_events import ShipmentPlanned
from tests.edit_examples import an_edit, set_quantity
from tests.examples import DAY, ORDER_ID, STAFF, a_cancellation, a_line
from tests.exchange_examples import an_exchange
from tests.fulfilment_journey import Journey
from tests.return_examples import a_credit_release
from tests.returned_journey import a_delivered, send_back
from tests.stock_examples import a_backorder_policy, a_receipt, an_adjustment

ORDER_IDS: Final = (ORDER_ID, *(f"0196a000-0000-7000-8000-0000000000d{end}" for end in "234"))
RETURN_IDS: Final = tuple(f"0196a000-0000-7000-8000-00000000007{end}" for end in "abcd")
Act = Callable[[Journey], None]


def _exchange(number: int, return_id: str, pieces: int, method: str | None) -> Act:
    def act(journey: Journey) -> None:
        wish = an_exchange(return_id, order_id=ORDER_IDS[number], asked_at=journey.now)
        line = a_line(quantity=pieces)
        terms: dict[str, Any] = {"allow_split": True, "allow_backorder": True}
        journey.do(replace(wish, lines=(line,), payment_method_ref=method, **terms))

    return act


def _cancel(number: int) -> Act:
    def act(journey: Journey) -> None:
        journey.do(a_cancellation(order_id=ORDER_IDS[number], asked_at=journey.now))

    return act


def _cancel_one(number: int, name: str) -> Act:
    def act(journey: Journey) -> None:
        journey.do(
            CancelLines(
                actor=STAFF,
                asked_at=journey.now,
                order_id=ORDER_IDS[number],
                cancellation_id=f"one-{name}",
                lines=(PartOfLine(line_id="1", quantity=1),),
                reason_code=CancellationReason.OTHER,
            )
        )

    return act


def _edit(number: int, pieces: int, name: str) -> Act:
    def act(journey: Journey) -> None:
        order = order_in(journey, ORDER_IDS[number])
        if order is None:
            return
        edit = an_edit(
            set_quantity("1", pieces),
            order_id=order.order_id,
            edit_id=f"edit-{name}",
            base_version=order.version,
        )
        journey.do(replace(edit, asked_at=journey.now))

    return act


def _send_back(number: int, return_id: str, resolution: ReturnResolution, fee_minor: int) -> Act:
    def act(journey: Journey) -> None:
        send_back(
            journey,
            1,
            return_id,
            order_id=ORDER_IDS[number],
            resolution=resolution,
            fee_minor=fee_minor,
        )

    return act


def _receive(name: str) -> Act:
    """Send what is there; then let a mug come in, for which orders may wait, and send that."""

    def act(journey: Journey) -> None:
        _answer(journey, None)
        _arrive(journey)
        journey.do(a_receipt(movement_id=f"mug-{name}", quantity=1))
        _arrive(journey)

    return act


def _release(return_id: str) -> Act:
    return lambda journey: _do_release(journey, return_id)


def _do_release(journey: Journey, return_id: str) -> None:
    journey.do(a_credit_release(return_id=return_id, asked_at=journey.now))


def _provider(kind: FactKind | None) -> Act:
    return lambda journey: _answer(journey, kind)


def _answer(journey: Journey, kind: FactKind | None) -> None:
    journey.provider_does(kind, **({"code": "no", "is_retriable": False} if kind else {}))


def _fire(number: int) -> Act:
    """Let all the times of an order come."""

    def act(journey: Journey) -> None:
        process = process_of(journey, ORDER_IDS[number])
        for name, timer in () if process is None else tuple(process.timers.items()):
            journey.now = max(journey.now, timer.due_at)
            journey.do(
                FireTimer(
                    actor=STAFF,
                    asked_at=journey.now,
                    order_id=ORDER_IDS[number],
                    timer=name,
                    token=timer.token,
                )
            )

    return act


def _arrive(journey: Journey) -> None:
    """Send the newest parcel, and let it arrive."""
    shipment_id = journey.last(ShipmentPlanned).shipment_id
    journey.send_parcel(shipment_id)
    journey.provider_does()
    journey.deliver(shipment_id)
    journey.now += DAY


numbers = st.sampled_from([1, 1, 1, 2, 3])
all_numbers = st.sampled_from([0, 1, 1, 1, 2])
return_ids = st.sampled_from(RETURN_IDS)
pieces = st.sampled_from([1, 1, 2, 3])
names = st.sampled_from("abcdef")
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(_exchange, numbers, return_ids, pieces, st.sampled_from(["card-ok", None])),
    st.builds(_fire, st.just(1)),
    st.builds(_cancel, numbers),
    st.builds(_cancel_one, numbers, names),
    st.builds(_edit, numbers, pieces, names),
    st.builds(
        _send_back,
        all_numbers,
        return_ids,
        st.sampled_from([*ReturnResolution]),
        st.sampled_from([0, 0, 99]),
    ),
    st.builds(_receive, names),
    st.builds(_release, return_ids),
    st.builds(_provider, st.sampled_from([None, FactKind.REFUND_FAILED])),
    st.builds(_provider, st.just(FactKind.DECLINED)),
    st.builds(_fire, all_numbers),
    st.just(_arrive),
    st.just(_arrive),
)
first_acts: st.SearchStrategy[Act] = st.builds(
    _exchange, st.just(1), st.just(RETURN_IDS[0]), pieces, st.sampled_from(["card-ok", None])
)
histories: st.SearchStrategy[list[Act]] = st.builds(
    lambda first, more: [first, *more], first_acts, st.lists(acts, min_size=10, max_size=20)
)


def order_in(journey: Journey, order_id: str) -> Order | None:
    return as_order(journey.streams.states.get(order_stream(order_id)))


def process_of(journey: Journey, order_id: str) -> Fulfilment | None:
    return as_fulfilment(journey.streams.states.get(f"fulfilment-{order_id}"))


def orders_in(journey: Journey) -> list[Order]:
    found = [order_in(journey, order_id) for order_id in ORDER_IDS]
    return [order for order in found if order is not None]


def payments_in(journey: Journey) -> list[Payment]:
    found = [
        as_payment(journey.streams.states[payment_stream(each.payment_id)])
        for order in orders_in(journey)
        for each in order.payments
        if not each.is_credit
    ]
    return [payment for payment in found if payment is not None]


def open_credits_minor(journey: Journey) -> int:
    found = [as_return(journey.streams.states.get(return_stream(each))) for each in RETURN_IDS]
    return sum(each.credit_minor for each in found if each is not None)


def settle(journey: Journey) -> None:
    """Let the provider answer until nothing is left to be answered, and failed refunds again."""
    for _ in range(4):
        journey.provider_does()
        for order in orders_in(journey):
            process = process_of(journey, order.order_id)
            assert process is not None
            for name in process.timers:
                if name.startswith("refund:"):
                    _fire_one(journey, process, name)
    journey.provider_does()


def _fire_one(journey: Journey, process: Fulfilment, name: str) -> None:
    timer = process.timers[name]
    journey.now = max(journey.now, timer.due_at)
    journey.do(
        FireTimer(
            actor=STAFF,
            asked_at=journey.now,
            order_id=process.order_id,
            timer=name,
            token=timer.token,
        )
    )


def carried_out(
    history: list[Act], *, is_scarce: bool, seen: Counter[str] | None = None
) -> Journey:
    """Begin with an order that came back in part; mugs are there, or one and others to come."""
    journey = a_delivered()
    if is_scarce:
        journey.do(an_adjustment(delta=-8), a_backorder_policy(limit=9))
    send_back(journey, 1, RETURN_IDS[0], resolution=ReturnResolution.EXCHANGE)
    for act in history:
        try:
            act(journey)
        except Refusal as refusal:
            if seen is not None:
                seen[refusal.code] += 1
    settle(journey)
    return journey


@given(history=histories, is_scarce=st.booleans())
@settings(max_examples=150)
def test_the_books_of_provider_orders_and_returns_agree(
    history: list[Act], *, is_scarce: bool
) -> None:
    journey = carried_out(history, is_scarce=is_scarce)
    for payment in payments_in(journey):
        assert 0 <= payment.refunded_minor <= payment.captured_minor
    taken = sum(each.captured_minor - each.refunded_minor for each in payments_in(journey))
    orders = orders_in(journey)
    kept = sum(each.kept_minor for order in orders for each in order.payments)
    assert taken == kept + open_credits_minor(journey)
    for order in orders:
        process = process_of(journey, order.order_id)
        assert process is not None
        assert not any(step.startswith("money:") for step in process.troubles)
        if process.troubles or not process.has_ended:
            continue
        owed = order.due_totals.grand_minor - order.granted_minor
        assert sum(each.kept_minor for each in order.payments) == owed, order.lifecycle


def test_the_acts_reach_every_end_of_a_credit() -> None:
    """The property above would be hollow if credits were never used, shared or given back."""
    seen: Counter[str] = Counter()

    @given(history=histories, is_scarce=st.booleans())
    @settings(max_examples=400, database=None, derandomize=True)
    def explore(history: list[Act], *, is_scarce: bool) -> None:
        journey = carried_out(history, is_scarce=is_scarce, seen=seen)
        for event in journey.log:
            seen[event.type] += 1
        for order in orders_in(journey):
            seen[order.lifecycle] += order.order_id != ORDER_ID
            left = [each for each in order.operations if "shipping" in each]
            seen["several parcels"] += len(left) > 1

    explore()
    wanted = (
        *("return-credit-used", "return-credit-released", "return_credit_spent", "order-edited"),
        *("several parcels", "return-closed"),
        *("completed", "cancelled", "rejected", "expired", "order-lines-cancelled"),
    )
    assert {name: seen[name] for name in wanted if not seen[name]} == {}
