"""What can be wrong with a wish about the fulfilment of an order?"""

from domain.errors import Refusal


class FulfilmentNotFound(Refusal):
    """Nobody carries this order out."""

    code = "fulfilment_not_found"


class StepNotStuck(Refusal):
    """The process does not wait for anybody with this step."""

    code = "step_not_stuck"
