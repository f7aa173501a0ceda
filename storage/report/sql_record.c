/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_record.c - reports of positions, the ledger, the quarantine and the events of a key. */
#include "storage/report/report_priv.h"
#include "storage/report/sql_parts.h"

/* clang-format off */
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

static const struct sto_report_row rows[] = {
    {STO_REPORT_POSITIONS,
        "SELECT p.id, a.code || '.' || d.name AS dataset, p.topic, p.partition, p.next_offset,"
        " p.epoch, p.owner, coalesce(hashtextextended('nrc.owner/' || p.owner, 0) IN (SELECT nrc.living_owners()), false) AS owner_lives,"
        " CASE WHEN p.state = 'open' AND nrc.is_paused(p.dataset_id) THEN 'paused' ELSE p.state END AS state,"
        " coalesce(p.halt_reason, (SELECT s.why FROM nrc.source_pause s WHERE s.dataset_id = p.dataset_id AND nrc.is_paused(p.dataset_id)))"
        "  AS reason, p.updated_at AS last_recorded_at"
        " FROM nrc.position p JOIN nrc.dataset d ON d.id = p.dataset_id"
        " JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE p.replaced_at IS NULL AND ($1::text IS NULL OR p.topic = $1)"
        " ORDER BY p.topic, p.partition", 1},
    {STO_REPORT_EVENT,
        "SELECT " FATE_COLUMNS " FROM nrc.event_at($1, $2::int, $3::bigint) f", 3},
    {STO_REPORT_EVENTS_OF_KEY,
        "SELECT " FATE_COLUMNS " FROM nrc.events_of_key($1, ARRAY(SELECT jsonb_array_elements_text($2::jsonb))) f", 2},
    {STO_REPORT_QUARANTINE,
        "SELECT " QUARANTINE_COLUMNS QUARANTINE_FROM
        QUARANTINE_WHERE " ORDER BY q.id DESC LIMIT $7::bigint", 7},
    {STO_REPORT_QUARANTINE_GROUPS,
        "SELECT a.code || '.' || d.name AS dataset, q.reason, q.rule, q.path, q.status, count(*) AS events,"
        " count(*) FILTER (WHERE q.withheld) AS withheld, min(q.recorded_at) AS oldest, max(q.recorded_at) AS newest"
        QUARANTINE_FROM QUARANTINE_WHERE " GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1, 2, 3, 4, 5 LIMIT $7::bigint", 7},
    {STO_REPORT_DESK_CASES, "SELECT * FROM nrc.desk_cases($1, $2::jsonb, $3::bigint, $4::int)", 4},
    {STO_REPORT_DESK_GROUPS, "SELECT * FROM nrc.desk_groups($1, $2)", 2},
    {STO_REPORT_DESK_CASE, "SELECT * FROM nrc.desk_case($3, $1::bigint, $2::int)", 3},
    {STO_REPORT_STEWARD_CASE, "SELECT * FROM nrc.steward_case($1::bigint, $2::int)", 2},
    {STO_REPORT_LEDGER,
        "SELECT l.recorded_at, a.code || '.' || d.name AS dataset, p.topic, p.partition, l.kind,"
        " l.epoch, l.from_offset, l.next_offset, l.received, l.skipped, l.applied, l.duplicate,"
        " l.stale, l.quarantined, l.exempt, l.reason FROM nrc.ledger l"
        " LEFT JOIN nrc.position p ON p.id = l.position_id"
        " LEFT JOIN nrc.dataset d ON d.id = l.dataset_id LEFT JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE $1::text IS NULL OR p.topic = $1"
        " ORDER BY l.recorded_at DESC, l.position_id DESC LIMIT $2::bigint", 2},
    {STO_REPORT_LEDGER_TOTALS,
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
    {STO_REPORT_LEDGER_FAULTS, FAULT_SELECT("nrc.ledger_faults()"), 0},
    {STO_REPORT_DATASET_FAULTS, FAULT_SELECT("nrc.dataset_faults($1::int)"), 1},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_record = {rows, COUNT_OF(rows)};
