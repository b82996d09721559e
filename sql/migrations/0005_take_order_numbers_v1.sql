-- Gives a block of order numbers to one process; a block that it does not use up leaves a gap.
-- domain.md §1.8. Answers the first number of the block; null for a block without numbers, so that
-- nothing is ever taken back and given out twice.

CREATE FUNCTION event_store.take_order_numbers_v1(channel text, year integer, size integer)
RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, event_store, pg_temp
AS $$
    INSERT INTO event_store.order_number_blocks AS b (channel, year, last_number)
    SELECT channel, year, size WHERE size > 0
    ON CONFLICT ON CONSTRAINT order_number_blocks_pkey
    DO UPDATE SET last_number = b.last_number + excluded.last_number
    RETURNING b.last_number - size + 1
$$;

REVOKE ALL ON FUNCTION event_store.take_order_numbers_v1 FROM PUBLIC;
GRANT CREATE ON SCHEMA event_store TO {role_prefix}_log_owner;
ALTER FUNCTION event_store.take_order_numbers_v1 OWNER TO {role_prefix}_log_owner;
REVOKE CREATE ON SCHEMA event_store FROM {role_prefix}_log_owner;
GRANT EXECUTE ON FUNCTION event_store.take_order_numbers_v1 TO {role_prefix}_api;
