"""What does the demo's shop sell, to whom, and where do they live?

A gift wholesaler that never existed. The catalogue is the same in every run, so that a demo can be
repeated on the same data; prices are spread like those of a real one (tenths of sold lines below
0.65, half below 1.95, nine tenths below 6.75 GBP).
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

CATALOGUE_SEED: Final = 20091201
PRICE_MEDIAN_MINOR: Final = 195
PRICE_SIGMA: Final = 0.9
PRICE_STEP_MINOR: Final = 5
PRICES_MINOR: Final = (19, 4_995)
STANDARD_RATE_SHARE: Final = 0.9

THINGS: Final = {
    "BAG": ("Jumbo Bag", "Lunch Bag", "Shopper", "Gift Bag"),
    "CAN": ("Scented Candle", "Tea Light Holder", "Lantern", "Night Light"),
    "CER": ("Mug", "Teapot", "Cake Stand", "Egg Cup", "Jug"),
    "GAR": ("Bird Feeder", "Watering Can", "Flower Pot", "Garden Sign"),
    "KIT": ("Apron", "Oven Glove", "Biscuit Tin", "Bread Bin", "Scales"),
    "LIT": ("String of Lights", "Table Lamp", "Bicycle Lamp"),
    "PAR": ("Bunting", "Paper Plates", "Paper Napkins", "Cake Cases"),
    "STA": ("Notebook", "Wrap", "Card Holder", "Pencil Set", "Alarm Clock"),
    "TEX": ("Cushion Cover", "Tea Towel", "Hot Water Bottle", "Door Stop"),
    "TOY": ("Spinning Top", "Skittles", "Jigsaw", "Doll", "Robot Kit"),
}
STYLES: Final = (
    "Red Retrospot", "Vintage Rose", "Sky Blue", "Paisley Park", "Strawberry", "Polkadot",
    "Ivory Lace", "Woodland", "Suki", "Regency", "Antique Silver", "Doiley",
)  # fmt: skip

HOME: Final = "GB"
HOME_SHARE: Final = 0.96
CITIES: Final = {
    HOME: ("Leeds", "Bristol", "Glasgow", "Cardiff", "York", "Norwich", "Exeter", "Belfast"),
    "IE": ("Dublin", "Cork"),
    "NL": ("Utrecht", "Delft"),
    "DE": ("Bremen", "Leipzig"),
    "FR": ("Lyon", "Nantes"),
    "DK": ("Aarhus", "Odense"),
    "SE": ("Malmö", "Uppsala"),
    "ES": ("Valencia", "Bilbao"),
    "CY": ("Nicosia",),
    "GR": ("Patras",),
    "PT": ("Porto",),
    "AE": ("Dubai",),
    "US": ("Portland",),
    "JE": ("Saint Helier",),
    "AU": ("Hobart",),
    "AT": ("Graz",),
    "BE": ("Ghent",),
    "IT": ("Turin",),
    "ZA": ("Durban",),
    "MT": ("Valletta",),
    "FI": ("Turku",),
    "PL": ("Poznań",),
    "CH": ("Basel",),
    "JP": ("Kobe",),
    "NO": ("Bergen",),
}
"""25 countries; the further down, the rarer."""

FIRST_NAMES: Final = (
    "Ada", "Ben", "Chloe", "David", "Emma", "Farid", "Grace", "Hugo", "Iris", "Jonas", "Kira",
    "Liam", "Maya", "Noah", "Olga", "Pavel", "Quinn", "Rosa", "Sami", "Tara",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adams", "Baker", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hughes", "Ivanova",
    "Jansen", "Khan", "Larsen", "Murphy", "Novak", "Owen", "Patel", "Rossi", "Smith", "Taylor",
)  # fmt: skip
STREETS: Final = ("Mill Lane", "High Street", "Station Road", "Church Street", "Park Avenue")


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """Something that the shop sells. Units: pence per unit."""

    sku: str
    name: str
    price_minor: int
    tax_class: str


HOT_PRODUCT: Final = DemoProduct("HOT-0001", "Rainbow Unicorn Mug", 1_250, "standard")
"""Everybody wants it, and there are few. It is on no shelf of the catalogue."""


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """Somebody who buys; nobody that exists."""

    customer_id: str
    name: str
    email: str
    country: str
    address: dict[str, str]


def catalogue() -> list[DemoProduct]:
    """List everything that the shop sells, the same in every run."""
    chance = Random(CATALOGUE_SEED)  # noqa: S311 - shapes a demo, keeps no secret
    products: list[DemoProduct] = []
    for shelf, things in THINGS.items():
        for thing in things:
            for style in STYLES:
                sku = f"{shelf}-{len(products) + 1:04}"
                tax_class = "standard" if chance.random() < STANDARD_RATE_SHARE else "reduced"
                products.append(DemoProduct(sku, f"{style} {thing}", _price(chance), tax_class))
    return products


def _price(chance: Random) -> int:
    """Draw a price that ends in 5 or 9, as prices do."""
    raw = chance.lognormvariate(math.log(PRICE_MEDIAN_MINOR), PRICE_SIGMA)
    rounded = round(raw / PRICE_STEP_MINOR) * PRICE_STEP_MINOR
    ending = rounded - 1 if rounded % (2 * PRICE_STEP_MINOR) == 0 else rounded
    return min(max(ending, PRICES_MINOR[0]), PRICES_MINOR[1])


def country_of(chance: Random) -> str:
    """Draw where an order comes from: nearly always from home."""
    if chance.random() < HOME_SHARE:
        return HOME
    abroad = [country for country in CITIES if country != HOME]
    return chance.choices(abroad, weights=[1 / rank for rank in range(1, len(abroad) + 1)])[0]


def customer_of(chance: Random, customer_id: str, number: int) -> DemoCustomer:
    """Draw a customer with an address; e-mail addresses end in a domain that never delivers."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    country = country_of(chance)
    return DemoCustomer(
        customer_id=customer_id,
        name=f"{first} {last}",
        email=f"{first}.{last}.{number}.{customer_id[-6:]}@example.com".lower(),
        country=country,
        address=address_of(chance, f"{first} {last}", country),
    )


def address_of(chance: Random, recipient: str, country: str) -> dict[str, str]:
    """Draw a postal address in a country."""
    return {
        "recipient": recipient,
        "line1": f"{chance.randint(1, 180)} {chance.choice(STREETS)}",
        "city": chance.choice(CITIES[country]),
        "postal_code": f"{chance.randint(10_000, 99_999)}",
        "country": country,
    }
