-- One row per product and location. projections/stock_availability.py
-- Pages keep room for the next state of their rows.
CREATE TABLE read_models.{table} (
    sku              text        COLLATE "C" NOT NULL,
    location         text        COLLATE "C" NOT NULL,
    on_hand          bigint      NOT NULL,
    quarantined      bigint      NOT NULL,
    safety_stock     bigint      NOT NULL,
    reserved         bigint      NOT NULL,
    allocated        bigint      NOT NULL,
    backordered      bigint      NOT NULL,
    available        bigint      NOT NULL,
    backorder_limit  bigint      NOT NULL,
    next_expected_at timestamptz,
    version          integer     NOT NULL,
    recorded_at      timestamptz NOT NULL,
    last_position    bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (sku, location)
) WITH (fillfactor = 50);
-- The worklist of what is short, in the order in which it is listed.
CREATE INDEX {table}_short ON read_models.{table} (sku, location)
    WHERE available <= safety_stock;
