"""How does a test get a whole system, run by the real programs, to talk to over HTTP?"""

import os
import socket
import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from cli.readiness import until_ready
from tests.api_client import ACTOR_HEADER, HMAC_KEY, ApiClient
from tests.running_workers import ORDERTRAIL, eventually

READY_SECONDS_MAX = 60.0
BODY_SECONDS_MAX = 2.0
ANSWER_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """An API process and its worker on one database."""

    url: str
    database_url: str
    log: Path

    def client(self) -> httpx2.AsyncClient:
        """Make a client of the API."""
        return httpx2.AsyncClient(base_url=self.url, timeout=15, trust_env=False)

    @property
    def address(self) -> tuple[str, int]:
        """Where the API listens, for tests that write their own bytes."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)


def free_port() -> int:
    """Find a port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_system(database_url: str, folder: Path) -> Generator[RunningSystem]:
    """Run `ordertrail api` and `ordertrail worker`; both end with the block."""
    port = free_port()
    system = RunningSystem(f"http://127.0.0.1:{port}", database_url, folder / "processes.log")
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "ORDERTRAIL_EMAIL_HMAC_KEY": HMAC_KEY,
        "ORDERTRAIL_TRUSTED_ACTOR_HEADER": ACTOR_HEADER,
        "ORDERTRAIL_BUSINESS_TIME_ZONE": "Europe/London",
        "ORDERTRAIL_PORT": str(port),
        "ORDERTRAIL_BODY_SECONDS_MAX": str(BODY_SECONDS_MAX),
    }
    with ExitStack() as closing, system.log.open("ab") as output:
        subprocess.run(
            [ORDERTRAIL, "migrate", "up"],
            env=environment,
            stdout=output,
            stderr=output,
            check=True,
            timeout=READY_SECONDS_MAX,
        )
        for name in ("api", "worker"):
            process = subprocess.Popen(
                [ORDERTRAIL, name], env=environment, stdout=output, stderr=output
            )
            closing.callback(process.wait)
            closing.callback(process.terminate)
        yield system


@dataclass(frozen=True, slots=True)
class ApiProgram:
    """A process of `ordertrail api` alone, to be broken by a test."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def is_running(self) -> bool:
        """Say whether it has not ended."""
        return self.process.poll() is None


@contextmanager
def api_program(database_url: str, log: Path, *, failpoints: str = "") -> Generator[ApiProgram]:
    """Run `ordertrail api`; it is killed at the latest with the block."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "ORDERTRAIL_EMAIL_HMAC_KEY": HMAC_KEY,
        "ORDERTRAIL_TRUSTED_ACTOR_HEADER": ACTOR_HEADER,
        "ORDERTRAIL_PORT": str(port),
        "FAILPOINTS": failpoints,
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [ORDERTRAIL, "api"], env=environment, stdout=output, stderr=output
        )
    try:
        yield ApiProgram(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def api_client(url: str, program: ApiProgram | None = None) -> AsyncGenerator[ApiClient]:
    """Open a client of an API once it listens."""
    async with httpx2.AsyncClient(
        base_url=url, timeout=ANSWER_SECONDS_MAX, trust_env=False
    ) as http:
        api = ApiClient(http)
        await eventually(lambda: (program is not None and not program.is_running()) or answers(api))
        assert program is None or program.is_running(), f"it did not start: {program.log}"
        yield api


@asynccontextmanager
async def api_process(
    database_url: str, log: Path, *, failpoints: str = ""
) -> AsyncGenerator[tuple[ApiProgram, ApiClient]]:
    """Run `ordertrail api` and open a client of it."""
    with api_program(database_url, log, failpoints=failpoints) as program:
        async with api_client(program.url, program) as api:
            yield program, api


async def answers(api: ApiClient) -> bool:
    """Say whether an API process listens."""
    try:
        return (await api.http.get("/livez")).is_success
    except httpx2.TransportError:
        return False


async def ready(system: RunningSystem) -> RunningSystem:
    """Wait until the API says that it is ready."""
    try:
        await until_ready(system.url, READY_SECONDS_MAX)
    except TimeoutError as error:
        raise AssertionError(f"{error}\n{system.log.read_text()[-5_000:]}") from error
    return system
