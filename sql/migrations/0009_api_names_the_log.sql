-- A process that decides caches states of one log. When it connects again it asks which log that
-- is: after a restore, or a failover that lost the end of the log, what it knows may never have
-- been.

GRANT USAGE ON SCHEMA messaging TO {role_prefix}_api;
GRANT EXECUTE ON FUNCTION messaging.log_identity_v1() TO {role_prefix}_api;
