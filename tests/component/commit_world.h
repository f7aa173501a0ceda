/* SPDX-License-Identifier: Apache-2.0
 * component/commit_world.h - four datasets, the model's rows of them, and what must stand in the register: for
 * component/storage/commit/test_model.c. */
#ifndef COMPONENT_COMMIT_WORLD_H
#define COMPONENT_COMMIT_WORLD_H

#include "commit_kit.h"
#include "commit_model.h"

enum {
    DATASETS = 4,
    PARTITIONS = 2,
    PLACES = DATASETS * PARTITIONS,
    KEYS = 40,
    BATCHES = 240,
    EVENTS = 100, /* of a dataset in a batch */
    WIDE_EVENTS = 14,
    WIDE_LETTERS = 90 * 1024, /* six of them are more than one parameter takes */
    BAD = 64,
};
static const int64_t FIRST_US = INT64_C(1700000000000000);

static const struct column tail_columns[] = {
    {.name = "civil_no", .type = COLUMN_TEXT},
    {.name = "branch", .type = COLUMN_BIGINT},
    {.name = "body", .type = COLUMN_TEXT},
    {.name = "n", .type = COLUMN_BIGINT},
};
static const struct column head_columns[] = {
    {.name = "body", .type = COLUMN_TEXT},
    {.name = "n", .type = COLUMN_BIGINT},
    {.name = "id", .type = COLUMN_BIGINT},
};
static const struct shape {
    const char *name;
    const struct column *columns;
    size_t column_count;
    const char *keys[2];
    uint16_t key_columns[2];
    size_t key_count;
    bool has_order;
} shapes[DATASETS] = {
    {"m0", tail_columns, COUNT_OF(tail_columns), {"civil_no", "branch"}, {0, 1}, 2, true},
    {"m1", head_columns, COUNT_OF(head_columns), {"id"}, {2}, 1, false},
    {"m2", head_columns, COUNT_OF(head_columns), {"id"}, {2}, 1, true},
    {"m3", tail_columns, COUNT_OF(tail_columns), {"civil_no", "branch"}, {0, 1}, 2, false},
};

/* A row as a table should have it. */
struct record {
    struct model_event event;
    int64_t order;
    bool has_order;
    char effect; /* 0: of the state */
};

static struct world {
    struct kit *kit;
    struct sto_table tables[DATASETS];
    struct model_row rows[DATASETS][KEYS];
    struct record *history[DATASETS];
    size_t history_count[DATASETS];
    struct sto_progress places[PLACES];
    struct buf ledger[PLACES];
    struct buf quarantine[PLACES];
    struct model_event last[DATASETS]; /* may be sent again */
    /* The batch under way. */
    int number;
    bool repeats; /* its keys */
    uint32_t next_key;
    bool has[PLACES];
    struct sto_progress progress[PLACES];
    uint32_t index[PLACES]; /* into progress */
    struct sto_section sections[DATASETS];
    struct sto_event events[DATASETS][EVENTS];
    uint8_t effects[DATASETS][EVENTS]; /* as the model has them */
    struct sto_quarantined bad[BAD];
    struct sto_batch batch;
} w;

static inline const char *text_of(const struct model_value *value)
{
    static char text[WIDE_LETTERS + 16];
    for (size_t at = 0; at < value->letters;) {
        at += (size_t)snprintf(text + at, 16, "%u\xD8\xB3.", value->text);
    }
    text[value->letters] = '\0';
    return text;
}

/* ---- the datasets ---- */

static void claim(struct sto_conn *conn, int place)
{
    struct err err = ERR_INIT;
    struct sto_position position;
    static const char *const topics[DATASETS] = {"moh.m0", "moh.m1", "moh.m2", "moh.m3"};
    const struct sto_claim claim = {.dataset_id = w.tables[place / PARTITIONS].dataset_id,
                                    .topic = topics[place / PARTITIONS],
                                    .partition = place % PARTITIONS,
                                    .partition_count = PARTITIONS,
                                    .owner = "model"};
    assert_ok(sto_position_claim(conn, &claim, &position, &err), err);
    w.places[place] = (struct sto_progress){.topic = claim.topic,
                                            .partition = claim.partition,
                                            .position_id = position.id,
                                            .dataset_id = claim.dataset_id,
                                            .epoch = position.epoch,
                                            .next = position.next_offset,
                                            .last_offset = -1};
}

static inline void declare(struct kit *kit)
{
    w.kit = kit;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    for (int d = 0; d < DATASETS; d++) {
        const struct shape *shape = &shapes[d];
        w.tables[d] = (struct sto_table){
            .dataset_id =
                kit_dataset(conn, shape->name, shape->keys, shape->key_count,
                            shape->has_order ? "n" : NULL, shape->columns, shape->column_count),
            .column_version = 1,
            .agency = "moh",
            .name = shape->name,
            .columns = shape->columns,
            .column_count = shape->column_count,
            .key_columns = shape->key_columns,
            .key_count = shape->key_count,
            .has_order = shape->has_order,
        };
    }
    sto_conn_close(&conn);
    conn = sto_open(STO_ROLE_INGEST);
    for (int p = 0; p < PLACES; p++) {
        claim(conn, p);
    }
    sto_conn_close(&conn);
}

/* ---- what the register has ---- */

#define US_SQL(time)                                                                               \
    "CASE WHEN isfinite(" time ") THEN (extract(epoch FROM " time                                  \
    ") * 1000000)::int8::text ELSE '-' END"

