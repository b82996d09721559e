-- Where the read tables stand: generations of every projection and how far each has read the log.
-- The tables themselves are sql/read_models/*.sql; sql/generations.py makes them, as the worker's
-- role, which owns them. architecture.md §4.

CREATE SCHEMA read_models;
REVOKE ALL ON SCHEMA read_models FROM PUBLIC;

CREATE TABLE read_models.generations (
    projection        text        COLLATE "C" NOT NULL,
    generation        integer     NOT NULL,
    state             text        COLLATE "C" NOT NULL,
    fold_version      text        NOT NULL,
    shards            integer     NOT NULL DEFAULT 1,
    stop_at           bigint,
    paused_at         timestamptz,
    paused_reason     text,
    compared_at       timestamptz,
    compared_position bigint,
    comparison        jsonb,
    builder           text,
    builder_since     timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    live_since        timestamptz,
    retired_at        timestamptz,
    CONSTRAINT generations_pkey PRIMARY KEY (projection, generation),
    CONSTRAINT generations_number_positive CHECK (generation > 0),
    CONSTRAINT generations_shards_positive CHECK (shards > 0),
    CONSTRAINT generations_state_known
        CHECK (state IN ('building', 'live', 'retired'))
);
CREATE UNIQUE INDEX generations_one_live
    ON read_models.generations (projection) WHERE state = 'live';
CREATE UNIQUE INDEX generations_one_building
    ON read_models.generations (projection) WHERE state = 'building';
COMMENT ON TABLE read_models.generations IS
    'Generation N of a projection is the table <projection>__g<N>; the view <projection> shows the'
    ' live one. Changed only while the checkpoint of the live generation is locked, so a writing'
    ' transaction that has moved that checkpoint reads what holds until it commits.';
COMMENT ON COLUMN read_models.generations.stop_at IS
    'The position at which a building generation stops, to be compared with the live one there.';
COMMENT ON COLUMN read_models.generations.paused_at IS 'Not null: its checkpoint does not move.';
COMMENT ON COLUMN read_models.generations.builder IS
    'Host and process that build it or did so last; the right itself is a session advisory lock.';

CREATE TABLE read_models.checkpoints (
    projection     text        COLLATE "C" NOT NULL,
    generation     integer     NOT NULL,
    shard          integer     NOT NULL DEFAULT 0,
    position       bigint      NOT NULL DEFAULT 0,
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    begun_position bigint,
    begun_count    integer     NOT NULL DEFAULT 0,
    CONSTRAINT checkpoints_pkey PRIMARY KEY (projection, generation, shard),
    CONSTRAINT checkpoints_generation_fkey FOREIGN KEY (projection, generation)
        REFERENCES read_models.generations (projection, generation),
    CONSTRAINT checkpoints_position_not_negative CHECK (position >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE read_models.checkpoints IS
    'The rows of a generation are the fold of the log up to position, moved in one transaction with'
    ' them. begun_position and begun_count: a batch begun twice without finishing is worked through'
    ' one event at a time.';

GRANT USAGE ON SCHEMA read_models TO {role_prefix}_worker, {role_prefix}_query;
GRANT CREATE ON SCHEMA read_models TO {role_prefix}_worker;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON read_models.generations, read_models.checkpoints TO {role_prefix}_worker;
GRANT SELECT ON read_models.generations, read_models.checkpoints TO {role_prefix}_query;
