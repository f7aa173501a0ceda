/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql.c - sto_report_table: each report's query, with the columns that
 * storage/report/report.h lists.
 *
 * A NULL parameter means "all". --json prints the column names, so they never change. */
#include "storage/report/report_priv.h"

/* clang-format off */
#define AGENCY_SELECT(more)                                                                        \
    "SELECT a.code, a.name, a.name_ar, a.legal_class AS class, h.division, h.head,"                \
    " h.valid_from AS since,"                                                                      \
    " (SELECT count(*) FROM nrc.dataset d WHERE d.agency_id = a.id) AS datasets, a.state" more     \
    " FROM nrc.agency a LEFT JOIN LATERAL nrc.head_on(a.id, nrc.today()) h ON true"
/* Where a former agency's datasets went. */
#define SUCCESSION                                                                                 \
    ", a.retired_on, a.retired_reason, s.successor, s.instrument"
#define SUCCESSION_OF                                                                              \
    " LEFT JOIN LATERAL (SELECT n.code AS successor, u.instrument FROM nrc.agency_succession u"    \
    "  JOIN nrc.agency n ON n.id = u.successor_id WHERE u.agency_id = a.id) s ON true"

#define DATASET_STATE "CASE WHEN d.retired_on IS NULL THEN 'active' ELSE 'retired' END AS state"
#define DATASET_COLUMNS                                                                            \
    "a.code || '.' || d.name AS dataset, d.topic, to_jsonb(d.key_fields) AS key,"                  \
    " d.key_format, d.order_field AS \"order\", d.event_time_field AS event_time, d.exempt,"       \
    " d.exempt_field,"                                                                             \
    " CASE WHEN d.exempt_field IS NOT NULL THEN to_jsonb(d.exempt_values) END AS exempt_values,"   \
    " (SELECT count(*) FROM nrc.subject_version v WHERE v.dataset_id = d.id) AS structures,"       \
    " (SELECT count(*) FROM nrc.dataset_column c WHERE c.dataset_id = d.id) AS columns, " DATASET_STATE
/* What the catalogue of sources has of a dataset; the steward of an account is its person. */
#define DATASET_FACTS                                                                              \
    "d.title, d.title_ar, d.description, d.description_ar, d.origin, d.legal_basis, d.cadence,"    \
    " coalesce(t.person, d.steward) AS steward, t.person_ar AS steward_ar, t.name AS steward_account," \
    " d.contact"
#define DATASET_FACTS_OF                                                                           \
    " LEFT JOIN nrc.account t ON t.id = d.steward_account_id"                                      \
    " LEFT JOIN nrc.system y ON y.id = d.system_id LEFT JOIN nrc.agency ya ON ya.id = y.agency_id" \
    " LEFT JOIN nrc.dataset e ON e.id = d.successor_id LEFT JOIN nrc.agency ea ON ea.id = e.agency_id"
#define DATASET_END "d.retired_on, d.retired_reason, ea.code || '.' || e.name AS successor"

#define SYSTEM_COLUMNS                                                                             \
    "a.code || '.' || y.code AS system, y.name, y.name_ar,"                                        \
    " (SELECT count(*) FROM nrc.dataset d WHERE d.system_id = y.id) AS datasets,"                  \
    " CASE WHEN y.retired_on IS NULL THEN 'active' ELSE 'retired' END AS state, y.description,"    \
    " y.retired_on"
#define SYSTEM_FROM " FROM nrc.system y JOIN nrc.agency a ON a.id = y.agency_id"

/* The agency itself, and those that it answers for. */
#define OF_AGENCY " ($1::text IS NULL OR a.code = $1 OR nrc.answering_code(a.id) = $1)"

#define DATASET_FROM " FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
#define DATASET_IS " a.code || '.' || d.name = $1::text"

#define CONTRACT_COLUMNS                                                                           \
    "a.code || '.' || d.name AS dataset, c.version, c.status,"                                     \
    " c.id = n.id AND c.status <> 'retired' AS in_force, c.contract->>'id' AS id,"                 \
    " c.contract->>'template' AS template, encode(c.sha256, 'hex') AS sha256, c.applied_at,"       \
    " c.applied_by"
#define CONTRACT_FROM                                                                              \
    DATASET_FROM " JOIN nrc.contract c ON c.dataset_id = d.id"                                     \
                 " JOIN nrc.contract_now n ON n.dataset_id = d.id"

#define QUALITY                                                                                    \
    "nrc.quality($1::text, $2::text, $3::timestamptz, $4::timestamptz, coalesce($5::boolean, false),"       \
    " coalesce($6::boolean, false))"

#define GENERATION_VIEW                                                                            \
    "a.code || '.' || d.name || CASE WHEN g.until IS NULL THEN '' ELSE '_g' || g.number END AS view"
#define GENERATION_FROM DATASET_FROM " JOIN nrc.dataset_generation g ON g.dataset_id = d.id"

/* For a subject without a dataset, dataset is null and part 'none'. */
#define VERSION_COLUMNS "v.subject, a.code || '.' || d.name AS dataset, v.part, v.version"
#define VERSION_STATE                                                                              \
    "CASE WHEN v.deleted_at IS NOT NULL THEN 'deleted' ELSE nrc.structure_state(v) END AS state"
#define VERSION_FROM                                                                               \
    " FROM nrc.subject_version v"                                                                  \
    " LEFT JOIN nrc.dataset d ON d.id = v.dataset_id LEFT JOIN nrc.agency a ON a.id = d.agency_id"
#define VERSION_ORDER                                                                              \
    " ORDER BY coalesce(a.code || '.' || d.name, v.subject), v.part DESC, v.subject, v.version"

#define QUARANTINE_COLUMNS                                                                         \
    "q.id, q.recorded_at, a.code || '.' || d.name AS dataset, p.topic, p.partition,"               \
    " q.topic_offset AS \"offset\", q.reason, q.rule, q.path, q.detail, q.status, q.assigned_to"
#define QUARANTINE_FROM                                                                            \
    " FROM nrc.quarantine q LEFT JOIN nrc.dataset d ON d.id = q.dataset_id"                        \
    " LEFT JOIN nrc.agency a ON a.id = d.agency_id"                                                \
    " LEFT JOIN nrc.position p ON p.id = q.position_id"

#define FATE_COLUMNS                                                                               \
    "f.became, f.at, f.topic, f.partition, f.topic_offset AS \"offset\", f.op,"                    \
    " f.event_order AS \"order\", f.event_time, f.kafka_ts, f.schema_id, f.quarantine_id,"         \
    " f.status, f.reason, f.rule, f.path"

/* dataset, reason, rule, path, status, assigned_to */
#define QUARANTINE_WHERE                                                                           \
    " WHERE ($1::text IS NULL OR" DATASET_IS ") AND ($2::text IS NULL OR q.reason = $2)"           \
    " AND ($3::text IS NULL OR q.rule = $3) AND ($4::text IS NULL OR q.path = $4)"                 \
    " AND ($5::text IS NULL OR q.status = $5) AND ($6::text IS NULL OR q.assigned_to = $6)"

#define FAULT_SELECT(function)                                                                     \
    "SELECT f.check_name AS \"check\", a.code || '.' || d.name AS dataset, p.topic, p.partition,"  \
    " f.from_offset, f.detail FROM " function " f LEFT JOIN nrc.dataset d ON d.id = f.dataset_id"  \
    " LEFT JOIN nrc.agency a ON a.id = d.agency_id"                                                \
    " LEFT JOIN nrc.position p ON p.id = f.position_id ORDER BY 2, 3, 4, 5, 1"

