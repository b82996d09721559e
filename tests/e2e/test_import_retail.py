"""Does the import of real sales, over HTTP and RabbitMQ, come to the true totals, and only once?"""

import asyncio
import json
import os
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, LiteralString

import httpx2
import psycopg
import pytest
from psycopg.rows import dict_row as rows

from tests.checking import assert_checked
from tests.ordertrail_program import (
    KEY,
    Up,
    background,
    bare_environment,
    notes_of,
    result_of,
    run,
)
from tests.retail_truth import expected_of, in_pence, pence
from tests.running_workers import ORDERTRAIL

RETAIL_DIR = Path(
    os.environ.get("ORDERTRAIL_RETAIL_DIR", "")
    or Path(__file__).parents[3] / "shared" / "data" / "retail"
)
SAMPLE = RETAIL_DIR / "online_retail_sample.csv.gz"
TRUTH = RETAIL_DIR / "sample_truth.json"
HOW_TO_GET_IT = (
    f"the sample of UCI Online Retail II is not in {RETAIL_DIR}; "
    "name its folder with ORDERTRAIL_RETAIL_DIR"
)


@pytest.fixture
def truth() -> dict[str, Any]:
    assert TRUTH.exists(), HOW_TO_GET_IT
    assert SAMPLE.exists(), HOW_TO_GET_IT
    return json.loads(TRUTH.read_text())


@pytest.mark.timeout(600)
def test_the_sample_comes_to_the_true_totals_however_often_it_is_sent(
    database_url: str, amqp_url: str, server_folder: Path, truth: dict[str, Any]
) -> None:
    environment = bare_environment(
        DATABASE_URL=database_url,
        AMQP_URL=amqp_url,
        ORDERTRAIL_BUSINESS_TIME_ZONE="Europe/London",
        ORDERTRAIL_EMAIL_HMAC_KEY=KEY,
        ORDERTRAIL_SLICE_HMAC_KEY=KEY,
    )
    data_dir, rejects = server_folder / "system", server_folder / "rejected.csv"
    with background("up", "--port", "0", data_dir=data_dir, environment=environment) as system:
        system.until('"running"')
        arguments = ("import", "retail", SAMPLE, "--url", system.running.url, "--json")

        interrupted = interrupt_when_placing(signal.SIGINT, *arguments)
        ended = interrupt_when_placing(signal.SIGTERM, *arguments)
        rest = run(*arguments, "--rejects", rejects)
        again = run(*arguments)

        codes = (interrupted, ended, rest.returncode, again.returncode)
        assert codes == (130, 143, 0, 0), rest.stderr
        assert system.stop() == 143
    asyncio.run(assert_checked(database_url))

    assert result_of(rest) == result_of_sample(truth)
    assert result_of(again) == result_of(rest)
    (sent_rest,), (sent_again,) = notes_of(rest, "imported"), notes_of(again, "imported")
    assert sent_rest["new"] > 0
    assert sent_rest["replayed"] > 0
    assert sent_again["new"] == 0
    assert sent_again["replayed"] == sent_rest["new"] + sent_rest["replayed"]

    assert rejects.read_text().splitlines() == ["row,invoice,stock_code,class,reason"]
    with psycopg.Connection[dict[str, Any]].connect(database_url, row_factory=rows) as connection:
        assert_read_models_tell_the_truth(connection, truth)


RETURNS = 623
"""Returns of the sample: how many orders its credit invoices touch, by `truth_retail.py`."""


def result_of_sample(truth: dict[str, Any]) -> dict[str, Any]:
    """Write what the import of the sample should answer."""
    matching, sold = truth["credit_matching"], truth["line_classes"]["sale"]["quantity"]
    return {
        **expected_of(truth),
        "stock": {
            "received_units": sold,
            "sold_units": sold,
            "written_off_units": 0,
            "returned_units": matching["units_matched_same_price"],
        },
        "returns": RETURNS,
        "credit_invoices": matching["credit_invoices"],
    }


