"""Does the private RabbitMQ keep durable messages, and keep to itself?"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.exceptions import ProbableAuthenticationError

from cli.child_processes import ServerFailed, is_alive, wait_until
from cli.local_rabbitmq import LocalRabbitMQ
from cli.rabbitmq_programs import HOW_TO_GET_RABBITMQ

OwnRabbitMQ = Callable[[], LocalRabbitMQ]
QUEUE = "kept"
TIMEOUT_SECONDS = 20


async def publish(url: str, body: bytes) -> None:
    async with await aio_pika.connect(url, timeout=TIMEOUT_SECONDS) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, QUEUE, timeout=TIMEOUT_SECONDS)


async def take(url: str) -> bytes:
    async with await aio_pika.connect(url, timeout=TIMEOUT_SECONDS) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(QUEUE)
        message = await queue.get(timeout=TIMEOUT_SECONDS, fail=True)
        await message.ack()
        return message.body


def queue_is_registered(folder: Path) -> bool:
    """Say whether the node has written the queue into its list of quorum queues.

    It does so half a second after it answered. Killed before, RabbitMQ 3.10 finds the queue again
    but never elects a leader for it.
    """
    return any(QUEUE.encode() in path.read_bytes() for path in folder.rglob("names.dets"))


async def test_keeps_confirmed_messages_through_a_kill(
    own_rabbitmq: OwnRabbitMQ, server_folder: Path
) -> None:
    node = own_rabbitmq()
    pid, url = node.pid, node.url
    await publish(url, b"written")
    assert wait_until(lambda: queue_is_registered(server_folder), TIMEOUT_SECONDS)
    node.kill()
    assert not is_alive(pid)
    node.start()
    assert await take(url) == b"written"


async def test_keeps_confirmed_messages_through_a_stop(own_rabbitmq: OwnRabbitMQ) -> None:
    node = own_rabbitmq()
    await publish(node.url, b"written")
    node.stop()
    assert not node.is_running()
    node.start()
    assert await take(node.url) == b"written"


async def test_virtual_hosts_do_not_see_each_other(amqp_url: str) -> None:
    await publish(amqp_url, b"here")
    assert await take(amqp_url) == b"here"


async def test_refuses_who_does_not_know_the_password(amqp_url: str) -> None:
    secret = urlsplit(amqp_url).password
    assert secret
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(amqp_url.replace(secret, "guess"), timeout=TIMEOUT_SECONDS)


def test_says_how_to_get_rabbitmq_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("nothing")
    monkeypatch.setenv("RABBITMQ_HOME", str(folder))
    with pytest.raises(ServerFailed) as refused:
        LocalRabbitMQ(folder / "node").start()
    assert str(refused.value) == HOW_TO_GET_RABBITMQ
