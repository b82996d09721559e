"""Which PostgreSQL serves a system that was given none? A private one, from the wheel.

It runs as an unprivileged account. Layout of a data folder, all of it closed to other users:

    in-use     locked while a program owns the folder
    password   of the superuser `ordertrail`; made once
    cluster/   PGDATA
    socket/    the unix socket, unless the path is too long for one
    postgres.log
"""

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psutil

from cli.child_processes import (
    LOOPBACK,
    FolderLock,
    ServerFailed,
    free_port,
    is_alive,
    kill_tree,
    log_tail,
    owned_folder,
    port_is_taken,
    run_as,
    server_account,
    server_environment,
    spawn_as,
    wait_until,
)
from cli.postgres_programs import MAJOR_VERSION, bundled_programs

SUPERUSER = "ordertrail"
DATABASE = "ordertrail"
SOCKET_PATH_BYTES_MAX = 90
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 60
PORT_TRIES_MAX = 5

SETTINGS: Final[Mapping[str, str]] = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    # ANALYZE sorts a quarter of the rows it would, and VACUUM pauses longer: on few cores, orders
    # that are being carried out wait for them.
    "default_statistics_target": "25",
    "autovacuum_vacuum_cost_delay": "5ms",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "listen_addresses": LOOPBACK,
}


