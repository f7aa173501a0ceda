/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_structure.c - reports of structures and who uses them, requests to change them and notices of that. */
#include "storage/report/report_priv.h"
#include "storage/report/sql_parts.h"

/* clang-format off */
/* For a subject without a dataset, dataset is null and part 'none'. */
#define VERSION_COLUMNS "v.subject, a.code || '.' || d.name AS dataset, v.part, v.version"
#define VERSION_STATE                                                                              \
    "CASE WHEN v.deleted_at IS NOT NULL THEN 'deleted' ELSE nrc.structure_state(v) END AS state"
#define VERSION_FROM                                                                               \
    " FROM nrc.subject_version v"                                                                  \
    " LEFT JOIN nrc.dataset d ON d.id = v.dataset_id LEFT JOIN nrc.agency a ON a.id = d.agency_id"
#define VERSION_ORDER                                                                              \
    " ORDER BY coalesce(a.code || '.' || d.name, v.subject), v.part DESC, v.subject, v.version"

#define NOTICE_COLUMNS                                                                             \
    "n.id, n.kind, k.name_ar AS kind_ar, a.code AS agency, (SELECT ya.code || '.' || y.code"       \
    "  FROM nrc.system y JOIN nrc.agency ya ON ya.id = y.agency_id WHERE y.id = n.system_id) AS system," \
    " coalesce(nrc.notice_datasets(n.id), '[]') AS datasets,"                                      \
    " nrc.notice_state(n) AS state, n.starts_at, n.ends_at,"                                       \
    " round(extract(epoch FROM n.starts_at - n.announced_at) / 3600, 1) AS lead_hours,"            \
    " n.starts_at < n.announced_at AS late, n.reason"
#define NOTICE_FROM                                                                                \
    " FROM nrc.notice n JOIN nrc.notice_kind k ON k.kind = n.kind JOIN nrc.agency a ON a.id = n.agency_id"

#define REQUEST_COLUMNS                                                                            \
    "r.id, a.code || '.' || d.name AS dataset, v.version, r.schema_id, r.class, r.collects_more, r.state," \
    " (SELECT count(*) FROM nrc.structure_decision o WHERE o.request_id = r.id AND o.approves) AS approvals," \
    " r.people, r.needs_notice, r.notice_id AS notice, r.effective_at, r.filed_at, r.filed_by, r.reason"
#define REQUEST_FROM                                                                               \
    " FROM nrc.structure_request r JOIN nrc.dataset d ON d.id = r.dataset_id"                      \
    " JOIN nrc.agency a ON a.id = d.agency_id"                                                     \
    " LEFT JOIN nrc.subject_version v ON v.subject = r.subject AND v.schema_id = r.schema_id"      \
    "  AND v.deleted_at IS NULL"

static const struct sto_report_row rows[] = {
    {STO_REPORT_STRUCTURES,
        "SELECT " VERSION_COLUMNS ", v.schema_id, " VERSION_STATE ","
        " encode(s.sha256, 'hex') AS fingerprint, v.registered_at, v.registered_by" VERSION_FROM
        " JOIN nrc.schema s ON s.id = v.schema_id"
        " WHERE $1::text IS NULL OR v.subject = $1 OR" DATASET_IS VERSION_ORDER, 1},
    {STO_REPORT_STRUCTURE,
        "SELECT s.id AS schema_id, encode(s.sha256, 'hex') AS fingerprint, s.text FROM nrc.schema s"
        " WHERE s.id = coalesce($1::int, (SELECT v.schema_id" VERSION_FROM
        "  WHERE v.deleted_at IS NULL AND v.decision = 'approved' AND (v.subject = $2::text OR"
        "   a.code || '.' || d.name = $2 AND v.part = 'value')"
        "  ORDER BY v.version DESC LIMIT 1))", 2},
    {STO_REPORT_STRUCTURE_VERSIONS,
        "SELECT " VERSION_COLUMNS ", " VERSION_STATE ", v.registered_at, v.registered_by" VERSION_FROM
        " WHERE v.schema_id = $1::int" VERSION_ORDER, 1},
    {STO_REPORT_STRUCTURE_USERS,
        "SELECT u.account, u.agency, u.days, u.count, u.last_at FROM nrc.schema_users($1::int) u", 1},
    /* As nrc.wanted (0016_notifications.sql) will decide of structure.requested, .approved and .active. */
    {STO_REPORT_STRUCTURE_SUBSCRIBERS,
        "SELECT s.name AS subscription, c.name AS account, ca.code AS agency, s.kind AS channel" DATASET_FROM
        " CROSS JOIN nrc.subscription s JOIN nrc.account c ON c.id = s.account_id"
        " LEFT JOIN nrc.agency ca ON ca.id = c.agency_id WHERE" DATASET_IS " AND $2::text IS NOT NULL"
        " AND s.disabled_at IS NULL AND c.disabled_at IS NULL AND c.expires_on >= nrc.today()"
        " AND (s.agency_id IS NULL OR s.agency_id = d.agency_id) AND (s.dataset_id IS NULL OR s.dataset_id = d.id)"
        " AND (s.classes IS NULL OR $2 = ANY (s.classes)) AND (s.types IS NULL OR s.types &&"
        "  ARRAY['structure.*', 'structure.requested', 'structure.approved', 'structure.active']) ORDER BY s.name", 2},
    {STO_REPORT_FIELD_DEPENDENTS,
        "SELECT f.field, f.kind, f.name, f.through FROM nrc.field_dependents($1::text) f", 1},
    {STO_REPORT_NOTICES,
        "SELECT " NOTICE_COLUMNS NOTICE_FROM
        " WHERE ($1::text IS NULL OR EXISTS (SELECT" DATASET_FROM " JOIN nrc.notice_dataset o ON o.dataset_id = d.id"
        "  WHERE o.notice_id = n.id AND" DATASET_IS "))"
        " AND ($2::text IS NOT NULL OR nrc.notice_state(n) IN ('announced', 'in_force'))"
        " ORDER BY n.starts_at DESC, n.id DESC LIMIT $3::bigint", 3},
    {STO_REPORT_NOTICE,
        "SELECT " NOTICE_COLUMNS ", n.means, n.filed_at, n.filed_by, n.withdrawn_at" NOTICE_FROM
        " WHERE n.id = $1::bigint", 1},
    {STO_REPORT_REQUESTS,
        "SELECT " REQUEST_COLUMNS REQUEST_FROM " WHERE ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NOT NULL OR r.state = 'pending') ORDER BY r.id DESC LIMIT $3::bigint", 3},
    {STO_REPORT_REQUEST,
        "SELECT " REQUEST_COLUMNS ", r.subject, r.compared_with, r.decided_at, r.findings AS difference"
        REQUEST_FROM " WHERE r.id = $1::bigint", 1},
    {STO_REPORT_DECISIONS,
        "SELECT o.at, CASE WHEN o.approves THEN 'approved' ELSE 'rejected' END AS decision, o.by_name AS \"by\","
        " o.by_db_login AS db_login, o.reason FROM nrc.structure_decision o"
        " WHERE o.request_id = $1::bigint ORDER BY o.at, o.by_name", 1},
    {STO_REPORT_VIOLATIONS,
        "SELECT x.id, x.at, x.kind, a.code || '.' || d.name AS dataset, x.object, x.class, x.by_name AS \"by\""
        " FROM nrc.violation x JOIN nrc.dataset d ON d.id = x.dataset_id JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE $1::text IS NULL OR" DATASET_IS " ORDER BY x.id DESC LIMIT $2::bigint", 2},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_structure = {rows, COUNT_OF(rows)};
