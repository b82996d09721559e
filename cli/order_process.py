"""ordertrail process: how far are orders carried out, and how is one that is stuck helped on?

The programs that carry them out stand in `cli/process_*.py`.
"""

import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter
from cyclopts.validators import Number

from api.actors import is_actor_id, principal_of
from api.fields import REASON_CHARACTERS_MAX, read_uuid
from cli.database import needing_database, require_database
from cli.failures import CommandFailed, Exit, UsageFailed
from cli.journey_picture import draw as draw_journey
from cli.options import Shared, examples, user_name
from cli.order_process_view import StoredProcess, show_page, show_process
from cli.output import printable, screen, write_json
from cli.process import CODE_VERSION_PACKAGE
from cli.running import as_running, database_of
from cli.settings import Settings
from cli.signals import run_async
from commands.envelope import Answer, CommandEnvelope
from commands.retry_fulfilment_step import RetryFulfilmentStep
from commands.skip_fulfilment_step import SkipFulfilmentStep
from domain.envelope import Actor, ActorKind
from domain.errors import Malformed, OrderNotFound, OrderTrailError
from domain.events import fulfilment_stream
from domain.fulfilment_errors import FulfilmentNotFound
from domain.fulfilment_events import ManualInterventionRequired, Stage
from domain.order_number import parse_order_number
from sql.database_lost import DatabaseLost
from sql.migrate import role_name
from sql.queries.events import read_stream
from sql.queries.journeys import read_journey
from sql.queries.orders import order_by_number
from sql.queries.processes import PROCESSES
from sql.queries.reader import Reader
from sql.store import make_pool, open_store

PROCESSES_SHOWN: Final = 50
PROCESSES_SHOWN_MAX: Final = 1_000

app = App(
    name="process",
    help="See how far orders are carried out, help on those that are stuck.",
    help_epilogue=examples(
        "ordertrail process list --stuck",
        "ordertrail process show W26-0004711-T",
        "ordertrail process draw W26-0004711-T --output order.svg",
        'ordertrail process retry W26-0004711-T refund:0198… --reason "new account"',
        'ordertrail process skip W26-0004711-T refund:0198… --reason "sent a cheque"',
    ),
)

Order = Annotated[str, Parameter(help="The order's id, or its number.")]
Step = Annotated[str, Parameter(help="The step that waits, as `process show` names it.")]
By = Annotated[str | None, Parameter(help="Who decided it [default: the user who runs this].")]


@app.command(name="list")
def list_(
    *,
    stuck: Annotated[
        bool, Parameter(negative="", help="Only those that wait for an operator.")
    ] = False,
    stage: Annotated[Stage | None, Parameter(help="Only those in this stage.")] = None,
    limit: Annotated[
        int,
        Parameter(
            validator=Number(gte=1, lte=PROCESSES_SHOWN_MAX),
            help="Show so many, those first that have stood in their stage for longest.",
        ),
    ] = PROCESSES_SHOWN,
    shared: Shared | None = None,
) -> int:
    """List orders that are carried out, or were: where they stand, since when, what is wrong.

    Exit code 0 whether or not some are stuck.
    """
    shared = shared or Shared()
    wanted = {"stage": stage, "stuck": stuck or None}

    async def work(reader: Reader, _: Settings) -> int:
        page = await PROCESSES.rows(reader, wanted, None, limit + 1)
        if shared.as_json:
            write_json(
                {
                    "processes": page.rows[:limit],
                    "has_more": len(page.rows) > limit,
                    "as_of_position": page.as_of_position,
                    "parked_since_position": page.parked_since_position,
                }
            )
        else:
            show_page(page, limit)
        return Exit.OK

    return _reading(shared, work)


@app.command
def show(order: Order, /, *, shared: Shared | None = None) -> int:
    """Show how far an order is carried out, what it waits for, and all that was done for it.

    Read from the log itself. Exit code 1 when nobody carries this order out.
    """
    shared = shared or Shared()

    async def work(reader: Reader, _: Settings) -> int:
        order_id = await _order_id(reader, order)
        events, head = await read_stream(reader, fulfilment_stream(order_id))
        if not events:
            raise FulfilmentNotFound(f"nobody carries order {order_id} out")
        process = StoredProcess(events, head)
        if shared.as_json:
            write_json(process.document())
        else:
            show_process(process)
        return Exit.OK

    return _reading(shared, work)


@app.command
def draw(
    order: Order,
    /,
    *,
    output: Annotated[
        Path | None, Parameter(help="Write the picture to this file [default: standard output].")
    ] = None,
    shared: Shared | None = None,
) -> int:
    """Draw an order's way through the system from its events, as an SVG.

    Exit code 1 when there is no such order.
    """

    async def work(reader: Reader, _: Settings) -> int:
        order_id = await _order_id(reader, order)
        events = await read_journey(reader, order_id)
        if not events:
            raise OrderNotFound(f"there is no order {order_id}")
        picture = draw_journey(events, f"Order {order}")
        if output is None:
            sys.stdout.write(picture)
            return Exit.OK
        try:
            output.write_text(picture, encoding="utf-8")
        except OSError as error:
            raise CommandFailed(f"{output} cannot be written: {error.strerror}.") from error
        screen().print(f"[green]✓[/] {len(events):,} events drawn to {printable(str(output))}.")
        return Exit.OK

    return _reading(shared or Shared(), work)


