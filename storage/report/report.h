/* SPDX-License-Identifier: Apache-2.0
 * storage/report/report.h - the queries of commands: a report's name in, a grid of text out. Each is one row
 * of a table in storage/report/sql_*.c. */
#ifndef STORAGE_REPORT_REPORT_H
#define STORAGE_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum sto_report {
    STO_REPORT_AGENCIES =
        0,             /* -; code, name, name_ar, class, division, head, since, datasets, state */
    STO_REPORT_AGENCY, /* code; the same and retired_on, retired_reason, successor, instrument, one row */
    STO_REPORT_DATASETS, /* agency or NULL; dataset, topic, key, key_format, order, event_time, exempt, exempt_field, exempt_values, structures, columns, state */
    STO_REPORT_DATASET,  /* full name; the same and more, one row */
    STO_REPORT_COLUMNS,  /* full name; ordinal, name, field, type, precision, scale, key, kept */
    STO_REPORT_GENERATIONS, /* full name, number or NULL; dataset, number, view, since, until */
    STO_REPORT_GENERATION_COLUMNS, /* full name, number; of its view: name, type, field, other_types */
    STO_REPORT_STRUCTURES, /* dataset or subject or NULL; subject, dataset, part, version, schema_id, state, fingerprint, registered_at, registered_by */
    STO_REPORT_STRUCTURE, /* schema id or NULL, else the subject or dataset whose newest it is; schema_id, fingerprint, text */
    STO_REPORT_STRUCTURE_VERSIONS, /* schema id; where it is used: subject, dataset, part, version, state, registered_at, registered_by */
    STO_REPORT_STRUCTURE_USERS, /* schema id; who asked for it in the last 90 days: account, agency, days, count, last_at */
    STO_REPORT_STRUCTURE_SUBSCRIBERS, /* dataset, class or NULL: nothing changed; who is told of such a change: subscription, account, agency, channel */
    STO_REPORT_FIELD_DEPENDENTS, /* dataset; what others made from its view and tables: field or NULL, kind, name, through or NULL */
    STO_REPORT_POSITIONS, /* topic or NULL; id, dataset, topic, partition, next_offset, epoch, owner, state, reason, last_recorded_at */
    STO_REPORT_EVENT, /* dataset, partition, offset; became, at, topic, partition, offset, op, order, event_time, kafka_ts, schema_id, quarantine_id, status, reason, rule, path */
    STO_REPORT_EVENTS_OF_KEY, /* dataset, the key's texts as a JSON array; the same, the version in the register first */
    STO_REPORT_QUARANTINE, /* dataset, reason, rule, path, status, assigned_to, each or NULL, limit; id, recorded_at, dataset, topic, partition, offset, reason, rule, path, detail, status, assigned_to */
    STO_REPORT_QUARANTINE_GROUPS, /* the same; dataset, reason, rule, path, status, events, withheld, oldest, newest */
    STO_REPORT_DESK_CASES, /* these two for nrc_desk alone: account, filter as JSON (0038_desk.sql), id to begin below or NULL, limit; newest first: id, dataset, topic, partition, offset, recorded_at, sent_at, reason, rule, path, state, assigned_to, note, changed_by, changed_at, withheld */
    STO_REPORT_DESK_GROUPS, /* account, dataset or NULL; dataset, reason, rule, path, open, replay, discarded, replayed, superseded, withheld, first_at, last_at, assigned_to */
    STO_REPORT_DESK_CASE, /* id, bytes of the packed payload, account; nrc.shown_case, one row: storage/report/case.h */
    STO_REPORT_STEWARD_CASE, /* id, bytes of the packed payload; the same, for nrc_steward */
    STO_REPORT_INCIDENTS, /* see storage/report/incident.h; last seen first: id, kind, severity, state, count, opened_at, last_seen_at, dataset, topic, partition, engine, assigned_to, caused_by, detail, closed_at */
    STO_REPORT_INCIDENT_ROWS, /* the same parameters; as of INCIDENT */
    STO_REPORT_INCIDENT, /* id, the reader's agency or NULL; the same and reopened, closed_why, acknowledged_by, acknowledged_at, causes, one row */
    STO_REPORT_INCIDENT_EVENTS, /* id; at, what, detail, by */
    STO_REPORT_INCIDENT_TOLD, /* id, the reader's agency or NULL; at, type, channel, to, outcome */
    STO_REPORT_INCIDENT_CURSOR, /* -; cursor: when any incident last changed */
    STO_REPORT_HANDOVER_SPAN, /* since or NULL; from, to, from_local, to_local (in the Center's zone), one row; these three: storage/report/handover.h */
    STO_REPORT_HANDOVER,      /* part, since, the reader's agency or NULL; as of INCIDENTS */
    STO_REPORT_HANDOVER_COMMENTS, /* since, the reader's agency or NULL; at, incident, kind, dataset, text, by */
    STO_REPORT_CONTACTS, /* agency or NULL; the Center's first, each list in its order: id, agency, place, name, name_ar, subscription, channel, days, hours, on_holidays, always, head, is_on */
    STO_REPORT_OUTAGES, /* 'all' or NULL for those that are to come or in force, limit; newest first: id, planned, state, starts_at, ends_at, reason, reason_ar */
    STO_REPORT_LEDGER,  /* topic or NULL, limit; newest first: every column of the ledger */
    STO_REPORT_LEDGER_TOTALS, /* -; dataset, received, skipped, applied, duplicate, stale, quarantined, exempt, gap */
    STO_REPORT_LEDGER_FAULTS, /* -; every row breaks a promise: check, dataset, topic, partition, from_offset, detail */
    STO_REPORT_DATASET_FAULTS, /* dataset id; the same, of one dataset's tables; both: storage/report/verify.h */
    STO_REPORT_FRESHNESS, /* dataset or NULL, "late" or NULL; by dataset: dataset, state, reason, since, limit_at, last_arrival, judged_at, sentence, rests_on_estimate, sentence_ar */
    STO_REPORT_MEASURES, /* dataset, span, since or NULL, until or NULL; see storage/report/measure.h */
    STO_REPORT_QUALITY, /* dataset or NULL, agency or NULL, since or NULL, until or NULL, 'true' by day, 'true' with duplicates; see storage/report/quality.h */
    STO_REPORT_QUALITY_PARTS, /* the same */
    STO_REPORT_SEQUENCES, /* dataset or NULL; dataset, field, starts_at, state, lowest, highest, gaps, missing, oldest_gap_at, too_many_from, unnumbered, unread, in_quarantine, may_be_exempt, turned_at, failed */
    STO_REPORT_SEQUENCE_GAPS, /* dataset or NULL, 'all' or NULL, limit; open ones first, the oldest first: dataset, from, to, numbers, quarantined, state, age_s, opened_at, closed_at */
    STO_REPORT_CONTROLS, /* dataset or NULL, state or NULL, limit; newest first: id, dataset, from, until, state, events, received, keys, keys_here, missing_keys, beyond_keys, early, replaced_by, stated_at */
    STO_REPORT_CONTROL,  /* id; the same and more, one row */
    STO_REPORT_CONTROLS_REFUSED, /* the reader's agency or NULL, agency or NULL, limit; newest first: agency, partition, from_offset, next_offset, sent_at, refused_at, reason, detail */
    STO_REPORT_CONTROL_KEYS,     /* id; for nrc_steward alone: side, key, sha256 */
    STO_REPORT_ACCOUNTS, /* -; name, person, person_ar, kind, agency, roles, scope, state, expires_on, reviewed_at, decision */
    STO_REPORT_ACCOUNT,  /* name; the same and more, one row */
    STO_REPORT_ACCOUNTS_OVERDUE, /* -; not reviewed in a year (SMP): name, person, person_ar, agency, roles, decision, last_reviewed, days */
    STO_REPORT_ACCOUNT_EVENTS,   /* name; at, what, by, db_login, detail */
    STO_REPORT_DELEGATIONS, /* name or NULL; from, to, roles, from_date, until_date, in_force, reason, created_by */
    STO_REPORT_NOTICES, /* dataset or NULL, 'all' or NULL for those not over, limit; by start: id, kind, kind_ar, agency, datasets, state, starts_at, ends_at, lead_hours, late, reason; system behind agency */
    STO_REPORT_NOTICE,  /* id; the same and means, filed_at, filed_by, withdrawn_at, one row */
    STO_REPORT_CONTRACTS, /* dataset or NULL, 'all' or NULL for the newest of each, limit; newest first: dataset, version, status, in_force, id, template, sha256, applied_at, applied_by */
    STO_REPORT_CONTRACT, /* dataset, version or NULL: the newest; the same, text and contract, one row */
    STO_REPORT_REFERENCES, /* dataset or NULL; of contracts in force: dataset, name, state, rows, within_grace, violations, oldest, may_be_exempt, reason, in_violation, fields, to_dataset, to_fields, severity, grace_seconds, looked_at, whole_at */
    STO_REPORT_REFERENCE_KEYS, /* dataset, name, limit; oldest first: since, violates, key, refers */
    STO_REPORT_HOLIDAYS, /* year or NULL, 'all' or NULL for those in force, limit; by first day, latest first: id, first_day, last_day, kind, name, name_ar, instrument, instrument_date, state, loaded_at, loaded_by, why */
    STO_REPORT_REQUESTS, /* dataset or NULL, 'all' or NULL for pending ones, limit; newest first: id, dataset, version, schema_id, class, collects_more, state, approvals, people, needs_notice, notice, effective_at, filed_at, filed_by, reason */
    STO_REPORT_REQUEST, /* id; the same and subject, compared_with, decided_at, difference, one row */
    STO_REPORT_DECISIONS, /* request; at, decision, by, db_login, reason */
    STO_REPORT_VIOLATIONS, /* dataset or NULL, limit; newest first: id, at, kind, dataset, object, class, by */
    STO_REPORT_AUDIT_ROWS, /* see storage/report/audit.h; newest first: id, at, what, object, agency, by, db_login, why */
    STO_REPORT_AUDIT_ROW,    /* the reader's agency or NULL, id; the same and before, after */
    STO_REPORT_AUDIT,        /* object; at, what, by, db_login, why, before, after */
    STO_REPORT_AGENCY_HEADS, /* code; newest first: division, head, from, until */
    STO_REPORT_SYSTEMS, /* agency or NULL; system, name, name_ar, datasets, state, description, retired_on */
    STO_REPORT_SYSTEM,             /* full name; the same and more, one row */
    STO_REPORT_CATALOGUE_AGENCIES, /* agency or NULL; these three: storage/report/sources.h */
    STO_REPORT_CATALOGUE_SYSTEMS,
    STO_REPORT_CATALOGUE_DATASETS,
    STO_REPORT_SOURCE_GAPS, /* agency or NULL; gap, agency, object, detail, since */
    STO_REPORT_SOURCE_LISTS, /* -; newest first: id, instrument, dated, sources, in_force, loaded_at, loaded_by, replaced_at */
    STO_REPORT_SUBSCRIPTIONS, /* account or NULL; name, account, kind, url, agency, dataset, classes, types, state, waiting, missed, failing_since */
    STO_REPORT_SUBSCRIPTION,  /* name, account or NULL; the same and more, one row */
    STO_REPORT_DELIVERIES, /* subscription, 'missed' or NULL, limit; newest first: id, guid, type, at, state, attempts, status, error, last_at, delivered_at */
    STO_REPORT_NOTIFICATIONS, /* the reader's agency or NULL, dataset or NULL, 'unacknowledged' or NULL, limit; newest first: id, guid, at, type, name_ar, agency, datasets, class, effective_at, object, acknowledged */
    STO_REPORT_NOTIFICATION, /* the reader's agency or NULL, guid or id; the same and data, one row */
    STO_REPORT_ACKNOWLEDGEMENTS, /* guid or id; at, account, person, by, db_login */
    STO_REPORT_TOLD, /* guid or id; subscription, account, state, attempts (NULL: long ago), delivered_at; topics among the subscriptions */
    STO_REPORT_TOPICS, /* -; name, readers, opened_at, waiting, published, last_at, failing_since, attempts, error */
    STO_REPORT_SOURCES_CURSOR, /* -; cursor, one row: what changes later is found by it */
    STO_REPORT_SOURCES, /* the reader's agency or NULL, agency or NULL, status or NULL, cursor or NULL; worst first: see 0035_sources.sql */
    STO_REPORT_SOURCE, /* the reader's agency or NULL, dataset; the same and partitions, contract, coordinator, one row */
    STO_REPORT_SOURCE_TEXTS, /* the same; what people read of it, one row */
    STO_REPORT_SOURCE_PARTITIONS, /* dataset; topic, partition, state, engine, position, log_end, events, waits_s, verdict, trend */
    STO_REPORT_SOURCE_SERIES, /* dataset, "hour" or "week"; at, lag_events, lag_age_s, latency_s, taken, rejected */
    STO_REPORT_OVERVIEW, /* the reader's agency or NULL; one row: counts, sources, incidents_open, quarantine_open, monitor; for the Center alone: engines, register */
    STO_REPORT_SERVER, /* -; what a daemon needs of PostgreSQL, in any role, one row: version, login, superuser, standby, read_only, fsync, full_page_writes, synchronous_commit, autovacuum, connections_free, locks, tables, max_connections, lock_slots, datasets, datasets_of_one_leaf, leaves, state_bytes, shared_buffers, max_wal_size, checkpoint_s, wal_bytes, wal_s, wal_level, archive_failed, slot, slot_bytes, now_us, data_directory (NULL: not to be read) */
    STO_REPORT_ROLES_LACKED, /* -; groups that the login is no member of: role, login */
    STO_REPORT_COUNT
};

