/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_notification.c - reports of subscriptions, deliveries and what was told on topics. */
#include "storage/report/report_priv.h"

/* clang-format off */
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

static const struct sto_report_row rows[] = {
    {STO_REPORT_SUBSCRIPTIONS,
        "SELECT " SUBSCRIPTION_COLUMNS SUBSCRIPTION_FROM " WHERE $1::text IS NULL OR c.name = $1 ORDER BY s.name", 1},
    {STO_REPORT_SUBSCRIPTION,
        "SELECT " SUBSCRIPTION_COLUMNS ", s.created_at, s.created_by, s.disabled_at, s.disabled_by, s.disabled_why"
        SUBSCRIPTION_FROM " WHERE s.name = $1::text AND ($2::text IS NULL OR c.name = $2)", 2},
    {STO_REPORT_DELIVERIES,
        "SELECT n.id, n.guid, n.type, n.at, v.state, v.attempts, v.last_status AS status, v.last_error AS error, v.last_at,"
        " v.delivered_at FROM nrc.delivery v JOIN nrc.subscription s ON s.id = v.subscription_id"
        " JOIN nrc.notification n ON n.id = v.notification_id WHERE s.name = $1::text"
        " AND ($2::text IS NULL OR v.state IN ('failed', 'skipped')) ORDER BY v.notification_id DESC LIMIT $3::bigint", 3},
    {STO_REPORT_NOTIFICATIONS,
        "SELECT " NOTIFICATION_COLUMNS NOTIFICATION_FROM " WHERE" NOTIFICATION_IS_FOR
        " AND ($2::text IS NULL OR EXISTS (SELECT FROM nrc.dataset d JOIN nrc.agency e ON e.id = d.agency_id"
        "  WHERE d.id = ANY (n.dataset_ids) AND e.code || '.' || d.name = $2))"
        " AND ($3::text IS NULL OR t.asks AND NOT EXISTS (SELECT FROM nrc.acknowledgement k WHERE k.notification_id = n.id))"
        " ORDER BY n.id DESC LIMIT $4::bigint", 4},
    {STO_REPORT_NOTIFICATION,
        "SELECT " NOTIFICATION_COLUMNS ", n.data" NOTIFICATION_FROM " WHERE" NOTIFICATION_IS_FOR
        " AND n.id = nrc.notification_id($2::text)", 2},
    {STO_REPORT_ACKNOWLEDGEMENTS,
        "SELECT k.at, c.name AS account, k.person, k.by_name AS \"by\", k.by_db_login AS db_login FROM nrc.acknowledgement k"
        " LEFT JOIN nrc.account c ON c.id = k.account_id WHERE k.notification_id = nrc.notification_id($1::text)"
        " ORDER BY k.at, k.person", 1},
    {STO_REPORT_TOLD,
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
    {STO_REPORT_TOPICS,
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
};
/* clang-format on */

const struct sto_report_part sto_reports_of_notification = {rows, COUNT_OF(rows)};
