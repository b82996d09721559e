"""How is everything that carries orders out started for a measurement?

On this machine and on one database: API, relay, RabbitMQ, the fulfilment process, the sandbox as
payment provider and carrier over HTTP, and the projector `operational`. What each part uses of the
processor can be read.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from benchmarks.cpu_time import cpu_seconds
from benchmarks.measured_system import PROGRAM, any_port, broker, processes, settings, wait_for

FULFILMENT: Final = "fulfilment"
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "api": ("api",),
    "relay": ("relay",),
    FULFILMENT: ("fulfilment",),
    "projector": ("worker", "--group", "operational"),
}
"""Part of the system -> what `ordertrail` is told to be it."""


@dataclass(frozen=True, slots=True)
class WholeSystem:
    """A system that carries orders out. Shape: `pids`: part -> its process."""

    database_url: str
    url: str
    sandbox_url: str
    pids: Mapping[str, int]

    def cpu_seconds(self) -> dict[str, float]:
        """Tell what every part has used so far."""
        return {part: cpu_seconds([pid]) for part, pid in self.pids.items()}

    def books(self) -> dict[str, Any]:
        """Read the sums of the sandbox provider's books."""
        return httpx2.get(f"{self.sandbox_url}/v1/books").raise_for_status().json()


@contextmanager
def whole_system(
    database_url: str, server_pid: int, fulfilment: list[str] | None = None
) -> Generator[WholeSystem]:
    """Run everything on a migrated database of a server, ended with the block.

    `fulfilment` runs that process in another way, to profile it.
    """
    with broker() as rabbitmq:
        port = any_port()
        url, sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{any_port()}"
        environment = {
            **settings(database_url, port, rabbitmq.url),
            "ORDERTRAIL_FULFILMENT_ENABLED": "true",
            "ORDERTRAIL_SANDBOX_URL": sandbox_url,
        }
        commands = {part: [str(PROGRAM), *names] for part, names in PARTS.items()}
        if fulfilment is not None:
            commands[FULFILMENT] = fulfilment
        sandbox = ["sandbox", "--port", sandbox_url.rsplit(":", 1)[1], "--webhooks", url]
        commands["sandbox"] = [str(PROGRAM), *sandbox]
        with processes(list(commands.values()), environment) as children:
            pids = {part: child.pid for part, child in zip(commands, children, strict=True)}
            wait_for(f"{sandbox_url}/v1/books")
            wait_for(f"{url}/livez")
            yield WholeSystem(
                database_url,
                url,
                sandbox_url,
                {**pids, "broker": rabbitmq.pid, "postgresql": server_pid},
            )
