"""ordertrail up: starts a system and keeps it running until it is told to stop."""

from typing import Annotated

from cyclopts import App, Parameter

from cli.failures import Exit
from cli.interrupts import Interrupted
from cli.options import Shared, examples
from cli.output import is_watched, note, side_screen
from cli.signals import run_async
from cli.status import open_status
from cli.system import Broker, System, running_system

app = App(
    name="up",
    help_epilogue=examples(
        "ordertrail up",
        "ordertrail up --broker rabbitmq --port 9000",
        "ORDERTRAIL_BUSINESS_TIME_ZONE=Europe/London ordertrail up",
        "DATABASE_URL=postgresql://… AMQP_URL=amqp://… ordertrail up",
    ),
)


@app.default
def up(
    *,
    broker: Annotated[
        Broker,
        Parameter(help="`rabbitmq`: start a private RabbitMQ when AMQP_URL names none."),
    ] = "none",
    sandbox: Annotated[
        bool, Parameter(negative="", help="Start a payment provider and a carrier to try out.")
    ] = False,
    host: Annotated[str | None, Parameter(help="Address of the API [default: 127.0.0.1].")] = None,
    port: Annotated[
        int | None, Parameter(help="Port of the API, 0 for any free one [default: 8080].")
    ] = None,
    shared: Shared | None = None,
) -> int:
    """Start a system and keep it running.

    PostgreSQL from the wheel with its data in --data-dir, unless DATABASE_URL names one; RabbitMQ
    where AMQP_URL names it; the API, the relay and the projectors, which are started again when
    they die. Ctrl-C or SIGTERM ends everything in order.
    """
    settings = (shared or Shared()).settings(host=host, port=port)

    async def work() -> int:
        async with running_system(
            settings, open_status(), broker=broker, sandbox=sandbox
        ) as system:
            show_addresses(system)
            show_way_out()
            await system.until_hopeless()
        return Exit.OK

    try:
        return run_async(work)
    except Interrupted as stop:
        # Ctrl-C is how a person ends a system that runs in a terminal: nothing failed.
        if stop.exit_code is Exit.INTERRUPTED:
            return Exit.OK
        raise


def show_addresses(system: System) -> None:
    """Tell where the system is to be found."""
    pages = {
        "API": system.url,
        "documentation": f"{system.url}/docs",
        "health": f"{system.url}/readyz",
    }
    folder = system.settings.data_dir
    if not is_watched():
        note("running", url=system.url, data_dir=str(folder), docs=pages["documentation"])
        return
    console = side_screen()
    console.print()
    for name, address in pages.items():
        console.print(f"  {name:<14} [link={address}][bold cyan]{address}[/][/link]")
    console.print(f"  {'data folder':<14} {folder}")


def show_way_out() -> None:
    """Tell how a system that runs in this terminal is ended."""
    if is_watched():
        side_screen().print("\n[dim]Ctrl-C ends it.[/]")
