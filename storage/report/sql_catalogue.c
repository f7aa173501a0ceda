/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_catalogue.c - reports of agencies, systems and datasets, their columns, views and contracts. */
#include "storage/report/report_priv.h"
#include "storage/report/sql_parts.h"

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

#define CONTRACT_COLUMNS                                                                           \
    "a.code || '.' || d.name AS dataset, c.version, c.status,"                                     \
    " c.id = n.id AND c.status <> 'retired' AS in_force, c.contract->>'id' AS id,"                 \
    " c.contract->>'template' AS template, encode(c.sha256, 'hex') AS sha256, c.applied_at,"       \
    " c.applied_by"
#define CONTRACT_FROM                                                                              \
    DATASET_FROM " JOIN nrc.contract c ON c.dataset_id = d.id"                                     \
                 " JOIN nrc.contract_now n ON n.dataset_id = d.id"

#define GENERATION_VIEW                                                                            \
    "a.code || '.' || d.name || CASE WHEN g.until IS NULL THEN '' ELSE '_g' || g.number END AS view"
#define GENERATION_FROM DATASET_FROM " JOIN nrc.dataset_generation g ON g.dataset_id = d.id"

static const struct sto_report_row rows[] = {
    {STO_REPORT_AGENCIES, AGENCY_SELECT("") " ORDER BY a.code", 0},
    {STO_REPORT_AGENCY,
        AGENCY_SELECT(SUCCESSION) SUCCESSION_OF " WHERE a.code = $1::text", 1},
    {STO_REPORT_DATASETS,
        "SELECT " DATASET_COLUMNS DATASET_FROM
        " WHERE $1::text IS NULL OR a.code = $1 ORDER BY a.code, d.name", 1},
    {STO_REPORT_DATASET,
        "SELECT " DATASET_COLUMNS ", d.id, a.name AS agency, a.name_ar AS agency_ar, d.leaves,"
        " d.review_people, d.breaking_people, d.breaking_notice,"
        " d.column_version, d.created_at, ya.code || '.' || y.code AS system, " DATASET_FACTS ", " DATASET_END ","
        " nrc.answering_code(a.id) AS answered_by" DATASET_FROM DATASET_FACTS_OF " WHERE" DATASET_IS, 1},
    {STO_REPORT_COLUMNS,
        "SELECT c.ordinal, c.name, c.field, c.type, c.precision, c.scale, c.key_ordinal AS key,"
        " NOT c.ordinal = ANY (n.field_columns) AS kept FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id = c.dataset_id"
        " JOIN nrc.agency a ON a.id = d.agency_id LEFT JOIN LATERAL (SELECT v.field_columns FROM nrc.subject_version v"
        "  WHERE v.dataset_id = d.id AND v.part = 'value' AND v.shown IS NOT NULL ORDER BY v.shown DESC LIMIT 1) n ON true WHERE" DATASET_IS " ORDER BY c.ordinal", 1},
    {STO_REPORT_GENERATIONS,
        "SELECT a.code || '.' || d.name AS dataset, g.number, " GENERATION_VIEW ", g.since, g.until" GENERATION_FROM
        " WHERE" DATASET_IS " AND ($2::int IS NULL OR g.number = $2) ORDER BY g.number", 2},
    {STO_REPORT_GENERATION_COLUMNS,
        "SELECT k.item->>'name' AS name, c.type, c.field,"
        " (SELECT string_agg(o.type, ', ' ORDER BY o.ordinal) FROM nrc.dataset_column o WHERE o.dataset_id = d.id"
        "  AND o.field = c.field AND o.ordinal <> c.ordinal) AS other_types" GENERATION_FROM
        " CROSS JOIN jsonb_array_elements(g.columns) WITH ORDINALITY AS k (item, n)"
        " JOIN nrc.dataset_column c ON c.dataset_id = d.id AND c.ordinal = (k.item->>'ordinal')::int"
        " WHERE" DATASET_IS " AND g.number = $2::int ORDER BY k.n", 2},
    {STO_REPORT_CONTRACTS,
        "SELECT " CONTRACT_COLUMNS CONTRACT_FROM " WHERE ($1::text IS NULL OR" DATASET_IS ")"
        " AND ($2::text IS NOT NULL OR c.id = n.id) ORDER BY c.id DESC LIMIT $3::bigint", 3},
    {STO_REPORT_CONTRACT,
        "SELECT " CONTRACT_COLUMNS ", c.text, c.contract" CONTRACT_FROM " WHERE" DATASET_IS
        " AND ($2::text IS NULL AND c.id = n.id OR c.version = $2)", 2},
    {STO_REPORT_AGENCY_HEADS,
        "SELECT h.division, h.head, h.valid_from AS \"from\", h.valid_to AS until FROM nrc.agency_head h"
        " JOIN nrc.agency a ON a.id = h.agency_id WHERE a.code = $1::text ORDER BY h.valid_from DESC", 1},
    {STO_REPORT_SYSTEMS,
        "SELECT " SYSTEM_COLUMNS SYSTEM_FROM " WHERE $1::text IS NULL OR a.code = $1 ORDER BY a.code, y.code", 1},
    {STO_REPORT_SYSTEM,
        "SELECT " SYSTEM_COLUMNS ", y.retired_reason, y.created_at,"
        " (SELECT coalesce(jsonb_agg(b.code || '.' || d.name ORDER BY b.code, d.name), '[]') FROM nrc.dataset d"
        "  JOIN nrc.agency b ON b.id = d.agency_id WHERE d.system_id = y.id) AS serves" SYSTEM_FROM
        " WHERE a.code || '.' || y.code = $1::text", 1},
    {STO_REPORT_CATALOGUE_AGENCIES,
        "SELECT a.code, a.name, a.name_ar, a.legal_class AS class, a.state, h.division, h.head, h.valid_from AS since,"
        " nrc.answering_code(a.id) AS answered_by" SUCCESSION ","
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('division', o.division, 'head', o.head, 'from', o.valid_from,"
        "   'until', o.valid_to) ORDER BY o.valid_from), '[]') FROM nrc.agency_head o WHERE o.agency_id = a.id) AS heads"
        " FROM nrc.agency a LEFT JOIN LATERAL nrc.head_on(nrc.answering_agency(a.id), nrc.today()) h ON true"
        SUCCESSION_OF " WHERE" OF_AGENCY " ORDER BY a.code", 1},
    {STO_REPORT_CATALOGUE_SYSTEMS,
        "SELECT a.code AS agency, a.code || '.' || y.code AS system, y.name, y.name_ar, y.description, y.retired_on"
        SYSTEM_FROM " WHERE" OF_AGENCY " ORDER BY a.code, y.code", 1},
    {STO_REPORT_CATALOGUE_DATASETS,
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
    {STO_REPORT_SOURCE_GAPS,
        "SELECT gap, agency, object, detail, since FROM nrc.source_gaps($1::text)", 1},
    {STO_REPORT_SOURCE_LISTS,
        "SELECT l.id, l.instrument, l.dated, (SELECT count(*) FROM nrc.listed_source o WHERE o.list_id = l.id) AS sources,"
        " l.replaced_at IS NULL AS in_force, l.loaded_at, l.loaded_by, l.replaced_at FROM nrc.source_list l"
        " ORDER BY l.id DESC", 0},
};
/* clang-format on */

const struct sto_report_part sto_reports_of_catalogue = {rows, COUNT_OF(rows)};
