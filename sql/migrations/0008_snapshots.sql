-- Who writes snapshots? The process that has folded the state, which is one that decides: the api.
-- A snapshot is a cache of what the log says. The api, which may append any event, gains no power
-- over the log by it; deleting is for snapshots of folds that nobody runs any more. Nothing else
-- changes: rows may go at any time, and TRUNCATE stays with the owner.

GRANT INSERT, UPDATE, DELETE ON event_store.snapshots TO {role_prefix}_api;

COMMENT ON TABLE event_store.snapshots IS
    'Disposable folded states of long streams, without personal data. A row counts only for code'
    ' whose fold has that fold_version, and only while the log has the event (stream, version).';
