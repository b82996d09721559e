"""Which RabbitMQ serves a system that was given none? A private node of the one installed here.

Nothing of it meets another node: name, ports, port mapper, cookie, plugins and configuration are
its own, and every listener is bound to the loopback address. Layout of a data folder, closed to
other users:

    in-use            locked while a program owns the folder
    password          of the user `ordertrail`; made once
    processes         pids of the node and its port mapper, to end them if the program died
    .erlang.cookie    what `rabbitmqctl` proves itself with
    rabbitmq.conf  enabled_plugins  node/  log/  server.log
"""

import atexit
import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
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
from cli.rabbitmq_programs import epmd_program, rabbitmq_programs

USER = "ordertrail"
NODE = "ordertrail@localhost"
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 60
PORT_TIMEOUT_SECONDS = 10
DISK_FREE_LIMIT = "50MB"
WAL_BYTES_MAX: Final = 64 * 1024 * 1024
"""A full log of the quorum queues is written to the queues' own files at once. The usual 512 MiB
keep the disk busy for seconds, and no commit gets through."""

PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
ERLANG_ARGUMENTS: Final = (
    "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
)
"""Reachable from this machine alone. One scheduler, which does not spin while it waits: the broker
shares the machine with everything else, and to wake a second thread costs more than it would take
off the first (https://www.rabbitmq.com/docs/runtime)."""