def assert_read_models_tell_the_truth(
    connection: psycopg.Connection[dict[str, Any]], truth: dict[str, Any]
) -> None:
    """Compare the tables of orders, money, stock, returns and sales with the truth."""

    def ask(query: LiteralString) -> list[dict[str, Any]]:
        return connection.execute(query).fetchall()

    orders, matching = truth["import"]["orders"], truth["credit_matching"]
    refunded_minor = -pence(matching["accepted"]["amount"])
    touched = matching["sale_invoices_touched_by_a_credit"]
    assert ask(
        "SELECT lifecycle, fulfilment_state, count(*) AS orders FROM read_models.order_list"
        " GROUP BY 1, 2"
    ) == [{"lifecycle": "completed", "fulfilment_state": "delivered", "orders": orders}]
    (states,) = ask(
        "SELECT count(*) FILTER (WHERE payment_state = 'captured') AS kept,"
        " count(*) FILTER (WHERE payment_state IN ('partially_refunded', 'refunded')) AS refunded,"
        " count(*) FILTER (WHERE return_state IN ('partially_returned', 'returned')) AS returned"
        " FROM read_models.order_list"
    )
    assert states == {"kept": orders - touched, "refunded": touched, "returned": touched}
    assert ask(
        "SELECT operation, status, sum(amount_minor)::bigint AS minor, count(*) AS number"
        " FROM read_models.payment_ledger GROUP BY 1, 2 ORDER BY 1"
    ) == [
        {"operation": name, "status": "done", "minor": minor, "number": number}
        for name, minor, number in (
            ("authorize", pence(truth["import"]["gross"]), orders),
            ("capture", pence(truth["import"]["gross"]), orders),
            ("refund", refunded_minor, RETURNS),
        )
    ]
    assert ask(
        "SELECT sum(on_hand)::bigint AS on_hand, min(available) AS least,"
        " sum(reserved + allocated + backordered)::bigint AS kept, count(*) AS items"
        " FROM read_models.stock_availability"
    ) == [
        {
            "on_hand": matching["units_matched_same_price"],
            "least": 0,
            "kept": 0,
            "items": truth["replay"]["product_skus"],
        }
    ]
    assert ask(
        "SELECT status, count(*) AS returns, sum(refund_due_minor)::bigint AS minor"
        " FROM read_models.returns_worklist GROUP BY 1"
    ) == [{"status": "closed", "returns": RETURNS, "minor": refunded_minor}]
    returned = ask(
        "SELECT to_char(day, 'YYYY-MM') AS month, sum(returned_minor)::bigint AS minor"
        " FROM read_models.sales_daily WHERE clock = 'business' AND returned_minor > 0 GROUP BY 1"
    )
    credits_per_month = truth["revenue"]["credits_per_month"]
    assert {row["month"]: -row["minor"] for row in returned} == in_pence(credits_per_month)


