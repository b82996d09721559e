-- One row per product with every price ever set. projections/product_list.py
CREATE TABLE read_models.{table} (
    sku                 text        COLLATE "C" NOT NULL,
    name                text        NOT NULL,
    status              text        NOT NULL,
    tax_class           text        NOT NULL,
    requires_shipping   boolean     NOT NULL,
    returnable          boolean     NOT NULL,
    weight_grams        bigint,
    return_window_days  bigint,
    discontinued_reason text,
    prices              jsonb       NOT NULL,
    version             integer     NOT NULL,
    recorded_at         timestamptz NOT NULL,
    last_position       bigint      NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (sku)
);
