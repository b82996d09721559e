"""Does the private PostgreSQL keep what it was given, through stops, kills and strangers?"""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from cli.child_processes import ServerFailed, free_port, is_alive, wait_until
from cli.embedded_postgres import EmbeddedPostgres

OwnPostgres = Callable[..., EmbeddedPostgres]


def write(url: str, value: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def read(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]


def test_keeps_its_data_and_its_port_through_a_stop_and_a_kill(own_postgres: OwnPostgres) -> None:
    server = own_postgres()
    url = server.url
    write(url, 1)
    server.stop()
    server.start()
    write(url, 2)
    server.kill()
    server.start()
    assert read(url) == [1, 2]


def test_a_kill_ends_every_process_of_the_server(own_postgres: OwnPostgres) -> None:
    server = own_postgres()
    pid = server.pid
    with psycopg.connect(server.url) as connection:
        backend = connection.info.backend_pid
        server.kill()
        assert not is_alive(backend)
        assert not is_alive(pid)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_session_that_outlived_its_server_is_ended_before_the_next_one_starts(
    own_postgres: OwnPostgres,
) -> None:
    """It would go on writing to a cluster that another server recovers."""
    server = own_postgres()
    busy = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"
    with psycopg.connect(server.url) as connection, ThreadPoolExecutor() as threads:
        backend = connection.info.backend_pid
        ended = threads.submit(connection.execute, busy)
        assert wait_until(lambda: psutil.Process(backend).cpu_times().user > 0.1, 20)
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: not server.is_running(), 10)
        assert is_alive(backend)
        server.start()
        assert not is_alive(backend)
        assert isinstance(ended.exception(10), psycopg.OperationalError)
    write(server.url, 5)


def test_is_made_for_a_durable_log(own_postgres: OwnPostgres) -> None:
    url = own_postgres(settings={"max_connections": "17"}).url
    names = ("server_encoding", "fsync", "shared_buffers", "max_wal_size", "max_connections")
    found = {name: setting(url, name) for name in names}
    assert found == {
        "server_encoding": "UTF8",
        "fsync": "on",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "max_connections": "17",
    }


def test_answers_on_its_socket(own_postgres: OwnPostgres) -> None:
    server = own_postgres()
    write(server.socket_url, 3)
    assert read(server.url) == [3]


def test_refuses_who_does_not_know_the_password(own_postgres: OwnPostgres) -> None:
    url = own_postgres().url
    stranger = url.replace(urlsplit(url).password or "", "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stranger)


def test_refuses_a_folder_in_use(own_postgres: OwnPostgres, server_folder: Path) -> None:
    own_postgres()
    (folder,) = server_folder.iterdir()
    with pytest.raises(ServerFailed, match="is in use by process"):
        EmbeddedPostgres(folder).start()


def test_refuses_a_taken_port(own_postgres: OwnPostgres, server_folder: Path) -> None:
    taken = own_postgres().port
    with pytest.raises(ServerFailed, match=f"Port {taken} is taken"):
        EmbeddedPostgres(server_folder / "second", port=taken).start()


def test_refuses_to_take_over_a_folder_of_others(server_folder: Path) -> None:
    folder = server_folder / "others"
    folder.mkdir()
    (folder / "file").touch()
    (folder / "cluster").mkdir()
    (folder / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerFailed, match=r"choose (an empty|another data) folder"):
        EmbeddedPostgres(folder).start()


def test_listens_on_the_port_that_was_asked_for(server_folder: Path) -> None:
    port = free_port()
    with EmbeddedPostgres(server_folder / "asked", port=port) as server:
        assert (server.port, server.is_running()) == (port, True)
    assert not server.is_running()


def test_starts_over_the_pid_file_of_a_process_that_is_no_server(
    own_postgres: OwnPostgres, server_folder: Path
) -> None:
    server = own_postgres()
    write(server.url, 4)
    server.kill()
    (folder,) = server_folder.iterdir()
    pid_file = folder / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join(["1", *lines[1:]]) + "\n")
    server.start()
    assert read(server.url) == [4]
