"""ordertrail sandbox: runs a payment provider and a carrier of our own, for trying things out."""

from pathlib import Path
from typing import Annotated, Final

import uvicorn
from cyclopts import App, Parameter
from cyclopts.types import ResolvedPath

from api.sandbox_app import DELIVERY_SECONDS, SandboxOptions, create_sandbox
from cli.failures import CommandFailed, Exit
from cli.keys import required_key
from cli.options import Shared, examples
from cli.process import Supervised, prepare_without_database
from cli.process_api import listen

PORT: Final = 8090

app = App(
    name="sandbox",
    help_epilogue=examples(
        "ordertrail sandbox",
        "ordertrail sandbox --port 9090 --webhooks http://127.0.0.1:8080",
        "ordertrail sandbox --journal books.jsonl",
    ),
)


@app.default
def sandbox(
    *,
    port: Annotated[int, Parameter(help="Port to listen on.")] = PORT,
    webhooks: Annotated[
        str | None,
        Parameter(help="Where the API is that hears of what happened later [default: nobody]."),
    ] = None,
    journal: Annotated[
        ResolvedPath | None, Parameter(help="Keep the books here [default: in memory].")
    ] = None,
    delivery_seconds: Annotated[
        float, Parameter(help="How long a parcel takes.")
    ] = DELIVERY_SECONDS,
    supervised: Supervised = False,
    shared: Shared | None = None,
) -> int:
    """Run a payment provider and a carrier of our own.

    Real HTTP servers with books of their own that never touch money: the payment method of an order
    decides what happens (docs/sandbox.md lists the magic values). Webhooks are signed with
    ORDERTRAIL_WEBHOOK_HMAC_KEY.
    """
    settings = prepare_without_database("sandbox", shared or Shared(), supervised=supervised)
    options = SandboxOptions(
        webhook_url=webhooks,
        webhook_key=required_key(settings, "webhook_hmac_key"),
        journal=None if journal is None else Path(journal),
        delivery_seconds=delivery_seconds,
    )
    listener = listen(settings.model_copy(update={"host": "127.0.0.1", "port": port}))
    server = uvicorn.Server(
        uvicorn.Config(
            create_sandbox(options),
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=2,
        )
    )
    try:
        server.run(sockets=[listener])
    except SystemExit as error:
        raise CommandFailed("The sandbox could not start; the lines above say why.") from error
    return Exit.OK
