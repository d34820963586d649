-- Why does a migration wait? Read only; `media-audit db locks` runs this file, psql -f does too (a superuser or a member
-- of pg_monitor sees the queries of all). Ask the owner of a blocking session to end it; SELECT pg_terminate_backend(pid)
-- is the last resort: it rolls that session's transaction back.

-- Sessions that wait, and who blocks them
SELECT
    blocked.pid AS blocked_pid,
    blocked.application_name AS blocked_application,
    coalesce(wanted.relation::regclass::text, wanted.locktype) AS waits_for,
    wanted.mode AS wanted_mode,
    date_trunc('second', clock_timestamp() - blocked.query_start)::text AS waiting,
    left(blocked.query, 120) AS blocked_query,
    blocker.pid AS blocking_pid,
    blocker.application_name AS blocking_application,
    blocker.state AS blocking_state,
    held.modes AS held_modes,
    date_trunc('second', clock_timestamp() - blocker.xact_start)::text AS transaction_age,
    left(blocker.query, 120) AS blocking_query
FROM pg_stat_activity AS blocked
CROSS JOIN LATERAL unnest(pg_blocking_pids(blocked.pid)) AS blocking (pid)
JOIN pg_stat_activity AS blocker ON blocker.pid = blocking.pid
LEFT JOIN pg_locks AS wanted ON wanted.pid = blocked.pid AND NOT wanted.granted
LEFT JOIN LATERAL (
    SELECT string_agg(DISTINCT lock.mode, ', ') AS modes
    FROM pg_locks AS lock
    WHERE lock.pid = blocker.pid AND lock.granted AND lock.relation = wanted.relation
) AS held ON true
WHERE blocked.datname = current_database()
ORDER BY blocked.query_start, blocked.pid, blocker.pid;

-- Open transactions that hold locks on tables, oldest first: a migration between two tries waits for one of these
SELECT
    activity.pid,
    activity.application_name AS application,
    activity.usename AS username,
    activity.state,
    date_trunc('second', clock_timestamp() - activity.xact_start)::text AS transaction_age,
    string_agg(DISTINCT class.relname || ' ' || lock.mode, ', ') AS locks,
    left(activity.query, 120) AS query
FROM pg_stat_activity AS activity
JOIN pg_locks AS lock ON lock.pid = activity.pid AND lock.granted
JOIN pg_class AS class ON class.oid = lock.relation AND class.relkind IN ('r', 'p')
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace AND namespace.nspname !~ '^pg_'
WHERE activity.datname = current_database() AND activity.pid <> pg_backend_pid()
GROUP BY activity.pid, activity.application_name, activity.usename, activity.state, activity.xact_start, activity.query
ORDER BY activity.xact_start;

-- Who holds the migrator's lock (the key is app.ddl.MIGRATOR_KEY, its halves in classid and objid)
SELECT
    activity.pid,
    activity.application_name AS application,
    activity.client_addr::text AS client,
    date_trunc('second', clock_timestamp() - activity.backend_start)::text AS connected
FROM pg_locks AS lock
JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 1
  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND lock.classid = 1835361377 AND lock.objid = 1969514868;

-- INVALID indexes: left by a build that failed (`media-audit db upgrade` drops and builds again), or in the making
SELECT
    index.indexrelid::regclass::text AS index,
    index.indrelid::regclass::text AS on_table,
    pg_size_pretty(pg_relation_size(index.indexrelid)) AS size,
    progress.pid AS built_by_pid,
    progress.phase
FROM pg_index AS index
LEFT JOIN pg_stat_progress_create_index AS progress ON progress.index_relid = index.indexrelid
WHERE NOT index.indisvalid
ORDER BY 1;
