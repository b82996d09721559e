-- One row per clock, day, currency, channel and country. projections/sales_daily.py
-- Sums are numeric: one amount may be 2^53-1, so 1,025 orders of a day could overflow a bigint and
-- stop the projection. The fill factor leaves room for rows that change all day long.
CREATE TABLE read_models.{table} (
    clock                 text    COLLATE "C" NOT NULL,
    day                   date    NOT NULL,
    currency              text    COLLATE "C" NOT NULL,
    channel               text    COLLATE "C" NOT NULL,
    country               text    COLLATE "C" NOT NULL,
    orders_placed         bigint  NOT NULL,
    orders_cancelled      bigint  NOT NULL,
    lines                 bigint  NOT NULL,
    units                 bigint  NOT NULL,
    gross_minor           numeric NOT NULL,
    discount_minor        numeric NOT NULL,
    tax_minor             numeric NOT NULL,
    shipping_minor        numeric NOT NULL,
    grand_minor           numeric NOT NULL,
    cancelled_units       bigint  NOT NULL,
    cancelled_minor       numeric NOT NULL,
    cancelled_grand_minor numeric NOT NULL,
    last_position         bigint  NOT NULL,
    orders_confirmed      bigint  NOT NULL,
    orders_rejected       bigint  NOT NULL,
    orders_expired        bigint  NOT NULL,
    returned_units        bigint  NOT NULL,
    returned_minor        numeric NOT NULL,
    refund_due_minor      numeric NOT NULL,
    CONSTRAINT {table}_pkey PRIMARY KEY (clock, day, currency, channel, country)
) WITH (fillfactor = 50);