enum sto_field_kind { STO_FIELD_TEXT, STO_FIELD_NUMBER, STO_FIELD_BOOL, STO_FIELD_JSON };

struct sto_grid {
    size_t rows;
    size_t cols;
    const char **names;         /* cols */
    enum sto_field_kind *kinds; /* cols */
    const char **values;        /* rows × cols, row by row; NULL is SQL's null */
    struct arena arena;         /* owns all of it */
};

/* params: as listed above, each text or NULL. */
MUST_CHECK struct sto_grid *sto_report(struct sto_conn *conn, enum sto_report report,
                                       const char *const *params, size_t param_count,
                                       struct err *err);
void sto_grid_free(struct sto_grid **taken);
/* The first so many columns alone; and those before this one. */
void sto_grid_cut(struct sto_grid *grid, size_t cols);
void sto_grid_cut_before(struct sto_grid *grid, const char *name);
/* A row's value by its column's name. NULL: SQL's null, or the grid has no such row or column. */
const char *sto_grid_get(const struct sto_grid *grid, size_t row, const char *name);
/* Appends the rows of `more`, a grid with the same columns. */
MUST_CHECK int sto_grid_append(struct sto_grid *grid, const struct sto_grid *more, struct err *err);

/* The raw payload of a quarantined event, decompressed, malloc'ed. *payload NULL: it has none. */
MUST_CHECK int sto_quarantine_payload(struct sto_conn *conn, const char *id,
                                      unsigned char **payload, size_t *len, struct err *err);

#endif
