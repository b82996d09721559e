"""What kind of broker is at the other end, and does it have the queues that we would declare?

Asked by `ordertrail doctor`; declares nothing that is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed

from workers.broker import BrokerLost, answer_of, close, connect
from workers.options import BrokerOptions
from workers.topology import (
    DEAD_LETTER_ARGUMENTS,
    DEAD_LETTERS,
    TopologyMismatch,
    queue_arguments,
    queue_name,
)

PURPOSE: Final = "doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFacts:
    """A broker as it describes itself.

    Shape: `missing` names queues that the relay will declare, `different` says of the others
    which argument is not ours.
    """

    product: str
    version: str
    missing: tuple[str, ...]
    different: tuple[str, ...]


async def broker_facts(options: BrokerOptions) -> BrokerFacts:
    """Ask a broker about itself and our queues.

    Raises:
        BrokerLost: it cannot be reached, refuses the login, or does not answer in time.
    """
    connection = await connect(options, PURPOSE)
    try:
        product, version = _description(connection)
        wanted = {queue_name(group): queue_arguments(options) for group in options.groups}
        missing: list[str] = []
        different: list[str] = []
        for name, arguments in {**wanted, DEAD_LETTERS: DEAD_LETTER_ARGUMENTS}.items():
            try:
                if not await _is_as_wanted(connection, name, arguments):
                    missing.append(name)
            except ChannelPreconditionFailed as error:
                different.append(str(TopologyMismatch(str(error))))
    finally:
        await close(connection)
    return BrokerFacts(
        product=product, version=version, missing=tuple(missing), different=tuple(different)
    )


def _description(connection: AbstractConnection) -> tuple[str, str]:
    transport = connection.transport
    assert transport is not None
    properties: Mapping[str, Any] = transport.connection.server_properties
    return str(properties.get("product", "?")), str(properties.get("version", "?"))


async def _is_as_wanted(
    connection: AbstractConnection, name: str, arguments: Mapping[str, str | int | bool]
) -> bool:
    """Say whether a queue is there; that it has our arguments, only declaring it can tell.

    Raises:
        ChannelPreconditionFailed: it has others.
    """
    channel: Any = connection.channel()
    await answer_of(channel.initialize())
    try:
        await answer_of(channel.declare_queue(name, passive=True))
        await answer_of(channel.declare_queue(name, durable=True, arguments=dict(arguments)))
    except BrokerLost as lost:
        if isinstance(lost.__cause__, ChannelNotFoundEntity):
            return False
        raise
    await answer_of(channel.close())
    return True
