-- One row per order that the fulfilment process carries out. projections/process_status.py
CREATE TABLE read_models.{table} (
    order_id            text        COLLATE "C" NOT NULL,
    customer_id         text        COLLATE "C" NOT NULL,
    currency            text        NOT NULL,
    placed_at           timestamptz NOT NULL,
    stage               text        COLLATE "C" NOT NULL,
    stage_since         timestamptz NOT NULL,
    last_event          text        NOT NULL,
    timers              jsonb       NOT NULL,
    next_timer          text,
    next_due_at         timestamptz,
    troubles            jsonb       NOT NULL,
    is_stuck            boolean     NOT NULL,
    money_at_risk_minor bigint      NOT NULL,
    refusals            integer     NOT NULL,
    last_refusal        text,
    version             integer     NOT NULL,
    recorded_at         timestamptz NOT NULL,
    last_position       bigint      NOT NULL,
    overdue             jsonb       NOT NULL,
    overdue_since       timestamptz,
    CONSTRAINT {table}_pkey PRIMARY KEY (order_id)
);
-- The planner learns nothing from documents, and sorting them was half of what ANALYZE took.
ALTER TABLE read_models.{table}
    ALTER COLUMN timers SET STATISTICS 0,
    ALTER COLUMN troubles SET STATISTICS 0,
    ALTER COLUMN overdue SET STATISTICS 0;
CREATE INDEX {table}_stuck ON read_models.{table} (stage_since, order_id) WHERE is_stuck;
CREATE INDEX {table}_stuck_stage ON read_models.{table} (stage, stage_since, order_id)
    WHERE is_stuck;
CREATE INDEX {table}_stage ON read_models.{table} (stage, stage_since, order_id);
CREATE INDEX {table}_since ON read_models.{table} (stage_since, order_id);
CREATE INDEX {table}_overdue ON read_models.{table} (overdue_since, order_id)
    WHERE overdue_since IS NOT NULL;
CREATE INDEX {table}_overdue_stage ON read_models.{table} (stage, overdue_since, order_id)
    WHERE overdue_since IS NOT NULL;
