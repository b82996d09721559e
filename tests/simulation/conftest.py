"""How do the real workers meet the servers of the simulation, without a line of log?"""

import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.delivery_side import BOUNDS, REPLACED


@pytest.fixture(autouse=True)
def simulated_services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replace what opens connections, and keep quiet about the faults that are meant."""
    for name, simulated in (*REPLACED.items(), *BOUNDS.items()):
        monkeypatch.setattr(name, simulated)
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    structlog.configure(**before)