#define ACCOUNT_ROLES                                                                              \
    "(SELECT coalesce(jsonb_agg(r.role ORDER BY r.role), '[]') FROM nrc.account_role r"            \
    " WHERE r.account_id = c.id) AS roles"
#define ACCOUNT_COLUMNS                                                                            \
    "c.name, c.person, c.person_ar, c.kind, a.code AS agency, " ACCOUNT_ROLES ", c.scope,"         \
    " CASE WHEN c.disabled_at IS NOT NULL THEN 'disabled'"                                         \
    "  WHEN c.expires_on < (now() AT TIME ZONE 'UTC')::date THEN 'expired' ELSE 'active'"          \
    " END AS state, c.expires_on, c.reviewed_at, c.decision"
#define ACCOUNT_FROM " FROM nrc.account c LEFT JOIN nrc.agency a ON a.id = c.agency_id"

#define INCIDENT_COLUMNS                                                                           \
    "i.id, i.kind, nrc.incident_severity(i.kind) AS severity, nrc.incident_state(i) AS state,"     \
    " i.count, i.opened_at, i.last_seen_at, a.code || '.' || d.name AS dataset,"                   \
    " p.topic, p.partition, i.engine, i.assigned_to, i.caused_by, i.detail, i.closed_at"
#define INCIDENT_MORE                                                                              \
    ", i.reopened, i.closed_why, i.acknowledged_by, i.acknowledged_at,"                            \
    " (SELECT count(*) FROM nrc.incident c WHERE c.caused_by = i.id) AS causes"
#define INCIDENT_FROM                                                                              \
    " FROM nrc.incident i LEFT JOIN nrc.dataset d ON d.id = i.dataset_id"                          \
    " LEFT JOIN nrc.agency a ON a.id = d.agency_id"                                                \
    " LEFT JOIN nrc.position p ON p.id = i.position_id"

/* The reader's agency; NULL: the Center. What is of no agency is the Center's own. */
#define INCIDENT_IS_FOR(reader)                                                                    \
    "(" reader "::text IS NULL OR nrc.agency_of_incident(i) IN (SELECT o.id FROM nrc.agency o"     \
    " WHERE nrc.answering_code(o.id) = " reader "))"
/* storage/report/incident.h. A change shows some time after it was made, when its transaction ends: hence a little more. */
#define INCIDENT_WHERE                                                                             \
    " WHERE ($1::text IS NULL OR" DATASET_IS ")"                                                   \
    " AND (i.closed_at IS NULL OR $2::text IS NOT NULL OR $3::text = 'closed' OR $7::text IS NOT NULL)" \
    " AND ($3::text IS NULL OR nrc.incident_state(i) = $3)"                                        \
    " AND ($4::text IS NULL OR i.kind = $4) AND ($5::text IS NULL OR i.assigned_to = $5)"          \
    " AND " INCIDENT_IS_FOR("$6")                                                                  \
    " AND ($7::text IS NULL OR i.changed_at > $7::timestamptz - interval '10 seconds')"            \
    " ORDER BY i.last_seen_at DESC, i.id DESC LIMIT $8::bigint"

#define NOTICE_COLUMNS                                                                             \
    "n.id, n.kind, k.name_ar AS kind_ar, a.code AS agency, (SELECT ya.code || '.' || y.code"       \
    "  FROM nrc.system y JOIN nrc.agency ya ON ya.id = y.agency_id WHERE y.id = n.system_id) AS system," \
    " coalesce(nrc.notice_datasets(n.id), '[]') AS datasets,"                                      \
    " nrc.notice_state(n) AS state, n.starts_at, n.ends_at,"                                       \
    " round(extract(epoch FROM n.starts_at - n.announced_at) / 3600, 1) AS lead_hours,"            \
    " n.starts_at < n.announced_at AS late, n.reason"
#define NOTICE_FROM                                                                                \
    " FROM nrc.notice n JOIN nrc.notice_kind k ON k.kind = n.kind JOIN nrc.agency a ON a.id = n.agency_id"

#define CONTROL_COLUMNS                                                                            \
    "t.id, a.code || '.' || d.name AS dataset, t.from_time AS \"from\", t.until_time AS until, j.state," \
    " t.events, j.recorded + j.quarantined AS received, t.keys, j.keys AS keys_here, j.missing_keys,"     \
    " j.beyond_keys, t.is_early AS early, j.replaced_by, t.stated_at"
#define CONTROL_FROM                                                                               \
    " FROM nrc.control_total t JOIN nrc.control_judgement j ON j.control_id = t.id"                \
    " JOIN nrc.dataset d ON d.id = t.dataset_id JOIN nrc.agency a ON a.id = d.agency_id"

#define REQUEST_COLUMNS                                                                            \
    "r.id, a.code || '.' || d.name AS dataset, v.version, r.schema_id, r.class, r.collects_more, r.state," \
    " (SELECT count(*) FROM nrc.structure_decision o WHERE o.request_id = r.id AND o.approves) AS approvals," \
    " r.people, r.needs_notice, r.notice_id AS notice, r.effective_at, r.filed_at, r.filed_by, r.reason"
#define REQUEST_FROM                                                                               \
    " FROM nrc.structure_request r JOIN nrc.dataset d ON d.id = r.dataset_id"                      \
    " JOIN nrc.agency a ON a.id = d.agency_id"                                                     \
    " LEFT JOIN nrc.subject_version v ON v.subject = r.subject AND v.schema_id = r.schema_id"      \
    "  AND v.deleted_at IS NULL"

#define AUDIT_COLUMNS                                                                              \
    "u.id, u.at, u.what, u.object, a.code AS agency, u.by_name AS \"by\", u.by_db_login AS db_login, u.why"
#define AUDIT_FROM " FROM nrc.audit u LEFT JOIN nrc.agency a ON a.id = u.agency_id"
/* $1: the reader's agency; NULL: the Center. What is about no agency is the Center's own. */
#define AUDIT_IS_FOR " ($1::text IS NULL OR a.code = $1 OR nrc.answering_code(a.id) = $1)"

#define SUBSCRIPTION_COLUMNS                                                                       \
    "s.name, c.name AS account, s.kind, s.url, a.code AS agency,"                                  \
    " CASE WHEN s.dataset_id IS NOT NULL THEN coalesce(da.code || '.' || d.name, '(removed)') END"  \
    " AS dataset, to_jsonb(s.classes) AS classes, to_jsonb(s.types) AS types,"                     \
    " CASE WHEN s.disabled_at IS NOT NULL THEN 'disabled' WHEN q.failing_since IS NOT NULL"        \
    "  THEN 'failing' ELSE 'active' END AS state,"                                                 \
    " (SELECT count(*) FROM nrc.delivery v WHERE v.subscription_id = s.id AND v.state = 'waiting') AS waiting," \
    " (SELECT count(*) FROM nrc.delivery v WHERE v.subscription_id = s.id"                         \
    "  AND v.state IN ('failed', 'skipped')) AS missed, q.failing_since"
#define SUBSCRIPTION_FROM                                                                          \
    " FROM nrc.subscription s JOIN nrc.account c ON c.id = s.account_id"                           \
    " JOIN nrc.subscription_queue q ON q.subscription_id = s.id"                                   \
    " LEFT JOIN nrc.agency a ON a.id = s.agency_id LEFT JOIN nrc.dataset d ON d.id = s.dataset_id" \
    " LEFT JOIN nrc.agency da ON da.id = d.agency_id"

#define NOTIFICATION_COLUMNS                                                                       \
    "n.id, n.guid, n.at, n.type, t.name_ar, a.code AS agency, n.data->'datasets' AS datasets,"     \
    " n.class, n.effective_at, n.object,"                                                          \
    " (SELECT count(*) FROM nrc.acknowledgement k WHERE k.notification_id = n.id) AS acknowledged"
