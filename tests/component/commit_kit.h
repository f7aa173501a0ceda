/* SPDX-License-Identifier: Apache-2.0
 * component/commit_kit.h - batches for sto_commit: two datasets, their positions, and events
 * made by hand.
 *
 *   moh.births   key (civil_no text, branch bigint), a declared order (seq)
 *   moh.visits   key (visit bigint), order as Kafka offers it */
#ifndef COMPONENT_COMMIT_KIT_H
#define COMPONENT_COMMIT_KIT_H

#include "database.h"

#include "base/arena.h"
#include "base/keyenc.h"
#include "storage/catalogue/position.h"
#include "storage/commit/commit.h"
#include "storage/commit/order.h"
#include "storage/report/verify.h"

enum { KIT_PARTITIONS = 3, KIT_PROGRESS = 2 * KIT_PARTITIONS, KIT_EVENTS = 4000 };
#define KIT_ROWS_DEFAULT SIZE_MAX

static const struct column births_columns[] = {
    {.name = "civil_no", .type = COLUMN_TEXT},
    {.name = "branch", .type = COLUMN_BIGINT},
    {.name = "name", .type = COLUMN_TEXT},
    {.name = "fee", .type = COLUMN_NUMERIC, .precision = 6, .scale = 2},
};
static const struct column visits_columns[] = {
    {.name = "note", .type = COLUMN_TEXT},
    {.name = "visit", .type = COLUMN_BIGINT},
};
static const uint16_t births_keys[] = {0, 1};
static const uint16_t visits_keys[] = {1};

struct kit {
    PGconn *raw;
    struct sto_conn *conn;
    struct sto_writer *writer;
    size_t rows_max; /* of the writer; KIT_ROWS_DEFAULT: as engines have it */
    struct sto_table births;
    struct sto_table visits;
    struct sto_progress progress[KIT_PROGRESS]; /* births 0.., then visits */
    struct sto_event births_events[KIT_EVENTS];
    struct sto_event visits_events[KIT_EVENTS];
    struct sto_section sections[2];
    struct sto_quarantined quarantined[64];
    struct sto_batch batch;
    struct arena arena;
};

static inline int32_t kit_dataset(struct sto_conn *conn, const char *name, const char *const *keys,
                                  size_t key_count, const char *order, const struct column *columns,
                                  size_t column_count)
{
    struct err err = ERR_INIT;
    char topic[64];
    uint8_t sha256[32] = {0};
    char subject[80];
    int32_t dataset_id;
    int32_t id;
    int32_t version;
    snprintf(topic, sizeof(topic), "moh.%s", name);
    snprintf(subject, sizeof(subject), "%s-value", topic);
    snprintf((char *)sha256, sizeof(sha256), "%s", name);
    const struct sto_dataset_spec dataset = {.agency = "moh",
                                             .name = name,
                                             .topic = topic,
                                             .key_fields = keys,
                                             .key_field_count = key_count,
                                             .key_format = "auto",
                                             .order_field = order,
                                             .leaves = 4};
    assert_ok(sto_dataset_add(conn, &dataset, &dataset_id, &err), err);
    assert_ok(structure_add(conn, subject, dataset_id, sha256, columns, column_count, &id, &version,
                            &err),
              err);
    return dataset_id;
}

/* Claims every partition and takes what the register says of it. */
static inline void kit_claim(struct kit *kit)
{
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    for (int i = 0; i < KIT_PROGRESS; i++) {
        bool is_visit = i >= KIT_PARTITIONS;
        const char *topic = is_visit ? "moh.visits" : "moh.births";
        struct sto_position position;
        struct err err = ERR_INIT;
        int32_t dataset_id = is_visit ? kit->visits.dataset_id : kit->births.dataset_id;
        const struct sto_claim claim = {
            .dataset_id = dataset_id,
            .topic = topic,
            .partition = i % KIT_PARTITIONS,
            .partition_count = KIT_PARTITIONS,
            .owner = "kit",
        };
        assert_ok(sto_position_claim(conn, &claim, &position, &err), err);
        kit->progress[i] = (struct sto_progress){.topic = topic,
                                                 .partition = i % KIT_PARTITIONS,
                                                 .position_id = position.id,
                                                 .dataset_id = dataset_id,
                                                 .epoch = position.epoch,
                                                 .from = position.next_offset,
                                                 .next = position.next_offset,
                                                 .last_offset = -1};
    }
    sto_conn_close(&conn);
}

static inline void kit_close_conn(struct kit *kit)
{
    sto_writer_free(&kit->writer);
    sto_conn_close(&kit->conn);
}

