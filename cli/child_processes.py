"""How does the program own a server that it started: its account, its folder, its port, its end?

Shared by the embedded PostgreSQL and the private RabbitMQ. A server runs in a session of its own,
so that Ctrl-C in a terminal reaches only the program, which then stops its servers in order. Its
environment is made new: variables such as PGPORT or RABBITMQ_NODENAME must not reach it.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ACCOUNT_NAME = "ordertrail"
LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)
PORT_TRIES_MAX = 50
LOG_TAIL_BYTES_MAX = 3_000
POLL_SECONDS = 0.02
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INHERITED = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class ServerFailed(Exception):
    """A private server could not be started or stopped; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user that a server runs as."""

    name: str
    uid: int
    gid: int
    is_other: bool
    """True when the program runs as root and gives its servers to this account."""

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Choose who servers run as: this user, or an unprivileged account when this user is root.

    Raises:
        ServerFailed: root, and no account to give a server to.
    """
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=False)
    _create_account()
    for name in (ACCOUNT_NAME, "postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=True)
    raise ServerFailed(
        "PostgreSQL does not run as root and no other account was found: "
        "create one with `useradd --system ordertrail`, or run as an ordinary user."
    )


def _create_account() -> None:
    with suppress(KeyError):
        pwd.getpwnam(ACCOUNT_NAME)
        return
    useradd = shutil.which("useradd", path=SYSTEM_PATH)
    if useradd is not None:
        arguments = ["--system", "--no-create-home", "--home-dir", "/nonexistent", ACCOUNT_NAME]
        subprocess.run([useradd, *arguments], check=False, capture_output=True)


def owned_folder(path: Path, account: Account) -> Path:
    """Make a folder that only the account (and root) may enter, and answer its full path.

    Raises:
        ServerFailed: it cannot be made, belongs to somebody else, or the account cannot reach it.
    """
    path = path.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        if path.stat().st_uid != account.uid:
            _take_over(path, account)
        path.chmod(0o700)
    except OSError as error:
        raise ServerFailed(
            f"The folder {path} cannot be used ({error.strerror}); choose another data folder."
        ) from error
    if run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)]).returncode != 0:
        raise ServerFailed(
            f"The account {account.name} cannot reach {path}, because a folder above it is closed "
            "to others; choose a data folder such as /var/lib/ordertrail."
        )
    return path


def _take_over(path: Path, account: Account) -> None:
    if any(path.iterdir()):
        raise ServerFailed(
            f"The folder {path} is not empty and does not belong to the account {account.name}; "
            "choose an empty folder, or run as the user who made it."
        )
    account.own(path)


def server_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make the environment of a server: nothing of the caller's but the search paths."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    fixed = {"HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}
    return {"PATH": SYSTEM_PATH, **inherited, **fixed, **(extra or {})}


def run_as(
    account: Account,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    standard_input: str = "",
    timeout_seconds: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as the account.

    Raises:
        PermissionError: the account may not execute it.
        subprocess.TimeoutExpired: it did not end in time; it has been killed.
    """
    other = account.is_other
    return subprocess.run(
        arguments,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        input=standard_input,
        timeout=timeout_seconds,
        env=dict(environment) if environment else server_environment(Path("/")),
        user=account.uid if other else None,
        group=account.gid if other else None,
        extra_groups=[] if other else None,
    )


def spawn_as(
    account: Account, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start a server as the account, in a session of its own, its output appended to a log."""
    other = account.is_other
    with log.open("ab") as output:
        return subprocess.Popen(
            arguments,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(environment),
            user=account.uid if other else None,
            group=account.gid if other else None,
            extra_groups=[] if other else None,
        )


class FolderLock:
    """Marks a data folder as used by this process until it ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "in-use"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            ServerFailed: another process, or another object of this one, has it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(descriptor, 20).decode(errors="replace").strip()
            os.close(descriptor)
            raise ServerFailed(
                f"The data folder {self._path.parent} is in use by process {owner}; "
                "stop that one first, or choose another data folder."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def free_port() -> int:
    """Find a TCP port of the loopback address that nobody uses at this moment.

    Outside the range from which the system takes the ports of outgoing connections: a server that
    comes back after a moment must not find one of those on its port.
    """
    for _ in range(PORT_TRIES_MAX):
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    """Say whether something listens on a port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def wait_until(condition: Callable[[], bool], timeout_seconds: float) -> bool:
    """Poll a condition until it holds; False when it never did within the time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def kill_tree(pid: int) -> None:
    """End a process and all that it started at once, and wait until they are gone.

    The parent is frozen first, so that it starts no child between the listing and the kill.
    """
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        parent.send_signal(signal.SIGSTOP)
        doomed = [parent, *parent.children(recursive=True)]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: not any(is_alive(process.pid) for process in doomed[1:]), 10)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and was not collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def log_tail(path: Path) -> str:
    """Read the end of a server's log, for the sentence of an error."""
    try:
        text = path.read_bytes()[-LOG_TAIL_BYTES_MAX:].decode(errors="replace").strip()
    except OSError:
        return "(no log)"
    return text or "(the log is empty)"
