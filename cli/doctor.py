"""ordertrail doctor: can this system keep what it promises?

Asks the database, the broker, the read side and the disk; changes nothing.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Final

from cyclopts import App, Parameter
from rich.markup import escape

from cli.broker import broker_options
from cli.database import masked, needing_database, require_database, without_password
from cli.failures import ConfigurationFailed, Exit
from cli.keys import with_generated_keys
from cli.options import Shared, examples
from cli.output import screen, table, write_json
from cli.projections import read_status
from cli.running import as_running, database_of
from cli.settings import Settings
from cli.signals import run_async
from cli.stripe import STRIPE, stripe_options, stripe_webhook_secret
from sql.connection import connect
from sql.migrate import ROLES, MigrationState, MigrationStatus, migration_status, role_name
from sql.relay_status import RelayStatus, read_relay_status
from sql.server_facts import DURABILITY, ServerFacts
from workers.broker import BrokerLost
from workers.broker_facts import BrokerFacts, broker_facts

POSTGRES_VERSION_MIN: Final = 150_000
RABBITMQ_VERSION_MIN: Final = (3, 10)
CLOCK_SECONDS_MAX: Final = 1.0
LAG_EVENTS_MAX: Final = 10_000
DISK_FREE_BYTES_MIN: Final = 256 * 1024 * 1024
DISK_FREE_BYTES_GOOD: Final = 2 * 1024 * 1024 * 1024
RELAY_IDLE_SECONDS_MAX: Final = 30.0
OFF: Final = "off"
MIGRATIONS_WRONG: Final = {
    MigrationState.CHANGED: "changed after it was applied: restore the file",
    MigrationState.UNKNOWN: "newer than this code: deploy the newer version",
    MigrationState.PENDING: "pending: run `ordertrail migrate up`",
}
"""What is wrong with a migration, and what to do about it; in the order in which to do it."""

app = App(
    name="doctor",
    help_epilogue=examples(
        "ordertrail doctor",
        "DATABASE_URL=postgresql://… AMQP_URL=amqp://… ordertrail doctor --json",
    ),
)


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


MARKS: Final = {
    State.OK: "[green]✓[/]",
    State.WARNING: "[yellow]![/]",
    State.FAILED: "[red]✗[/]",
    State.UNREACHABLE: "[red]✗[/]",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    name: str
    state: State
    detail: str


@app.default
def doctor(
    *,
    allow_unsafe: Annotated[
        bool,
        Parameter(negative="", help="Only warn of a database that may lose what it has confirmed."),
    ] = False,
    shared: Shared | None = None,
) -> int:
    """Check database, broker and projections.

    Exit code 0 when all is well, 1 when a check fails, 3 when the database or the broker cannot
    be reached within five seconds.
    """
    shared = shared or Shared()
    settings = shared.settings()

    async def work() -> int:
        findings = await examine(settings, allow_unsafe=allow_unsafe)
        states = {finding.state for finding in findings}
        if shared.as_json:
            is_well = not states & {State.FAILED, State.UNREACHABLE}
            write_json({"ok": is_well, "checks": [asdict(finding) for finding in findings]})
        else:
            rows = [(MARKS[one.state], one.name, escape(one.detail)) for one in findings]
            screen().print(table(None, ("", "check", "found"), rows))
        if State.UNREACHABLE in states:
            return Exit.CONFIGURATION
        return Exit.FAILED if State.FAILED in states else Exit.OK

    return run_async(work)


async def examine(settings: Settings, *, allow_unsafe: bool) -> list[Finding]:
    """Make every check that can be made.

    Shape: those of the database, of the broker, of the provider, of the machine, in this order.
    """
    try:
        meant = as_running(settings)
    except ConfigurationFailed as error:
        return [Finding("database", State.UNREACHABLE, str(error))]
    findings = await _database(meant, allow_unsafe=allow_unsafe)
    findings += await _broker(with_generated_keys(meant) if settings.is_embedded else meant)
    findings.append(provider_finding(settings))
    if settings.is_embedded:
        findings.append(_disk(settings))
    return findings


async def _database(settings: Settings, *, allow_unsafe: bool) -> list[Finding]:
    try:
        url = database_of(settings)
        facts = await require_database(url, settings.role_prefix)
    except ConfigurationFailed as error:
        return [Finding("database", State.UNREACHABLE, str(error))]
    findings = [Finding("database", State.OK, f"answers at {masked(url)}")]
    findings += server_findings(facts, settings.role_prefix, allow_unsafe=allow_unsafe)
    try:
        findings += await _schema(url)
        findings += await _read_side(url, settings)
        if settings.amqp_url is not None:
            findings.append(await _relay(url, settings.role_prefix))
    except ConfigurationFailed as error:
        findings.append(Finding("schema", State.FAILED, str(error)))
    return findings


def server_findings(
    facts: ServerFacts, role_prefix: str, *, allow_unsafe: bool = False
) -> Iterator[Finding]:
    """Judge what a server says about itself."""
    is_new = facts.version_number >= POSTGRES_VERSION_MIN
    yield _finding("PostgreSQL", facts.version, "15 or newer is needed", is_well=is_new)
    for name in DURABILITY:
        value = facts.durability[name]
        if value != OFF:
            yield Finding(name, State.OK, value)
        else:
            state = State.WARNING if allow_unsafe else State.FAILED
            yield Finding(name, state, "off: a crash of the server can lose confirmed orders")
    yield _finding(
        "primary",
        "a standby" if facts.is_in_recovery else "takes writes",
        "name the primary in DATABASE_URL",
        is_well=not facts.is_in_recovery,
    )
    ahead = facts.clock_ahead_seconds
    yield _finding(
        "clock",
        f"{ahead:+.3f} s against ours",
        f"at most {CLOCK_SECONDS_MAX:g} s apart; run NTP on both machines",
        is_well=abs(ahead) - facts.clock_unsure_seconds / 2 <= CLOCK_SECONDS_MAX,
    )
    missing = sorted({role_name(role_prefix, role) for role in ROLES} - facts.roles)
    yield _finding(
        "roles",
        f"{role_prefix}_* are there" if not missing else f"missing: {', '.join(missing)}",
        "run `ordertrail migrate up`",
        is_well=not missing,
    )


async def _schema(url: str) -> list[Finding]:
    with needing_database(url):
        found = await migration_status(url)
    return [migrations_finding(found)]


def migrations_finding(found: Sequence[MigrationStatus]) -> Finding:
    """Judge how the migrations stand; `migrate up` refuses as long as one differs."""
    said = [
        f"{', '.join(named)} {is_wrong}"
        for state, is_wrong in MIGRATIONS_WRONG.items()
        if (named := [f"{one.number:04}_{one.name}" for one in found if one.state is state])
    ]
    if not said:
        return Finding("migrations", State.OK, f"all {len(found)} applied")
    return Finding("migrations", State.FAILED, "; ".join(said))


async def _read_side(url: str, settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    for status in await read_status(url, settings):
        name = f"projection {status.name}"
        if status.wants_rebuild:
            advice = f"run `ordertrail projections rebuild {status.name}`"
            findings.append(Finding(name, State.FAILED, f"was made by another fold: {advice}"))
        elif status.state == "live":
            findings.append(
                _finding(
                    name,
                    f"{status.lag_events:,} events behind",
                    "is a worker running?",
                    is_well=status.lag_events <= LAG_EVENTS_MAX,
                )
            )
            if status.parked_keys:
                advice = "see `ordertrail parked list`"
                detail = f"{status.parked_keys:,} parked: {advice}"
                findings.append(Finding(name, State.WARNING, detail))
    return findings


async def _relay(url: str, role_prefix: str) -> Finding:
    role = role_name(role_prefix, "query")
    with needing_database(url):
        async with await connect(url, role=role, application="ordertrail doctor") as connection:
            return relay_finding(await read_relay_status(connection))


def relay_finding(status: RelayStatus) -> Finding:
    """Judge how far the log has come on its way to the broker."""
    behind = f"{status.lag_events:,} events behind"
    if not status.lag_events or status.idle_seconds <= RELAY_IDLE_SECONDS_MAX:
        return Finding("relay", State.OK, behind)
    stands = f"{behind}, and has not moved for {status.idle_seconds:,.0f} s"
    return Finding("relay", State.WARNING, f"{stands}: is a relay running?")


async def _broker(settings: Settings) -> list[Finding]:
    if settings.amqp_url is None:
        return [Finding("broker", State.OK, "none: the workers read the log themselves")]
    url = settings.amqp_url.get_secret_value()
    try:
        options = broker_options(
            with_generated_keys(settings) if settings.is_embedded else settings
        )
        assert options is not None
        facts = await broker_facts(options)
    except BrokerLost as error:
        said = without_password(error.detail, url)
        return [Finding("broker", State.UNREACHABLE, f"{masked(url)} cannot be used: {said}")]
    except ConfigurationFailed as error:
        return [Finding("broker", State.FAILED, str(error))]
    return [Finding("broker", State.OK, f"answers at {masked(url)}"), *broker_findings(facts)]


def broker_findings(facts: BrokerFacts) -> Iterator[Finding]:
    """Judge what a broker says about itself."""
    numbers = [int(part) for part in facts.version.split(".")[:2] if part.isdigit()]
    is_new = tuple(numbers) >= RABBITMQ_VERSION_MIN
    yield _finding(facts.product, facts.version, "3.10 is needed", is_well=is_new)
    for sentence in facts.different:
        yield Finding("queues", State.FAILED, sentence)
    if facts.missing:
        yield Finding("queues", State.WARNING, f"not there yet: {', '.join(facts.missing)}")
    elif not facts.different:
        yield Finding("queues", State.OK, "declared as the settings say")


def provider_finding(settings: Settings) -> Finding:
    """Judge what the settings say of the payment provider; it is not called."""
    name = "payment provider"
    if settings.payment_provider != STRIPE:
        return Finding(name, State.OK, settings.sandbox_url or "none: payments wait for people")
    try:
        options, _ = stripe_options(settings), stripe_webhook_secret(settings)
    except ConfigurationFailed as error:
        return Finding(name, State.FAILED, str(error))
    assert options is not None
    mode = "test mode" if "_test_" in options.api_key else "live mode"
    return Finding(name, State.OK, f"Stripe at {options.api_url}, {mode}")


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:.1f} GiB free for {settings.data_dir}"
    if free < DISK_FREE_BYTES_MIN:
        return Finding("disk", State.FAILED, f"{detail}: make room")
    state = State.OK if free >= DISK_FREE_BYTES_GOOD else State.WARNING
    return Finding("disk", state, detail)


def _finding(name: str, detail: str, advice: str, *, is_well: bool) -> Finding:
    if is_well:
        return Finding(name, State.OK, detail)
    return Finding(name, State.FAILED, f"{detail}: {advice}")
