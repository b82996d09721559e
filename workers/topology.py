"""Which exchanges and queues does OrderTrail have, with which arguments?

    ordertrail.log (fanout)  ->  ordertrail.<group>.<shard>   one quorum queue per projector shard
    ordertrail.dead (direct) ->  ordertrail.dead              what no worker could use

A projector's queue is bounded in bytes and drops its oldest messages when it is full: a reader that
was away finds a hole, sees it by the positions and reads the log. It has no dead-letter exchange,
which such an overflow would flood. Nothing is ever deleted: a queue that exists with other
arguments is an operator's business. Works unchanged on RabbitMQ 3.10 and 4.x.

Source: architecture.md §4; reliability.md DEL-06.
"""

import re
from collections.abc import Mapping
from typing import Final

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed

from workers.broker import answer_of
from workers.options import DEAD_LETTER_BYTES_MAX, BrokerOptions

LOG_EXCHANGE: Final = "ordertrail.log"
DEAD_LETTERS: Final = "ordertrail.dead"
SHARD: Final = 0
"""Every projector has one shard until a command can change their number."""

LOOKS_MAX: Final = 2**31 - 1
"""How often dead letters may be looked at: RabbitMQ 4 would drop them after the twentieth time."""

_ARGUMENT: Final = re.compile(r"inequivalent arg '([^']+)' for (\w+) '([^']+)'")


class TopologyMismatch(Exception):
    """Something exists on the broker with other arguments; the sentence names the argument."""

    def __init__(self, said: str) -> None:
        """Take the reason of the broker's PRECONDITION_FAILED apart."""
        found = _ARGUMENT.search(said)
        self.argument, kind, self.name = found.groups() if found else ("?", "queue", "?")
        super().__init__(
            f"the {kind} {self.name} exists with another {self.argument}: {said}. "
            "Change the setting back, or delete it by hand; nothing is lost, the log is the truth."
        )


def queue_name(group: str, shard: int = SHARD) -> str:
    """Name the queue of a projector's shard."""
    return f"ordertrail.{group}.{shard}"


def queue_arguments(options: BrokerOptions) -> Mapping[str, str | int | bool]:
    """Tell the arguments of a projector's queue."""
    return {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": options.delivery_limit,
        "x-max-length-bytes": options.queue_bytes_max,
        "x-overflow": "drop-head",
    }


DEAD_LETTER_ARGUMENTS: Final[Mapping[str, str | int]] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": LOOKS_MAX,
    "x-max-length-bytes": DEAD_LETTER_BYTES_MAX,
    "x-overflow": "drop-head",
}


async def declare_topology(
    connection: AbstractConnection, options: BrokerOptions, groups: tuple[str, ...]
) -> None:
    """Declare and bind the exchanges, the dead letters and the queues of `groups`.

    Raises:
        TopologyMismatch: one of them exists with other arguments.
        BrokerLost: the broker went away.
    """
    channel: AbstractChannel = connection.channel()
    try:
        await answer_of(channel.initialize())
        await _declare(channel, options, groups)
        await answer_of(channel.close())
    except ChannelPreconditionFailed as error:
        raise TopologyMismatch(str(error)) from error


async def _declare(
    channel: AbstractChannel, options: BrokerOptions, groups: tuple[str, ...]
) -> None:
    log = await answer_of(channel.declare_exchange(LOG_EXCHANGE, ExchangeType.FANOUT, durable=True))
    for group in groups:
        queue = await answer_of(
            channel.declare_queue(
                queue_name(group), durable=True, arguments=dict(queue_arguments(options))
            )
        )
        await answer_of(queue.bind(log))
    dead = await answer_of(
        channel.declare_exchange(DEAD_LETTERS, ExchangeType.DIRECT, durable=True)
    )
    letters = await answer_of(
        channel.declare_queue(DEAD_LETTERS, durable=True, arguments=dict(DEAD_LETTER_ARGUMENTS))
    )
    await answer_of(letters.bind(dead, routing_key=DEAD_LETTERS))
