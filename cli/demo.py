"""ordertrail demo: a whole system with orders in it, checked, ready to look at."""

import os
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from cyclopts.validators import Number

from cli.batch_sender import api_client
from cli.child_processes import FolderLock, ServerFailed, port_is_taken
from cli.demo_checks import checks_of_gross, checks_of_outcome, checks_of_sales, show_checks
from cli.demo_funnel import show_outcome
from cli.demo_life import AT_A_TIME, live
from cli.demo_orders import DemoShop, make_shop
from cli.demo_outcome import read_outcome, read_standing
from cli.demo_report import (
    as_document,
    best_skus,
    head_position,
    read_everything,
    show,
    until_decided,
)
from cli.demo_run import open_shop, place_orders
from cli.demo_sender import ACTOR_HEADER, Sender
from cli.embedded_postgres import EmbeddedPostgres
from cli.failures import Exit
from cli.interrupts import Interrupted
from cli.local_rabbitmq import LocalRabbitMQ
from cli.options import Shared, examples
from cli.output import screen, side_screen, write_json
from cli.settings import Settings, load_settings
from cli.signals import run_async
from cli.status import Status, open_status
from cli.system import Broker, System, running_system
from cli.up import show_addresses, show_way_out
from domain.envelope import ActorKind

ORDERS: Final = 3_000
ORDERS_MAX: Final = 1_000_000
CONCURRENCY: Final = 8
BATCHES: Final = 4
SEED: Final = 1
ZONE: Final = "Europe/London"
FOLDER: Final = "demo"
MARK: Final = "in-use"
"""The file by which a folder is known to be a system's: `FolderLock` makes it."""