static void put_number(struct buf *out, bool is_there, int64_t number)
{
    buf_printf(out, "|");
    if (is_there) {
        buf_printf(out, "%" PRId64, number);
    } else {
        buf_printf(out, "-");
    }
}

static void put_record(struct buf *out, int dataset, const struct record *record)
{
    const struct model_event *event = &record->event;
    const bool deletes = event->op == 'd';
    buf_printf(out, "%d|%" PRId64 "|%c", event->position, event->offset, event->op);
    put_number(out, record->has_order, record->order);
    put_number(out, event->kafka_ts_us != STO_NO_TIME, event->kafka_ts_us);
    put_number(out, event->order % 4 != 0, FIRST_US + event->order);
    put_number(out, !deletes, 1);
    put_number(out, !deletes && event->value.n != MODEL_NO_N, event->value.n);
    if (shapes[dataset].columns == tail_columns) {
        buf_printf(out, "|K-%u,%u", event->key / 3, event->key % 3);
    } else {
        buf_printf(out, "|%u", event->key);
    }
    if (record->effect != 0) {
        buf_printf(out, "|%c", record->effect);
    }
}

static int by_position(const void *a, const void *b)
{
    const struct model_event *x = &((const struct record *)a)->event;
    const struct model_event *y = &((const struct record *)b)->event;
    return x->position != y->position ? (x->position > y->position) - (x->position < y->position)
                                      : (x->offset > y->offset) - (x->offset < y->offset);
}

static PGresult *select_rows(int dataset, const char *suffix, const char *effect)
{
    char sql[1000];
    snprintf(sql, sizeof(sql),
             "SELECT concat_ws('|', _topic_partition, _offset, _op, coalesce(_order::text, '-'),"
             " %s, %s, coalesce(_schema_id::text, '-'), coalesce(n::text, '-'), %s%s), body"
             " FROM moh.%s_%s ORDER BY _topic_partition, _offset",
             US_SQL("_kafka_ts"), US_SQL("_event_time"),
             shapes[dataset].columns == tail_columns ? "civil_no || ',' || branch" : "id", effect,
             shapes[dataset].name, suffix);
    PGresult *rows = PQexec(w.kit->raw, sql);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQresultErrorMessage(rows));
    }
    return rows;
}

static inline void assert_table(int dataset, const char *suffix, struct record *records,
                                size_t count)
{
    PGresult *rows = select_rows(dataset, suffix, count > 0 && records->effect ? ", _effect" : "");
    struct buf line = BUF_INIT;
    qsort(records, count, sizeof(*records), by_position);
    for (size_t i = 0; i < count && i < (size_t)PQntuples(rows); i++) {
        buf_reset(&line);
        put_record(&line, dataset, &records[i]);
        assert_string_equal(PQgetvalue(rows, (int)i, 0), buf_cstr(&line));
        const bool deletes = records[i].event.op == 'd';
        assert_int_equal(PQgetisnull(rows, (int)i, 1), deletes);
        assert_string_equal(PQgetvalue(rows, (int)i, 1),
                            deletes ? "" : text_of(&records[i].event.value));
    }
    assert_int_equal(PQntuples(rows), count);
    buf_fini(&line);
    PQclear(rows);
}

static inline void assert_state(void)
{
    for (int d = 0; d < DATASETS; d++) {
        struct record records[KEYS];
        size_t count = 0;
        for (int k = 0; k < KEYS; k++) {
            const struct model_row *row = &w.rows[d][k];
            if (row->there) {
                records[count++] = (struct record){
                    .event = row->last, .order = row->order, .has_order = true, .effect = 0};
            }
        }
        assert_table(d, "state", records, count);
    }
}

/* The lines that SQL makes of a position's rows. */
static void assert_lines(int place, const char *sql, struct buf *expected)
{
    char id[16];
    const char *const values[] = {id};
    snprintf(id, sizeof(id), "%d", w.places[place].position_id);
    PGresult *rows = PQexecParams(w.kit->raw, sql, 1, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQresultErrorMessage(rows));
    }
    assert_string_equal(PQgetvalue(rows, 0, 0), buf_cstr(expected));
    PQclear(rows);
}

static inline void assert_position(int place)
{
    const struct sto_progress *now = &w.places[place];
    struct buf position = BUF_INIT;
    buf_printf(&position, "%lld|%lld|%lld", (long long)now->next, (long long)now->last_ts_ms,
               (long long)now->last_hash);
    assert_lines(place,
                 "SELECT concat_ws('|', next_offset, last_ts_ms, last_hash) FROM nrc.position"
                 " WHERE id = $1",
                 &position);
    buf_fini(&position);
}

/* Its ledger and its quarantine. */
static inline void assert_place(int place)
{
    assert_lines(place,
                 "SELECT string_agg(concat_ws('|', dataset_id, kind, epoch, from_offset,"
                 " next_offset, received, skipped, applied, duplicate, stale, quarantined, exempt)"
                 " || E'\\n', '' ORDER BY recorded_at) FROM nrc.ledger WHERE position_id = $1",
                 &w.ledger[place]);
    assert_lines(place,
                 "SELECT string_agg(concat_ws('|', topic_offset, reason, coalesce(encode(key,"
                 " 'escape'), '-'), payload_bytes) || E'\\n', '' ORDER BY topic_offset)"
                 " FROM nrc.quarantine WHERE position_id = $1",
                 &w.quarantine[place]);
}

#endif
