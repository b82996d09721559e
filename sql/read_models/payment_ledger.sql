-- One row per operation of a payment. projections/payment_ledger.py
CREATE TABLE read_models.{table} (
    payment_id    uuid        NOT NULL,
    operation_id  text        COLLATE "C" NOT NULL,
    order_id      uuid        NOT NULL,
    customer_id   uuid        NOT NULL,
    operation     text        NOT NULL,
    amount_minor  bigint      NOT NULL,
    currency      text        NOT NULL,
    psp_ref       text        COLLATE "C",
    status        text        NOT NULL,
    code          text,
    occurred_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    version       integer     NOT NULL,
    last_position bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (payment_id, operation_id)
);
CREATE INDEX {table}_order ON read_models.{table} (order_id, payment_id, operation_id);
CREATE INDEX {table}_customer ON read_models.{table} (customer_id, payment_id, operation_id);
CREATE INDEX {table}_status ON read_models.{table} (status, payment_id, operation_id);
CREATE INDEX {table}_psp_ref ON read_models.{table} (psp_ref, payment_id, operation_id)
    WHERE psp_ref IS NOT NULL;
-- The worklist of what providers have not answered, in the order in which it is listed.
CREATE INDEX {table}_unsettled ON read_models.{table} (payment_id, operation_id)
    WHERE status IN ('pending', 'requires_action', 'processing', 'unknown');
