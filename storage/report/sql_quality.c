/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_quality.c - reports of freshness, measures, scores, sequences, control totals, references and holidays. */
#include "storage/report/report_priv.h"
#include "storage/report/sql_parts.h"

/* clang-format off */
#define QUALITY                                                                                    \
    "nrc.quality($1::text, $2::text, $3::timestamptz, $4::timestamptz, coalesce($5::boolean, false),"       \
    " coalesce($6::boolean, false))"

#define CONTROL_COLUMNS                                                                            \
    "t.id, a.code || '.' || d.name AS dataset, t.from_time AS \"from\", t.until_time AS until, j.state," \
    " t.events, j.recorded + j.quarantined AS received, t.keys, j.keys AS keys_here, j.missing_keys,"     \
    " j.beyond_keys, t.is_early AS early, j.replaced_by, t.stated_at"
#define CONTROL_FROM                                                                               \
    " FROM nrc.control_total t JOIN nrc.control_judgement j ON j.control_id = t.id"                \
    " JOIN nrc.dataset d ON d.id = t.dataset_id JOIN nrc.agency a ON a.id = d.agency_id"

static const struct sto_report_row rows[] = {
    {STO_REPORT_FRESHNESS,
        "SELECT a.code || '.' || d.name AS dataset, coalesce(f.state, CASE WHEN nrc.promises_freshness(c.contract)"
        "  THEN 'not_judged' ELSE 'not_promised' END) AS state, f.reason, f.since, f.limit_at, f.last_arrival,"
        " f.judged_at, f.sentence, f.rests_on_estimate, f.sentence_ar" DATASET_FROM
        " LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'"
        " LEFT JOIN nrc.freshness f ON f.dataset_id = d.id AND nrc.promises_freshness(c.contract)"
        " WHERE d.retired_on IS NULL AND ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NULL OR f.state = $2) ORDER BY 1", 2},
    {STO_REPORT_MEASURES,
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
    {STO_REPORT_QUALITY,
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
    {STO_REPORT_QUALITY_PARTS,
        "SELECT q.dataset, q.from_at AS \"from\", q.until_at AS \"until\", q.contract, q.received, q.dimension, q.name_ar,"
        " q.score, q.state, q.is_broken, q.part, q.part_score, q.numerator, q.denominator, q.why, q.detail->>'origin' AS origin,"
        " (SELECT string_agg(v, ', ' ORDER BY o) FROM jsonb_array_elements_text(q.detail->'versions') WITH ORDINALITY t(v, o))"
        " AS versions, q.detail->>'threshold' AS threshold, (q.detail->>'holds')::boolean AS holds,"
        " (q.detail->>'uncertain')::bigint AS uncertain, q.detail->>'unit' AS unit, (q.detail->>'skipped')::bigint AS skipped,"
        " (SELECT string_agg(format('%s: %s of %s', v->>'version', (v->>'evaluated')::bigint - (v->>'failed')::bigint,"
        "  v->>'evaluated'), ', ' ORDER BY o) FROM jsonb_array_elements(q.detail->'by_version') WITH ORDINALITY t(v, o)"
        "  WHERE jsonb_array_length(q.detail->'by_version') > 1) AS by_version"
        " FROM " QUALITY " q ORDER BY q.dataset, q.from_at, q.n, q.part_score NULLS LAST, q.part", 6},
    {STO_REPORT_SEQUENCES,
        "SELECT a.code || '.' || d.name AS dataset, s.field, s.starts_at, s.state, s.lowest, s.highest,"
        " g.gaps, g.missing, g.oldest AS oldest_gap_at, s.too_many_from, s.unnumbered, s.unread,"
        " nrc.quarantined_now(d.id) AS in_quarantine, d.exempt OR d.exempt_field IS NOT NULL AS may_be_exempt,"
        " nullif(s.turned_at, '-infinity') AS turned_at, s.failed" DATASET_FROM " JOIN nrc.sequence s ON s.dataset_id = d.id"
        " CROSS JOIN LATERAL (SELECT count(*) AS gaps, coalesce(sum(o.to_number::numeric - o.from_number + 1), 0) AS missing,"
        "  min(o.opened_at) AS oldest FROM nrc.sequence_gap o WHERE o.dataset_id = d.id AND o.closed_at IS NULL) g"
        " WHERE ($1::text IS NULL OR" DATASET_IS ") ORDER BY 1", 1},
    {STO_REPORT_SEQUENCE_GAPS,
        "SELECT a.code || '.' || d.name AS dataset, g.from_number AS \"from\", g.to_number AS \"to\","
        " g.to_number::numeric - g.from_number + 1 AS numbers,"
        " nrc.multirange_size(s.quarantined * int8multirange(int8range(g.from_number, g.to_number + 1))) AS quarantined,"
        " coalesce(g.ended, 'open') AS state,"
        " floor(extract(epoch FROM coalesce(g.closed_at, now()) - g.opened_at))::bigint AS age_s, g.opened_at, g.closed_at"
        DATASET_FROM " JOIN nrc.sequence_gap g ON g.dataset_id = d.id JOIN nrc.sequence s ON s.dataset_id = d.id"
        " WHERE ($1::text IS NULL OR" DATASET_IS ") AND ($2::text IS NOT NULL OR g.closed_at IS NULL)"
        " ORDER BY g.closed_at DESC NULLS FIRST, g.opened_at, 1, g.from_number LIMIT $3::bigint", 3},
    {STO_REPORT_CONTROLS,
        "SELECT " CONTROL_COLUMNS CONTROL_FROM " WHERE ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NULL OR j.state = $2) ORDER BY t.id DESC LIMIT $3::bigint", 3},
    {STO_REPORT_CONTROL,
        "SELECT " CONTROL_COLUMNS ", CASE WHEN d.event_time_field IS NULL THEN 'kafka' ELSE 'event_time' END AS basis,"
        " t.statement_id, t.events - (j.recorded + j.quarantined) AS missing_events, j.recorded, j.duplicate, j.quarantined,"
        " j.untimed, j.exempt AS exempt_at_most, j.halted, encode(t.checksum, 'hex') AS checksum,"
        " encode(j.checksum, 'hex') AS checksum_here, encode(j.lone_digest, 'hex') AS lone_digest, t.has_list, t.grace_s, j.due_at,"
        " j.judged_at, j.next_at, j.failed, t.stated_by" CONTROL_FROM " WHERE t.id = $1::bigint", 1},
    {STO_REPORT_CONTROLS_REFUSED,
        "SELECT a.code AS agency, r.partition, r.from_offset, r.next_offset, r.sent_at, r.refused_at, r.reason, r.detail"
        " FROM nrc.control_refused r JOIN nrc.agency a ON a.id = r.agency_id"
        " WHERE ($1::text IS NULL OR $1 IN (a.code, nrc.answering_code(a.id))) AND ($2::text IS NULL OR a.code = $2)"
        " ORDER BY r.id DESC LIMIT $3::bigint", 3},
    {STO_REPORT_CONTROL_KEYS,
        "SELECT x.side, x.key, encode(x.digest, 'hex') AS sha256 FROM nrc.control_difference x"
        " WHERE x.control_id = $1::bigint ORDER BY x.side DESC, x.key, x.digest", 1},
    {STO_REPORT_REFERENCES,
        "SELECT r.dataset, r.name, r.state, r.rows, r.within_grace, r.violations, r.oldest, r.may_be_exempt, r.reason,"
        " r.in_violation, r.fields, r.to_dataset, r.to_fields, r.severity, r.grace_seconds, r.looked_at, r.whole_at"
        " FROM nrc.reference_now r WHERE $1::text IS NULL OR r.dataset = $1 ORDER BY r.dataset, r.name", 1},
    {STO_REPORT_REFERENCE_KEYS,
        "SELECT m.since, m.since < now() - coalesce((r.definition->>'grace_seconds')::bigint, 0) * interval '1 second'"
        "  AS violates, m.key, m.refers"
        DATASET_FROM " JOIN nrc.reference r ON r.dataset_id = d.id"
        " JOIN nrc.reference_missing m ON m.reference_id = r.id"
        " WHERE" DATASET_IS " AND r.name = $2::text ORDER BY m.since, m.key_hash LIMIT $3::bigint", 3},
    {STO_REPORT_HOLIDAYS,
        "SELECT h.id, h.first_day, h.last_day, h.kind, h.name, h.name_ar, h.instrument, h.instrument_date,"
        " CASE WHEN h.replaced_by IS NOT NULL THEN 'replaced' WHEN h.withdrawn_at IS NOT NULL THEN 'withdrawn'"
        "  ELSE 'in_force' END AS state, h.loaded_at, h.loaded_by, h.withdrawn_why AS why"
        " FROM nrc.holiday h WHERE ($1::int IS NULL OR $1::int BETWEEN extract(year FROM h.first_day)"
        "  AND extract(year FROM h.last_day)) AND ($2::text IS NOT NULL OR h.withdrawn_at IS NULL)"
        " ORDER BY h.first_day DESC, h.id DESC LIMIT $3::bigint", 3},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_quality = {rows, COUNT_OF(rows)};
