-- What waits for pieces: a view over the live reservations_open. Columns are only ever added at the
-- end.
CREATE OR REPLACE VIEW read_models.backorder_queue AS
SELECT
    sku,
    location,
    reservation_id,
    order_id,
    line_id,
    backordered AS quantity,
    asked,
    reserved_at,
    reserved_position,
    promised_at,
    recorded_at,
    last_position
FROM read_models.reservations_open
WHERE backordered > 0;