@app.command
def retry(
    order: Order,
    step: Step,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it may go well now, for those who ask.")],
    by: By = None,
    shared: Shared | None = None,
) -> int:
    """Let the process try a step again that it gave up.

    Said again, it does nothing more. Exit code 1 when the process does not wait with this step.
    """
    wish = _Wish("retry", order, step, reason, by)
    return _carry_out(wish, RetryFulfilmentStep, shared or Shared())


@app.command
def skip(
    order: Order,
    step: Step,
    /,
    *,
    reason: Annotated[str, Parameter(help="How it was seen to otherwise, for those who ask.")],
    by: By = None,
    shared: Shared | None = None,
) -> int:
    """Let the process go on without a step that was seen to otherwise.

    Said again, it does nothing more. Exit code 1 when the process does not wait with this step.
    """
    wish = _Wish("skip", order, step, reason, by)
    return _carry_out(wish, SkipFulfilmentStep, shared or Shared())


@dataclass(frozen=True, slots=True)
class _Wish:
    """What an operator wants with a step, and why; `by` is who decided it."""

    verb: str
    order: str
    step: str
    reason: str
    by: str | None

    def checked(self) -> "_Wish":
        """Answer it with the name of whoever decided it, as it will stand in the log.

        Raises:
            UsageFailed: the log could not say why, or by whom.
        """
        by, reason = self.by or user_name(), self.reason.strip()
        if not (reason and reason.isprintable() and len(reason) <= REASON_CHARACTERS_MAX):
            raise UsageFailed(
                f"Say why with --reason, on one line of at most {REASON_CHARACTERS_MAX} characters."
            )
        if not is_actor_id(by):
            raise UsageFailed(
                "Say with --by who decided it: visible ASCII characters without a comma or space."
            )
        return replace(self, by=by, reason=reason)


def _carry_out(
    wish: _Wish,
    command_type: type[RetryFulfilmentStep | SkipFulfilmentStep],
    shared: Shared,
) -> int:
    wish = wish.checked()
    assert wish.by is not None
    actor = Actor(ActorKind.STAFF, wish.by)

    async def work(reader: Reader, settings: Settings) -> int:
        order_id = await _order_id(reader, wish.order)
        command = command_type(
            actor=actor,
            asked_at=datetime.now(UTC),
            order_id=order_id,
            step=wish.step,
            reason=wish.reason,
        )
        envelope = await _envelope(reader, order_id, wish, actor)
        async with open_store(
            database_of(settings),
            role_prefix=settings.role_prefix,
            code_version=version(CODE_VERSION_PACKAGE),
            pool_connections_max=1,
        ) as store:
            answer = await store.handler.handle(command, envelope)
        _tell(wish, answer, as_json=shared.as_json)
        return Exit.OK

    return _reading(shared, work)


async def _envelope(reader: Reader, order_id: str, wish: _Wish, actor: Actor) -> CommandEnvelope:
    """Name the request, so that the same operator can say it twice for one call for help."""
    events, _ = await read_stream(reader, fulfilment_stream(order_id))
    called_at = max(
        (
            event.position
            for event in events
            if isinstance(event.data, ManualInterventionRequired) and event.data.step == wish.step
        ),
        default=0,
    )
    what = "\n".join((wish.verb, order_id, wish.step, str(called_at), wish.reason))
    name = sha256(what.encode())
    return CommandEnvelope(
        principal=principal_of(actor),
        idempotency_key=name.hexdigest(),
        fingerprint=name.digest(),
        actor=actor,
        command_id=name.hexdigest(),
        correlation_id=name.hexdigest(),
    )


def _tell(wish: _Wish, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        write_json({"step": wish.step, **asdict(answer)})
        return
    what = "will be tried again" if wish.verb == "retry" else "is skipped"
    again = ", as was said before" if answer.replayed else ""
    screen().print(
        f"[green]✓[/] {printable(wish.step)} of order {answer.id} {what}{again}"
        f" (position {answer.position:,})."
    )


async def _order_id(reader: Reader, order: str) -> str:
    """Tell the id of an order.

    Raises:
        UsageFailed: it is neither an id nor a number.
        CommandFailed: there is no order with this number.
    """
    order_id = read_uuid(order)
    if order_id is not None:
        return order_id
    try:
        number = parse_order_number(order)
    except Malformed as error:
        raise UsageFailed(
            f"{order!r} is neither the id of an order nor a number like W26-0004711-T."
        ) from error
    row = (await order_by_number(reader, number)).only()
    if row is None:
        raise CommandFailed(f"There is no order {number} (order_not_found).")
    return str(row["order_id"])


def _reading(shared: Shared, work: Callable[[Reader, Settings], Awaitable[int]]) -> int:
    """Work with a reader of the system that is meant."""
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def connected() -> int:
        await require_database(url, settings.role_prefix)
        pool = make_pool(
            url,
            role=role_name(settings.role_prefix, "query"),
            application="ordertrail process",
            connections_max=1,
        )
        with needing_database(url), _refusals():
            async with pool:
                return await work(Reader(pool), settings)

    return run_async(connected)


@contextmanager
def _refusals() -> Generator[None]:
    """Make what the system says no to the end of the command, with its code."""
    try:
        yield
    except DatabaseLost:
        raise
    except OrderTrailError as error:
        detail = f"{error.detail[:1].upper()}{error.detail[1:]}"
        raise CommandFailed(f"{detail} ({error.code}).") from error
