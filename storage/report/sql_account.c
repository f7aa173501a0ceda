/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_account.c - reports of accounts and delegations, and the trail of what was done. */
#include "storage/report/report_priv.h"

/* clang-format off */
#define ACCOUNT_ROLES                                                                              \
    "(SELECT coalesce(jsonb_agg(r.role ORDER BY r.role), '[]') FROM nrc.account_role r"            \
    " WHERE r.account_id = c.id) AS roles"
#define ACCOUNT_COLUMNS                                                                            \
    "c.name, c.person, c.person_ar, c.kind, a.code AS agency, " ACCOUNT_ROLES ", c.scope,"         \
    " CASE WHEN c.disabled_at IS NOT NULL THEN 'disabled'"                                         \
    "  WHEN c.expires_on < (now() AT TIME ZONE 'UTC')::date THEN 'expired' ELSE 'active'"          \
    " END AS state, c.expires_on, c.reviewed_at, c.decision"
#define ACCOUNT_FROM " FROM nrc.account c LEFT JOIN nrc.agency a ON a.id = c.agency_id"

#define AUDIT_COLUMNS                                                                              \
    "u.id, u.at, u.what, u.object, a.code AS agency, u.by_name AS \"by\", u.by_db_login AS db_login, u.why"
#define AUDIT_FROM " FROM nrc.audit u LEFT JOIN nrc.agency a ON a.id = u.agency_id"
/* $1: the reader's agency; NULL: the Center. What is about no agency is the Center's own. */
#define AUDIT_IS_FOR " ($1::text IS NULL OR a.code = $1 OR nrc.answering_code(a.id) = $1)"

static const struct sto_report_row rows[] = {
    {STO_REPORT_ACCOUNTS, "SELECT " ACCOUNT_COLUMNS ACCOUNT_FROM " ORDER BY c.name", 0},
    {STO_REPORT_ACCOUNT,
        "SELECT " ACCOUNT_COLUMNS ", c.reviewed_by, c.created_at, c.created_by, c.disabled_at,"
        " c.disabled_reason, (SELECT count(*) FROM nrc.account_secret s WHERE s.account_id = c.id"
        "  AND (s.revoked_at IS NULL OR s.revoked_at > now())) AS secrets"
        ACCOUNT_FROM " WHERE c.name = $1::text", 1},
    {STO_REPORT_ACCOUNTS_OVERDUE,
        "SELECT c.name, c.person, c.person_ar, a.code AS agency, " ACCOUNT_ROLES ", c.decision,"
        " coalesce(c.reviewed_at, c.created_at) AS last_reviewed,"
        " (now()::date - coalesce(c.reviewed_at, c.created_at)::date) AS days" ACCOUNT_FROM
        " WHERE c.disabled_at IS NULL"
        " AND coalesce(c.reviewed_at, c.created_at) < now() - interval '1 year' ORDER BY 7, c.name", 0},
    {STO_REPORT_ACCOUNT_EVENTS,
        "SELECT e.at, e.what, e.by_name AS \"by\", e.by_db_login AS db_login, e.detail"
        " FROM nrc.account_event e JOIN nrc.account c ON c.id = e.account_id"
        " WHERE c.name = $1::text ORDER BY e.id", 1},
    {STO_REPORT_DELEGATIONS,
        "SELECT f.name AS \"from\", t.name AS \"to\", to_jsonb(d.roles) AS roles,"
        " d.from_date, d.until_date,"
        " (now() AT TIME ZONE 'UTC')::date BETWEEN d.from_date AND d.until_date AS in_force,"
        " d.reason, d.created_by FROM nrc.delegation d JOIN nrc.account f ON f.id = d.from_account"
        " JOIN nrc.account t ON t.id = d.to_account"
        " WHERE $1::text IS NULL OR f.name = $1 OR t.name = $1 ORDER BY d.id", 1},
    {STO_REPORT_AUDIT_ROWS,
        "SELECT " AUDIT_COLUMNS AUDIT_FROM " WHERE" AUDIT_IS_FOR
        " AND ($2::text IS NULL OR u.object = $2 OR right($2, 2) = '/*' AND starts_with(u.object, left($2, -1)))"
        " AND ($3::text IS NULL OR u.what = $3 OR right($3, 2) = '.*' AND starts_with(u.what, left($3, -1)))"
        " AND ($4::text IS NULL OR u.by_name = $4) AND ($5::text IS NULL OR a.code = $5)"
        " AND ($6::timestamptz IS NULL OR u.at >= $6) AND ($7::timestamptz IS NULL OR u.at < $7)"
        " AND ($8::bigint IS NULL OR u.id < $8) ORDER BY u.id DESC LIMIT $9::bigint", 9},
    {STO_REPORT_AUDIT_ROW,
        "SELECT " AUDIT_COLUMNS ", u.before, u.after" AUDIT_FROM " WHERE" AUDIT_IS_FOR " AND u.id = $2::bigint", 2},
    {STO_REPORT_AUDIT,
        "SELECT u.at, u.what, u.by_name AS \"by\", u.by_db_login AS db_login, u.why, u.before, u.after"
        " FROM nrc.audit u WHERE u.object = $1::text ORDER BY u.id", 1},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_account = {rows, COUNT_OF(rows)};
