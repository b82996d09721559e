"""How are the commands about returns decided?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from commands.approve_return import ApproveReturn, approve_return
from commands.cancel_return import CancelReturn, cancel_return
from commands.close_return import CloseReturn, close_return
from commands.decider import Decider, States, StreamsMissing, on_own_state, state_of
from commands.decline_return import DeclineReturn, decline_return
from commands.expire_return import ExpireReturn, expire_return
from commands.inspect_return import InspectReturn, inspect_return
from commands.receive_return import ReceiveReturn, receive_return
from commands.release_credit import ReleaseCredit, release_credit
from commands.request_return import RequestReturn, RequestReturnState, request_return
from commands.return_rules import ReturnState
from domain.events import Event, order_stream, product_stream, return_stream
from domain.fold import as_order, as_product, as_return
from domain.order import Order
from domain.product import Product
from domain.return_request import ReturnRequest

ReturnCommand = (
    RequestReturn
    | ApproveReturn
    | DeclineReturn
    | ReceiveReturn
    | InspectReturn
    | ReleaseCredit
    | CloseReturn
    | CancelReturn
    | ExpireReturn
)


def _return_id(command: ReturnCommand) -> str:
    return command.return_id


def _writes(command: ReturnCommand) -> tuple[str, ...]:
    return (return_stream(command.return_id),)


def _returned(command: ReturnCommand, states: States) -> ReturnRequest | None:
    return as_return(states[return_stream(command.return_id)])


def _request_writes(command: RequestReturn) -> tuple[str, ...]:
    return (return_stream(command.return_id), order_stream(command.order_id))


def _requested_at(command: RequestReturn) -> datetime:
    return command.requested_at


def _request_return(command: RequestReturn, states: States) -> tuple[Event, ...]:
    order = as_order(states[order_stream(command.order_id)])
    state = RequestReturnState(
        returned=_returned(command, states),
        order=order,
        products={} if order is None else _products(command, order, states),
    )
    return request_return(command, state)


def _products(command: RequestReturn, order: Order, states: States) -> Mapping[str, Product | None]:
    """Answer the products of the lines, whose skus stand in the order.

    Raises:
        StreamsMissing: they are not loaded yet.
    """
    wanted = {part.line_id for part in command.lines}
    skus = dict.fromkeys(line.sku for line in order.lines if line.line_id in wanted)
    missing = [stream for sku in skus if (stream := product_stream(sku)) not in states]
    if missing:
        raise StreamsMissing(missing)
    return {sku: as_product(states[product_stream(sku)]) for sku in skus}


def _with_order(
    stored_type: str, decide: Callable[[Any, ReturnState], tuple[Event, ...]]
) -> Decider[Any]:
    """Make the decider of a command that tells the order what becomes of a return."""

    def decide_with_order(command: ReturnCommand, states: States) -> tuple[Event, ...]:
        returned = _returned(command, states)
        order = None
        if returned is not None:
            order = as_order(state_of(states, order_stream(returned.order_id)))
        return decide(command, ReturnState(returned, order))

    return Decider(type=stored_type, writes=_writes, decide=decide_with_order, target_id=_return_id)


_of_return: Final = partial(on_own_state, state=_returned, writes=_writes, target_id=_return_id)

RETURN_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RequestReturn: Decider(
        type="request-return",
        writes=_request_writes,
        decide=_request_return,
        target_id=_return_id,
        occurred_at=_requested_at,
        creates=True,
    ),
    ApproveReturn: _of_return("approve-return", approve_return),
    DeclineReturn: _with_order("decline-return", decline_return),
    ReceiveReturn: _of_return("receive-return", receive_return),
    InspectReturn: _with_order("inspect-return", inspect_return),
    ReleaseCredit: _of_return("release-credit", release_credit),
    CloseReturn: _with_order("close-return", close_return),
    CancelReturn: _with_order("cancel-return", cancel_return),
    ExpireReturn: _with_order("expire-return", expire_return),
}
