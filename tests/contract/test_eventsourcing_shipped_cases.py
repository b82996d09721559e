"""Does our recorder pass the cases that the eventsourcing library ships for every recorder?

The thirteen cases of `eventsourcing.tests.persistence`, each on a fresh database, the optional one
about subscriptions, and the nine about infrastructure factories.
"""

from collections.abc import Generator
from unittest import TestCase

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.tests import persistence as shipped
from eventsourcing.utils import Environment

from sql.recorded_log import RecordedLog
from sql.recorder import (
    LogAggregateRecorder,
    LogApplicationRecorder,
    LogFactory,
    LogProcessRecorder,
    LogTrackingRecorder,
)


class OnAFreshLog(TestCase):
    """Gives every case a log of its own."""

    log: RecordedLog

    @pytest.fixture(autouse=True)
    def a_fresh_log(self, database_url: str) -> Generator[None]:
        self.log = RecordedLog(database_url, role="ordertrail_api")
        yield
        self.log.close()


class TestAggregateRecorder(OnAFreshLog, shipped.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return LogAggregateRecorder(self.log)


class TestApplicationRecorder(
    OnAFreshLog, shipped.ApplicationRecorderTestCase[ApplicationRecorder]
):
    def create_recorder(self) -> ApplicationRecorder:
        return LogApplicationRecorder(self.log)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnAFreshLog, shipped.TrackingRecorderTestCase):
    def create_recorder(self) -> TrackingRecorder:
        return LogTrackingRecorder(self.log)


class TestProcessRecorder(OnAFreshLog, shipped.ProcessRecorderTestCase):
    def create_recorder(self) -> ProcessRecorder:
        return LogProcessRecorder(self.log)


class TestNonInterleavingNotificationIds(
    OnAFreshLog, shipped.NonInterleavingNotificationIDsBaseCase
):
    def create_recorder(self) -> ApplicationRecorder:
        return LogApplicationRecorder(self.log)


class AViewOfItsOwn(LogTrackingRecorder):
    """What a projection of the library subclasses."""


class TestFactory(shipped.InfrastructureFactoryTestCase[LogFactory]):
    @pytest.fixture(autouse=True)
    def an_environment(self, database_url: str) -> None:
        variables = {"PERSISTENCE_MODULE": "sql.recorder", "DATABASE_URL": database_url}
        self.env = Environment("TestCase", variables)

    def expected_factory_class(self) -> type[LogFactory]:
        return LogFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return LogAggregateRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return LogApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return LogTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return AViewOfItsOwn

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return LogProcessRecorder
