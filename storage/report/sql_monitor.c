/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_monitor.c - reports of the sources as the monitor judges them, and the server. */
#include "storage/report/report_priv.h"

/* clang-format off */
#define SOURCE_COLUMNS                                                                             \
    "s.dataset, s.agency, s.name, s.name_ar, s.agency_name, s.agency_name_ar, s.status, s.severity, s.since," \
    " s.sentence, s.sentence_ar, s.what_to_do, s.what_to_do_ar, s.cause, s.lag, s.freshness, s.completeness," \
    " s.quality, s.quarantine_open, s.incidents_open, s.structure_version, s.structure_changed_at, s.judged_at"
/* $1: the reader's agency; NULL: the Center. */
#define SOURCE_IS_FOR " ($1::text IS NULL OR nrc.answering_code(s.agency_id) = $1)"

static const struct sto_report_row rows[] = {
    {STO_REPORT_SOURCES_CURSOR,
        "SELECT coalesce((extract(epoch FROM max(s.changed_at)) * 1000000)::bigint, 0)::text AS cursor FROM nrc.source_status s", 0},
    {STO_REPORT_SOURCES,
        "SELECT " SOURCE_COLUMNS " FROM nrc.source_now s WHERE" SOURCE_IS_FOR
        " AND ($2::text IS NULL OR s.agency = $2 OR nrc.answering_code(s.agency_id) = $2)"
        " AND ($3::text IS NULL OR s.status = $3)"
        " AND ($4::bigint IS NULL OR s.changed_at > 'epoch'::timestamptz + $4 * interval '1 microsecond')"
        " ORDER BY s.severity DESC, s.rank DESC, s.since, s.dataset", 4},
    {STO_REPORT_SOURCE,
        "SELECT " SOURCE_COLUMNS ", s.partitions,"
        " CASE WHEN c.version IS NOT NULL THEN jsonb_build_object('version', c.version,"
        "  'cadence', c.contract->'service'->>'cadence', 'latency_s', (c.contract->'service'->>'latency_seconds')::bigint,"
        "  'heartbeat_s', (c.contract->'service'->>'heartbeat_seconds')::bigint,"
        "  'time_zone', c.contract->'service'->>'time_zone') END AS contract,"
        " jsonb_build_object('name', (SELECT m->>'username' FROM jsonb_array_elements(c.contract->'team') m"
        "   WHERE m->>'role' = 'coordinator' LIMIT 1),"
        "  'division', h.division, 'head', h.head, 'sentence', s.tell, 'sentence_ar', s.tell_ar) AS coordinator"
        " FROM nrc.source_now s LEFT JOIN nrc.contract_now c ON c.dataset_id = s.dataset_id AND c.status <> 'retired'"
        " LEFT JOIN LATERAL nrc.head_on(nrc.answering_agency(s.agency_id), nrc.today()) h ON true"
        " WHERE" SOURCE_IS_FOR " AND s.dataset = $2", 2},
    {STO_REPORT_SOURCE_TEXTS,
        "SELECT s.dataset, s.status, s.since, s.sentence, s.sentence_ar, s.what_to_do, s.what_to_do_ar,"
        " CASE WHEN s.cause IS NOT NULL THEN format('incident %s (%s)', s.cause->>'incident', s.cause->>'kind') END AS cause_text,"
        " h.head || ', ' || h.division AS coordinator_text, s.tell, s.tell_ar, s.judged_at"
        " FROM nrc.source_now s LEFT JOIN LATERAL nrc.head_on(nrc.answering_agency(s.agency_id), nrc.today()) h ON true"
        " WHERE" SOURCE_IS_FOR " AND s.dataset = $2", 2},
    {STO_REPORT_SOURCE_PARTITIONS,
        "SELECT p.topic, p.partition, p.state, p.engine, p.position, p.log_end, p.events, p.age_s AS waits_s, p.verdict, p.trend"
        " FROM nrc.source_now s CROSS JOIN LATERAL jsonb_to_recordset(s.partitions) AS p(topic text, partition int, state text,"
        "  engine text, position bigint, log_end bigint, events bigint, age_s bigint, verdict text, trend text)"
        " WHERE s.dataset = $1 ORDER BY 1, 2", 1},
    {STO_REPORT_SOURCE_SERIES,
        "SELECT r.at, r.lag_events, r.lag_age_s, r.latency_s, r.taken, r.rejected FROM nrc.source_now s"
        " CROSS JOIN LATERAL nrc.source_series(s.dataset_id, $2::text) r WHERE s.dataset = $1 ORDER BY 1", 2},
    {STO_REPORT_OVERVIEW,
        "WITH o AS MATERIALIZED (SELECT s.status, s.incidents_open, s.quarantine_open FROM nrc.source_now s WHERE" SOURCE_IS_FOR ")"
        " SELECT (SELECT coalesce(jsonb_object_agg(g.status, g.n), '{}') FROM (SELECT o.status, count(*) AS n FROM o GROUP BY 1) g) AS counts,"
        " (SELECT count(*) FROM o) AS sources,"
        " CASE WHEN $1::text IS NULL THEN nrc.incidents_open()"
        "  ELSE (SELECT coalesce(sum(o.incidents_open), 0)::bigint FROM o) END AS incidents_open,"
        " (SELECT coalesce(sum(o.quarantine_open), 0)::bigint FROM o) AS quarantine_open,"
        " (SELECT jsonb_build_object('turned_at', nrc.utc(t.turned_at), 'took_ms', t.took_ms) FROM nrc.monitor_turn t) AS monitor,"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('instance', e.instance, 'state', e.state, 'since', nrc.utc(e.since),"
        "   'partitions', e.partitions) ORDER BY e.instance), '[]') FROM nrc.engine_now e WHERE $1 IS NULL) AS engines,"
        " (SELECT jsonb_build_object('state', CASE WHEN r.free_bytes < 16777216 THEN 'full' ELSE 'ok' END, 'free_bytes', r.free_bytes,"
        "   'days_until_full', r.days_until_full) FROM (SELECT 1) one LEFT JOIN (SELECT * FROM nrc.register_size ORDER BY hour DESC LIMIT 1) r ON true)"
        "  AS register", 1},
    {STO_REPORT_SERVER,
        /* States are what is partitioned by hash. relpages is the last vacuum's: it costs nothing to read. */
        "WITH leaf AS MATERIALIZED (SELECT i.inhparent, greatest(c.relpages, 0) + coalesce((SELECT sum(greatest(k.relpages, 0)) FROM pg_index x"
        "   JOIN pg_class k ON k.oid = x.indexrelid WHERE x.indrelid = c.oid), 0) AS pages FROM pg_partitioned_table p"
        "   JOIN pg_inherits i ON i.inhparent = p.partrelid JOIN pg_class c ON c.oid = i.inhrelid WHERE p.partstrat = 'h'),"
        " state AS (SELECT count(*) AS leaves, sum(l.pages) AS pages FROM leaf l GROUP BY l.inhparent),"
        " states AS (SELECT count(*) AS datasets, count(*) FILTER (WHERE s.leaves = 1) AS of_one_leaf, coalesce(sum(s.leaves), 0)::bigint AS leaves,"
        "   coalesce(sum(s.pages), 0)::bigint * current_setting('block_size')::bigint AS bytes FROM state s),"
        " slot AS (SELECT r.slot_name, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,"
        "   r.restart_lsn)::bigint AS bytes FROM pg_replication_slots r WHERE NOT r.active AND r.restart_lsn IS NOT NULL"
        "   AND (SELECT m.setting FROM pg_settings m WHERE m.name = 'max_slot_wal_keep_size') = '-1' ORDER BY 2 DESC LIMIT 1)"
        " SELECT current_setting('server_version') AS version, session_user::text AS login,"
        " (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = session_user) AS superuser,"
        " pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only')::boolean AS read_only,"
        " current_setting('fsync')::boolean AS fsync, current_setting('full_page_writes')::boolean AS full_page_writes,"
        " current_setting('synchronous_commit') AS synchronous_commit, current_setting('autovacuum')::boolean AS autovacuum,"
        " current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        "  - (SELECT count(*) FROM pg_stat_activity c WHERE c.backend_type = 'client backend')::int AS connections_free,"
        " current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint"
        "  + current_setting('max_prepared_transactions')::bigint) AS locks,"
        " (SELECT count(*) FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE t.relkind IN ('r', 'p')"
        "  AND n.nspname NOT IN ('pg_catalog', 'information_schema')) AS tables,"
        " current_setting('max_connections')::bigint AS max_connections,"
        " current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint AS lock_slots,"
        " z.datasets, z.of_one_leaf AS datasets_of_one_leaf, z.leaves, z.bytes AS state_bytes,"
        " pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers, pg_size_bytes(current_setting('max_wal_size')) AS max_wal_size,"
        " extract(epoch FROM current_setting('checkpoint_timeout')::interval)::bigint AS checkpoint_s,"
        " w.wal_bytes::bigint AS wal_bytes, extract(epoch FROM now() - coalesce(w.stats_reset, pg_postmaster_start_time()))::bigint AS wal_s,"
        " current_setting('wal_level') AS wal_level,"
        " (SELECT a.last_failed_wal FROM pg_stat_archiver a WHERE current_setting('archive_mode') <> 'off'"
        "  AND a.last_failed_time > coalesce(a.last_archived_time, '-infinity')) AS archive_failed,"
        " (SELECT t.slot_name FROM slot t) AS slot, (SELECT t.bytes FROM slot t) AS slot_bytes,"
        " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us,"
        " (SELECT s.setting FROM pg_settings s WHERE s.name = 'data_directory') AS data_directory"
        " FROM states z, pg_stat_wal w", 0},
    {STO_REPORT_ROLES_LACKED,
        "SELECT r.rolname AS role, session_user AS login FROM pg_roles r"
        " WHERE r.rolname IN ('nrc_ingest', 'nrc_registry', 'nrc_monitor', 'nrc_reader', 'nrc_steward', 'nrc_relay', 'nrc_watch', 'nrc_desk')"
        " AND NOT pg_has_role(session_user, r.oid, 'MEMBER') ORDER BY 1", 0},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_monitor = {rows, COUNT_OF(rows)};
