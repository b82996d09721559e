-- One narrow row per order, for pages and searches. projections/order_list.py
-- Pages go backwards through (placed_at, order_id), so both columns are read descending.
-- Pages keep room for the next state of their rows, so that an update touches no index unless the
-- lifecycle changes; the statistics may be older than usual: gathering them sorts wide rows.
CREATE TABLE read_models.{table} (
    order_id         uuid        NOT NULL,
    order_number     text        COLLATE "C" NOT NULL,
    placed_at        timestamptz NOT NULL,
    customer_id      uuid        NOT NULL,
    lifecycle        text        NOT NULL,
    payment_state    text        NOT NULL,
    fulfilment_state text        NOT NULL,
    return_state     text        NOT NULL,
    currency         text        NOT NULL,
    channel          text        NOT NULL,
    country          text        NOT NULL,
    item_count       integer     NOT NULL,
    units            bigint      NOT NULL,
    grand_minor      bigint      NOT NULL,
    skus             text[]      COLLATE "C" NOT NULL,
    version          integer     NOT NULL,
    last_position    bigint      NOT NULL,
    cancelled_minor  bigint      NOT NULL,
    confirmed_at     timestamptz,
    flagged_stages   text[]      NOT NULL,
    progress         jsonb       NOT NULL,
    payments         jsonb       NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (order_id)
) WITH (fillfactor = 70, autovacuum_analyze_scale_factor = 1);
-- The planner learns nothing from documents, and sorting them was half of what ANALYZE took.
ALTER TABLE read_models.{table}
    ALTER COLUMN progress SET STATISTICS 0,
    ALTER COLUMN payments SET STATISTICS 0;
CREATE UNIQUE INDEX {table}_order_number ON read_models.{table} (order_number);
CREATE INDEX {table}_placed_at ON read_models.{table} (placed_at, order_id);
CREATE INDEX {table}_lifecycle ON read_models.{table} (lifecycle, placed_at, order_id);
CREATE INDEX {table}_channel ON read_models.{table} (channel, placed_at, order_id);
CREATE INDEX {table}_customer ON read_models.{table} (customer_id, placed_at, order_id);
CREATE INDEX {table}_skus ON read_models.{table} USING gin (skus);