def interrupt_when_placing(sent: signal.Signals, *arguments: str | Path) -> int:
    """Send a signal once orders are being placed, and answer the exit code."""
    with subprocess.Popen(
        [str(ORDERTRAIL), *map(str, arguments)],
        env=bare_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as importing:
        assert importing.stderr is not None
        for line in importing.stderr:
            if "Placing orders" in line:
                importing.send_signal(sent)
                break
        importing.stderr.read()
        return importing.wait(60)


SMALL = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
500001,85123a,HEART HOLDER,6,2010-06-30 23:45:00,2.55,13085,EIRE
500001,POST,POSTAGE,2,2010-06-30 23:45:00,18.00,13085,EIRE
500002,22041,RECORD FRAME,1,2010-07-01 00:30:00,0.29,13086,Germany
500001,85123A ,HEART,2,2010-06-30 23:46:00,2.00,13085,EIRE
C500003,85123A,HEART HOLDER,-1,2010-07-02 10:00:00,2.55,13085,EIRE
500004,POST,POSTAGE,1,2010-07-02 10:00:00,5.00,13086,Germany
C500005,85123A,HEART HOLDER,-9,2010-07-02 11:00:00,2.55,13085,EIRE
500006,22041,damages,-4,2010-07-03 10:00:00,0.00,,United Kingdom
500007,M,damages,-1,2010-07-03 10:00:00,0.00,,United Kingdom
"""


def test_without_a_system_one_is_started_for_the_run(server_folder: Path) -> None:
    file, rejects = server_folder / "small.csv", server_folder / "rejected.csv"
    file.write_text(SMALL)
    data_dir = server_folder / "d"

    done = run("import", "retail", file, "--data-dir", data_dir, "--rejects", rejects)
    again = run("import", "retail", file, "--data-dir", data_dir, "--json")

    assert (done.returncode, again.returncode) == (0, 0), done.stderr
    assert result_of(again) == {
        "orders": 2,
        "gross_minor": 6 * 255 + 2 * 200 + 29,
        "returned_minor": 255,
        "net_minor": 6 * 255 + 2 * 200 + 29 - 255,
        "by_month": {"2010-06": 1_930, "2010-07": 29},
        "by_country": {"EIRE": 1_930, "Germany": 29},
        "stock": {
            "received_units": 13,
            "sold_units": 9,
            "written_off_units": 4,
            "returned_units": 1,
        },
        "captured_minor": 6 * 255 + 2 * 200 + 29 + 3_600,
        "refunded_minor": 255,
        "parcels": 2,
        "returns": 1,
        "credit_invoices": 1,
        "accepted": {"sale": 3, "charge_carriage": 1, "credit": 1, "stock_writeoff": 1},
        "rejected": {"charge_carriage": 1, "only_partly": 1, "stock_writeoff": 1},
    }
    assert notes_of(again, "imported")[0]["new"] == 0
    assert "2 orders, 19.59 GBP gross and 36.00 carriage; 2.55 came back" in done.stdout
    assert "all lines of the file" in done.stdout
    assert rejects.read_text().splitlines() == [
        "row,invoice,stock_code,class,reason",
        "6,500004,POST,charge_carriage,no_order_to_ship",
        "7,C500005,85123A,only_partly,no_sale_to_undo",
        "9,500007,M,stock_writeoff,not_a_product",
    ]


def test_the_zone_of_a_folder_is_kept_until_it_is_changed_and_then_counts_for_all_orders(
    server_folder: Path,
) -> None:
    file, data_dir = server_folder / "small.csv", server_folder / "d"
    file.write_text(SMALL)
    assert run("import", "retail", file, "--data-dir", data_dir).returncode == 0

    with background("up", "--port", "0", data_dir=data_dir) as kept:
        kept.until('"running"')
        assert months(kept) == ("Europe/London", {"2010-06-01": 1_930, "2010-07-01": 29})
        file.write_text(SMALL.replace("85123a,HEART HOLDER,6,", "85123a,HEART HOLDER,7,"))
        other_content = run("import", "retail", file, "--data-dir", data_dir, "--json")
        assert kept.stop() == 143

    assert other_content.returncode == 1
    assert "1 of the orders were refused: 1 order_already_exists" in other_content.stderr
    rejected = {"sale": 2, "charge_carriage": 2, "only_partly": 1, "stock_writeoff": 1}
    assert result_of(other_content)["rejected"] == rejected
    assert result_of(other_content)["gross_minor"] == 1_959

    in_utc = bare_environment(ORDERTRAIL_BUSINESS_TIME_ZONE="UTC")
    with background("up", "--port", "0", data_dir=data_dir, environment=in_utc) as changed:
        changed.until('"running"')
        # July is left with what came back in it.
        assert months(changed) == ("UTC", {"2010-06-01": 1_959, "2010-07-01": 0})

        refused = run("import", "retail", file, "--data-dir", data_dir)

    assert refused.returncode == 3
    assert "counts its days in UTC" in refused.stderr
    assert "ORDERTRAIL_BUSINESS_TIME_ZONE=Europe/London" in refused.stderr


def months(system: Up) -> tuple[str, dict[str, int]]:
    url = f"{system.running.url}/v1/reports/sales-monthly"
    report = httpx2.get(url, trust_env=False).json()
    gross: Counter[str] = Counter()
    for row in report["rows"]:
        gross[row["month"]] += row["gross_minor"]
    return report["business_time_zone"], dict(gross)
