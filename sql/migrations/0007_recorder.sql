-- The way into the log for applications of the eventsourcing library, beside append_v1 and behind
-- the same gate, and how far each of them has followed another. architecture.md §2, §3;
-- docs/eventsourcing.md.

CREATE TABLE event_store.tracking (
    consumer        text        COLLATE "C" NOT NULL,
    application     text        COLLATE "C" NOT NULL,
    notification_id bigint      NOT NULL,
    tracked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tracking_pkey PRIMARY KEY (consumer, application)
);
COMMENT ON TABLE event_store.tracking IS
    'How far a consumer of the eventsourcing library has processed what an application recorded.'
    ' Moved forward only, by track_v1.';

-- Moves the tracking of a consumer forward; what it has reached already is a unique_violation.
CREATE FUNCTION event_store.track_v1(
    consumer_name text, application_name text, processed_id bigint
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, event_store, pg_temp
AS $$
BEGIN
    -- A SET clause of the function would be undone before the commit that it is meant for.
    PERFORM set_config('synchronous_commit', 'on', true);
    PERFORM set_config('lock_timeout', '2s', true);
    INSERT INTO event_store.tracking AS t (consumer, application, notification_id)
    VALUES (consumer_name, application_name, processed_id)
    ON CONFLICT ON CONSTRAINT tracking_pkey
    DO UPDATE SET notification_id = excluded.notification_id, tracked_at = clock_timestamp()
     WHERE t.notification_id < excluded.notification_id;
    IF NOT FOUND THEN
        RAISE unique_violation USING
            CONSTRAINT = 'tracking_pkey',
            MESSAGE = format('%s has tracked %s of %s, or more, already',
                             consumer_name, processed_id, application_name);
    END IF;
END
$$;

-- Appends stored events of some streams, all of them or none. Per event: its stream (index into
-- streams), the version that its writer gave it, type, data and metadata. A version follows the
-- one before it in its stream; an empty stream begins at 0 or 1. Anything else is a
-- unique_violation and nothing is written. With an application, track_v1 moves in the same
-- transaction, before the gate, so that nobody at the gate ever waits for another's tracking.
CREATE FUNCTION event_store.append_recorded_v1(
    streams text[],
    event_stream integer[], event_version integer[], event_type text[], event_data text[],
    event_metadata text[],
    consumer_name text, application_name text, processed_id bigint,
    OUT first_position bigint, OUT last_position bigint, OUT recorded timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, event_store, pg_temp
AS $$
DECLARE
    event_count integer := cardinality(event_stream);
    head        bigint;
    heads       integer[];
    own         integer;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_recorded_v1 needs READ COMMITTED, not %',
            current_setting('transaction_isolation') USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF (event_count BETWEEN 1 AND 10000
        AND event_count = ALL (ARRAY[cardinality(event_version), cardinality(event_type),
                                     cardinality(event_data), cardinality(event_metadata)]))
       IS NOT true THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('a call has 1 to 10000 events, each of them whole, not %s',
                             event_count);
    END IF;
    IF EXISTS (SELECT FROM unnest(streams) AS s (stream) GROUP BY s.stream HAVING count(*) > 1)
       OR EXISTS (SELECT FROM unnest(event_stream) AS e (stream)
                   WHERE e.stream BETWEEN 1 AND cardinality(streams) IS NOT true) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'every event names one of the streams, and every stream stands there once';
    END IF;
    -- What followers, the relay and the broker carry: an event larger than the broker takes would
    -- stop the relay for ever.
    IF EXISTS (SELECT FROM unnest(streams || event_type) AS n (name)
                WHERE octet_length(n.name) NOT BETWEEN 1 AND 500)
       OR EXISTS (SELECT FROM unnest(event_data || event_metadata) AS t (text)
                   WHERE octet_length(t.text) > 1048576) THEN
        RAISE string_data_right_truncation USING
            MESSAGE = 'a stream or type has 1 to 500 bytes, data and metadata at most 1048576';
    END IF;
    PERFORM set_config('synchronous_commit', 'on', true);
    PERFORM set_config('lock_timeout', '2s', true);
    IF application_name IS NOT NULL THEN
        PERFORM event_store.track_v1(consumer_name, application_name, processed_id);
    END IF;
    LOCK TABLE event_store.append_gate IN EXCLUSIVE MODE;

    -- Statements below see everything that committed before the gate was ours.
    SELECT e.position, e.recorded_at INTO head, recorded
      FROM event_store.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    recorded := greatest(clock_timestamp(), recorded);
    heads := ARRAY(
        SELECT h.version
          FROM unnest(streams) WITH ORDINALITY AS s (stream, n)
          LEFT JOIN LATERAL (
              SELECT e.version FROM event_store.events e
               WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1) AS h ON true
         ORDER BY s.n);
    FOR n IN 1 .. event_count LOOP
        own := event_stream[n];
        IF (event_version[n] = heads[own] + 1
            OR heads[own] IS NULL AND event_version[n] IN (0, 1)) IS NOT true THEN
            RAISE unique_violation USING
                CONSTRAINT = 'events_stream_version_key',
                MESSAGE = format('version %s does not follow in stream %s, which %s',
                                 event_version[n], streams[own],
                                 coalesce('stands at ' || heads[own], 'is empty'));
        END IF;
        heads[own] := event_version[n];
    END LOOP;

    INSERT INTO event_store.events
        (position, stream, version, type, schema_version, data, metadata, occurred_at, recorded_at)
    SELECT head + e.n, streams[e.stream], e.version, e.type, 1, e.data::json, e.metadata::json,
           recorded, recorded
      FROM unnest(event_stream, event_version, event_type, event_data, event_metadata)
           WITH ORDINALITY AS e (stream, version, type, data, metadata, n);
    first_position := head + 1;
    last_position := head + event_count;
END
$$;

REVOKE ALL ON FUNCTION event_store.track_v1, event_store.append_recorded_v1 FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON event_store.tracking TO {role_prefix}_log_owner;
GRANT SELECT ON event_store.tracking TO {role_prefix}_api, {role_prefix}_query;
GRANT CREATE ON SCHEMA event_store TO {role_prefix}_log_owner;
ALTER FUNCTION event_store.track_v1 OWNER TO {role_prefix}_log_owner;
ALTER FUNCTION event_store.append_recorded_v1 OWNER TO {role_prefix}_log_owner;
REVOKE CREATE ON SCHEMA event_store FROM {role_prefix}_log_owner;
GRANT EXECUTE ON FUNCTION event_store.track_v1, event_store.append_recorded_v1
    TO {role_prefix}_api;
