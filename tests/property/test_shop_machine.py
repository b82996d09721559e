"""Does a shop, used at random, do what a much simpler model of it says?"""

from dataclasses import dataclass, field
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands.registry import Command
from domain.errors import Refusal
from domain.fold import as_order, as_product
from domain.order import Lifecycle, note_of
from domain.order_events import OrderPlaced
from domain.order_parts import Address, NoteVisibility
from domain.product import ProductStatus
from tests.examples import (
    ADDRESS,
    DAY,
    NOW,
    STAFF,
    a_cancellation,
    a_customer,
    a_discontinuation,
    a_line,
    a_note,
    a_price,
    a_product,
    an_activation,
    an_address_change,
    an_order,
)
from tests.order_examples import a_finished_cancellation, a_refused_cancellation
from tests.specification import Streams

SKUS: Final = st.sampled_from(["MUG", "BOOK"])
ORDER_IDS: Final = st.sampled_from(["o1", "o2", "o3"])


@dataclass
class ModelProduct:
    """A product, told in two words: its status, and what it costs from now on."""

    status: str = "draft"
    price_minor: int | None = None


@dataclass
class ModelOrder:
    """An order: what it is worth, where it goes, which cancellation it meets, what was noted."""

    grand_minor: int
    line1: str = ADDRESS.line1
    cancellation_id: str | None = None
    is_cancelled: bool = False
    refused: set[str] = field(default_factory=set[str])
    notes: dict[str, str] = field(default_factory=dict[str, str])


