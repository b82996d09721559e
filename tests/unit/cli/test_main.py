"""How does the program end, what does it say of itself, and how quickly?"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.child_processes import ServerFailed
from cli.failures import CommandFailed, ConfigurationFailed, Exit, UsageFailed
from cli.interrupts import Interrupted
from cli.program import COMMANDS, app, explain, run


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (lambda: None, 0),
        (lambda: Exit.OK, 0),
        (lambda: Exit.FAILED, 1),
        (raising(CommandFailed("a total is wrong")), 1),
        (raising(UsageFailed("no such projection")), 2),
        (raising(ConfigurationFailed("no database")), 3),
        (raising(ServerFailed("no port")), 3),
        (raising(Interrupted(Exit.TERMINATED)), 143),
        (raising(KeyboardInterrupt()), 130),
    ],
)
def test_every_end_has_its_exit_code(
    command: Callable[[], object], code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == code
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_says_why_in_one_sentence_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    run(raising(ConfigurationFailed("DATABASE_URL is not set [really].")))

    assert capfd.readouterr().err == "ordertrail: DATABASE_URL is not set [really].\n"


def test_a_bug_shows_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run(raising(ZeroDivisionError()))


def subcommands() -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = []
    for name, _, _, _ in COMMANDS:
        names.append((name,))
        names += [(name, inner) for inner in app[name] if not inner.startswith("-")]
    return names


@pytest.mark.parametrize("command", subcommands(), ids=" ".join)
def test_every_command_explains_itself_with_examples(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    explain(command)
    app([*command, "--help"], result_action="return_value")

    said = capsys.readouterr().out
    assert f"Usage: ordertrail {' '.join(command)}" in said
    assert "Examples:" in said
    assert "ordertrail " in said.partition("Examples:")[2]
    assert "--supervised" not in said


def test_a_command_explains_itself_at_length(capsys: pytest.CaptureFixture[str]) -> None:
    explain(["demo"])
    app(["demo", "--help"], result_action="return_value")

    assert "Exit code 1 when a total is wrong" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["unknown"],
        ["up", "--port", "http"],
        ["demo", "--orders", "0"],
        ["import", "retail"],
        ["import", "retail", "/no/such/file.csv"],
        ["import", "retail", __file__, "--concurrency", "0"],
        ["events", "tail", "--after", "-1"],
        ["events", "tail", "--after", "last"],
        ["projections", "rebuild"],
        ["doctor", "--jason"],
        ["parked", "retry", "one"],
        ["parked", "retry", "0"],
        ["parked", "discard", "1"],
        ["parked", "discard", "--reason", "x"],
        ["process", "list", "--stage", "lost"],
        ["process", "list", "--limit", "1001"],
        ["process", "show"],
        ["process", "retry", "W26-0004711-T", "refund:1"],
        ["process", "skip", "W26-0004711-T", "--reason", "x"],
        ["dead", "drop", "two"],
        ["dead", "drop", "-1"],
        ["dead", "list", "--limit", "1001"],
        ["worker", "--metrics-port", "65536"],
        ["relay", "--metrics-port", "-1"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_so_on_standard_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app(arguments)

    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def test_help_imports_no_heavy_module() -> None:
    script = (
        "import sys; from cli.program import app; app('--help', result_action='return_value');"
        "heavy = {'psycopg', 'fastapi', 'pydantic', 'aio_pika', 'httpx2', 'asyncio'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stderr == ""
    assert "Run a system" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completes_commands_in_shells(shell: str, tmp_path: Path) -> None:
    output = tmp_path / "completion"
    app(
        ["--install-completion", "--shell", shell, "--output", str(output)],
        result_action="return_value",
    )

    script = output.read_text()
    assert "ordertrail" in script
    assert "projections" in script or "__complete" in script


def test_control_c_while_the_program_is_still_imported_is_a_quiet_end() -> None:
    script = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'cyclopts':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
