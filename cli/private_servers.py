"""Who looks after the PostgreSQL and the RabbitMQ that a system brought itself?

They start before everything else and end after it. One that dies is started again on its own port,
so that those who lost their connections find it where it was.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from cli.child_processes import ServerFailed
from cli.supervisor import PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN, Observer

LOOK_SECONDS: Final = 0.5


class PrivateServer(Protocol):
    """What EmbeddedPostgres and LocalRabbitMQ have in common."""

    @property
    def url(self) -> str:
        """The address at which it serves."""
        ...

    @property
    def pid(self) -> int:
        """The process id of the server."""
        ...

    def is_running(self) -> bool:
        """Say whether it runs."""
        ...

    def start(self) -> None:
        """Start it and wait until it answers."""
        ...

    def stop(self) -> None:
        """Stop it in order."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class ServerKeeper:
    """Starts a server, starts it again when it dies, and stops it."""

    def __init__(
        self, name: str, server: PrivateServer, again: Callable[[], PrivateServer], watch: Observer
    ) -> None:
        """Keep the server; `again` makes one like it, on the same folder and port."""
        self.name: Final = name
        self._server = server
        self._again = again
        self._observer = watch

    @property
    def url(self) -> str:
        """The address at which the server is reached."""
        return self._server.url

    async def start(self) -> None:
        """Start the server.

        Raises:
            ServerFailed: it cannot be started; the sentence says why.
        """
        starting = asyncio.ensure_future(asyncio.to_thread(self._server.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:  # a thread cannot be cancelled: let it finish, then stop
            await asyncio.wait([starting])
            raise
        self._observer.started(self.name, self._server.pid)

    async def keep_running(self) -> None:
        """Look after the server until cancelled."""
        pause_seconds = PAUSE_SECONDS_MIN
        why = "it ended by itself"
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._server.is_running():
                pause_seconds = PAUSE_SECONDS_MIN
                continue
            self._observer.died(self.name, why, pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, PAUSE_SECONDS_MAX)
            try:
                await asyncio.to_thread(self._server.stop)  # forgets what it held
                self._server = self._again()
                await self.start()
            except ServerFailed as error:
                why = str(error)

    async def stop(self) -> None:
        """Stop the server in order."""
        await asyncio.to_thread(self._server.stop)

    def kill(self) -> None:
        """End the server at once; the next start recovers."""
        self._server.kill()


def prepare_data_dir(data_dir: Path, *, is_root: bool) -> None:
    """Make the data folder; as root its servers run under another account, which must reach it.

    Raises:
        ServerFailed: it cannot be made.
    """
    try:
        data_dir.mkdir(mode=0o755 if is_root else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServerFailed(
            f"The data folder {data_dir} cannot be made ({error.strerror}); choose another with "
            "--data-dir or ORDERTRAIL_DATA_DIR."
        ) from error