class EmbeddedPostgres:
    """A PostgreSQL server that belongs to this process: started, stopped and killed by it."""

    def __init__(
        self, data_dir: Path, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self._account = server_account()
        self._folder = data_dir.absolute()
        self._port = port or 0
        self._settings = {**SETTINGS, **(settings or {})}
        self._lock = FolderLock(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None
        self._programs: Path | None = None

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1; known once the server was started, and kept from then on."""
        return self._port

    @property
    def pid(self) -> int:
        """The process id of the postmaster.

        Raises:
            ServerFailed: the server is not running.
        """
        if self._process is None:
            raise ServerFailed(f"The PostgreSQL of {self._folder} is not running; start it first.")
        return self._process.pid

    @property
    def url(self) -> str:
        """The address of the database `ordertrail` over TCP, with the superuser's password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Write the address of any database of this server over TCP."""
        return f"postgresql://{SUPERUSER}:{self._password()}@{LOOPBACK}:{self._port}/{database}"

    @property
    def socket_url(self) -> str:
        """The address of the database `ordertrail` over the unix socket, faster than TCP."""
        host = quote(str(self._socket_folder), safe="")
        return f"postgresql://{SUPERUSER}:{self._password()}@{host}:{self._port}/{DATABASE}"

    @property
    def log_path(self) -> Path:
        """The file that the server's messages are appended to."""
        return self._folder / "postgres.log"

    @property
    def _cluster(self) -> Path:
        return self._folder / "cluster"

    def is_running(self) -> bool:
        """Say whether the postmaster that this object started still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers; a first start makes the cluster.

        Raises:
            ServerFailed: the folder is in use, the port is taken, or the server gave up.
        """
        if self.is_running():
            return
        if self._process is not None:
            self._forget()
        owned_folder(self._folder, self._account)
        self._lock.take()
        atexit.register(self.stop)  # for a program that ends without its ordered shutdown
        try:
            self._programs = bundled_programs(self._account)
            self._prepare_cluster()
            self._socket_folder = self._make_socket_folder()
            self._start_postmaster()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the server: sessions end, everything is written, nothing is left to recover."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self._forget()

    def kill(self) -> None:
        """End the server as a power cut would; the next start recovers from the log."""
        if self._process is not None:
            if self._process.poll() is None:
                kill_tree(self._process.pid)
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        atexit.unregister(self.stop)
        self._process = None
        if self._socket_folder is not None and self._socket_folder.parent != self._folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        self._lock.release()

    def _password(self) -> str:
        return (self._folder / "password").read_text().strip()

    def _prepare_cluster(self) -> None:
        if not self._cluster.exists():
            self._make_cluster()
        made_by = (self._cluster / "PG_VERSION").read_text().strip()
        if made_by != MAJOR_VERSION:
            raise ServerFailed(
                f"{self._cluster} was made by PostgreSQL {made_by}, and this is {MAJOR_VERSION}; "
                "choose another data folder, or move the data with pg_dump and pg_restore."
            )
        self._end_previous_server()

    def _make_cluster(self) -> None:
        password = self._folder / "password"
        if not password.exists():
            password.touch(0o600)
            password.write_text(secrets.token_urlsafe(24) + "\n")
            self._account.own(password)
        unfinished = self._folder / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(
            "initdb",
            "-D",
            str(unfinished),
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--data-checksums",
        )
        self._run("postgres", "--single", "-D", str(unfinished), "postgres",
                  standard_input=f"CREATE DATABASE {DATABASE}\n")  # fmt: skip
        unfinished.rename(self._cluster)

    def _run(self, program: str, *arguments: str, standard_input: str = "") -> None:
        assert self._programs is not None
        done = run_as(
            self._account,
            [str(self._programs / program), *arguments],
            environment=server_environment(self._folder),
            standard_input=standard_input,
        )
        if done.returncode != 0:
            raise ServerFailed(
                f"{program} failed in {self._folder}; check free space and rights there. It said: "
                f"{(done.stderr or done.stdout).strip()}"
            )

    def _end_previous_server(self) -> None:
        """Stop a server whose program died, and clear the pid file of one that was killed."""
        pid_file = self._cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if _is_postmaster(pid, self._cluster):
            os.kill(pid, signal.SIGINT)
            if not wait_until(partial(_is_gone, pid), STOP_TIMEOUT_SECONDS):
                raise ServerFailed(
                    f"A PostgreSQL of an earlier run does not stop; end it with kill -QUIT {pid}."
                )
        self._end_orphans()
        pid_file.unlink(missing_ok=True)

    def _end_orphans(self) -> None:
        """End the sessions that outlived their postmaster.

        A busy one notices only at the end of its statement that the postmaster was killed, and
        writes to the cluster until then. PostgreSQL would refuse to start beside it, if the pid
        file that names their shared memory were not cleared.
        """
        for process in psutil.process_iter(["name", "cwd"]):
            if process.info["cwd"] == str(self._cluster) and _is_of_postgres(process.info["name"]):
                kill_tree(process.pid)
                wait_until(partial(_is_gone, process.pid), STOP_TIMEOUT_SECONDS)

    def _make_socket_folder(self) -> Path:
        folder = self._folder / "socket"
        if len(os.fsencode(folder)) > SOCKET_PATH_BYTES_MAX:
            folder = Path(tempfile.mkdtemp(prefix="ordertrail-", dir="/tmp"))
        return owned_folder(folder, self._account)

    def _start_postmaster(self) -> None:
        if self._port:
            if port_is_taken(self._port):
                raise ServerFailed(
                    f"Port {self._port} is taken; choose another, or leave the choice open."
                )
            self._spawn_and_wait(self._port)
            return
        for attempt in range(1, PORT_TRIES_MAX + 1):
            try:
                self._spawn_and_wait(free_port())
            except _PortTaken:
                if attempt == PORT_TRIES_MAX:
                    raise
            else:
                return

    def _spawn_and_wait(self, port: int) -> None:
        assert self._programs is not None
        log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        settings = {
            **self._settings,
            "port": str(port),
            "unix_socket_directories": str(self._socket_folder),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = spawn_as(
            self._account,
            [str(self._programs / "postgres"), "-D", str(self._cluster), *options],
            environment=server_environment(self._folder),
            log=self.log_path,
        )
        self._process = process
        wait_until(
            lambda: process.poll() is not None or self._is_ready(process.pid), START_TIMEOUT_SECONDS
        )
        if process.poll() is None and self._is_ready(process.pid):
            self._port = port
            return
        said = log_tail(self.log_path)
        if "Address already in use" in self.log_path.read_bytes()[log_start:].decode(
            errors="replace"
        ):
            raise _PortTaken(f"No free port was found for PostgreSQL; name one. It said: {said}")
        raise ServerFailed(f"PostgreSQL did not start; its log {self.log_path} ends with: {said}")

    def _is_ready(self, pid: int) -> bool:
        """Read the status line that the postmaster itself keeps in its pid file."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        status_line = 7
        return (
            len(lines) > status_line
            and lines[0] == str(pid)
            and lines[status_line].strip() == "ready"
        )


class _PortTaken(ServerFailed):
    """Somebody took the port between the choice and the start."""


def _is_of_postgres(name: str | None) -> bool:
    return name is not None and name.startswith("postgres")


def _is_gone(pid: int) -> bool:
    return not is_alive(pid)


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Say whether a process id still is the server of this cluster, and not a later process."""
    try:
        process = psutil.Process(pid)
        return _is_of_postgres(process.name()) and str(cluster) in process.cmdline()
    except psutil.Error:
        return False
