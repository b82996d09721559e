-- The log: events in one total order, the record of every command, and nothing that changes them.
-- architecture.md §3. Roles are made by the runner before the first migration.

CREATE SCHEMA event_store;
REVOKE ALL ON SCHEMA event_store FROM PUBLIC;

CREATE TABLE event_store.events (
    position       bigint      NOT NULL,
    stream         text        COLLATE "C" NOT NULL,
    version        integer     NOT NULL,
    type           text        COLLATE "C" NOT NULL,
    schema_version smallint    NOT NULL,
    data           json        NOT NULL,
    metadata       json        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (position),
    CONSTRAINT events_stream_version_key UNIQUE (stream, version),
    CONSTRAINT events_position_positive CHECK (position > 0),
    CONSTRAINT events_version_not_negative CHECK (version >= 0)
);
-- An order of some lines stays in its row, uncompressed: the append path does not pay for pglz.
ALTER TABLE event_store.events SET (toast_tuple_target = 4080);
COMMENT ON TABLE event_store.events IS
    'The log. position is dense (1..N) in commit order, version dense within a stream. data and'
    ' metadata are json, not jsonb: the exact text written, so that it can be hashed.';

CREATE TABLE event_store.commands (
    principal       text        COLLATE "C" NOT NULL,
    idempotency_key text        COLLATE "C" NOT NULL,
    fingerprint     bytea       NOT NULL,
    command_type    text        COLLATE "C" NOT NULL,
    stream          text        COLLATE "C" NOT NULL,
    version         integer     NOT NULL,
    first_position  bigint,
    last_position   bigint      NOT NULL,
    status          smallint    NOT NULL,
    answer          json,
    recorded_at     timestamptz NOT NULL,
    CONSTRAINT commands_pkey PRIMARY KEY (principal, idempotency_key)
);
COMMENT ON TABLE event_store.commands IS
    'One row per command that was answered with a 2xx, written with its events (IDM-06, IDM-07).'
    ' first_position is null for a command that had nothing to do; last_position is then the head.';

CREATE TABLE event_store.append_gate ();
COMMENT ON TABLE event_store.append_gate IS
    'Empty. append_v1 locks it, so appends happen one after the other and positions are dense.';

CREATE TABLE event_store.snapshots (
    stream       text        COLLATE "C" NOT NULL,
    fold_version text        NOT NULL,
    version      integer     NOT NULL,
    state        bytea       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT snapshots_pkey PRIMARY KEY (stream, fold_version)
);
COMMENT ON TABLE event_store.snapshots IS 'Disposable folded states of long streams.';

CREATE TABLE event_store.order_number_blocks (
    channel     text    COLLATE "C" NOT NULL,
    year        integer NOT NULL,
    last_number bigint  NOT NULL,
    CONSTRAINT order_number_blocks_pkey PRIMARY KEY (channel, year)
);
COMMENT ON TABLE event_store.order_number_blocks IS
    'The last order number given out per channel and year. A block lost in a crash leaves a gap.';

CREATE FUNCTION event_store.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION event_store.refuse_change() FROM PUBLIC;

CREATE TRIGGER events_refuse_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON event_store.events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store.refuse_change();
ALTER TABLE event_store.events ENABLE ALWAYS TRIGGER events_refuse_change;

CREATE TRIGGER commands_refuse_change
    BEFORE UPDATE OR TRUNCATE ON event_store.commands
    FOR EACH STATEMENT EXECUTE FUNCTION event_store.refuse_change();
ALTER TABLE event_store.commands ENABLE ALWAYS TRIGGER commands_refuse_change;

-- An owner's job may prune the records of HTTP callers after the published time (IDM-08); those of
-- processes, timers and webhooks are kept for ever.
CREATE FUNCTION event_store.refuse_early_pruning() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.principal !~ '^(customer|staff|system):'
       OR OLD.recorded_at > clock_timestamp() - interval '24 hours' THEN
        RAISE EXCEPTION 'the record of % is kept', OLD.principal
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
REVOKE ALL ON FUNCTION event_store.refuse_early_pruning() FROM PUBLIC;
CREATE TRIGGER commands_refuse_early_pruning
    BEFORE DELETE ON event_store.commands
    FOR EACH ROW EXECUTE FUNCTION event_store.refuse_early_pruning();
ALTER TABLE event_store.commands ENABLE ALWAYS TRIGGER commands_refuse_early_pruning;

-- Only append_v1 writes, which runs as the log's owner role; nobody else inserts, the tables'
-- owner and superusers included.
CREATE FUNCTION event_store.refuse_direct_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> '{role_prefix}_log_owner' THEN
        RAISE EXCEPTION 'only append_v1 writes %.%', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION event_store.refuse_direct_insert() FROM PUBLIC;
CREATE TRIGGER events_refuse_direct_insert
    BEFORE INSERT ON event_store.events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store.refuse_direct_insert();
ALTER TABLE event_store.events ENABLE ALWAYS TRIGGER events_refuse_direct_insert;
CREATE TRIGGER commands_refuse_direct_insert
    BEFORE INSERT ON event_store.commands
    FOR EACH STATEMENT EXECUTE FUNCTION event_store.refuse_direct_insert();
ALTER TABLE event_store.commands ENABLE ALWAYS TRIGGER commands_refuse_direct_insert;

GRANT USAGE ON SCHEMA event_store
    TO {role_prefix}_log_owner, {role_prefix}_api, {role_prefix}_relay, {role_prefix}_worker,
       {role_prefix}_query;
GRANT SELECT, INSERT ON event_store.events, event_store.commands TO {role_prefix}_log_owner;
GRANT SELECT, UPDATE ON event_store.append_gate TO {role_prefix}_log_owner;
GRANT SELECT, INSERT, UPDATE ON event_store.order_number_blocks TO {role_prefix}_log_owner;
GRANT SELECT ON event_store.events, event_store.commands TO {role_prefix}_api, {role_prefix}_query;
GRANT SELECT ON event_store.events TO {role_prefix}_relay, {role_prefix}_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON event_store.snapshots TO {role_prefix}_worker;
GRANT SELECT ON event_store.snapshots TO {role_prefix}_api;
