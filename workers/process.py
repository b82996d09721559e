"""How does a process carry orders out: react, talk with the outside, keep time?

Three loops on one command side, so that what they decide shares loads and commits. Each of the two
consumers may run in several processes; one is active, the others stand by.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import aiohttp

from commands.policies import POLICIES
from commands.provider_calls import CALLING
from domain.events import EVENT_NAMES
from domain.fulfilment_policy import FulfilmentPolicy
from domain.shipment_events import ShipmentPacked
from sql.consumer_session import ConsumerSession, Reaction
from sql.followed_log import open_followed_log
from sql.log_listener import LogListener
from sql.migrate import role_name
from sql.store import Store, open_store
from workers.carrier import SandboxCarrier
from workers.follower import Follower
from workers.fulfilment import FulfilmentProcess
from workers.http_client import open_client
from workers.metrics import FollowerCounters
from workers.options import BrokerOptions, GroupOptions, ProjectorOptions, StripeOptions
from workers.outside import PaymentProvider
from workers.outside_calls import OutsideCalls
from workers.payment_provider import DEADLINE_SECONDS, SandboxProvider
from workers.projector import run_followers
from workers.timers import Timers

FULFILMENT: Final = "fulfilment"
OUTSIDE: Final = "outside"
CONSUMERS: Final = (FULFILMENT, OUTSIDE)
ROLE: Final = "process"

PACE_SECONDS: Final[Mapping[str, float]] = {FULFILMENT: 0.06, OUTSIDE: 0.12}
"""Consumer -> the pause between two batches. An order is reacted to three times; ten that wait for
each other cost little more than one. What this process wishes is begun ahead of the log, so that
`outside` hurries for the wishes of people alone."""

LOOKED_AT: Final[Mapping[str, frozenset[str]]] = {
    FULFILMENT: frozenset(EVENT_NAMES[each][0] for each in POLICIES),
    OUTSIDE: frozenset(EVENT_NAMES[each][0] for each in (*CALLING, ShipmentPacked)),
}
"""Consumer -> the stored types of the events that it looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOptions:
    """What a process that carries orders out needs.

    Payments go to Stripe if `stripe` is given. Whom neither that nor `sandbox_url` names is not
    called: what a provider or carrier would do waits for people.
    """

    database_url: str = field(repr=False)
    role_prefix: str
    code_version: str
    policy: FulfilmentPolicy
    broker: BrokerOptions | None = None
    sandbox_url: str | None = None
    stripe: StripeOptions | None = None


async def run_process(
    options: ProcessOptions, counters: Mapping[str, FollowerCounters] | None = None
) -> None:
    """React, call and keep time until cancelled.

    Raises:
        TopologyMismatch: a queue exists with other arguments.
        psycopg.OperationalError: the database cannot be reached at the start.
    """
    role = role_name(options.role_prefix, ROLE)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(
                options.database_url,
                role_prefix=options.role_prefix,
                code_version=options.code_version,
                who=ROLE,
            )
        )
        log = await stack.enter_async_context(open_followed_log(options.database_url, role))
        outside = await _outside(store, options, stack)
        stack.push_async_callback(outside.close)
        store.handler.tell(outside.hear)
        reactions: dict[str, Reaction] = {
            FULFILMENT: FulfilmentProcess(store.handler, store.loader, options.policy),
            OUTSIDE: outside,
        }
        given = counters or {}
        followed = ProjectorOptions(
            database_url=options.database_url, role=role, groups=(), broker=options.broker
        )

        followers = {
            name: Follower(
                followed,
                GroupOptions(
                    name=name,
                    projections=(),
                    pace_seconds=PACE_SECONDS[name],
                    wanted_types=LOOKED_AT[name],
                ),
                log,
                given.get(name, FollowerCounters()),
                partial(ConsumerSession.open, options.database_url, role, name, reaction),
            )
            for name, reaction in reactions.items()
        }

        def wake() -> None:
            for follower in followers.values():
                follower.wake_ups.log_grew()

        timers = asyncio.create_task(
            Timers(options.database_url, role, store.handler).run(), name="timers"
        )
        stack.callback(timers.cancel)
        async with LogListener(options.database_url, role, wake):
            await run_followers(followers, followed)


async def _outside(store: Store, options: ProcessOptions, stack: AsyncExitStack) -> OutsideCalls:
    client: aiohttp.ClientSession | None = None
    if options.sandbox_url is not None:
        client = await stack.enter_async_context(open_client(DEADLINE_SECONDS, options.sandbox_url))
    provider: PaymentProvider | None = None if client is None else SandboxProvider(client)
    if options.stripe is not None:
        from workers.stripe_provider import open_stripe  # noqa: PLC0415 - of an extra

        provider = await stack.enter_async_context(open_stripe(options.stripe))
    return OutsideCalls(
        store.handler,
        store.loader,
        provider=provider,
        provider_name="sandbox" if options.stripe is None else "stripe",
        carrier=None if client is None else SandboxCarrier(client),
        carrier_name="sandbox",
    )
