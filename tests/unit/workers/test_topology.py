"""What are the queues called, and what does a person learn when one exists otherwise?"""

from workers.options import BrokerOptions
from workers.topology import DEAD_LETTER_ARGUMENTS, TopologyMismatch, queue_arguments, queue_name

OPTIONS = BrokerOptions(url="amqp://localhost/", groups=("operational",), signing_key=b"k" * 32)


def test_a_queue_is_named_after_its_projector_and_shard() -> None:
    assert queue_name("operational") == "ordertrail.operational.0"


def test_a_queue_is_bounded_drops_its_head_and_has_no_dead_letter_exchange() -> None:
    assert queue_arguments(OPTIONS) == {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": 20,
        "x-max-length-bytes": 134_217_728,
        "x-overflow": "drop-head",
    }


def test_dead_letters_may_be_looked_at_as_often_as_anybody_likes() -> None:
    assert DEAD_LETTER_ARGUMENTS == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 2_147_483_647,
        "x-max-length-bytes": 1_073_741_824,
        "x-overflow": "drop-head",
    }


def test_the_error_names_the_argument_and_the_queue() -> None:
    error = TopologyMismatch(
        "PRECONDITION_FAILED - inequivalent arg 'x-max-length-bytes' for queue"
        " 'ordertrail.operational.0' in vhost '/': received '5' but current is '6'"
    )
    assert (error.argument, error.name) == ("x-max-length-bytes", "ordertrail.operational.0")
    assert "exists with another x-max-length-bytes" in str(error)


def test_an_unknown_reason_is_passed_on() -> None:
    assert "PRECONDITION_FAILED - something new" in str(
        TopologyMismatch("PRECONDITION_FAILED - something new")
    )
