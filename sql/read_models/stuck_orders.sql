-- The orders that wait for people or take too long: a view over the live process_status. Columns
-- are only ever added at the end.
CREATE OR REPLACE VIEW read_models.stuck_orders AS
SELECT
    order_id,
    customer_id,
    currency,
    placed_at,
    stage,
    stage_since                                           AS entered_at,
    overdue -> 0 ->> 'timer'                              AS sla,
    (overdue -> 0 ->> 'due_at')::timestamp with time zone AS sla_at,
    overdue_since,
    now() - overdue_since                                 AS overdue_by,
    is_stuck                                              AS waits_for_people,
    troubles,
    money_at_risk_minor,
    last_event,
    next_timer                                            AS next_expected,
    next_due_at                                           AS next_expected_at,
    recorded_at,
    last_position
FROM read_models.process_status
WHERE overdue_since IS NOT NULL;
