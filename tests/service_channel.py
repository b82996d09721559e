"""How do the workers of pytest-xdist share the services that the first process of the run owns?

Each request is a connection to a unix socket: the name of a method of `Services` and its arguments
go there, its answer or the text of its error comes back. The key keeps other users out.
"""

import os
import secrets
import tempfile
import threading
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from tests.services import Services

ADDRESS = "ORDERTRAIL_TEST_SERVICES"
KEY = "ORDERTRAIL_TEST_SERVICES_KEY"
METHODS = frozenset({"postgres", "template", "add_virtual_host", "delete_virtual_host"})


class ServiceMissing(Exception):
    """The host could not give a service; the sentence says how to get it."""


class ServiceServer:
    """Answers the requests of workers, each in a thread of its own, until it is closed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._folder = tempfile.TemporaryDirectory(prefix="ordertrail-")
        address = str(Path(self._folder.name) / "services")
        key = secrets.token_hex(16)
        self._listener = Listener(address, authkey=key.encode())
        os.environ[ADDRESS], os.environ[KEY] = address, key
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._listener.close()
        self._folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except AuthenticationError:
                continue
            except OSError:
                return  # closed
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: Connection) -> None:
        with connection, suppress(EOFError, BrokenPipeError):
            method, *arguments = connection.recv()
            assert method in METHODS
            try:
                connection.send((True, getattr(self._services, method)(*arguments)))
            except Exception as error:  # noqa: BLE001 - the worker raises it where it was asked
                connection.send((False, f"{type(error).__name__}: {error}"))


class ServiceChannel:
    """A worker's way to the services of the run."""

    def postgres(self) -> str:
        """Answer the address of the maintenance database, as a user who may make databases."""
        return self._ask("postgres")

    def template(self) -> str:
        """Answer the name of a migrated database that nobody is connected to."""
        return self._ask("template")

    def add_virtual_host(self, name: str) -> str:
        """Make a virtual host of the broker and answer its address."""
        return self._ask("add_virtual_host", name)

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        self._ask("delete_virtual_host", name)

    def _ask(self, *request: str) -> str:
        with Client(os.environ[ADDRESS], authkey=os.environ[KEY].encode()) as connection:
            connection.send(request)
            succeeded, answer = connection.recv()
        if not succeeded:
            raise ServiceMissing(answer)
        return answer
