-- One row per reservation of which something is left. projections/reservations_open.py
CREATE TABLE read_models.{table} (
    reservation_id    text        COLLATE "C" NOT NULL,
    sku               text        COLLATE "C" NOT NULL,
    location          text        COLLATE "C" NOT NULL,
    order_id          text        COLLATE "C" NOT NULL,
    line_id           text        COLLATE "C" NOT NULL,
    state             text        COLLATE "C" NOT NULL,
    asked             bigint      NOT NULL,
    reserved          bigint      NOT NULL,
    backordered       bigint      NOT NULL,
    allocated         bigint      NOT NULL,
    reserved_at       timestamptz NOT NULL,
    reserved_position bigint      NOT NULL,
    expires_at        timestamptz,
    promised_at       timestamptz,
    recorded_at       timestamptz NOT NULL,
    last_position     bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (sku, location, reservation_id)
);
CREATE INDEX {table}_order ON read_models.{table} (order_id, reserved_position, reservation_id);
-- What expires soon.
CREATE INDEX {table}_expires ON read_models.{table} (expires_at, reservation_id)
    WHERE expires_at IS NOT NULL;
-- What waits for pieces, first come first served, and what was promised for when.
CREATE INDEX {table}_waiting ON read_models.{table} (reserved_position, reservation_id)
    WHERE backordered > 0;
CREATE INDEX {table}_waiting_sku ON read_models.{table} (sku, reserved_position, reservation_id)
    WHERE backordered > 0;
CREATE INDEX {table}_promised ON read_models.{table} (promised_at, reservation_id)
    WHERE backordered > 0;
CREATE INDEX {table}_promised_sku ON read_models.{table} (sku, promised_at, reservation_id)
    WHERE backordered > 0;
