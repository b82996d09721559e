-- One row per shipment, listed by the time by which it is to leave. projections/fulfilment_queue.py
CREATE TABLE read_models.{table} (
    shipment_id     uuid        NOT NULL,
    order_id        uuid        NOT NULL,
    customer_id     uuid        NOT NULL,
    currency        text        NOT NULL,
    channel         text        NOT NULL,
    country         text        NOT NULL,
    placed_at       timestamptz NOT NULL,
    location        text        COLLATE "C" NOT NULL,
    status          text        NOT NULL,
    carrier         text        NOT NULL,
    service         text        NOT NULL,
    ship_by         timestamptz NOT NULL,
    lines           jsonb       NOT NULL,
    tracking_number text,
    version         integer     NOT NULL,
    recorded_at     timestamptz NOT NULL,
    last_position   bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (shipment_id)
);
-- The planner learns nothing from documents, and sorting them was half of what ANALYZE took.
ALTER TABLE read_models.{table}
    ALTER COLUMN lines SET STATISTICS 0;
CREATE INDEX {table}_ship_by ON read_models.{table} (ship_by, shipment_id);
CREATE INDEX {table}_status ON read_models.{table} (status, ship_by, shipment_id);
CREATE INDEX {table}_location ON read_models.{table} (location, ship_by, shipment_id);
CREATE INDEX {table}_work ON read_models.{table} (location, status, ship_by, shipment_id);
CREATE INDEX {table}_order ON read_models.{table} (order_id, ship_by, shipment_id);
CREATE INDEX {table}_customer ON read_models.{table} (customer_id, ship_by, shipment_id);
