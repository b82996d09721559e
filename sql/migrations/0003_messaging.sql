-- What the relay has brought to the broker, and by which name this log is known there.
-- architecture.md §4, reliability.md DEL-03, DEL-04, DEL-05.

CREATE SCHEMA messaging;
REVOKE ALL ON SCHEMA messaging FROM PUBLIC;

CREATE TABLE messaging.relay_checkpoints (
    relay      text        COLLATE "C" NOT NULL,
    position   bigint      NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT relay_checkpoints_pkey PRIMARY KEY (relay),
    CONSTRAINT relay_checkpoints_position_not_negative CHECK (position >= 0)
);
COMMENT ON TABLE messaging.relay_checkpoints IS
    'Everything up to position was confirmed by the broker. Moved by compare-and-set only, by the'
    ' holder of the session lock of the same name; one that lags only makes duplicates.';

INSERT INTO messaging.relay_checkpoints (relay, position) VALUES ('relay', 0);

CREATE FUNCTION messaging.log_identity_v1() RETURNS text
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    -- System identifier, timeline, database: a log restored or promoted elsewhere, or another
    -- log of this server, counts its own positions. The name of the file now written carries the
    -- timeline at once, where pg_control_checkpoint() follows a promotion only with the next
    -- checkpoint; on a standby it raises, and a relay must not read there.
    SELECT system.system_identifier
           || '/' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
           || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
      FROM pg_control_system() AS system
$$;
REVOKE ALL ON FUNCTION messaging.log_identity_v1() FROM PUBLIC;

GRANT USAGE ON SCHEMA messaging
    TO {role_prefix}_relay, {role_prefix}_worker, {role_prefix}_query;
GRANT SELECT, UPDATE ON messaging.relay_checkpoints TO {role_prefix}_relay;
GRANT SELECT ON messaging.relay_checkpoints TO {role_prefix}_worker, {role_prefix}_query;
GRANT EXECUTE ON FUNCTION messaging.log_identity_v1()
    TO {role_prefix}_relay, {role_prefix}_worker, {role_prefix}_query;
