"""Which commands does the program `ordertrail` have, and how does each of them end?

Every command is a module of its own that is imported when it is called, so that `--help` is quick.
Exit codes: 0 ok; 1 a mismatch was found or the work failed; 2 usage; 3 it cannot start (settings,
database, broker, migrations); 130 Ctrl-C; 143 SIGTERM. A closed standard output ends it quietly.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final

from cyclopts import App, Group

from cli.child_processes import ServerFailed
from cli.failures import Exit, OutputFailed, ProgramFailed
from cli.interrupts import Interrupted, interrupt_on_sigterm

RUN: Final = Group("Run a system", sort_key=1)
WORK: Final = Group("Work with it", sort_key=2)
OPERATE: Final = Group("Operate it", sort_key=3)
PROCESSES: Final = Group("Single processes", sort_key=4)

SUPERVISED: Final = "--supervised"

app = App(
    name="ordertrail",
    help=(
        "Event-sourced order processing: commands in, an immutable log, read tables out.\n\n"
        "Settings come from DATABASE_URL, AMQP_URL and ORDERTRAIL_*: see `ordertrail config`."
    ),
    help_epilogue=("Start with `ordertrail demo`. Every command has its own --help with examples."),
    version=lambda: f"ordertrail {version('ordertrail')}",
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)
COMMANDS: Final = (
    ("demo", "cli.demo:app", RUN, "Start everything, place orders, check the totals."),
    ("up", "cli.up:app", RUN, "Start a system and keep it running."),
    ("import", "cli.import_retail:app", WORK, "Replay orders of the past over the API."),
    ("events", "cli.events:app", WORK, "Look at the log."),
    ("projections", "cli.projections:app", WORK, "List the read models, rebuild one."),
    ("config", "cli.config:app", OPERATE, "Show the effective settings, secrets masked."),
    ("doctor", "cli.doctor:app", OPERATE, "Check database, broker and projections."),
    ("check", "cli.check:app", OPERATE, "Prove that log, read models and records agree."),
    ("process", "cli.order_process:app", OPERATE, "How far orders are; help stuck ones on."),
    ("parked", "cli.parked:app", OPERATE, "Events that read models could not apply."),
    ("dead", "cli.dead:app", OPERATE, "Messages that no worker could use."),
    ("migrate", "cli.migrate:app", OPERATE, "See and apply the migrations of the database."),
    ("--install-completion", "cli.completion:app", OPERATE, "Complete commands in this shell."),
    ("api", "cli.process_api:app", PROCESSES, "Serve the HTTP API."),
    ("relay", "cli.process_relay:app", PROCESSES, "Carry the log to the broker."),
    ("worker", "cli.process_worker:app", PROCESSES, "Keep read models up to date."),
    ("fulfilment", "cli.process_fulfilment:app", PROCESSES, "Carry orders out."),
    ("sandbox", "cli.process_sandbox:app", PROCESSES, "A provider and a carrier to try out."),
)
for _name, _target, _group, _help in COMMANDS:
    app.command(_target, name=_name, group=_group, help=_help)


def command_named(arguments: Sequence[str]) -> object:
    """Run the command that the arguments name, and answer its result."""
    explain(arguments)
    return app(arguments, result_action="return_value")


def explain(arguments: Sequence[str]) -> None:
    """Let the command that is called explain itself at length: a list has room for one line."""
    for name, _, _, _ in COMMANDS:
        if name in arguments[:1]:
            command = app[name]
            if command.default_command is not None:
                command.help = command.default_command.__doc__


def run(command: Callable[[], object]) -> int:
    """Run a command and answer the exit code that its end deserves."""
    interrupt_on_sigterm()
    try:
        result = command()
        sys.stdout.flush()
    except ProgramFailed as error:
        if isinstance(error, OutputFailed):
            _forget_output()
        complain(str(error))
        return error.exit_code
    except ServerFailed as error:
        complain(str(error))
        return Exit.CONFIGURATION
    except Interrupted as error:
        return error.exit_code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return Exit.OK
    return result if isinstance(result, int) else Exit.OK


def _forget_output() -> None:
    """Let go what nobody takes: the interpreter must not complain about it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(sentence: str) -> None:
    """Say on standard error why the command ends: in red to a person, as a log record else."""
    from rich.markup import escape  # noqa: PLC0415 - only when something is wrong

    from cli.output import note, side_screen  # noqa: PLC0415

    if SUPERVISED in sys.argv:
        note(sentence, level="error")
    else:
        side_screen().print(f"[bold red]ordertrail:[/] {escape(sentence)}")
