-- What reacts to the log and acts: how far each of them has read, and the role that they run under.
-- architecture.md §5.

CREATE TABLE messaging.consumers (
    consumer   text        COLLATE "C" NOT NULL,
    position   bigint      NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT consumers_pkey PRIMARY KEY (consumer),
    CONSTRAINT consumers_position_not_negative CHECK (position >= 0)
);
COMMENT ON TABLE messaging.consumers IS
    'Everything up to position was reacted to. Moved by compare-and-set only, by the holder of the'
    ' session lock of the same name; one that lags only makes repeats, which are recognised.';

-- On a live log they start at its head: what was ordered before is nobody's to carry out.
INSERT INTO messaging.consumers (consumer, position)
SELECT consumer, coalesce((SELECT max(position) FROM event_store.events), 0)
  FROM unnest(ARRAY['fulfilment', 'outside']) AS consumer;

GRANT SELECT, UPDATE ON messaging.consumers TO {role_prefix}_process;
GRANT SELECT ON messaging.consumers TO {role_prefix}_query;
