-- One row per return, listed by the time at which it was asked for. projections/returns_worklist.py
CREATE TABLE read_models.{table} (
    return_id        uuid        NOT NULL,
    order_id         uuid        NOT NULL,
    customer_id      uuid        NOT NULL,
    currency         text        NOT NULL,
    channel          text        NOT NULL,
    country          text        NOT NULL,
    placed_at        timestamptz NOT NULL,
    status           text        NOT NULL,
    requested_at     timestamptz NOT NULL,
    send_by          timestamptz,
    resolution       text        NOT NULL,
    lines            jsonb       NOT NULL,
    refund_due_minor bigint,
    version          integer     NOT NULL,
    recorded_at      timestamptz NOT NULL,
    last_position    bigint      NOT NULL,
    credit_minor     bigint      NOT NULL,
    credit_used_by   uuid,
    CONSTRAINT {table}_pkey PRIMARY KEY (return_id)
);
CREATE INDEX {table}_requested_at ON read_models.{table} (requested_at, return_id);
CREATE INDEX {table}_status ON read_models.{table} (status, requested_at, return_id);
CREATE INDEX {table}_order ON read_models.{table} (order_id, requested_at, return_id);
CREATE INDEX {table}_customer ON read_models.{table} (customer_id, requested_at, return_id);
