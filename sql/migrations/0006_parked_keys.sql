-- What a projection could not apply, what waits behind it, and what somebody decided to skip.
-- architecture.md §4 Poison; reliability.md DEL-08.

CREATE TABLE read_models.parked_keys (
    id             bigint      GENERATED ALWAYS AS IDENTITY,
    projection     text        COLLATE "C" NOT NULL,
    generation     integer     NOT NULL,
    kind           text        COLLATE "C" NOT NULL,
    key            text        COLLATE "C" NOT NULL,
    since_position bigint      NOT NULL,
    code           text        COLLATE "C" NOT NULL,
    detail         text        NOT NULL,
    tries          integer     NOT NULL DEFAULT 0,
    parked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_at       timestamptz,
    CONSTRAINT parked_keys_pkey PRIMARY KEY (id),
    CONSTRAINT parked_keys_key_key UNIQUE (projection, generation, kind, key),
    CONSTRAINT parked_keys_generation_fkey FOREIGN KEY (projection, generation)
        REFERENCES read_models.generations (projection, generation) ON DELETE CASCADE,
    CONSTRAINT parked_keys_kind_known CHECK (kind IN ('row', 'stream'))
);
CREATE INDEX parked_keys_since
    ON read_models.parked_keys (projection, generation, since_position);
COMMENT ON TABLE read_models.parked_keys IS
    'Changed only under the lock of the generation''s checkpoint, whose parked_changes counts the'
    ' changes. kind row: key is the JSON array of the row''s key values. kind stream: an event of'
    ' the stream could not be read, so nobody knows which rows it touches; key is the stream.';

CREATE TABLE read_models.parked_events (
    parked_id bigint NOT NULL,
    position  bigint NOT NULL,
    CONSTRAINT parked_events_pkey PRIMARY KEY (parked_id, position),
    CONSTRAINT parked_events_parked_fkey FOREIGN KEY (parked_id)
        REFERENCES read_models.parked_keys (id) ON DELETE CASCADE
);
COMMENT ON TABLE read_models.parked_events IS
    'The events that wait, the one that could not be applied first; their text is in the log.';

CREATE TABLE read_models.discarded_events (
    projection   text        COLLATE "C" NOT NULL,
    kind         text        COLLATE "C" NOT NULL,
    key          text        COLLATE "C" NOT NULL,
    position     bigint      NOT NULL,
    reason       text        NOT NULL,
    discarded_by text        NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT discarded_events_pkey PRIMARY KEY (projection, position, kind, key),
    CONSTRAINT discarded_events_kind_known CHECK (kind IN ('row', 'stream'))
);
COMMENT ON TABLE read_models.discarded_events IS
    'Events that a projection skips for a key because somebody said so; a rebuild skips the same.';

ALTER TABLE read_models.checkpoints ADD COLUMN parked_changes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN read_models.checkpoints.parked_changes IS
    'Grows whenever parked_keys change for the generation, so that its writer reads them anew.';

GRANT SELECT, INSERT, UPDATE, DELETE
    ON read_models.parked_keys, read_models.parked_events, read_models.discarded_events
    TO {role_prefix}_worker;
GRANT SELECT
    ON read_models.parked_keys, read_models.parked_events, read_models.discarded_events
    TO {role_prefix}_query;