/* options NULL: as engines have them. */
static inline void kit_open_conn(struct kit *kit, const struct sto_conn_options *options)
{
    struct err err = ERR_INIT;
    kit_close_conn(kit);
    kit->conn = options != NULL ? sto_conn_open(options, &err) : sto_open(STO_ROLE_INGEST);
    if (kit->conn == NULL) {
        fail_msg("sto_conn_open: %s", err.text);
    }
    kit->writer = sto_writer_new(kit->conn, &err);
    if (kit->writer == NULL) {
        fail_msg("sto_writer_new: %s", err.text);
    }
    if (kit->rows_max != KIT_ROWS_DEFAULT) {
        sto_writer_set_rows_max(kit->writer, kit->rows_max);
        sto_writer_set_chunk_rows(kit->writer, kit->rows_max + 1);
    }
}

/* The next batch begins where the last one ended. */
static inline void kit_begin(struct kit *kit)
{
    arena_reset(&kit->arena);
    for (int i = 0; i < KIT_PROGRESS; i++) {
        struct sto_progress *progress = &kit->progress[i];
        progress->from = progress->next;
        progress->received = progress->skipped = progress->exempt = 0;
        progress->last_offset = -1;
        progress->last_ts_ms = 0;
        progress->last_hash = 0;
    }
    kit->sections[0] = (struct sto_section){.table = &kit->births, .events = kit->births_events};
    kit->sections[1] = (struct sto_section){.table = &kit->visits, .events = kit->visits_events};
    kit->batch = (struct sto_batch){.sections = kit->sections,
                                    .section_count = 2,
                                    .quarantined = kit->quarantined,
                                    .progress = kit->progress,
                                    .progress_count = KIT_PROGRESS};
}

static inline int64_t kit_take_offset(struct kit *kit, uint32_t progress)
{
    struct sto_progress *p = &kit->progress[progress];
    p->received++;
    p->last_offset = p->next;
    p->last_ts_ms = p->next;
    p->last_hash = (uint64_t)p->next + 7;
    return p->next++;
}

static inline struct cell kit_text(const char *text)
{
    return (struct cell){
        .type = CELL_BYTES, .len = (uint32_t)strlen(text), .p = (const uint8_t *)text};
}

/* Key and image belong to the arena. */
static inline struct sto_event kit_event(struct arena *arena, const struct sto_table *table,
                                         const struct cell *cells, char op)
{
    struct buf out = BUF_INIT;
    for (size_t k = 0; k < table->key_count; k++) {
        uint16_t column = table->key_columns[k];
        keyenc_put(&out, &cells[column], table->columns[column].type, k + 1 == table->key_count);
    }
    size_t key_len = out.len;
    struct err err = ERR_INIT;
    int64_t content;
    assert_ok(sto_image_put(&out, table, cells, op == 'd', &content, &err), err);
    uint8_t *kept = arena_memdup(arena, out.data, out.len);
    assert_non_null(kept);
    const struct sto_event event = {.key = kept,
                                    .key_len = (uint16_t)key_len,
                                    .image = kept + key_len,
                                    .image_len = (uint32_t)(out.len - key_len),
                                    .op = op,
                                    .schema_id = op == 'd' ? 0 : 1,
                                    .event_time_us = STO_NO_TIME,
                                    .content = content,
                                    .kafka_ts_us = INT64_C(1700000000000000)};
    buf_fini(&out);
    return event;
}

static inline struct sto_event *kit_add(struct kit *kit, struct sto_section *section,
                                        const struct cell *cells, char op, uint32_t progress)
{
    assert_true(section->count < KIT_EVENTS);
    struct sto_event *event = &section->events[section->count++];
    *event = kit_event(&kit->arena, section->table, cells, op);
    event->progress = progress;
    event->offset = kit_take_offset(kit, progress);
    event->order = event->offset;
    return event;
}

/* An event of moh.births; name NULL: a delete that holds by arrival. */
static inline struct sto_event *kit_birth(struct kit *kit, uint32_t partition, const char *civil_no,
                                          int64_t branch, int64_t seq, const char *name)
{
    const uint8_t fee[] = {0x30, 0x39}; /* 123.45 */
    const struct cell cells[] = {kit_text(civil_no),
                                 {.type = CELL_I64, .i = branch},
                                 kit_text(name != NULL ? name : ""),
                                 {.type = CELL_DECIMAL, .p = fee, .len = 2, .scale = 2}};
    struct sto_event *event =
        kit_add(kit, &kit->sections[0], cells, name != NULL ? 'u' : 'd', partition);
    event->order = seq;
    event->by_arrival = name == NULL;
    event->content = name == NULL ? STO_CONTENT_DELETED_BY_ARRIVAL : event->content;
    return event;
}

/* A delete that has an order of its own, by a header. */
static inline void kit_set_own_order(struct sto_event *tombstone)
{
    tombstone->by_arrival = false;
    tombstone->content = STO_CONTENT_DELETED;
}

