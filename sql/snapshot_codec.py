"""How does the state of a long stream become bytes, and which bytes are a state again?

JSON like the events, maps as lists of pairs because their keys need not be texts. The bytes are
worth something only to the fold that made them: FOLD_VERSIONS is part of a snapshot's key.
Customers and e-mail claims have few events, so their states are never snapshotted; those that
are hold no personal data (PRV-07), which tests/unit/sql/test_snapshot_codec.py watches over.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, get_args, get_origin

import msgspec
from immutables import Map

from domain.coupon import Coupon
from domain.events import (
    category_of,
    coupon_stream,
    order_stream,
    product_stream,
    stock_stream,
)
from domain.fold import FOLD_VERSIONS, State
from domain.order import Order
from domain.product import Product
from domain.stock_item import StockItem


class UndecodableSnapshot(Exception):
    """The bytes are no state of this stream; the log still is."""


def _encode_map(value: object) -> list[Any]:
    if isinstance(value, Map):
        pairs: list[Any] = list(value.items())  # pyright: ignore[reportUnknownArgumentType]
        return pairs
    raise NotImplementedError(f"{type(value)} has no form in a snapshot")


def _decode_map(wanted: Any, value: Any) -> Any:  # noqa: ANN401 - msgspec's hook
    assert get_origin(wanted) is Map
    key, item = get_args(wanted)
    pairs = msgspec.convert(value, list[tuple[key, item]])
    return Map(pairs)


_Kept = Product | Order | StockItem | Coupon

_ENCODER: Final = msgspec.json.Encoder(enc_hook=_encode_map)
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "product": msgspec.json.Decoder(Product, dec_hook=_decode_map),
    "order": msgspec.json.Decoder(Order, dec_hook=_decode_map),
    "stock": msgspec.json.Decoder(StockItem, dec_hook=_decode_map),
    "coupon": msgspec.json.Decoder(Coupon, dec_hook=_decode_map),
}
_FOLD_VERSIONS: Final = {
    "product": FOLD_VERSIONS[Product],
    "order": FOLD_VERSIONS[Order],
    "stock": FOLD_VERSIONS[StockItem],
    "coupon": FOLD_VERSIONS[Coupon],
}


@contextmanager
def _uncollected() -> Generator[None]:
    """Make many objects at once without the garbage collector looking through them all meanwhile.

    Nothing of a state is garbage, and 100,000 notes took eight times as long with it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def fold_version_of(stream: str) -> str | None:
    """Name the fold of a stream as this code does it; None for streams without snapshots."""
    return _FOLD_VERSIONS.get(category_of(stream))


def encode_state(state: State) -> bytes:
    """Encode a state of an aggregate that has snapshots."""
    with _uncollected():
        return _ENCODER.encode(state)


def decode_state(stream: str, data: bytes) -> State:
    """Decode the state of a stream.

    Raises:
        UndecodableSnapshot: the bytes are broken, or the state of something else.
    """
    try:
        with _uncollected():
            state: _Kept = _DECODERS[category_of(stream)].decode(data)
    except (KeyError, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UndecodableSnapshot(f"{stream}: {error}") from error
    own = _stream_of_state(state)
    if own != stream:
        raise UndecodableSnapshot(f"{stream}: this is the state of {own}")
    return state


def _stream_of_state(state: _Kept) -> str:
    match state:
        case Order():
            return order_stream(state.order_id)
        case Product():
            return product_stream(state.sku)
        case StockItem():
            return stock_stream(state.sku, state.location)
        case Coupon():
            return coupon_stream(state.code)
