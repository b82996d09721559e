-- Instants that no reader can hold (before the year 1, infinity) are refused where they would come
-- in.

ALTER TABLE event_store.events
    ADD CONSTRAINT events_occurred_at_within_reach
        CHECK (occurred_at >= '0001-01-02 00:00Z' AND occurred_at < '9999-12-31 00:00Z'),
    ADD CONSTRAINT events_recorded_at_within_reach
        CHECK (recorded_at >= '0001-01-02 00:00Z' AND recorded_at < '9999-12-31 00:00Z');
