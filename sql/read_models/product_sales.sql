-- One row per clock, day, sku and currency. projections/product_sales.py
-- Sums are numeric for the reason told in sales_daily.sql; the fill factor likewise.
CREATE TABLE read_models.{table} (
    clock           text    COLLATE "C" NOT NULL,
    day             date    NOT NULL,
    sku             text    COLLATE "C" NOT NULL,
    currency        text    COLLATE "C" NOT NULL,
    name            text    NOT NULL,
    orders          bigint  NOT NULL,
    lines           bigint  NOT NULL,
    units           bigint  NOT NULL,
    gross_minor     numeric NOT NULL,
    discount_minor  numeric NOT NULL,
    cancelled_units bigint  NOT NULL,
    cancelled_minor numeric NOT NULL,
    last_position   bigint  NOT NULL,
    returned_units  bigint  NOT NULL,
    returned_minor  numeric NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (clock, day, sku, currency)
) WITH (fillfactor = 70);
CREATE INDEX {table}_sku ON read_models.{table} (sku, clock, day);