class ShopMachine(RuleBasedStateMachine):
    """Every rule sends one command and says from the model alone what its answer must be."""

    def __init__(self) -> None:
        super().__init__()
        self.streams = Streams()
        self.products: dict[str, ModelProduct] = {}
        self.orders: dict[str, ModelOrder] = {}
        self.prices = 0

    def ask(self, command: Command) -> str:
        """Answer the code of the refusal, or how many events followed."""
        try:
            return str(len(self.streams.carry_out(command)))
        except Refusal as refusal:
            return refusal.code

    @initialize()
    def register_customer(self) -> None:
        assert self.ask(a_customer()) == "2"

    @rule(sku=SKUS)
    def register_product(self, sku: str) -> None:
        assert self.ask(a_product(sku=sku)) == ("0" if sku in self.products else "1")
        self.products.setdefault(sku, ModelProduct())

    @rule(sku=SKUS)
    def activate(self, sku: str) -> None:
        product = self.products.get(sku)
        if product is None:
            assert self.ask(an_activation(sku=sku)) == "product_not_found"
            return
        answers = {"draft": "1", "active": "0", "discontinued": "product_discontinued"}
        assert self.ask(an_activation(sku=sku)) == answers[product.status]
        if product.status == "draft":
            product.status = "active"

    @rule(sku=SKUS)
    def discontinue(self, sku: str) -> None:
        product = self.products.get(sku)
        if product is None:
            assert self.ask(a_discontinuation(sku=sku)) == "product_not_found"
            return
        expected = "0" if product.status == "discontinued" else "1"
        assert self.ask(a_discontinuation(sku=sku)) == expected
        product.status = "discontinued"

    @rule(sku=SKUS, amount_minor=st.integers(0, 10_000))
    def raise_price(self, sku: str, amount_minor: int) -> None:
        """Each price begins a little later than the last one, and all before the orders."""
        self.prices += 1
        price = a_price(
            sku=sku,
            price_id=str(self.prices),
            amount_minor=amount_minor,
            valid_from=NOW - 1_000 * DAY + self.prices * DAY,
        )
        product = self.products.get(sku)
        if product is None:
            assert self.ask(price) == "product_not_found"
        elif product.status == "discontinued":
            assert self.ask(price) == "product_discontinued"
        else:
            assert self.ask(price) == "1"
            product.price_minor = amount_minor

    @rule(order_id=ORDER_IDS, skus=st.lists(SKUS, min_size=1, max_size=3))
    def place_order(self, order_id: str, skus: list[str]) -> None:
        lines = tuple(
            a_line(line_id=str(index), sku=sku, quantity=index + 1)
            for index, sku in enumerate(skus)
        )
        order = an_order(order_id=order_id, lines=lines, fingerprint="+".join(skus))
        known = order_id in self.orders
        same = known and as_order(self.streams.states[f"order-{order_id}"])
        answer = self.ask(order)
        if same:
            expected = "0" if same.fingerprint == order.fingerprint else "order_already_exists"
            assert answer == expected
            return
        faults = [fault for fault in map(self.fault_of, skus) if fault]
        assert answer == (faults[0] if faults else "1")
        if not faults:
            worth = [(self.products[sku].price_minor or 0) for sku in skus]
            grand_minor = sum(price * quantity for quantity, price in enumerate(worth, start=1))
            self.orders[order_id] = ModelOrder(grand_minor)

    def fault_of(self, sku: str) -> str | None:
        product = self.products.get(sku)
        if product is None:
            return "product_not_found"
        if product.status != "active":
            return "product_not_sellable"
        return None if product.price_minor is not None else "price_not_available"

    @rule(order_id=ORDER_IDS, line1=st.sampled_from([ADDRESS.line1, "6 Dorset Street"]))
    def move(self, order_id: str, line1: str) -> None:
        wish = an_address_change(order_id=order_id, address=address_on(line1))
        order = self.orders.get(order_id)
        if order is None:
            assert self.ask(wish) == "order_not_found"
        elif order.line1 == line1:
            assert self.ask(wish) == "0"
        elif order.cancellation_id is not None:
            assert self.ask(wish) == "order_state_conflict"
        else:
            assert self.ask(wish) == "1"
            order.line1 = line1

    @rule(order_id=ORDER_IDS, cancellation_id=st.sampled_from(["c1", "c2"]))
    def cancel(self, order_id: str, cancellation_id: str) -> None:
        wish = a_cancellation(order_id=order_id, cancellation_id=cancellation_id)
        order = self.orders.get(order_id)
        if order is None:
            assert self.ask(wish) == "order_not_found"
        elif cancellation_id in {order.cancellation_id, *order.refused}:
            assert self.ask(wish) == "0"
        elif order.cancellation_id is None:
            assert self.ask(wish) == "1"
            order.cancellation_id = cancellation_id
        else:
            assert self.ask(wish) == "order_state_conflict"

    @rule(order_id=ORDER_IDS, cancellation_id=st.sampled_from(["c1", "c2"]))
    def finish_cancellation(self, order_id: str, cancellation_id: str) -> None:
        wish = a_finished_cancellation(order_id=order_id, cancellation_id=cancellation_id)
        order = self.orders.get(order_id)
        if order is None:
            assert self.ask(wish) == "order_not_found"
        elif order.cancellation_id != cancellation_id:
            assert self.ask(wish) == "order_state_conflict"
        else:
            assert self.ask(wish) == ("0" if order.is_cancelled else "1")
            order.is_cancelled = True

    @rule(order_id=ORDER_IDS, cancellation_id=st.sampled_from(["c1", "c2"]))
    def refuse_cancellation(self, order_id: str, cancellation_id: str) -> None:
        wish = a_refused_cancellation(order_id=order_id, cancellation_id=cancellation_id)
        order = self.orders.get(order_id)
        if order is None:
            assert self.ask(wish) == "order_not_found"
        elif cancellation_id in order.refused:
            assert self.ask(wish) == "0"
        elif order.cancellation_id != cancellation_id or order.is_cancelled:
            assert self.ask(wish) == "order_state_conflict"
        else:
            assert self.ask(wish) == "1"
            order.refused.add(cancellation_id)
            order.cancellation_id = None

    @rule(
        order_id=ORDER_IDS,
        note_id=st.sampled_from(["n1", "n2"]),
        text=st.sampled_from(["ring", "knock"]),
    )
    def note(self, order_id: str, note_id: str, text: str) -> None:
        wish = a_note(order_id=order_id, note_id=note_id, text=text, actor=STAFF)
        order = self.orders.get(order_id)
        if order is None:
            assert self.ask(wish) == "order_not_found"
        elif note_id not in order.notes:
            assert self.ask(wish) == "1"
            order.notes[note_id] = text
        else:
            same = order.notes[note_id] == text
            assert self.ask(wish) == ("0" if same else "operation_conflict")

    @invariant()
    def products_are_as_the_model_says(self) -> None:
        for sku, expected in self.products.items():
            product = as_product(self.streams.states[f"product-{sku}"])
            assert product is not None
            assert product.status is ProductStatus(expected.status)
            price = product.price_at("retail", "GBP", NOW)
            assert expected.price_minor == (None if price is None else price.amount_minor)

    @invariant()
    def orders_are_as_the_model_says(self) -> None:
        for order_id, expected in self.orders.items():
            order = as_order(self.streams.states[f"order-{order_id}"])
            assert order is not None
            assert order.totals.grand_minor == expected.grand_minor
            assert order.ships_to(address_on(expected.line1))
            assert order.lifecycle == lifecycle_of(expected)
            wish = order.cancellation
            found = None if wish is None else wish.cancellation_id
            assert found == expected.cancellation_id
            owed = 0 if expected.is_cancelled else expected.grand_minor
            assert order.due_totals.grand_minor == owed
            notes = expected.notes.items()
            public = NoteVisibility.CUSTOMER
            assert dict(order.notes) == {k: note_of(order_id, t, public) for k, t in notes}


ShopMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40)


def address_on(line1: str) -> Address:
    """Tell which of Ada's two addresses begins so."""
    return ADDRESS if line1 == ADDRESS.line1 else an_address_change().address


def lifecycle_of(order: ModelOrder) -> Lifecycle:
    """Tell how far an order of the model has come."""
    if order.is_cancelled:
        return Lifecycle.CANCELLED
    return Lifecycle.PENDING if order.cancellation_id is None else Lifecycle.CANCELLING


class TestShopMachine(ShopMachine.TestCase):
    """What pytest collects."""


def test_the_machine_can_see_an_order_placed() -> None:
    """The shortest way through the model ends in an OrderPlaced, so its rules can be met."""
    machine = ShopMachine()
    machine.register_customer()
    machine.register_product("MUG")
    machine.activate("MUG")
    machine.raise_price("MUG", 500)
    machine.place_order("o1", ["MUG", "MUG"])
    machine.orders_are_as_the_model_says()
    assert machine.orders["o1"].grand_minor == 1_500
    (placed,) = machine.streams.decide(
        an_order(order_id="o2", lines=(a_line(sku="MUG", quantity=1),))
    )
    assert isinstance(placed, OrderPlaced)
    assert placed.totals.grand_minor == 500
