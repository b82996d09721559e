-- The sales of a month: a view over the live sales_daily. Columns are only ever added at the end.
CREATE OR REPLACE VIEW read_models.sales_monthly AS
SELECT
    clock,
    date_trunc('month', day)::date AS month,
    currency,
    channel,
    country,
    sum(orders_placed)::bigint     AS orders_placed,
    sum(orders_cancelled)::bigint  AS orders_cancelled,
    sum(lines)::bigint             AS lines,
    sum(units)::bigint             AS units,
    sum(gross_minor)               AS gross_minor,
    sum(discount_minor)            AS discount_minor,
    sum(tax_minor)                 AS tax_minor,
    sum(shipping_minor)            AS shipping_minor,
    sum(grand_minor)               AS grand_minor,
    sum(cancelled_units)::bigint   AS cancelled_units,
    sum(cancelled_minor)           AS cancelled_minor,
    sum(cancelled_grand_minor)     AS cancelled_grand_minor,
    max(last_position)             AS last_position,
    sum(orders_confirmed)::bigint  AS orders_confirmed,
    sum(orders_rejected)::bigint   AS orders_rejected,
    sum(orders_expired)::bigint    AS orders_expired,
    sum(returned_units)::bigint    AS returned_units,
    sum(returned_minor)            AS returned_minor,
    sum(refund_due_minor)          AS refund_due_minor
FROM read_models.sales_daily
GROUP BY clock, date_trunc('month', day)::date, currency, channel, country;