#define NOTIFICATION_FROM                                                                          \
    " FROM nrc.notification n JOIN nrc.notification_type t ON t.type = n.type"                     \
    " LEFT JOIN nrc.agency a ON a.id = n.agency_id"
/* $1: the reader's agency; NULL: the Center. */
#define NOTIFICATION_IS_FOR " ($1::text IS NULL OR NOT t.confined OR a.code = $1)"

#define SOURCE_COLUMNS                                                                             \
    "s.dataset, s.agency, s.name, s.name_ar, s.agency_name, s.agency_name_ar, s.status, s.severity, s.since," \
    " s.sentence, s.sentence_ar, s.what_to_do, s.what_to_do_ar, s.cause, s.lag, s.freshness, s.completeness," \
    " s.quality, s.quarantine_open, s.incidents_open, s.structure_version, s.structure_changed_at, s.judged_at"
/* $1: the reader's agency; NULL: the Center. */
#define SOURCE_IS_FOR " ($1::text IS NULL OR nrc.answering_code(s.agency_id) = $1)"

const struct sto_report_row sto_report_table[STO_REPORT_COUNT] = {
    [STO_REPORT_AGENCIES] = {AGENCY_SELECT("") " ORDER BY a.code", 0},
    [STO_REPORT_AGENCY] = {
        AGENCY_SELECT(SUCCESSION) SUCCESSION_OF " WHERE a.code = $1::text", 1},
    [STO_REPORT_DATASETS] = {
        "SELECT " DATASET_COLUMNS DATASET_FROM
        " WHERE $1::text IS NULL OR a.code = $1 ORDER BY a.code, d.name", 1},
    [STO_REPORT_DATASET] = {
        "SELECT " DATASET_COLUMNS ", d.id, a.name AS agency, a.name_ar AS agency_ar, d.leaves,"
        " d.review_people, d.breaking_people, d.breaking_notice,"
        " d.column_version, d.created_at, ya.code || '.' || y.code AS system, " DATASET_FACTS ", " DATASET_END ","
        " nrc.answering_code(a.id) AS answered_by" DATASET_FROM DATASET_FACTS_OF " WHERE" DATASET_IS, 1},
    [STO_REPORT_COLUMNS] = {
        "SELECT c.ordinal, c.name, c.field, c.type, c.precision, c.scale, c.key_ordinal AS key,"
        " NOT c.ordinal = ANY (n.field_columns) AS kept FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id = c.dataset_id"
        " JOIN nrc.agency a ON a.id = d.agency_id LEFT JOIN LATERAL (SELECT v.field_columns FROM nrc.subject_version v"
        "  WHERE v.dataset_id = d.id AND v.part = 'value' AND v.shown IS NOT NULL ORDER BY v.shown DESC LIMIT 1) n ON true WHERE" DATASET_IS " ORDER BY c.ordinal", 1},
    [STO_REPORT_GENERATIONS] = {
        "SELECT a.code || '.' || d.name AS dataset, g.number, " GENERATION_VIEW ", g.since, g.until" GENERATION_FROM
        " WHERE" DATASET_IS " AND ($2::int IS NULL OR g.number = $2) ORDER BY g.number", 2},
    [STO_REPORT_GENERATION_COLUMNS] = {
        "SELECT k.item->>'name' AS name, c.type, c.field,"
        " (SELECT string_agg(o.type, ', ' ORDER BY o.ordinal) FROM nrc.dataset_column o WHERE o.dataset_id = d.id"
        "  AND o.field = c.field AND o.ordinal <> c.ordinal) AS other_types" GENERATION_FROM
        " CROSS JOIN jsonb_array_elements(g.columns) WITH ORDINALITY AS k (item, n)"
        " JOIN nrc.dataset_column c ON c.dataset_id = d.id AND c.ordinal = (k.item->>'ordinal')::int"
        " WHERE" DATASET_IS " AND g.number = $2::int ORDER BY k.n", 2},
    [STO_REPORT_STRUCTURES] = {
        "SELECT " VERSION_COLUMNS ", v.schema_id, " VERSION_STATE ","
        " encode(s.sha256, 'hex') AS fingerprint, v.registered_at, v.registered_by" VERSION_FROM
        " JOIN nrc.schema s ON s.id = v.schema_id"
        " WHERE $1::text IS NULL OR v.subject = $1 OR" DATASET_IS VERSION_ORDER, 1},
    [STO_REPORT_STRUCTURE] = {
        "SELECT s.id AS schema_id, encode(s.sha256, 'hex') AS fingerprint, s.text FROM nrc.schema s"
        " WHERE s.id = coalesce($1::int, (SELECT v.schema_id" VERSION_FROM
        "  WHERE v.deleted_at IS NULL AND v.decision = 'approved' AND (v.subject = $2::text OR"
        "   a.code || '.' || d.name = $2 AND v.part = 'value')"
        "  ORDER BY v.version DESC LIMIT 1))", 2},
    [STO_REPORT_STRUCTURE_VERSIONS] = {
        "SELECT " VERSION_COLUMNS ", " VERSION_STATE ", v.registered_at, v.registered_by" VERSION_FROM
        " WHERE v.schema_id = $1::int" VERSION_ORDER, 1},
    [STO_REPORT_STRUCTURE_USERS] = {
        "SELECT u.account, u.agency, u.days, u.count, u.last_at FROM nrc.schema_users($1::int) u", 1},
    /* As nrc.wanted (0016_notifications.sql) will decide of structure.requested, .approved and .active. */
    [STO_REPORT_STRUCTURE_SUBSCRIBERS] = {
        "SELECT s.name AS subscription, c.name AS account, ca.code AS agency, s.kind AS channel" DATASET_FROM
        " CROSS JOIN nrc.subscription s JOIN nrc.account c ON c.id = s.account_id"
        " LEFT JOIN nrc.agency ca ON ca.id = c.agency_id WHERE" DATASET_IS " AND $2::text IS NOT NULL"
        " AND s.disabled_at IS NULL AND c.disabled_at IS NULL AND c.expires_on >= nrc.today()"
        " AND (s.agency_id IS NULL OR s.agency_id = d.agency_id) AND (s.dataset_id IS NULL OR s.dataset_id = d.id)"
        " AND (s.classes IS NULL OR $2 = ANY (s.classes)) AND (s.types IS NULL OR s.types &&"
        "  ARRAY['structure.*', 'structure.requested', 'structure.approved', 'structure.active']) ORDER BY s.name", 2},
    [STO_REPORT_FIELD_DEPENDENTS] = {
        "SELECT f.field, f.kind, f.name, f.through FROM nrc.field_dependents($1::text) f", 1},
    [STO_REPORT_POSITIONS] = {
        "SELECT p.id, a.code || '.' || d.name AS dataset, p.topic, p.partition, p.next_offset,"
        " p.epoch, p.owner, coalesce(hashtextextended('nrc.owner/' || p.owner, 0) IN (SELECT nrc.living_owners()), false) AS owner_lives,"
        " CASE WHEN p.state = 'open' AND nrc.is_paused(p.dataset_id) THEN 'paused' ELSE p.state END AS state,"
        " coalesce(p.halt_reason, (SELECT s.why FROM nrc.source_pause s WHERE s.dataset_id = p.dataset_id AND nrc.is_paused(p.dataset_id)))"
        "  AS reason, p.updated_at AS last_recorded_at"
        " FROM nrc.position p JOIN nrc.dataset d ON d.id = p.dataset_id"
        " JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE p.replaced_at IS NULL AND ($1::text IS NULL OR p.topic = $1)"
        " ORDER BY p.topic, p.partition", 1},
    [STO_REPORT_EVENT] = {
        "SELECT " FATE_COLUMNS " FROM nrc.event_at($1, $2::int, $3::bigint) f", 3},
    [STO_REPORT_EVENTS_OF_KEY] = {
        "SELECT " FATE_COLUMNS " FROM nrc.events_of_key($1, ARRAY(SELECT jsonb_array_elements_text($2::jsonb))) f", 2},
    [STO_REPORT_QUARANTINE] = {
        "SELECT " QUARANTINE_COLUMNS QUARANTINE_FROM
        QUARANTINE_WHERE " ORDER BY q.id DESC LIMIT $7::bigint", 7},
    [STO_REPORT_QUARANTINE_GROUPS] = {
        "SELECT a.code || '.' || d.name AS dataset, q.reason, q.rule, q.path, q.status, count(*) AS events,"
        " count(*) FILTER (WHERE q.withheld) AS withheld, min(q.recorded_at) AS oldest, max(q.recorded_at) AS newest"
        QUARANTINE_FROM QUARANTINE_WHERE " GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1, 2, 3, 4, 5 LIMIT $7::bigint", 7},
    [STO_REPORT_DESK_CASES] = {"SELECT * FROM nrc.desk_cases($1, $2::jsonb, $3::bigint, $4::int)", 4},
    [STO_REPORT_DESK_GROUPS] = {"SELECT * FROM nrc.desk_groups($1, $2)", 2},
    [STO_REPORT_DESK_CASE] = {"SELECT * FROM nrc.desk_case($3, $1::bigint, $2::int)", 3},
    [STO_REPORT_STEWARD_CASE] = {"SELECT * FROM nrc.steward_case($1::bigint, $2::int)", 2},
    [STO_REPORT_INCIDENTS] = {
        "SELECT " INCIDENT_COLUMNS INCIDENT_FROM INCIDENT_WHERE, 8},
    [STO_REPORT_INCIDENT_ROWS] = {
        "SELECT " INCIDENT_COLUMNS INCIDENT_MORE INCIDENT_FROM INCIDENT_WHERE, 8},
    [STO_REPORT_INCIDENT] = {
        "SELECT " INCIDENT_COLUMNS INCIDENT_MORE INCIDENT_FROM
        " WHERE i.id = $1::bigint AND " INCIDENT_IS_FOR("$2"), 2},
    [STO_REPORT_INCIDENT_TOLD] = {
        "SELECT v.at, n.type, s.kind AS channel, s.name AS \"to\", v.state AS outcome"
        " FROM nrc.incident_told t JOIN nrc.notification n ON n.id = t.notification_id"
        " CROSS JOIN LATERAL (SELECT coalesce(e.delivered_at, e.last_at, n.at) AS at, e.state, e.subscription_id FROM nrc.delivery e"
        "  WHERE e.notification_id = n.id"
        "  UNION ALL SELECT u.at, 'delivered', u.id FROM nrc.told o, unnest(o.subscription_ids, o.delivered_at) u(id, at)"
        "  WHERE o.notification_id = n.id) v"
        " JOIN nrc.subscription s ON s.id = v.subscription_id JOIN nrc.account c ON c.id = s.account_id"
        " LEFT JOIN nrc.agency a ON a.id = c.agency_id"
        " WHERE t.incident_id = $1::bigint AND ($2::text IS NULL OR a.code = $2)"
        " ORDER BY n.id, s.name", 2},
    [STO_REPORT_HANDOVER_SPAN] = {
        "SELECT f.t AS \"from\", now() AS \"to\", to_char(f.t AT TIME ZONE 'Asia/Muscat', 'YYYY-MM-DD HH24:MI') AS from_local,"
        " to_char(now() AT TIME ZONE 'Asia/Muscat', 'YYYY-MM-DD HH24:MI') AS to_local"
        " FROM (SELECT coalesce($1::timestamptz, now() - interval '8 hours')) f(t)", 1},
    [STO_REPORT_HANDOVER] = {
        "SELECT " INCIDENT_COLUMNS INCIDENT_FROM " WHERE " INCIDENT_IS_FOR("$3") " AND CASE $1::text"
        " WHEN 'opened' THEN EXISTS (SELECT FROM nrc.incident_event e WHERE e.incident_id = i.id AND e.at >= $2::timestamptz"
        "  AND e.what IN ('opened', 'reopened'))"
        " WHEN 'closed' THEN i.closed_at >= $2::timestamptz"
        " WHEN 'open' THEN i.closed_at IS NULL"
        " WHEN 'unacknowledged' THEN i.closed_at IS NULL AND i.acknowledged_at IS NULL AND i.caused_by IS NULL END"
        " AND (i.closed_at IS NULL OR i.changed_at >= $2::timestamptz) ORDER BY severity DESC, i.id", 3},
    [STO_REPORT_HANDOVER_COMMENTS] = {
        "SELECT e.at, i.id AS incident, i.kind, a.code || '.' || d.name AS dataset, e.detail AS text, e.by_login AS \"by\""
        INCIDENT_FROM " JOIN nrc.incident_event e ON e.incident_id = i.id AND e.what = 'commented'"
        " WHERE i.changed_at >= $1::timestamptz AND e.at >= $1::timestamptz AND " INCIDENT_IS_FOR("$2") " ORDER BY e.at", 2},
    [STO_REPORT_CONTACTS] = {
        "SELECT k.id, a.code AS agency, k.ordinal AS place, k.name, k.name_ar, s.name AS subscription, s.kind AS channel,"
        " (SELECT jsonb_agg((ARRAY['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[v]) FROM unnest(k.days) e(v)) AS days,"
        " to_char(k.from_time, 'HH24:MI') || '-' || to_char(k.until_time, 'HH24:MI') AS hours, k.on_holidays,"
        " k.is_always AS always, k.is_head AS head, nrc.contact_is_on(k, now()) AS is_on"
        " FROM nrc.contact k JOIN nrc.subscription s ON s.id = k.subscription_id LEFT JOIN nrc.agency a ON a.id = k.agency_id"
        " WHERE k.removed_at IS NULL AND ($1::text IS NULL OR a.code = $1) ORDER BY a.code NULLS FIRST, k.ordinal", 1},
    [STO_REPORT_OUTAGES] = {
        "SELECT o.id, o.is_planned AS planned, o.state, o.starts_at, o.ends_at, o.reason, o.reason_ar FROM nrc.center_outage o"
        " WHERE $1::text IS NOT NULL OR o.state IN ('announced', 'begun') ORDER BY o.id DESC LIMIT $2::bigint", 2},
    [STO_REPORT_INCIDENT_CURSOR] = {
        "SELECT to_char(coalesce(max(i.changed_at), 'epoch') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        " AS cursor FROM nrc.incident i", 0},
    [STO_REPORT_INCIDENT_EVENTS] = {
        "SELECT e.at, e.what, e.detail, e.by_login AS \"by\" FROM nrc.incident_event e"
        " WHERE e.incident_id = $1::bigint ORDER BY e.at, e.ctid", 1},
    [STO_REPORT_LEDGER] = {
        "SELECT l.recorded_at, a.code || '.' || d.name AS dataset, p.topic, p.partition, l.kind,"
        " l.epoch, l.from_offset, l.next_offset, l.received, l.skipped, l.applied, l.duplicate,"
        " l.stale, l.quarantined, l.exempt, l.reason FROM nrc.ledger l"
        " LEFT JOIN nrc.position p ON p.id = l.position_id"
        " LEFT JOIN nrc.dataset d ON d.id = l.dataset_id LEFT JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE $1::text IS NULL OR p.topic = $1"
        " ORDER BY l.recorded_at DESC, l.position_id DESC LIMIT $2::bigint", 2},
    [STO_REPORT_LEDGER_TOTALS] = {
        "SELECT a.code || '.' || d.name AS dataset, coalesce(sum(l.received), 0)::bigint AS received,"
        " coalesce(sum(l.skipped), 0)::bigint AS skipped,"
        " coalesce(sum(l.applied), 0)::bigint AS applied,"
        " coalesce(sum(l.duplicate), 0)::bigint AS duplicate,"
        " coalesce(sum(l.stale), 0)::bigint AS stale,"
        " coalesce(sum(l.quarantined), 0)::bigint AS quarantined,"
        " coalesce(sum(l.exempt), 0)::bigint AS exempt,"
        " coalesce(sum(greatest(l.next_offset - l.from_offset, 0)) FILTER (WHERE l.kind = 'gap'), 0)"
        "::bigint AS gap FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
        " LEFT JOIN nrc.ledger l ON l.dataset_id = d.id GROUP BY 1 ORDER BY 1", 0},
    [STO_REPORT_LEDGER_FAULTS] = {FAULT_SELECT("nrc.ledger_faults()"), 0},
    [STO_REPORT_DATASET_FAULTS] = {FAULT_SELECT("nrc.dataset_faults($1::int)"), 1},
    [STO_REPORT_FRESHNESS] = {
        "SELECT a.code || '.' || d.name AS dataset, coalesce(f.state, CASE WHEN nrc.promises_freshness(c.contract)"
        "  THEN 'not_judged' ELSE 'not_promised' END) AS state, f.reason, f.since, f.limit_at, f.last_arrival,"
        " f.judged_at, f.sentence, f.rests_on_estimate, f.sentence_ar" DATASET_FROM
        " LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'"
        " LEFT JOIN nrc.freshness f ON f.dataset_id = d.id AND nrc.promises_freshness(c.contract)"
        " WHERE d.retired_on IS NULL AND ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NULL OR f.state = $2) ORDER BY 1", 2},
    [STO_REPORT_MEASURES] = {
        "SELECT m.at, m.kind, m.received, m.applied, m.duplicate, m.stale, m.quarantined, m.exempt, m.deletes,"
        " round((l.whole ->> 'p50')::numeric, 3) AS p50, round((l.whole ->> 'p95')::numeric, 3) AS p95,"
        " round((l.whole ->> 'p99')::numeric, 3) AS p99, round((l.whole ->> 'max')::numeric, 3) AS max,"
        " (l.whole ->> 'unknown')::bigint AS late_unknown, (l.whole ->> 'negative')::bigint AS late_negative,"
        " nrc.measured_reasons(m.reasons, m.reason_counts) AS reasons, nrc.measured_rules(m.keys, m.counts) AS rules,"
        " nrc.measured_fields(d.id, m.keys, m.counts) AS fields,"
        " jsonb_build_object('captured', nrc.lateness_json(m.keys, m.counts, 3),"
        "  'arrived', nrc.lateness_json(m.keys, m.counts, 4), 'available', nrc.lateness_json(m.keys, m.counts, 5),"
        "  'carried', nrc.lateness_json(m.keys, m.counts, 6), 'whole', l.whole) AS legs" DATASET_FROM
        " CROSS JOIN LATERAL nrc.measured(d.id, $2::text, coalesce($3::timestamptz, '-infinity'),"
        "  coalesce($4::timestamptz, 'infinity')) m"
        " CROSS JOIN LATERAL (SELECT nrc.lateness_json(m.keys, m.counts, 7) AS whole) l"
        " WHERE" DATASET_IS " ORDER BY m.at, m.kind DESC", 4},
    [STO_REPORT_QUALITY] = {
        "SELECT d.dataset, d.from_at AS \"from\", d.until_at AS \"until\", d.contract, d.received,"
        " max(d.score) FILTER (WHERE d.n = 1) AS accuracy, max(d.score) FILTER (WHERE d.n = 2) AS validity,"
        " max(d.score) FILTER (WHERE d.n = 3) AS consistency, max(d.score) FILTER (WHERE d.n = 4) AS"
        " timeliness, max(d.score) FILTER (WHERE d.n = 5) AS relevance, max(d.score) FILTER (WHERE d.n = 6) AS"
        " completeness, max(d.score) FILTER (WHERE d.n = 7) AS structure_fitness, max(d.score) FILTER (WHERE"
        " d.n = 8) AS source_credibility, max(d.score) FILTER (WHERE d.n = 9) AS flow_readiness,"
        " jsonb_agg(jsonb_build_object('dimension', d.dimension, 'name_ar', d.name_ar, 'score', d.score, 'state', d.state,"
        "  'broken', d.is_broken, 'parts', d.parts) ORDER BY d.n) AS dimensions"
        " FROM (SELECT q.dataset, q.from_at, q.until_at, q.contract, q.received, q.n, q.dimension, q.name_ar, q.score, q.state,"
        "  q.is_broken, jsonb_agg(jsonb_build_object('part', q.part, 'score', q.part_score, 'numerator', q.numerator,"
        "   'denominator', q.denominator, 'why', q.why, 'detail', q.detail) ORDER BY q.part_score NULLS LAST, q.part) AS parts"
        "  FROM " QUALITY " q GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) d"
        " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2", 6},
    [STO_REPORT_QUALITY_PARTS] = {
        "SELECT q.dataset, q.from_at AS \"from\", q.until_at AS \"until\", q.contract, q.received, q.dimension, q.name_ar,"
        " q.score, q.state, q.is_broken, q.part, q.part_score, q.numerator, q.denominator, q.why, q.detail->>'origin' AS origin,"
        " (SELECT string_agg(v, ', ' ORDER BY o) FROM jsonb_array_elements_text(q.detail->'versions') WITH ORDINALITY t(v, o))"
        " AS versions, q.detail->>'threshold' AS threshold, (q.detail->>'holds')::boolean AS holds,"
        " (q.detail->>'uncertain')::bigint AS uncertain, q.detail->>'unit' AS unit, (q.detail->>'skipped')::bigint AS skipped,"
        " (SELECT string_agg(format('%s: %s of %s', v->>'version', (v->>'evaluated')::bigint - (v->>'failed')::bigint,"
        "  v->>'evaluated'), ', ' ORDER BY o) FROM jsonb_array_elements(q.detail->'by_version') WITH ORDINALITY t(v, o)"
        "  WHERE jsonb_array_length(q.detail->'by_version') > 1) AS by_version"
        " FROM " QUALITY " q ORDER BY q.dataset, q.from_at, q.n, q.part_score NULLS LAST, q.part", 6},
    [STO_REPORT_SEQUENCES] = {
        "SELECT a.code || '.' || d.name AS dataset, s.field, s.starts_at, s.state, s.lowest, s.highest,"
        " g.gaps, g.missing, g.oldest AS oldest_gap_at, s.too_many_from, s.unnumbered, s.unread,"
        " nrc.quarantined_now(d.id) AS in_quarantine, d.exempt OR d.exempt_field IS NOT NULL AS may_be_exempt,"
        " nullif(s.turned_at, '-infinity') AS turned_at, s.failed" DATASET_FROM " JOIN nrc.sequence s ON s.dataset_id = d.id"
        " CROSS JOIN LATERAL (SELECT count(*) AS gaps, coalesce(sum(o.to_number::numeric - o.from_number + 1), 0) AS missing,"
        "  min(o.opened_at) AS oldest FROM nrc.sequence_gap o WHERE o.dataset_id = d.id AND o.closed_at IS NULL) g"
        " WHERE ($1::text IS NULL OR" DATASET_IS ") ORDER BY 1", 1},
    [STO_REPORT_SEQUENCE_GAPS] = {
        "SELECT a.code || '.' || d.name AS dataset, g.from_number AS \"from\", g.to_number AS \"to\","
        " g.to_number::numeric - g.from_number + 1 AS numbers,"
        " nrc.multirange_size(s.quarantined * int8multirange(int8range(g.from_number, g.to_number + 1))) AS quarantined,"
        " coalesce(g.ended, 'open') AS state,"
        " floor(extract(epoch FROM coalesce(g.closed_at, now()) - g.opened_at))::bigint AS age_s, g.opened_at, g.closed_at"
        DATASET_FROM " JOIN nrc.sequence_gap g ON g.dataset_id = d.id JOIN nrc.sequence s ON s.dataset_id = d.id"
        " WHERE ($1::text IS NULL OR" DATASET_IS ") AND ($2::text IS NOT NULL OR g.closed_at IS NULL)"
        " ORDER BY g.closed_at DESC NULLS FIRST, g.opened_at, 1, g.from_number LIMIT $3::bigint", 3},
    [STO_REPORT_CONTROLS] = {
        "SELECT " CONTROL_COLUMNS CONTROL_FROM " WHERE ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NULL OR j.state = $2) ORDER BY t.id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_CONTROL] = {
        "SELECT " CONTROL_COLUMNS ", CASE WHEN d.event_time_field IS NULL THEN 'kafka' ELSE 'event_time' END AS basis,"
        " t.statement_id, t.events - (j.recorded + j.quarantined) AS missing_events, j.recorded, j.duplicate, j.quarantined,"
        " j.untimed, j.exempt AS exempt_at_most, j.halted, encode(t.checksum, 'hex') AS checksum,"
        " encode(j.checksum, 'hex') AS checksum_here, encode(j.lone_digest, 'hex') AS lone_digest, t.has_list, t.grace_s, j.due_at,"
        " j.judged_at, j.next_at, j.failed, t.stated_by" CONTROL_FROM " WHERE t.id = $1::bigint", 1},
    [STO_REPORT_CONTROLS_REFUSED] = {
        "SELECT a.code AS agency, r.partition, r.from_offset, r.next_offset, r.sent_at, r.refused_at, r.reason, r.detail"
        " FROM nrc.control_refused r JOIN nrc.agency a ON a.id = r.agency_id"
        " WHERE ($1::text IS NULL OR $1 IN (a.code, nrc.answering_code(a.id))) AND ($2::text IS NULL OR a.code = $2)"
        " ORDER BY r.id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_CONTROL_KEYS] = {
        "SELECT x.side, x.key, encode(x.digest, 'hex') AS sha256 FROM nrc.control_difference x"
        " WHERE x.control_id = $1::bigint ORDER BY x.side DESC, x.key, x.digest", 1},
    [STO_REPORT_ACCOUNTS] = {"SELECT " ACCOUNT_COLUMNS ACCOUNT_FROM " ORDER BY c.name", 0},
    [STO_REPORT_ACCOUNT] = {
        "SELECT " ACCOUNT_COLUMNS ", c.reviewed_by, c.created_at, c.created_by, c.disabled_at,"
        " c.disabled_reason, (SELECT count(*) FROM nrc.account_secret s WHERE s.account_id = c.id"
        "  AND (s.revoked_at IS NULL OR s.revoked_at > now())) AS secrets"
        ACCOUNT_FROM " WHERE c.name = $1::text", 1},
    [STO_REPORT_ACCOUNTS_OVERDUE] = {
        "SELECT c.name, c.person, c.person_ar, a.code AS agency, " ACCOUNT_ROLES ", c.decision,"
        " coalesce(c.reviewed_at, c.created_at) AS last_reviewed,"
        " (now()::date - coalesce(c.reviewed_at, c.created_at)::date) AS days" ACCOUNT_FROM
        " WHERE c.disabled_at IS NULL"
        " AND coalesce(c.reviewed_at, c.created_at) < now() - interval '1 year' ORDER BY 7, c.name", 0},
    [STO_REPORT_ACCOUNT_EVENTS] = {
        "SELECT e.at, e.what, e.by_name AS \"by\", e.by_db_login AS db_login, e.detail"
        " FROM nrc.account_event e JOIN nrc.account c ON c.id = e.account_id"
        " WHERE c.name = $1::text ORDER BY e.id", 1},
    [STO_REPORT_DELEGATIONS] = {
        "SELECT f.name AS \"from\", t.name AS \"to\", to_jsonb(d.roles) AS roles,"
        " d.from_date, d.until_date,"
        " (now() AT TIME ZONE 'UTC')::date BETWEEN d.from_date AND d.until_date AS in_force,"
        " d.reason, d.created_by FROM nrc.delegation d JOIN nrc.account f ON f.id = d.from_account"
        " JOIN nrc.account t ON t.id = d.to_account"
        " WHERE $1::text IS NULL OR f.name = $1 OR t.name = $1 ORDER BY d.id", 1},
    [STO_REPORT_NOTICES] = {
        "SELECT " NOTICE_COLUMNS NOTICE_FROM
        " WHERE ($1::text IS NULL OR EXISTS (SELECT" DATASET_FROM " JOIN nrc.notice_dataset o ON o.dataset_id = d.id"
        "  WHERE o.notice_id = n.id AND" DATASET_IS "))"
        " AND ($2::text IS NOT NULL OR nrc.notice_state(n) IN ('announced', 'in_force'))"
        " ORDER BY n.starts_at DESC, n.id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_NOTICE] = {
        "SELECT " NOTICE_COLUMNS ", n.means, n.filed_at, n.filed_by, n.withdrawn_at" NOTICE_FROM
        " WHERE n.id = $1::bigint", 1},
    [STO_REPORT_CONTRACTS] = {
        "SELECT " CONTRACT_COLUMNS CONTRACT_FROM " WHERE ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NOT NULL OR c.id = n.id) ORDER BY c.id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_CONTRACT] = {
        "SELECT " CONTRACT_COLUMNS ", c.text, c.contract" CONTRACT_FROM " WHERE" DATASET_IS
        " AND ($2::text IS NULL AND c.id = n.id OR c.version = $2)", 2},
    [STO_REPORT_REFERENCES] = {
        "SELECT r.dataset, r.name, r.state, r.rows, r.within_grace, r.violations, r.oldest, r.may_be_exempt, r.reason,"
        " r.in_violation, r.fields, r.to_dataset, r.to_fields, r.severity, r.grace_seconds, r.looked_at, r.whole_at"
        " FROM nrc.reference_now r WHERE $1::text IS NULL OR r.dataset = $1 ORDER BY r.dataset, r.name", 1},
    [STO_REPORT_REFERENCE_KEYS] = {
        "SELECT m.since, m.since < now() - coalesce((r.definition->>'grace_seconds')::bigint, 0) * interval '1 second'"
        "  AS violates, m.key, m.refers"
        DATASET_FROM " JOIN nrc.reference r ON r.dataset_id = d.id"
        " JOIN nrc.reference_missing m ON m.reference_id = r.id"
        " WHERE" DATASET_IS " AND r.name = $2::text ORDER BY m.since, m.key_hash LIMIT $3::bigint", 3},
    [STO_REPORT_HOLIDAYS] = {
        "SELECT h.id, h.first_day, h.last_day, h.kind, h.name, h.name_ar, h.instrument, h.instrument_date,"
        " CASE WHEN h.replaced_by IS NOT NULL THEN 'replaced' WHEN h.withdrawn_at IS NOT NULL THEN 'withdrawn'"
        "  ELSE 'in_force' END AS state, h.loaded_at, h.loaded_by, h.withdrawn_why AS why"
        " FROM nrc.holiday h WHERE ($1::int IS NULL OR $1::int BETWEEN extract(year FROM h.first_day)"
        "  AND extract(year FROM h.last_day)) AND ($2::text IS NOT NULL OR h.withdrawn_at IS NULL)"
        " ORDER BY h.first_day DESC, h.id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_REQUESTS] = {
        "SELECT " REQUEST_COLUMNS REQUEST_FROM " WHERE ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NOT NULL OR r.state = 'pending') ORDER BY r.id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_REQUEST] = {
        "SELECT " REQUEST_COLUMNS ", r.subject, r.compared_with, r.decided_at, r.findings AS difference"
        REQUEST_FROM " WHERE r.id = $1::bigint", 1},
    [STO_REPORT_DECISIONS] = {
        "SELECT o.at, CASE WHEN o.approves THEN 'approved' ELSE 'rejected' END AS decision, o.by_name AS \"by\","
        " o.by_db_login AS db_login, o.reason FROM nrc.structure_decision o"
        " WHERE o.request_id = $1::bigint ORDER BY o.at, o.by_name", 1},
    [STO_REPORT_VIOLATIONS] = {
        "SELECT x.id, x.at, x.kind, a.code || '.' || d.name AS dataset, x.object, x.class, x.by_name AS \"by\""
        " FROM nrc.violation x JOIN nrc.dataset d ON d.id = x.dataset_id JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE $1::text IS NULL OR" DATASET_IS " ORDER BY x.id DESC LIMIT $2::bigint", 2},
    [STO_REPORT_AUDIT_ROWS] = {
        "SELECT " AUDIT_COLUMNS AUDIT_FROM " WHERE" AUDIT_IS_FOR
        " AND ($2::text IS NULL OR u.object = $2 OR right($2, 2) = '/*' AND starts_with(u.object, left($2, -1)))"
        " AND ($3::text IS NULL OR u.what = $3 OR right($3, 2) = '.*' AND starts_with(u.what, left($3, -1)))"
        " AND ($4::text IS NULL OR u.by_name = $4) AND ($5::text IS NULL OR a.code = $5)"
        " AND ($6::timestamptz IS NULL OR u.at >= $6) AND ($7::timestamptz IS NULL OR u.at < $7)"
        " AND ($8::bigint IS NULL OR u.id < $8) ORDER BY u.id DESC LIMIT $9::bigint", 9},
    [STO_REPORT_AUDIT_ROW] = {
        "SELECT " AUDIT_COLUMNS ", u.before, u.after" AUDIT_FROM " WHERE" AUDIT_IS_FOR " AND u.id = $2::bigint", 2},
    [STO_REPORT_AUDIT] = {
        "SELECT u.at, u.what, u.by_name AS \"by\", u.by_db_login AS db_login, u.why, u.before, u.after"
        " FROM nrc.audit u WHERE u.object = $1::text ORDER BY u.id", 1},
    [STO_REPORT_AGENCY_HEADS] = {
        "SELECT h.division, h.head, h.valid_from AS \"from\", h.valid_to AS until FROM nrc.agency_head h"
        " JOIN nrc.agency a ON a.id = h.agency_id WHERE a.code = $1::text ORDER BY h.valid_from DESC", 1},
    [STO_REPORT_SYSTEMS] = {
        "SELECT " SYSTEM_COLUMNS SYSTEM_FROM " WHERE $1::text IS NULL OR a.code = $1 ORDER BY a.code, y.code", 1},
    [STO_REPORT_SYSTEM] = {
        "SELECT " SYSTEM_COLUMNS ", y.retired_reason, y.created_at,"
        " (SELECT coalesce(jsonb_agg(b.code || '.' || d.name ORDER BY b.code, d.name), '[]') FROM nrc.dataset d"
        "  JOIN nrc.agency b ON b.id = d.agency_id WHERE d.system_id = y.id) AS serves" SYSTEM_FROM
        " WHERE a.code || '.' || y.code = $1::text", 1},
    [STO_REPORT_CATALOGUE_AGENCIES] = {
        "SELECT a.code, a.name, a.name_ar, a.legal_class AS class, a.state, h.division, h.head, h.valid_from AS since,"
        " nrc.answering_code(a.id) AS answered_by" SUCCESSION ","
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('division', o.division, 'head', o.head, 'from', o.valid_from,"
        "   'until', o.valid_to) ORDER BY o.valid_from), '[]') FROM nrc.agency_head o WHERE o.agency_id = a.id) AS heads"
        " FROM nrc.agency a LEFT JOIN LATERAL nrc.head_on(nrc.answering_agency(a.id), nrc.today()) h ON true"
        SUCCESSION_OF " WHERE" OF_AGENCY " ORDER BY a.code", 1},
    [STO_REPORT_CATALOGUE_SYSTEMS] = {
        "SELECT a.code AS agency, a.code || '.' || y.code AS system, y.name, y.name_ar, y.description, y.retired_on"
        SYSTEM_FROM " WHERE" OF_AGENCY " ORDER BY a.code, y.code", 1},
    [STO_REPORT_CATALOGUE_DATASETS] = {
        "SELECT a.code AS agency, ya.code || '.' || y.code AS system, a.code || '.' || d.name AS dataset, "
        DATASET_FACTS ", d.topic, to_jsonb(d.key_fields) AS key, " DATASET_STATE ","
        " (d.created_at AT TIME ZONE 'UTC')::date AS declared_on, " DATASET_END ","
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('subject', v.subject, 'version', v.version, 'part', v.part,"
        "   'schema_id', v.schema_id, 'state', nrc.structure_state(v), 'registered_at', v.registered_at)"
        "   ORDER BY v.part DESC, v.subject, v.version), '[]')"
        "  FROM nrc.subject_version v WHERE v.dataset_id = d.id AND v.deleted_at IS NULL) AS structures,"
        " (SELECT string_agg(format('%s: id %s, %s', v.version, v.schema_id, nrc.structure_state(v)), '; ' ORDER BY v.version)"
        "  FROM nrc.subject_version v WHERE v.dataset_id = d.id AND v.deleted_at IS NULL AND v.part = 'value') AS versions"
        DATASET_FROM
        DATASET_FACTS_OF " WHERE" OF_AGENCY " ORDER BY a.code, y.code NULLS LAST, d.name", 1},
    [STO_REPORT_SOURCE_GAPS] = {
        "SELECT gap, agency, object, detail, since FROM nrc.source_gaps($1::text)", 1},
    [STO_REPORT_SOURCE_LISTS] = {
        "SELECT l.id, l.instrument, l.dated, (SELECT count(*) FROM nrc.listed_source o WHERE o.list_id = l.id) AS sources,"
        " l.replaced_at IS NULL AS in_force, l.loaded_at, l.loaded_by, l.replaced_at FROM nrc.source_list l"
        " ORDER BY l.id DESC", 0},
    [STO_REPORT_SUBSCRIPTIONS] = {
        "SELECT " SUBSCRIPTION_COLUMNS SUBSCRIPTION_FROM " WHERE $1::text IS NULL OR c.name = $1 ORDER BY s.name", 1},
    [STO_REPORT_SUBSCRIPTION] = {
        "SELECT " SUBSCRIPTION_COLUMNS ", s.created_at, s.created_by, s.disabled_at, s.disabled_by, s.disabled_why"
        SUBSCRIPTION_FROM " WHERE s.name = $1::text AND ($2::text IS NULL OR c.name = $2)", 2},
    [STO_REPORT_DELIVERIES] = {
        "SELECT n.id, n.guid, n.type, n.at, v.state, v.attempts, v.last_status AS status, v.last_error AS error, v.last_at,"
        " v.delivered_at FROM nrc.delivery v JOIN nrc.subscription s ON s.id = v.subscription_id"
        " JOIN nrc.notification n ON n.id = v.notification_id WHERE s.name = $1::text"
        " AND ($2::text IS NULL OR v.state IN ('failed', 'skipped')) ORDER BY v.notification_id DESC LIMIT $3::bigint", 3},
    [STO_REPORT_NOTIFICATIONS] = {
        "SELECT " NOTIFICATION_COLUMNS NOTIFICATION_FROM " WHERE" NOTIFICATION_IS_FOR
        " AND ($2::text IS NULL OR EXISTS (SELECT FROM nrc.dataset d JOIN nrc.agency e ON e.id = d.agency_id"
        "  WHERE d.id = ANY (n.dataset_ids) AND e.code || '.' || d.name = $2))"
        " AND ($3::text IS NULL OR t.asks AND NOT EXISTS (SELECT FROM nrc.acknowledgement k WHERE k.notification_id = n.id))"
        " ORDER BY n.id DESC LIMIT $4::bigint", 4},
    [STO_REPORT_NOTIFICATION] = {
        "SELECT " NOTIFICATION_COLUMNS ", n.data" NOTIFICATION_FROM " WHERE" NOTIFICATION_IS_FOR
        " AND n.id = nrc.notification_id($2::text)", 2},
    [STO_REPORT_ACKNOWLEDGEMENTS] = {
        "SELECT k.at, c.name AS account, k.person, k.by_name AS \"by\", k.by_db_login AS db_login FROM nrc.acknowledgement k"
        " LEFT JOIN nrc.account c ON c.id = k.account_id WHERE k.notification_id = nrc.notification_id($1::text)"
        " ORDER BY k.at, k.person", 1},
    [STO_REPORT_TOLD] = {
        "SELECT s.name AS subscription, c.name AS account, v.state, v.attempts, v.delivered_at"
        " FROM (SELECT d.notification_id, d.subscription_id, d.state, d.attempts, d.delivered_at FROM nrc.delivery d UNION ALL"
        "  SELECT o.notification_id, o.subscription_id, 'delivered', NULL, o.delivered_at"
        "  FROM (SELECT t.notification_id, unnest(t.subscription_ids) AS subscription_id, unnest(t.delivered_at) AS delivered_at"
        "   FROM nrc.told t) o) v"
        " JOIN nrc.subscription s ON s.id = v.subscription_id JOIN nrc.account c ON c.id = s.account_id"
        " WHERE v.notification_id = nrc.notification_id($1::text)"
        " UNION ALL SELECT t.name, NULL, CASE WHEN m.published_at IS NULL THEN 'waiting' ELSE 'delivered' END,"
        " (m.published_at IS NOT NULL)::int, m.published_at FROM nrc.topic_message m JOIN nrc.topic t ON t.id = m.topic_id"
        " WHERE m.notification_id = nrc.notification_id($1::text) ORDER BY 1", 1},
    [STO_REPORT_TOPICS] = {
        "SELECT t.name, t.readers, t.opened_at,"
        " (SELECT count(*) FROM nrc.topic_message m WHERE m.topic_id = t.id AND m.published_at IS NULL) AS waiting,"
        " p.published, p.last_at, t.failing_since, t.attempts, t.last_error AS error FROM nrc.topic t"
        " CROSS JOIN LATERAL (SELECT count(*) AS published, max(m.published_at) AS last_at FROM nrc.topic_message m"
        "  WHERE m.topic_id = t.id AND m.published_at IS NOT NULL) p"
        " UNION ALL SELECT a.code || '.rejected', 'agency', t.opened_at,"
        " (SELECT count(*) FROM nrc.reject r WHERE r.agency_id = t.agency_id AND r.published_at IS NULL),"
        " p.published, p.last_at, t.failing_since, t.attempts, t.last_error FROM nrc.reject_topic t"
        " JOIN nrc.agency a ON a.id = t.agency_id CROSS JOIN LATERAL"
        " (SELECT count(*) AS published, max(r.published_at) AS last_at FROM nrc.reject r"
        "  WHERE r.agency_id = t.agency_id AND r.published_at IS NOT NULL) p ORDER BY 1", 0},
    [STO_REPORT_SOURCES_CURSOR] = {
        "SELECT coalesce((extract(epoch FROM max(s.changed_at)) * 1000000)::bigint, 0)::text AS cursor FROM nrc.source_status s", 0},
    [STO_REPORT_SOURCES] = {
        "SELECT " SOURCE_COLUMNS " FROM nrc.source_now s WHERE" SOURCE_IS_FOR
        " AND ($2::text IS NULL OR s.agency = $2 OR nrc.answering_code(s.agency_id) = $2)"
        " AND ($3::text IS NULL OR s.status = $3)"
        " AND ($4::bigint IS NULL OR s.changed_at > 'epoch'::timestamptz + $4 * interval '1 microsecond')"
        " ORDER BY s.severity DESC, s.rank DESC, s.since, s.dataset", 4},
    [STO_REPORT_SOURCE] = {
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
    [STO_REPORT_SOURCE_TEXTS] = {
        "SELECT s.dataset, s.status, s.since, s.sentence, s.sentence_ar, s.what_to_do, s.what_to_do_ar,"
        " CASE WHEN s.cause IS NOT NULL THEN format('incident %s (%s)', s.cause->>'incident', s.cause->>'kind') END AS cause_text,"
        " h.head || ', ' || h.division AS coordinator_text, s.tell, s.tell_ar, s.judged_at"
        " FROM nrc.source_now s LEFT JOIN LATERAL nrc.head_on(nrc.answering_agency(s.agency_id), nrc.today()) h ON true"
        " WHERE" SOURCE_IS_FOR " AND s.dataset = $2", 2},
    [STO_REPORT_SOURCE_PARTITIONS] = {
        "SELECT p.topic, p.partition, p.state, p.engine, p.position, p.log_end, p.events, p.age_s AS waits_s, p.verdict, p.trend"
        " FROM nrc.source_now s CROSS JOIN LATERAL jsonb_to_recordset(s.partitions) AS p(topic text, partition int, state text,"
        "  engine text, position bigint, log_end bigint, events bigint, age_s bigint, verdict text, trend text)"
        " WHERE s.dataset = $1 ORDER BY 1, 2", 1},
    [STO_REPORT_SOURCE_SERIES] = {
        "SELECT r.at, r.lag_events, r.lag_age_s, r.latency_s, r.taken, r.rejected FROM nrc.source_now s"
        " CROSS JOIN LATERAL nrc.source_series(s.dataset_id, $2::text) r WHERE s.dataset = $1 ORDER BY 1", 2},
    [STO_REPORT_OVERVIEW] = {
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
    [STO_REPORT_SERVER] = {
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
    [STO_REPORT_ROLES_LACKED] = {
        "SELECT r.rolname AS role, session_user AS login FROM pg_roles r"
        " WHERE r.rolname IN ('nrc_ingest', 'nrc_registry', 'nrc_monitor', 'nrc_reader', 'nrc_steward', 'nrc_relay', 'nrc_watch', 'nrc_desk')"
        " AND NOT pg_has_role(session_user, r.oid, 'MEMBER') ORDER BY 1", 0},
};
/* clang-format on */
