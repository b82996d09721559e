"""Has a fold changed since its version was named?

A snapshot is taken for the state of whatever code has the same fold version. So a change of what a
fold does, or of what a state looks like, needs a new version in `domain/fold.py`; these tests see
that something changed, and whoever changed it says here that the version is still right.
"""

import ast
import hashlib
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from immutables import Map

from domain.coupon import Coupon
from domain.events import Event, coupon_stream, order_stream, product_stream, stock_stream
from domain.fold import FOLD_VERSIONS, State, evolve
from domain.order import Order
from domain.product import Product, ProductPriceSet, ProductPriceWithdrawn
from domain.stock_item import StockItem
from sql.snapshot_codec import decode_state, encode_state
from tests.golden.golden_coupons import A_COUPON_LIFE, CODE
from tests.golden.golden_orders import ORDER_ID, an_order_life
from tests.golden.golden_stock import A_STOCK_LIFE
from tests.golden.test_golden_events import FOLDER, GOLDEN

ROOT: Final = Path(__file__).parents[2]
CODECS: Final = ("sql.codec", "sql.snapshot_codec")

CODE_OF: Final[dict[type[State], tuple[str, str, str]]] = {
    Product: ("domain.product", "product-2", "5208d52759d3a0d5"),
    Order: ("domain.order_fold", "order-4", "ae4b635089728b11"),
    Coupon: ("domain.coupon", "coupon-1", "f4648cf3548bfbe9"),
    StockItem: ("domain.stock_item", "stock-1", "77fc4f3a594dd3aa"),
}
"""State -> (its module, its fold version, the digest of the code that makes and encodes it).

When a digest differs: if a state folded by the old code may differ from one folded by the new code,
or may not be read back, raise the version in `domain/fold.py` and here and add a golden file for
it. Then write the new digest.
"""

STREAM_OF: Final[dict[type[State], str]] = {
    Product: product_stream("MUG-BLUE"),
    Order: order_stream(ORDER_ID),
    StockItem: stock_stream("MUG-BLUE", "MAIN"),
    Coupon: coupon_stream(CODE),
}


def modules_of(name: str, found: set[str] | None = None) -> set[str]:
    """Collect a module and those of the domain that it imports, directly or not."""
    found = set() if found is None else found
    if name not in found:
        found.add(name)
        for node in ast.walk(tree_of(name)):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            # The list of all events folds nothing.
            if module.startswith("domain.") and module != "domain.events":
                modules_of(module, found)
    return found


def tree_of(name: str) -> ast.Module:
    return ast.parse(ROOT.joinpath(*name.split(".")).with_suffix(".py").read_text("utf-8"))


def code_of(name: str) -> str:
    """Write a module without its comments and docstrings."""
    tree = tree_of(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [part for part in node.body if not is_text(part)] or [ast.Pass()]
    return ast.unparse(tree)


def is_text(node: ast.stmt) -> bool:
    """Tell whether a statement is a mere text, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def digest_of_code(module: str) -> str:
    codes = [code_of(name) for name in sorted(modules_of(module))]
    codes += [code_of(name) for name in CODECS]
    return hashlib.sha256("\0".join(codes).encode()).hexdigest()[:16]


def a_product_life() -> list[Event]:
    """A new name and tax class; a price that a later one closes, and one that is withdrawn."""
    price = GOLDEN["product-price-set", 1]
    withdrawn = GOLDEN["product-price-withdrawn", 1]
    assert isinstance(price, ProductPriceSet)
    assert isinstance(withdrawn, ProductPriceWithdrawn)
    earlier = replace(
        price,
        price_id=str(price.closes_price_id),
        valid_from=price.valid_from - timedelta(days=365),
        valid_to=None,
        closes_price_id=None,
    )
    return [
        GOLDEN["product-registered", 1],
        GOLDEN["product-activated", 1],
        GOLDEN["product-renamed", 1],
        GOLDEN["product-tax-class-changed", 1],
        earlier,
        price,
        replace(price, price_id="in-euro", currency="EUR", closes_price_id=None),
        replace(withdrawn, price_id="in-euro", currency="EUR"),
        GOLDEN["product-discontinued", 1],
    ]


LIFE_OF: Final[dict[type[State], list[Event]]] = {
    Product: a_product_life(),
    Order: list(an_order_life()),
    StockItem: list(A_STOCK_LIFE),
    Coupon: list(A_COUPON_LIFE),
}


def golden_state(state_class: type[State]) -> State:
    """Fold the golden events of an aggregate."""
    state: State | None = None
    for event in LIFE_OF[state_class]:
        state = evolve(state, event)
    assert isinstance(state, state_class)
    return state


def test_every_fold_version_is_watched_over() -> None:
    assert {kind: version for kind, (_, version, _) in CODE_OF.items()} == FOLD_VERSIONS


def test_the_code_of_a_fold_is_found_with_all_it_rests_on() -> None:
    assert modules_of("domain.product") == {"domain.product", "domain.replace"}
    assert modules_of("domain.order_fold") >= {
        "domain.order_fold",
        "domain.order",
        "domain.order_progress",
        "domain.order_operations",
        "domain.line_parts",
        "domain.digest",
    }


def test_a_golden_state_leaves_no_field_at_its_default() -> None:
    """A field that only ever stood at its default could be changed without a test failing."""
    order = golden_state(Order)
    assert is_dataclass(order)
    for field in fields(order):
        assert getattr(order, field.name) not in {None, (), Map()}, field.name


@pytest.mark.parametrize("state_class", CODE_OF)
def test_the_code_of_a_fold_is_what_its_version_stands_for(state_class: type[State]) -> None:
    module, _, digest = CODE_OF[state_class]
    assert digest_of_code(module) == digest, (
        f"the code behind the fold of {module} changed: see CODE_OF"
    )


@pytest.mark.parametrize("state_class", CODE_OF)
def test_a_snapshot_that_was_written_under_a_version_is_still_read(
    state_class: type[State],
) -> None:
    """A file is written once per fold version and never edited."""
    data = (FOLDER / "snapshots" / f"{FOLD_VERSIONS[state_class]}.json").read_bytes().strip()
    state = decode_state(STREAM_OF[state_class], data)
    assert state == golden_state(state_class)
    assert len(encode_state(state)) == len(data)
