"""What do the processes write about their work, and in which form?

One event per line on standard error: JSON when no person watches (a supervisor reads it), else
columns. Records of the standard library's logging and of structlog come out alike.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor


def configure_logs(level: str, *, process: str, as_json: bool | None = None) -> None:
    """Send all records of this process to standard error."""
    as_json = not sys.stderr.isatty() if as_json is None else as_json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Named(process),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
        if as_json
        else [structlog.dev.ConsoleRenderer(pad_event_to=40)]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("uvicorn", "httpx2"):  # they tell every step, and every request
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


class _Named:
    """Adds the name of the process to its records."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: object, _method: str, record: EventDict) -> EventDict:
        """Add the name."""
        record["process"] = self._process
        return record
