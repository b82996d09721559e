-- One row per timer that is set. projections/timers.py
CREATE TABLE read_models.{table} (
    order_id      text        COLLATE "C" NOT NULL,
    timer         text        COLLATE "C" NOT NULL,
    token         text        COLLATE "C" NOT NULL,
    due_at        timestamptz NOT NULL,
    set_at        timestamptz NOT NULL,
    last_position bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (order_id, timer)
);
CREATE INDEX {table}_due ON read_models.{table} (due_at);