static inline struct sto_event *kit_visit(struct kit *kit, uint32_t partition, int64_t visit,
                                          const char *note, int64_t kafka_ts_us)
{
    const struct cell cells[] = {kit_text(note != NULL ? note : ""),
                                 {.type = CELL_I64, .i = visit}};
    struct sto_event *event = kit_add(kit, &kit->sections[1], cells, note != NULL ? 'u' : 'd',
                                      KIT_PARTITIONS + partition);
    event->kafka_ts_us = kafka_ts_us;
    return event;
}

static inline void kit_commit(struct kit *kit)
{
    struct err err = ERR_INIT;
    assert_ok(sto_commit(kit->writer, &kit->batch, &err), err);
}

static inline void kit_next_batch(struct kit *kit)
{
    kit_commit(kit);
    kit_begin(kit);
}

static inline void kit_assert_no_ledger_faults(void)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *grid = sto_ledger_verify(conn, NULL, NULL, &err);
    if (grid == NULL) {
        fail_msg("ledger faults: %s", err.text);
    }
    for (size_t i = 0; i < grid->rows * grid->cols; i++) {
        print_error("ledger fault: %s\n", grid->values[i] != NULL ? grid->values[i] : "");
    }
    assert_int_equal(grid->rows, 0);
    sto_grid_free(&grid);
    sto_conn_close(&conn);
}

/* The batch was not taken: the same positions again. */
static inline void kit_rewind(struct kit *kit)
{
    for (int i = 0; i < KIT_PROGRESS; i++) {
        kit->progress[i].next = kit->progress[i].from;
    }
}

/* The first dataset has the id 1, the second 2. */
static inline void kit_fill(void)
{
    static const char *const births_key_names[] = {"civil_no", "branch"};
    static const char *const visits_key_names[] = {"visit"};
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    const struct sto_agency_spec agency = {
        .code = "moh", .name = "Health", .legal_class = 1, .division = "Records", .head = "A"};
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    assert_int_equal(kit_dataset(conn, "births", births_key_names, 2, "seq", births_columns,
                                 COUNT_OF(births_columns)),
                     1);
    assert_int_equal(kit_dataset(conn, "visits", visits_key_names, 1, NULL, visits_columns,
                                 COUNT_OF(visits_columns)),
                     2);
    sto_conn_close(&conn);
}

static inline int kit_setup_with(void **state, size_t rows_max)
{
    struct kit *kit = calloc(1, sizeof(*kit));
    assert_non_null(kit);
    *state = kit;
    kit->rows_max = rows_max;
    register_reset_filled(kit_fill);
    kit->raw = raw_open();
    kit->births = (struct sto_table){.dataset_id = 1,
                                     .column_version = 1,
                                     .agency = "moh",
                                     .name = "births",
                                     .columns = births_columns,
                                     .column_count = COUNT_OF(births_columns),
                                     .key_columns = births_keys,
                                     .key_count = COUNT_OF(births_keys),
                                     .has_order = true};
    kit->visits = (struct sto_table){.dataset_id = 2,
                                     .column_version = 1,
                                     .agency = "moh",
                                     .name = "visits",
                                     .columns = visits_columns,
                                     .column_count = COUNT_OF(visits_columns),
                                     .key_columns = visits_keys,
                                     .key_count = COUNT_OF(visits_keys)};
    kit_claim(kit);
    kit_open_conn(kit, NULL);
    kit_begin(kit);
    return 0;
}

/* The ways a section's rows go to the server: its state as the parameter of one merge or of several, its
 * history as one, or COPYed. */
static inline int kit_setup(void **state)
{
    return kit_setup_with(state, KIT_ROWS_DEFAULT);
}

static inline int kit_setup_copied(void **state)
{
    return kit_setup_with(state, 0);
}

/* Sections of one batch go different ways. */
static inline int kit_setup_mixed(void **state)
{
    return kit_setup_with(state, 2);
}

#define COMMIT_TEST_AS(test, setup, way)                                                           \
    {                                                                                              \
#test " (" way ")", test, setup, kit_teardown, NULL                                        \
    }
#define COMMIT_TEST(test)                                                                          \
    COMMIT_TEST_AS(test, kit_setup, "rows"), COMMIT_TEST_AS(test, kit_setup_copied, "copied"),     \
        COMMIT_TEST_AS(test, kit_setup_mixed, "mixed")

static inline int kit_teardown(void **state)
{
    struct kit *kit = *state;
    kit_close_conn(kit);
    PQfinish(kit->raw);
    arena_fini(&kit->arena);
    free(kit);
    return 0;
}

/* Of tests after which the ledger must hold. */
static inline int kit_teardown_verified(void **state)
{
    kit_assert_no_ledger_faults();
    return kit_teardown(state);
}

#endif
