"""Does `ordertrail up` run a system with servers of its own, through deaths, to its end?"""

import os
import signal
from pathlib import Path

import httpx2

from cli.child_processes import is_alive, wait_until
from cli.running import find_running
from tests.ordertrail_program import Up, background, notes_of, run

PATIENCE_SECONDS = 60


def pids(system: Up) -> dict[str, int]:
    """Name the newest process id of everything that the system started."""
    return {note["process"]: note["pid"] for note in system.notes("started")}


def register(url: str, sku: str) -> httpx2.Response:
    body = {
        "sku": sku,
        "name": "Mug",
        "tax_class": "zero",
        "requires_shipping": True,
        "returnable": True,
    }
    headers = {"Idempotency-Key": f"register-{sku}"}
    return httpx2.post(f"{url}/v1/products", json=body, headers=headers, trust_env=False)


def is_listed(url: str, sku: str, position: int) -> bool:
    try:
        answer = httpx2.get(
            f"{url}/v1/products", params={"min_position": str(position)}, trust_env=False
        )
    except httpx2.TransportError:
        return False
    return answer.is_success and sku in answer.text


def accepted(url: str, sku: str) -> int:
    """Register a product, trying again while the system recovers; answers its position."""
    answers: list[httpx2.Response] = []

    def is_accepted() -> bool:
        try:
            answers.append(register(url, sku))
        except httpx2.TransportError:
            return False
        return answers[-1].status_code == 201 or "idempotent-replayed" in answers[-1].headers

    assert wait_until(is_accepted, PATIENCE_SECONDS), answers[-1:]
    return int(answers[-1].headers["event-position"])


def test_starts_again_whatever_dies_and_loses_nothing(server_folder: Path) -> None:
    arguments = ("up", "--port", "0", "--broker", "rabbitmq")
    with background(*arguments, data_dir=server_folder / "d") as system:
        system.until('"running"')
        kill_and_look_again(system)
        assert system.stop() == 143


def kill_and_look_again(system: Up) -> None:
    url = system.running.url
    started = pids(system)
    names = (
        "postgresql",
        "rabbitmq",
        "api",
        "worker-operational",
        "worker-analytics",
        "relay",
        "fulfilment",
    )
    assert set(started) == set(names)
    before = accepted(url, "BEFORE")

    for name in ("relay", "worker-operational", "api", "postgresql"):
        os.kill(started[name], signal.SIGKILL)
    assert wait_until(lambda: len(system.notes("started")) == len(names) + 4, PATIENCE_SECONDS)

    died = {note["process"]: note["why"] for note in system.notes("died")}
    assert died == {
        "relay": "killed by SIGKILL",
        "worker-operational": "killed by SIGKILL",
        "api": "killed by SIGKILL",
        "postgresql": "it ended by itself",
    }
    after = accepted(url, "AFTER")
    assert after == before + 1
    assert wait_until(lambda: is_listed(url, "AFTER", after), PATIENCE_SECONDS)
    assert is_listed(url, "BEFORE", after)
    assert pids(system)["worker-analytics"] == started["worker-analytics"]


def test_guards_its_folder_and_its_port_and_ends_in_order(server_folder: Path) -> None:
    data_dir = server_folder / "d"
    with background("up", "--port", "0", data_dir=data_dir) as system:
        system.until('"running"')
        running, everything = system.running, pids(system)
        key = data_dir / "keys" / "email_hmac_key"
        assert key.stat().st_mode & 0o777 == 0o600
        assert (data_dir / "running.json").stat().st_mode & 0o777 == 0o600

        same_folder = run("up", "--port", "0", "--data-dir", data_dir)
        port = running.url.rpartition(":")[2]
        same_port = run("up", "--port", port, "--data-dir", server_folder / "other")

        assert system.stop() == 143

    assert same_folder.returncode == same_port.returncode == 3
    assert f"is in use by process {running.pid}" in same_folder.stderr
    assert f"Port {port} is taken" in same_port.stderr
    assert notes_of(same_port, "started") == []
    assert not any(is_alive(pid) for pid in everything.values())
    assert find_running(data_dir) is None
    assert system.notes("died") == []
    logs = sorted((data_dir / "log").iterdir())
    assert [log.name for log in logs] == [
        "api.log",
        "fulfilment.log",
        "worker-analytics.log",
        "worker-operational.log",
    ]
    assert "Traceback" not in system.said() + "".join(log.read_text() for log in logs)


def test_a_process_that_cannot_run_like_this_ends_the_system_with_the_reason(
    server_folder: Path,
) -> None:
    policy = server_folder / "policy.toml"
    policy.write_text("version = 7\n")

    done = run(
        "up", "--port", "0", "--data-dir", server_folder / "d",
        environment={**os.environ, "ORDERTRAIL_POLICY_FILE": str(policy)},
    )  # fmt: skip

    assert done.returncode == 3
    assert f"The policy {policy}: " in done.stderr.splitlines()[-1]
    assert find_running(server_folder / "d") is None
