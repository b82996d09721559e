-- The only way into the log. Takes a batch of commands as arrays and judges each one:
-- outcome 1 appended, 2 conflict, 3 duplicate (its record is already there). architecture.md §3.
--
-- Per command (index = its number in the call, from 1): principals … metadata.
-- Per claim, a (command, stream) pair, grouped by command in order: the stream (index into
-- streams), the version the decision rests on, the command of this call that it was decided on
-- (0: stored state). Per event, grouped by command in order: the claim it belongs to, which gives
-- its stream and its version, and its content.
--
-- LOCK … EXCLUSIVE wants UPDATE on the gate, a table without columns or rows.

CREATE FUNCTION event_store.append_v1(
    streams text[],
    principals text[], keys text[], fingerprints bytea[], types text[], statuses smallint[],
    answers text[], metadata text[],
    claim_command integer[], claim_stream integer[], claim_expected integer[],
    claim_after integer[],
    event_claim integer[], event_type text[], event_schema smallint[], event_data text[],
    event_occurred timestamptz[],
    OUT outcomes smallint[], OUT actual_versions integer[],
    OUT first_positions bigint[], OUT last_positions bigint[], OUT recorded timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, event_store, pg_temp
AS $$
DECLARE
    command_count integer := cardinality(keys);
    claim_count   integer := cardinality(claim_command);
    head          bigint;
    next_position bigint;
    heads         integer[];
    writers       integer[] := array_fill(0, ARRAY[cardinality(streams)]);
    first_same    integer[];
    key_used      boolean[] := array_fill(false, ARRAY[cardinality(keys)]);
    main_versions integer[] := array_fill(NULL::integer, ARRAY[cardinality(keys)]);
    main_streams  integer[] := array_fill(NULL::integer, ARRAY[cardinality(keys)]);
    claim_events  integer[] := array_fill(0, ARRAY[cardinality(claim_command)]);
    claim         integer := 1;
    first_claim   integer;
    fits          boolean;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_v1 needs READ COMMITTED, not %',
            current_setting('transaction_isolation') USING ERRCODE = 'invalid_transaction_state';
    END IF;
    FOREACH claim IN ARRAY event_claim LOOP
        IF claim NOT BETWEEN 1 AND claim_count THEN
            RAISE invalid_parameter_value
                USING MESSAGE = format('claim %s of an event, of %s claims', claim, claim_count);
        END IF;
        claim_events[claim] := claim_events[claim] + 1;
    END LOOP;
    claim := 1;
    -- A SET clause of the function would be undone before the commit that it is meant for.
    PERFORM set_config('synchronous_commit', 'on', true);
    PERFORM set_config('lock_timeout', '2s', true);
    LOCK TABLE event_store.append_gate IN EXCLUSIVE MODE;

    -- Statements below see everything that committed before the gate was ours.
    SELECT e.position, e.recorded_at INTO head, recorded
      FROM event_store.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    next_position := head + 1;
    recorded := greatest(clock_timestamp(), recorded);

    heads := ARRAY(
        SELECT coalesce(h.version, 0)
          FROM unnest(streams) WITH ORDINALITY AS s (stream, n)
          LEFT JOIN LATERAL (
              SELECT e.version FROM event_store.events e
               WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1) AS h ON true
         ORDER BY s.n);
    -- 0: the record is stored already; otherwise the first command of the call with this key.
    first_same := ARRAY(
        SELECT CASE WHEN known.one IS NOT NULL THEN 0
                    ELSE min(k.n) OVER (PARTITION BY k.principal, k.key) END
          FROM unnest(principals, keys) WITH ORDINALITY AS k (principal, key, n)
          LEFT JOIN LATERAL (
              SELECT 1 AS one FROM event_store.commands c
               WHERE c.principal = k.principal AND c.idempotency_key = k.key
               LIMIT 1) AS known ON true
         ORDER BY k.n);

    outcomes := array_fill(NULL::smallint, ARRAY[command_count]);
    actual_versions := array_fill(NULL::integer, ARRAY[command_count]);
    first_positions := array_fill(NULL::bigint, ARRAY[command_count]);
    last_positions := array_fill(NULL::bigint, ARRAY[command_count]);

    FOR command IN 1 .. command_count LOOP
        fits := first_same[command] > 0 AND NOT key_used[first_same[command]];
        outcomes[command] := CASE WHEN fits THEN 2 ELSE 3 END;
        first_claim := claim;
        WHILE claim <= claim_count AND claim_command[claim] = command LOOP
            IF fits AND (heads[claim_stream[claim]] <> claim_expected[claim]
                         OR writers[claim_stream[claim]] <> claim_after[claim]) THEN
                fits := false;
                actual_versions[command] := heads[claim_stream[claim]];
            END IF;
            claim := claim + 1;
        END LOOP;
        IF fits THEN
            outcomes[command] := 1;
            key_used[first_same[command]] := true;
            main_streams[command] := claim_stream[first_claim];
            main_versions[command] := claim_expected[first_claim] + claim_events[first_claim];
            first_positions[command] := next_position;
            FOR own IN first_claim .. claim - 1 LOOP
                IF claim_events[own] > 0 THEN
                    heads[claim_stream[own]] := claim_expected[own] + claim_events[own];
                    writers[claim_stream[own]] := command;
                    next_position := next_position + claim_events[own];
                END IF;
            END LOOP;
            first_positions[command] := nullif(first_positions[command], next_position);
            last_positions[command] := next_position - 1;
        END IF;
    END LOOP;

    INSERT INTO event_store.events
        (position, stream, version, type, schema_version, data, metadata, occurred_at, recorded_at)
    SELECT head + row_number() OVER (ORDER BY e.n), streams[claim_stream[e.claim]],
           claim_expected[e.claim] + row_number() OVER (PARTITION BY e.claim ORDER BY e.n),
           e.type, e.schema, e.data::json, metadata[claim_command[e.claim]]::json, e.occurred,
           recorded
      FROM unnest(event_claim, event_type, event_schema, event_data, event_occurred)
           WITH ORDINALITY AS e (claim, type, schema, data, occurred, n)
     WHERE outcomes[claim_command[e.claim]] = 1;

    INSERT INTO event_store.commands
        (principal, idempotency_key, fingerprint, command_type, stream, version,
         first_position, last_position, status, answer, recorded_at)
    SELECT c.principal, c.key, c.fingerprint, c.type, streams[main_streams[c.n]],
           main_versions[c.n], first_positions[c.n], last_positions[c.n], c.status,
           c.answer::json, recorded
      FROM unnest(principals, keys, fingerprints, types, statuses, answers)
           WITH ORDINALITY AS c (principal, key, fingerprint, type, status, answer, n)
     WHERE outcomes[c.n] = 1;

    IF NOT FOUND THEN
        -- Some WAL, so that even an answer about what is there waits for a synchronous standby.
        PERFORM pg_logical_emit_message(true, 'ordertrail', '');
    END IF;
END
$$;

REVOKE ALL ON FUNCTION event_store.append_v1 FROM PUBLIC;
GRANT CREATE ON SCHEMA event_store TO {role_prefix}_log_owner;
ALTER FUNCTION event_store.append_v1 OWNER TO {role_prefix}_log_owner;
REVOKE CREATE ON SCHEMA event_store FROM {role_prefix}_log_owner;
GRANT EXECUTE ON FUNCTION event_store.append_v1 TO {role_prefix}_api;
