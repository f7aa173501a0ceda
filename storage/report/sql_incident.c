/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_incident.c - reports of incidents, hand-overs, contacts and outages. */
#include "storage/report/report_priv.h"
#include "storage/report/sql_parts.h"

/* clang-format off */
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

static const struct sto_report_row rows[] = {
    {STO_REPORT_INCIDENTS,
        "SELECT " INCIDENT_COLUMNS INCIDENT_FROM INCIDENT_WHERE, 8},
    {STO_REPORT_INCIDENT_ROWS,
        "SELECT " INCIDENT_COLUMNS INCIDENT_MORE INCIDENT_FROM INCIDENT_WHERE, 8},
    {STO_REPORT_INCIDENT,
        "SELECT " INCIDENT_COLUMNS INCIDENT_MORE INCIDENT_FROM
        " WHERE i.id = $1::bigint AND " INCIDENT_IS_FOR("$2"), 2},
    {STO_REPORT_INCIDENT_TOLD,
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
    {STO_REPORT_HANDOVER_SPAN,
        "SELECT f.t AS \"from\", now() AS \"to\", to_char(f.t AT TIME ZONE 'Asia/Muscat', 'YYYY-MM-DD HH24:MI') AS from_local,"
        " to_char(now() AT TIME ZONE 'Asia/Muscat', 'YYYY-MM-DD HH24:MI') AS to_local"
        " FROM (SELECT coalesce($1::timestamptz, now() - interval '8 hours')) f(t)", 1},
    {STO_REPORT_HANDOVER,
        "SELECT " INCIDENT_COLUMNS INCIDENT_FROM " WHERE " INCIDENT_IS_FOR("$3") " AND CASE $1::text"
        " WHEN 'opened' THEN EXISTS (SELECT FROM nrc.incident_event e WHERE e.incident_id = i.id AND e.at >= $2::timestamptz"
        "  AND e.what IN ('opened', 'reopened'))"
        " WHEN 'closed' THEN i.closed_at >= $2::timestamptz"
        " WHEN 'open' THEN i.closed_at IS NULL"
        " WHEN 'unacknowledged' THEN i.closed_at IS NULL AND i.acknowledged_at IS NULL AND i.caused_by IS NULL END"
        " AND (i.closed_at IS NULL OR i.changed_at >= $2::timestamptz) ORDER BY severity DESC, i.id", 3},
    {STO_REPORT_HANDOVER_COMMENTS,
        "SELECT e.at, i.id AS incident, i.kind, a.code || '.' || d.name AS dataset, e.detail AS text, e.by_login AS \"by\""
        INCIDENT_FROM " JOIN nrc.incident_event e ON e.incident_id = i.id AND e.what = 'commented'"
        " WHERE i.changed_at >= $1::timestamptz AND e.at >= $1::timestamptz AND " INCIDENT_IS_FOR("$2") " ORDER BY e.at", 2},
    {STO_REPORT_CONTACTS,
        "SELECT k.id, a.code AS agency, k.ordinal AS place, k.name, k.name_ar, s.name AS subscription, s.kind AS channel,"
        " (SELECT jsonb_agg((ARRAY['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[v]) FROM unnest(k.days) e(v)) AS days,"
        " to_char(k.from_time, 'HH24:MI') || '-' || to_char(k.until_time, 'HH24:MI') AS hours, k.on_holidays,"
        " k.is_always AS always, k.is_head AS head, nrc.contact_is_on(k, now()) AS is_on"
        " FROM nrc.contact k JOIN nrc.subscription s ON s.id = k.subscription_id LEFT JOIN nrc.agency a ON a.id = k.agency_id"
        " WHERE k.removed_at IS NULL AND ($1::text IS NULL OR a.code = $1) ORDER BY a.code NULLS FIRST, k.ordinal", 1},
    {STO_REPORT_OUTAGES,
        "SELECT o.id, o.is_planned AS planned, o.state, o.starts_at, o.ends_at, o.reason, o.reason_ar FROM nrc.center_outage o"
        " WHERE $1::text IS NOT NULL OR o.state IN ('announced', 'begun') ORDER BY o.id DESC LIMIT $2::bigint", 2},
    {STO_REPORT_INCIDENT_CURSOR,
        "SELECT to_char(coalesce(max(i.changed_at), 'epoch') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        " AS cursor FROM nrc.incident i", 0},
    {STO_REPORT_INCIDENT_EVENTS,
        "SELECT e.at, e.what, e.detail, e.by_login AS \"by\" FROM nrc.incident_event e"
        " WHERE e.incident_id = $1::bigint ORDER BY e.at, e.ctid", 1},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_incident = {rows, COUNT_OF(rows)};