app = App(
    name="demo",
    help_epilogue=examples(
        "ordertrail demo",
        "ordertrail demo --orders 500 --exit",
        "ordertrail demo --broker rabbitmq --seed 7",
        "ordertrail demo --keep",
    ),
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What can be chosen about a demo."""

    orders: Annotated[
        int, Parameter(validator=Number(gte=1, lte=ORDERS_MAX), help="How many orders to place.")
    ] = ORDERS
    seed: Annotated[
        int | None, Parameter(help="The same seed draws the same orders [default: 1].")
    ] = None
    port: Annotated[
        int | None, Parameter(help="Port of the API [default: 8080, or a free one].")
    ] = None
    broker: Annotated[
        Broker, Parameter(help="`rabbitmq`: put a private RabbitMQ between log and read tables.")
    ] = "none"
    concurrency: Annotated[
        int, Parameter(validator=Number(gte=1, lte=256), help="Orders under way at a time.")
    ] = CONCURRENCY
    keep: Annotated[
        bool, Parameter(negative="", help="Add to the orders of the last demo, not a fresh start.")
    ] = False
    end: Annotated[
        bool,
        Parameter(
            name="--exit", negative="", help="Stop at the end; without a terminal it always does."
        ),
    ] = False


@app.default
def demo(*, options: DemoOptions | None = None, shared: Shared | None = None) -> int:
    """Start everything, let orders live, check the totals.

    A private PostgreSQL, the API, the projectors, the fulfilment, a payment provider and a carrier
    are started; realistic orders of four months are placed over HTTP. Some are declined, held,
    cancelled, changed, sent in one or two parcels, or come back; too many want the same product.
    What the system then says of orders, pieces and money is compared with what was sent, and with
    the provider's own books. The system is left running until Ctrl-C. Exit code 1 when a total is
    wrong. DATABASE_URL is not touched:
    the demo has a folder of its own inside the data folder, made anew at every start.
    """
    shared, options = shared or Shared(), options or DemoOptions()
    settings = demo_settings(shared.settings(), options.port)
    status = open_status()
    prepare_folder(settings.data_dir, options, status)
    seed = options.seed
    if seed is None:
        seed = int(time.time()) if options.keep else SEED
    zone = settings.business_time_zone
    shop = make_shop(options.orders, seed=seed, until=datetime.now(UTC), zone=zone)
    stays = not options.end and sys.stdin.isatty() and sys.stdout.isatty()

    async def work() -> int:
        async with running_system(settings, status, broker=options.broker, sandbox=True) as system:
            is_right = await run_demo(system, shop, options.concurrency, as_json=shared.as_json)
            if not is_right:
                return Exit.FAILED
            if stays:
                show_sights(system, shop)
                await system.until_hopeless()
        return Exit.OK

    try:
        return run_async(work)
    except Interrupted as stop:
        if stop.exit_code is Exit.INTERRUPTED and stays:
            return Exit.OK
        raise


def demo_settings(settings: Settings, port: int | None) -> Settings:
    """Give the demo a system of its own, whatever the environment names."""
    zone = settings.business_time_zone
    if "business_time_zone" not in settings.model_fields_set:
        zone = ZONE
    wanted = settings.port if port is None else port
    if port is None and port_is_taken(wanted):
        wanted = 0
    return load_settings(data_dir=settings.data_dir / FOLDER).model_copy(
        update={
            "database_url": None,
            "amqp_url": None,
            "host": "127.0.0.1",
            "port": wanted,
            "business_time_zone": zone,
            "groups": None,
            "actor_kind": ActorKind.SYSTEM,
            "actor_id": "demo",
            "trusted_actor_header": ACTOR_HEADER,
            "policy_file": None,
            "payment_provider": "sandbox",
            "sandbox_url": None,
            "fulfilment_enabled": True,
        }
    )


def prepare_folder(folder: Path, options: DemoOptions, status: Status) -> None:
    """Begin with an empty folder, or go on with the last one."""
    if options.keep:
        status.tell(f"Adding to what is in {folder}")
        return
    make_fresh(folder)
    status.tell(f"A fresh start in {folder}")


def make_fresh(folder: Path) -> None:
    """Remove the last demo, unless it runs.

    Raises:
        ServerFailed: it runs, or the folder is not a demo's.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARK).exists():
        raise ServerFailed(
            f"{folder} is not the folder of a demo; move it away, or choose another --data-dir."
        )
    lock = FolderLock(folder)
    lock.take()
    try:
        end_leftovers(folder)
        shutil.rmtree(folder)
    finally:
        lock.release()


def end_leftovers(folder: Path) -> None:
    """End servers of a demo that was killed: starting them takes over what still runs."""
    if (folder / "postgres" / "cluster" / "postmaster.pid").exists():
        postgres = EmbeddedPostgres(folder / "postgres")
        postgres.start()
        postgres.kill()
    if (folder / "rabbitmq" / "processes").exists():
        rabbitmq = LocalRabbitMQ(folder / "rabbitmq")
        rabbitmq.start()
        rabbitmq.kill()


async def run_demo(system: System, shop: DemoShop, concurrency: int, *, as_json: bool) -> bool:
    """Place the orders, show what the read side says, and tell whether it is right.

    Raises:
        CommandFailed: the API refuses something, or the read side does not keep up.
    """
    zone = ZoneInfo(system.settings.business_time_zone)
    books = system.settings.sandbox_url
    assert books is not None, "a demo has a provider of its own"
    skus = best_skus(shop)
    async with api_client(system.url, connections=concurrency + AT_A_TIME) as client:
        sender = Sender(client)
        opened = await open_shop(client, shop, BATCHES)
        before = await read_everything(client, skus, opened.position)
        standing = await read_standing(sender, books, opened.position)
        placed = await place_orders(sender, shop.orders, zone, concurrency, standing.hot_left)
        await until_decided(client, placed, before)
        await live(sender, placed.orders)
        head = await head_position(client)
        after = await read_everything(client, skus, head)
        order_ids = {order.order_id for order in placed.orders}
        outcome = await read_outcome(sender, order_ids, standing, books, head)
    expected = placed.expected
    checks = [
        *checks_of_sales(expected, before.sales, after.sales),
        *checks_of_gross(
            "of", {sku: expected.by_sku[sku] for sku in skus}, before.by_sku, after.by_sku
        ),
        *checks_of_outcome(expected, outcome),
    ]
    if as_json:
        write_json(as_document(after, outcome, placed, checks))
    else:
        console = screen()
        show(console, after, placed)
        show_outcome(console, outcome)
        show_checks(console, checks)
    return all(check.holds for check in checks)


def show_sights(system: System, shop: DemoShop) -> None:
    """Tell what there is to look at, and how: an order that came back has the longest way."""
    order = next((each for each in shop.orders if each.coming_back), shop.orders[-1])
    folder = system.settings.data_dir
    show_addresses(system)
    console = side_screen()
    console.print("\nTo look around, in another terminal:")
    for line in (
        f"curl -s {system.url}/v1/orders/{order.order_id}",
        f"curl -s '{system.url}/v1/orders?limit=3'",
        f"{program_name()} process show {order.order_id} --data-dir {folder}",
        f"{program_name()} process draw {order.order_id} --data-dir {folder} --output order.svg",
        f"{program_name()} events tail --data-dir {folder} --follow",
        f"{program_name()} projections list --data-dir {folder}",
    ):
        console.print(f"  [cyan]{line}[/]", soft_wrap=True)
    show_way_out()


def program_name() -> str:
    """Tell how this program is called from here."""
    called = Path(sys.argv[0])
    if shutil.which(called.name) is not None:
        return called.name
    return os.path.relpath(called)
