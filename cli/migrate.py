"""ordertrail migrate: is the database's schema the code's, and how does it become so?"""

from cyclopts import App

from cli.database import needing_database, require_database
from cli.failures import Exit
from cli.options import Shared, examples
from cli.output import screen, table, write_json
from cli.running import as_running, database_of
from cli.signals import run_async
from projections.registry import projections
from sql.connection import connect
from sql.generations import ensure_generations
from sql.migrate import (
    MigrationState,
    migrate_up,
    migration_status,
    role_name,
    verify_migrations,
)

app = App(
    name="migrate",
    help="See and apply the migrations of the database.",
    help_epilogue=examples(
        "ordertrail migrate status",
        "ordertrail migrate up",
        "ordertrail migrate verify --json",
    ),
)

COLOURS = {
    MigrationState.APPLIED: "green",
    MigrationState.PENDING: "yellow",
    MigrationState.CHANGED: "red",
    MigrationState.UNKNOWN: "red",
}


async def apply_migrations(
    database_url: str, role_prefix: str, business_time_zone: str
) -> list[str]:
    """Apply what is pending, give every read model its first table, and name the migrations.

    Raises:
        ConfigurationFailed: the database is not there, or its schema has drifted.
    """
    await require_database(database_url, role_prefix)
    with needing_database(database_url):
        done = await migrate_up(database_url, role_prefix)
        role = role_name(role_prefix, "worker")
        async with await connect(database_url, role=role, application="migrate") as connection:
            await ensure_generations(
                connection, projections(business_time_zone).values(), role_prefix
            )
    return done


@app.command
def status(*, shared: Shared | None = None) -> int:
    """List the migrations and how each of them stands.

    Exit code 0 when all are applied, 1 when not.
    """
    shared = shared or Shared()
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def work() -> int:
        await require_database(url, settings.role_prefix)
        with needing_database(url):
            found = await migration_status(url)
        rows = [
            {
                "name": f"{one.number:04}_{one.name}",
                "state": one.state,
                "applied_at": one.applied_at,
            }
            for one in found
        ]
        if shared.as_json:
            write_json(rows)
        else:
            screen().print(
                table(
                    None,
                    ("migration", "state", "applied"),
                    [
                        (
                            f"{one.number:04}_{one.name}",
                            f"[{COLOURS[one.state]}]{one.state}[/]",
                            f"{one.applied_at:%Y-%m-%d %H:%M:%S}" if one.applied_at else "",
                        )
                        for one in found
                    ],
                )
            )
        is_done = all(one.state is MigrationState.APPLIED for one in found)
        return Exit.OK if is_done else Exit.FAILED

    return run_async(work)


@app.command
def up(*, shared: Shared | None = None) -> int:
    """Apply the migrations that are pending, and make missing roles.

    Safe to run from many machines at once.
    """
    shared = shared or Shared()
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def work() -> int:
        applied = await apply_migrations(url, settings.role_prefix, settings.business_time_zone)
        if shared.as_json:
            write_json({"applied": applied})
        else:
            for name in applied:
                screen().print(f"[green]✓[/] {name}")
            screen().print(f"{len(applied)} applied; the schema is the code's.")
        return Exit.OK

    return run_async(work)


@app.command
def verify(*, shared: Shared | None = None) -> int:
    """See whether the schema is exactly the code's; exit code 3 when it is not.

    What every process does before it starts.
    """
    shared = shared or Shared()
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def work() -> int:
        await require_database(url, settings.role_prefix)
        with needing_database(url):
            await verify_migrations(url)
        if shared.as_json:
            write_json({"ok": True})
        else:
            screen().print("[green]✓[/] the schema is the code's")
        return Exit.OK

    return run_async(work)
