"""How do PostgreSQL and RabbitMQ run in containers, where a Docker engine answers?"""

import os
import secrets
import socket
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self
from urllib.parse import urlsplit

POSTGRES_IMAGE = "postgres:18"
RABBITMQ_IMAGE = "rabbitmq:4"
USER = "ordertrail"
USUAL_SOCKET = "/var/run/docker.sock"
PING_TIMEOUT_SECONDS = 3


def docker_answers() -> bool:
    """Say whether a Docker engine answers at once."""
    host = urlsplit(os.environ.get("DOCKER_HOST", f"unix://{USUAL_SOCKET}"))
    is_local = host.scheme == "unix"
    with socket.socket(socket.AF_UNIX if is_local else socket.AF_INET) as engine:
        engine.settimeout(PING_TIMEOUT_SECONDS)
        try:
            engine.connect(host.path if is_local else (host.hostname, host.port or 2375))
            engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in engine.recv(64)
        except OSError:
            return False


@contextmanager
def docker_postgres() -> Generator[str]:
    """Run PostgreSQL in a container and answer the address of its maintenance database."""
    with warnings.catch_warnings(action="ignore"):
        from testcontainers.postgres import PostgresContainer  # noqa: PLC0415

    password = secrets.token_hex(16)
    container = PostgresContainer(
        POSTGRES_IMAGE, username=USER, password=password, dbname="postgres", driver=None
    )
    container.with_command("postgres -c max_connections=300 -c shared_buffers=256MB")
    with container:
        yield container.get_connection_url()


class DockerRabbitMQ:
    """RabbitMQ in a container."""

    def __init__(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            from testcontainers.rabbitmq import RabbitMqContainer  # noqa: PLC0415

        self._password = secrets.token_hex(16)
        self._container = RabbitMqContainer(RABBITMQ_IMAGE, username=USER, password=self._password)

    def __enter__(self) -> Self:
        """Start the container."""
        self._container.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop and remove the container."""
        self._container.stop()

    def add_virtual_host(self, name: str) -> str:
        """Make a virtual host and answer its address."""
        self._control("add_vhost", name)
        self._control("set_permissions", "-p", name, USER, ".*", ".*", ".*")
        host = self._container.get_container_host_ip()
        port = self._container.get_exposed_port(self._container.port)
        return f"amqp://{USER}:{self._password}@{host}:{port}/{name}"

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        self._control("delete_vhost", name)

    def _control(self, *arguments: str) -> None:
        done = self._container.exec(["rabbitmqctl", *arguments])
        if done.exit_code != 0:
            raise RuntimeError(f"rabbitmqctl {arguments[0]} failed: {done.output!r}")
