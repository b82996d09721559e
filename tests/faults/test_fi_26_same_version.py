"""FI-26: a hundred clients change the same order at the same version. How many succeed?

Exactly one per version, whichever of two API processes it asked; the others hear 412 (or 409). The
order's stream is then as long as there were winners.
"""

import asyncio
from collections import Counter
from pathlib import Path

from tests.api_client import AS_STAFF, ApiClient
from tests.api_load import Attempt, Shop, effects_of
from tests.checking import assert_checked
from tests.examples_log import assert_dense
from tests.fault_report import FaultReport
from tests.long import duration
from tests.running_api import api_process

CLIENTS = 100
ROUNDS = int(duration(5, 50))
LOSERS_HEAR = {409, 412}


async def test_one_client_wins_each_version(module_database_url: str, tmp_path: Path) -> None:
    url, report = module_database_url, FaultReport("FI-26 same version")
    heard: Counter[int] = Counter()
    winners: dict[str, Attempt] = {}
    async with (
        api_process(url, tmp_path / "log") as (_, api),
        api_process(url, tmp_path / "log") as (_, other_api),
    ):
        shop = await Shop.open(api)
        order = shop.an_order()
        assert await shop.ask("the-order", order)
        assert order.answer is not None
        version: int = order.answer["version"]
        for number in range(ROUNDS):
            round_ = {
                f"{number}-{client}": shop.an_address(order, version) for client in range(CLIENTS)
            }
            statuses = await asyncio.gather(
                *(
                    ask((api, other_api)[client % 2], key, attempt)
                    for client, (key, attempt) in enumerate(round_.items())
                )
            )
            heard.update(statuses)
            assert Counter(statuses)[200] == 1, Counter(statuses)
            (winner,) = (key for key, attempt in round_.items() if attempt.answer is not None)
            winners[winner] = round_[winner]
            version += 1
            assert round_[winner].answer == {
                "id": order.mark,
                "version": version,
                "position": order.answer["position"] + number + 1,
            }
    assert set(heard) <= {200, *LOSERS_HEAR}
    effects = await effects_of(url, order.answer["position"])
    report.attempts, report.acknowledged = CLIENTS * ROUNDS, len(winners)
    report.lost = len(winners.keys() - effects.keys())
    report.unexpected = len(effects.keys() - winners.keys())
    report.duplicated = sum(len(events) - 1 for events in effects.values())
    report.ok = len(winners) - report.lost
    report.notes["heard"] = {str(status): count for status, count in heard.items()}
    report.write()
    report.assert_clean()
    assert [(key, [event.mark for event in events]) for key, events in effects.items()] == [
        (key, [attempt.mark]) for key, attempt in winners.items()
    ]
    await assert_dense(url)
    await assert_checked(url)


async def ask(api: ApiClient, key: str, attempt: Attempt) -> int:
    """Ask for a change as one of the clients; who wins keeps the answer."""
    answer = await api.command(
        attempt.path, attempt.body, key=key, if_match=attempt.if_match, headers=AS_STAFF
    )
    if answer.is_success:
        attempt.answer = answer.json()
    return answer.status_code