class LocalRabbitMQ:
    """A RabbitMQ node that belongs to this process: started, stopped and killed by it."""

    def __init__(self, data_dir: Path, port: int | None = None) -> None:
        self._account = server_account()
        self._folder = data_dir.absolute()
        self._port = port or 0
        self._lock = FolderLock(self._folder)
        self._environment: dict[str, str] = {}
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the node."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the node."""
        self.stop()

    @property
    def port(self) -> int:
        """The AMQP port on 127.0.0.1; known once the node was started, and kept from then on."""
        return self._port

    @property
    def url(self) -> str:
        """The address of the virtual host `/`."""
        return self.url_of("/")

    def url_of(self, virtual_host: str) -> str:
        """Write the address of a virtual host of this node."""
        host = quote(virtual_host, safe="")
        return f"amqp://{USER}:{self._secret('password')}@{LOOPBACK}:{self._port}/{host}"

    @property
    def pid(self) -> int:
        """The process id of the node's parent script.

        Raises:
            ServerFailed: the node is not running.
        """
        if self._node is None:
            raise ServerFailed(f"The RabbitMQ of {self._folder} is not running; start it first.")
        return self._node.pid

    def is_running(self) -> bool:
        """Say whether the node that this object started still runs."""
        return self._node is not None and self._node.poll() is None

    def start(self) -> None:
        """Start the node and wait until it speaks AMQP.

        Raises:
            ServerFailed: RabbitMQ is not installed, the folder is in use, or the node gave up.
        """
        if self.is_running():
            return
        programs = rabbitmq_programs()
        self._forget()
        owned_folder(self._folder, self._account)
        self._lock.take()
        atexit.register(self.stop)  # for a program that ends without its ordered shutdown
        try:
            self._end_previous_node()
            self._choose_ports()
            self._write_configuration()
            self._start_epmd()
            self._start_node(programs)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the node: queues are written and closed."""
        if self._node is not None and self._node.poll() is None:
            self._node.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._node.wait(STOP_TIMEOUT_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the node as a power cut would."""
        for process in (self._node, self._epmd):
            if process is not None:
                if process.poll() is None:
                    kill_tree(process.pid)
                process.wait()
        if self._node is not None:  # the last threads of the node outlive its process for a moment
            wait_until(lambda: not port_is_taken(self._port), PORT_TIMEOUT_SECONDS)
        self._forget()

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on the node and answer what it printed; takes about a second.

        Raises:
            ServerFailed: it refused; the sentence carries what it said.
        """
        done = run_as(
            self._account,
            [str(rabbitmq_programs() / "rabbitmqctl"), "--quiet", "-n", NODE, *arguments],
            environment=self._environment,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise ServerFailed(f"rabbitmqctl {' '.join(arguments)} failed: {said}")
        return done.stdout

    def add_virtual_host(self, name: str) -> str:
        """Make a virtual host that the node's user may use, and answer its address."""
        self.control("add_vhost", name)
        self.control("set_permissions", "-p", name, USER, ".*", ".*", ".*")
        return self.url_of(name)

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        self.control("delete_vhost", name)

    def _forget(self) -> None:
        atexit.unregister(self.stop)
        self._node = None
        self._epmd = None
        self._lock.release()

    def _secret(self, name: str) -> str:
        """Read a secret of the folder; the first call makes it up."""
        path = self._folder / name
        if not path.exists():
            path.touch(0o600)
            path.write_text(secrets.token_hex(20))
            path.chmod(0o400)
            self._account.own(path)
        return path.read_text().strip()

    def _choose_ports(self) -> None:
        if self._port and port_is_taken(self._port):
            raise ServerFailed(f"Port {self._port} is taken; choose another for RabbitMQ.")
        self._port = self._port or free_port()
        folder = self._folder
        own = {
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
            "RABBITMQ_MNESIA_BASE": str(folder / "node"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "node.pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": LOOPBACK,
        }
        self._environment = server_environment(folder, own)

    def _write_configuration(self) -> None:
        self._secret(".erlang.cookie")
        lines = (
            f"listeners.tcp.local = {LOOPBACK}:{self._port}",
            f"default_user = {USER}",
            f"default_pass = {self._secret('password')}",
            f"loopback_users.{USER} = true",
            f"disk_free_limit.absolute = {DISK_FREE_LIMIT}",
            f"raft.wal_max_size_bytes = {WAL_BYTES_MAX}",
        )
        self._write("rabbitmq.conf", "\n".join(lines) + "\n")
        self._write("enabled_plugins", "[].\n")
        for name in ("node", "log"):
            owned_folder(self._folder / name, self._account)

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.touch(0o600)
        path.write_text(text)
        self._account.own(path)

    def _start_epmd(self) -> None:
        """Start a port mapper of our own; one that the node starts would outlive it."""
        self._epmd = spawn_as(
            self._account,
            [str(epmd_program()), "-port", self._environment["ERL_EPMD_PORT"]],
            environment=self._environment,
            log=self._folder / "server.log",
        )
        port = int(self._environment["ERL_EPMD_PORT"])
        wait_until(lambda: port_is_taken(port), 10)

    def _start_node(self, programs: Path) -> None:
        log = self._folder / "server.log"
        node = spawn_as(
            self._account,
            [str(programs / "rabbitmq-server")],
            environment=self._environment,
            log=log,
        )
        self._node = node
        self._record_processes()
        wait_until(
            lambda: node.poll() is not None or _speaks_amqp(self._port), START_TIMEOUT_SECONDS
        )
        if node.poll() is not None or not _speaks_amqp(self._port):
            raise ServerFailed(f"RabbitMQ did not start; its log {log} ends with: {log_tail(log)}")

    def _record_processes(self) -> None:
        started = [process for process in (self._node, self._epmd) if process is not None]
        known = {str(process.pid): _started_at(process.pid) for process in started}
        self._write("processes", json.dumps(known))

    def _end_previous_node(self) -> None:
        """End what a program that died left running."""
        for pid in self._previous_processes():
            with suppress(ProcessLookupError):
                psutil.Process(pid).terminate()
                wait_until(lambda pid=pid: not is_alive(pid), STOP_TIMEOUT_SECONDS)
            kill_tree(pid)

    def _previous_processes(self) -> Iterator[int]:
        try:
            known = json.loads((self._folder / "processes").read_text())
        except (OSError, ValueError):
            return
        for pid, started_at in known.items():
            if started_at is not None and _started_at(int(pid)) == started_at:
                yield int(pid)


def _started_at(pid: int) -> float | None:
    """Tell a process from a later one with the same id."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def _speaks_amqp(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == METHOD_FRAME
    except OSError:
        return False
