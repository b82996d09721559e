"""FI-01, FI-02: the API is killed right after a commit, or right before it. What does a retry get?

Clients who got no answer send the same requests to the next process. Nothing that was answered may
be missing (I1), nothing be there that nobody sent (I2), and no request have two effects (I3).
"""

import asyncio
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.api_client import ACTOR_HEADER, AS_STAFF, HMAC_KEY, ApiClient, Json, new_id
from tests.examples import ORDER_ID
from tests.examples_log import a_store, assert_dense, place_an_order, rows, superuser
from tests.running_api import free_port
from tests.running_workers import ORDERTRAIL, eventually

CALLERS = 8
CALL_OF_THE_END = 12
"""At which commit the process dies."""
NOTES = """
SELECT data ->> 'note_id', position, version FROM event_store.events
 WHERE type = 'order-note-added' ORDER BY position
"""


@dataclass(slots=True)
class ClientLog:
    """What the clients sent and what they heard, by key."""

    sent: dict[str, Json] = field(default_factory=dict[str, Json])
    answered: dict[str, Json] = field(default_factory=dict[str, Json])

    async def send_until_it_dies(self, api: ApiClient) -> None:
        """Add note after note as one client, until there is no more answer."""
        while True:
            key = new_id()
            self.sent[key] = {"note_id": new_id(), "text": f"note {len(self.sent)}"}
            try:
                answer = await add_note(api, key, self.sent[key])
            except httpx2.TransportError:
                return
            assert answer.status_code == 200, answer.text
            assert "idempotent-replayed" not in answer.headers
            self.answered[key] = answer.json()


async def add_note(api: ApiClient, key: str, note: Json) -> httpx2.Response:
    path = f"/v1/orders/{ORDER_ID}/notes"
    return await api.command(path, note, key=key, headers=AS_STAFF)


@contextmanager
def an_api(
    database_url: str, log: Path, failpoints: str = ""
) -> Generator[tuple[subprocess.Popen[bytes], ApiClient]]:
    """Run `ordertrail api` as a process of its own."""
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
    http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=15, trust_env=False)
    try:
        yield process, ApiClient(http)
    finally:
        process.kill()
        process.wait()


async def answers(api: ApiClient) -> bool:
    try:
        return (await api.http.get("/livez")).is_success
    except httpx2.TransportError:
        return False


@pytest.mark.parametrize("point", ["append.after_commit", "append.before_commit"])
async def test_a_retry_after_the_kill_has_one_effect(
    own_database_url: str, tmp_path: Path, point: str
) -> None:
    log, clients = tmp_path / "log", ClientLog()
    async with a_store(own_database_url) as store:
        before = (await place_an_order(store)).position
    failpoints = f"{point}=kill@{CALL_OF_THE_END}"
    with an_api(own_database_url, log, failpoints) as (process, api):
        await eventually(lambda: answers(api))
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(clients.send_until_it_dies(api))
        await api.http.aclose()
        assert process.wait(10) == -9, log.read_text()
    in_doubt = clients.sent.keys() - clients.answered.keys()
    committed = {note_id for note_id, _, _ in await notes_of(own_database_url)}
    assert in_doubt
    with an_api(own_database_url, log) as (_, api):
        await eventually(lambda: answers(api))
        for key, note in clients.sent.items():
            answer = await add_note(api, key, note)
            assert answer.status_code == 200, answer.text
            is_replay = answer.headers.get("idempotent-replayed") == "true"
            assert is_replay == (note["note_id"] in committed)
            assert clients.answered.setdefault(key, answer.json()) == answer.json()
        await api.http.aclose()
    replayed = {key for key in in_doubt if clients.sent[key]["note_id"] in committed}
    if point == "append.after_commit":
        assert replayed, "something was committed and never answered"
    assert in_doubt - replayed or point == "append.after_commit"
    await check_effects(own_database_url, clients, before)


async def notes_of(url: str) -> list[tuple[str, int, int]]:
    async with superuser(url) as connection:
        return [
            (note, position, version) for note, position, version in await rows(connection, NOTES)
        ]


async def check_effects(url: str, clients: ClientLog, before: int) -> None:
    """Every note once, at the version and position that its sender was told."""
    found = await notes_of(url)
    told = sorted(
        (answer["position"], clients.sent[key]["note_id"], answer["version"])
        for key, answer in clients.answered.items()
    )
    assert [(position, note, version) for note, position, version in found] == told
    assert await assert_dense(url) == before + len(clients.sent)
