"""How are the commands about coupons decided?"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from commands.confirm_redemption import ConfirmRedemption, confirm_redemption
from commands.create_coupon import CreateCoupon, create_coupon
from commands.decider import Decider, States, on_own_state
from commands.expire_coupon import ExpireCoupon, expire_coupon
from commands.pause_coupon import PauseCoupon, pause_coupon
from commands.release_redemption import ReleaseRedemption, release_redemption
from commands.reserve_redemption import ReserveRedemption, reserve_redemption
from commands.resume_coupon import ResumeCoupon, resume_coupon
from domain.coupon import Coupon
from domain.events import coupon_stream
from domain.fold import as_coupon

CouponCommand = (
    CreateCoupon
    | ReserveRedemption
    | ConfirmRedemption
    | ReleaseRedemption
    | PauseCoupon
    | ResumeCoupon
    | ExpireCoupon
)


def _code(command: CouponCommand) -> str:
    return command.code


def _writes(command: CouponCommand) -> tuple[str, ...]:
    return (coupon_stream(command.code),)


def _coupon(command: CouponCommand, states: States) -> Coupon | None:
    return as_coupon(states[coupon_stream(command.code)])


_of_coupon: Final = partial(on_own_state, state=_coupon, writes=_writes, target_id=_code)

COUPON_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    CreateCoupon: _of_coupon("create-coupon", create_coupon, creates=True),
    ReserveRedemption: _of_coupon("reserve-redemption", reserve_redemption),
    ConfirmRedemption: _of_coupon("confirm-redemption", confirm_redemption),
    ReleaseRedemption: _of_coupon("release-redemption", release_redemption),
    PauseCoupon: _of_coupon("pause-coupon", pause_coupon),
    ResumeCoupon: _of_coupon("resume-coupon", resume_coupon),
    ExpireCoupon: _of_coupon("expire-coupon", expire_coupon),
}
