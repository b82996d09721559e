-- One row per order that is held or may be, listed by the time by which it should be decided.
-- projections/holds_worklist.py
CREATE TABLE read_models.{table} (
    order_id      text        COLLATE "C" NOT NULL,
    customer_id   text        COLLATE "C" NOT NULL,
    currency      text        NOT NULL,
    channel       text        NOT NULL,
    country       text        NOT NULL,
    placed_at     timestamptz NOT NULL,
    is_held       boolean     NOT NULL,
    holds         jsonb       NOT NULL,
    kind          text        COLLATE "C",
    held_at       timestamptz,
    sla_at        timestamptz,
    due_at        timestamptz,
    risk_score    integer,
    recorded_at   timestamptz NOT NULL,
    last_position bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (order_id)
);
CREATE INDEX {table}_due ON read_models.{table} (due_at, order_id) WHERE is_held;
CREATE INDEX {table}_kind ON read_models.{table} (kind, due_at, order_id) WHERE is_held;
