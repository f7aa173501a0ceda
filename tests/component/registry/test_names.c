/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_names.c - no identifier of an agency's meets one of the register's SQL.
 *
 * The words are taken from that SQL itself: every text that storage/commit/target_sql.c makes, and the
 * functions whose dynamic statements read and alter datasets' tables. Each word is a key field of a
 * dataset, and another field of one more; events go both ways to the server, with several versions
 * of a key, deletes and unapplied rows. */
#include "database.h"

#include <ctype.h>

#include "base/arena.h"
#include "base/keyenc.h"
#include "schema/plan/columns.h"
#include "storage/admin/migrate_priv.h"
#include "storage/catalogue/position.h"
#include "storage/commit/commit.h"
#include "storage/commit/target_sql.h"
#include "storage/report/report.h"
#include "storage/report/verify.h"

enum { KEYS = 8, COLUMNS = 2 * KEYS, WORDS_MAX = 4096, EVENTS_MAX = 8 };

static PGconn *raw;
static struct sto_conn *registry;
static struct sto_conn *ingest[2]; /* whose history goes as a parameter, and is COPYed */
static struct sto_writer *writers[2];
static struct err err;
static char words[WORDS_MAX][SCH_COLUMN_NAME_BYTES]; /* as columns are named */
static size_t word_count;

/* ---- the words ---- */

static void add_word(const char *at, size_t len)
{
    char word[256];
    assert_true(len < sizeof(word));
    snprintf(word, sizeof(word), "%.*s", (int)len, at);
    sch_column_name(word, words[word_count]);
    for (size_t i = 0; i < word_count; i++) {
        if (strcmp(words[i], words[word_count]) == 0) {
            return;
        }
    }
    assert_true(++word_count < WORDS_MAX);
}

/* Comments are no SQL. */
static void add_words(const char *sql)
{
    while (*sql != '\0') {
        size_t len = 0;
        while (isalnum((unsigned char)sql[len]) || sql[len] == '_') {
            len++;
        }
        if (len > 0 && !isdigit((unsigned char)*sql)) {
            add_word(sql, len);
        } else if (strncmp(sql, "--", 2) == 0) {
            len = strcspn(sql, "\n");
        }
        sql += len > 0 ? len : 1;
    }
}

static void collect_words(void)
{
    static const char *const files[] = {"0004_leaves", "0005_tables", "0007_verify"};
    static const struct column columns[] = {{.name = "k", .type = COLUMN_TEXT},
                                            {.name = "v", .type = COLUMN_TEXT}};
    static const uint16_t keys[] = {0};
    struct sto_table table = {.agency = "a",
                              .name = "d",
                              .columns = columns,
                              .column_count = COUNT_OF(columns),
                              .key_columns = keys,
                              .key_count = 1};
    size_t files_read = 0;
    for (int i = 0; i <= STO_HISTORY_COPY; i++) {
        struct buf sql = BUF_INIT;
        table.has_order = i % 2 == 0;
        sto_target_sql(&sql, &table, (enum sto_statement)i);
        table.has_order = !table.has_order;
        sto_target_sql(&sql, &table, (enum sto_statement)i);
        add_words(buf_cstr(&sql));
        buf_fini(&sql);
    }
    assert_true(word_count > 30);
    for (int i = 0; i < sto_migration_count; i++) {
        for (size_t f = 0; f < COUNT_OF(files); f++) {
            if (strcmp(sto_migrations[i].name, files[f]) == 0) {
                add_words(sto_migrations[i].sql);
                files_read++;
            }
        }
    }
    assert_int_equal(files_read, COUNT_OF(files));
}

/* ---- one dataset ---- */

struct room {
    size_t first; /* of its words */
    char name[32];
    struct sto_table table;
    struct column columns[COLUMNS + 1];
    struct sto_progress progress;
    struct sto_event events[EVENTS_MAX];
    struct sto_section section;
    struct sto_batch batch;
    struct arena arena;
};

static const uint16_t key_columns[KEYS] = {0, 1, 2, 3, 4, 5, 6, 7};

static const char *word(size_t i)
{
    return words[i % word_count];
}

static int registered(struct room *room)
{
    char subject[64];
    uint8_t sha256[32] = {0};
    int32_t schema_id;
    int32_t version;
    static uint16_t mark;
    mark++;
    memcpy(sha256, &mark, sizeof(mark));
    snprintf(subject, sizeof(subject), "moh.%s-value", room->name);
    int rc = structure_add(registry, subject, room->table.dataset_id, sha256, room->columns,
                           room->table.column_count, &schema_id, &version, &err);
    room->table.column_version++;
    return rc;
}

/* Texts are keys by bytes, and numbers by value. */
static void declare(struct room *room)
{
    char topic[40];
    const char *keys[KEYS];
    for (size_t c = 0; c < COLUMNS; c++) {
        room->columns[c] = (struct column){.name = word(room->first + c),
                                           .type = c % 2 == 0 ? COLUMN_TEXT : COLUMN_BIGINT};
        if (c < KEYS) {
            keys[c] = room->columns[c].name;
        }
    }
    snprintf(room->name, sizeof(room->name), "d%zu", room->first);
    snprintf(topic, sizeof(topic), "moh.%s", room->name);
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = room->name,
                                          .topic = topic,
                                          .key_fields = keys,
                                          .key_field_count = KEYS,
                                          .key_format = "auto",
                                          .order_field = room->table.has_order ? word(0) : NULL,
                                          .leaves = 1};
    room->table.agency = "moh";
    room->table.name = room->name;
    room->table.columns = room->columns;
    room->table.column_count = COLUMNS;
    room->table.key_columns = key_columns;
    room->table.key_count = KEYS;
    assert_ok(sto_dataset_add(registry, &spec, &room->table.dataset_id, &err), err);
    assert_ok(registered(room), err);

    struct sto_position position;
    const struct sto_claim claim = {.dataset_id = room->table.dataset_id,
                                    .topic = topic,
                                    .partition_count = 1,
                                    .owner = "test"};
    assert_ok(sto_position_claim(ingest[0], &claim, &position, &err), err);
    room->progress = (struct sto_progress){.position_id = position.id,
                                           .dataset_id = room->table.dataset_id,
                                           .epoch = position.epoch,
                                           .last_offset = -1};
}

static void begin_batch(struct room *room)
{
    arena_reset(&room->arena);
    room->progress.from = room->progress.next;
    room->progress.received = 0;
    room->section = (struct sto_section){.table = &room->table, .events = room->events};
    room->batch = (struct sto_batch){.sections = &room->section,
                                     .section_count = 1,
                                     .progress = &room->progress,
                                     .progress_count = 1};
}

/* An event of a key; a delete holds by arrival. */
static void add_event(struct room *room, int64_t key, int64_t order, char op)
{
    struct cell cells[COLUMNS + 1] = {{0}};
    struct buf out = BUF_INIT;
    struct sto_event *event = &room->events[room->section.count++];
    for (size_t c = 0; c < room->table.column_count; c++) {
        bool is_text = room->columns[c].type == COLUMN_TEXT;
        cells[c] = is_text
                       ? (struct cell){.type = CELL_BYTES, .len = 3, .p = (const uint8_t *)"abc"}
                       : (struct cell){.type = CELL_I64, .i = key};
    }
    for (size_t k = 0; k < KEYS; k++) {
        keyenc_put(&out, &cells[k], room->columns[k].type, k + 1 == KEYS);
    }
    size_t key_len = out.len;
    int64_t content;
    assert_ok(sto_image_put(&out, &room->table, cells, op == 'd', &content, &err), err);
    uint8_t *kept = arena_memdup(&room->arena, out.data, out.len);
    assert_non_null(kept);
    *event = (struct sto_event){.key = kept,
                                .key_len = (uint16_t)key_len,
                                .image = kept + key_len,
                                .image_len = (uint32_t)(out.len - key_len),
                                .op = op,
                                .by_arrival = op == 'd',
                                .schema_id = op == 'd' ? 0 : 1,
                                .event_time_us = STO_NO_TIME,
                                .order = order,
                                .content = op == 'd' ? STO_CONTENT_DELETED_BY_ARRIVAL : content,
                                .offset = room->progress.next,
                                .kafka_ts_us = INT64_C(1700000000000000)};
    room->progress.last_offset = room->progress.next++;
    room->progress.received++;
    buf_fini(&out);
}

/* `want`: an effect's letter for each event; without a declared order all are applied. */
static void commit(struct room *room, size_t way, const char *want)
{
    static const char letters[] = {[STO_APPLIED] = 'a', [STO_DUPLICATE] = 'd', [STO_STALE] = 's'};
    if (sto_commit(writers[way], &room->batch, &err) != 0) {
        fail_msg("key fields %s …: %s", room->columns[0].name, err.text);
    }
    for (size_t i = 0; i < room->section.count; i++) {
        char got = letters[room->events[i].effect];
        assert_int_equal(got, room->table.has_order ? want[i] : 'a');
    }
}

/* Three batches: versions of a key, a delete; an unapplied row, found by looking every row up; one that the
 * merge tells of. */
static void fill(struct room *room, size_t way, int64_t base)
{
    begin_batch(room);
    add_event(room, base + 1, 5, 'c');
    add_event(room, base + 1, 7, 'u');
    add_event(room, base + 2, 3, 'c');
    add_event(room, base + 3, 1, 'c');
    add_event(room, base + 3, 0, 'd');
    commit(room, way, "aaaaa");
    begin_batch(room);
    add_event(room, base + 1, 6, 'u');
    add_event(room, base + 2, 3, 'u');
    add_event(room, base + 2, 4, 'u');
    add_event(room, base + 4, 1, 'c');
    commit(room, way, "sdaa");
    begin_batch(room);
    add_event(room, base + 1, 2, 'u');
    add_event(room, base + 4, 2, 'u');
    commit(room, way, "sa");
}

/* One more column, another name, and a count of what people see. */
static void alter(struct room *room)
{
    char sql[256];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM moh.%s", room->name);
    assert_int_equal(raw_int(raw, sql), 6);
    room->columns[COLUMNS - 1].name = word(room->first + COLUMNS);
    room->columns[COLUMNS] =
        (struct column){.name = word(room->first + COLUMNS - 1), .type = COLUMN_TEXT};
    room->table.column_count = COLUMNS + 1;
    assert_ok(registered(room), err);
    assert_int_equal(raw_int(raw, sql), 6);
}

static int begin(void **state)
{
    (void)state;
    const struct sto_agency_spec agency = {
        .code = "moh", .name = "Health", .legal_class = 1, .division = "Records", .head = "A"};
    register_reset();
    raw = raw_open();
    registry = sto_open(STO_ROLE_REGISTRY);
    err_reset(&err);
    for (size_t way = 0; way < COUNT_OF(writers); way++) {
        ingest[way] = sto_open(STO_ROLE_INGEST);
        writers[way] = sto_writer_new(ingest[way], &err);
        assert_non_null(writers[way]);
    }
    sto_writer_set_rows_max(writers[1], 0);
    sto_writer_set_chunk_rows(writers[1], 1);
    return sto_agency_add(registry, &agency, &err);
}

static int end(void **state)
{
    (void)state;
    sto_conn_close(&registry);
    for (size_t way = 0; way < COUNT_OF(writers); way++) {
        sto_writer_free(&writers[way]);
        sto_conn_close(&ingest[way]);
    }
    PQfinish(raw);
    return 0;
}

static void each_word_of_our_sql_can_be_a_field(void **state)
{
    (void)state;
    collect_words();
    for (size_t first = 0; first < word_count; first += KEYS) {
        struct room room = {.first = first};
        room.table.has_order = first / KEYS % 4 != 3;
        declare(&room);
        fill(&room, 0, 0);
        fill(&room, 1, 10);
        alter(&room);
        fill(&room, 0, 20);
        fill(&room, 1, 30);
        arena_fini(&room.arena);
    }
    int made;
    assert_ok(sto_leaves_make(ingest[0], 3, &made, &err), err);
    struct sto_conn *monitor = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *faults = sto_ledger_verify(monitor, NULL, NULL, &err);
    if (faults == NULL) {
        fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < faults->rows; i++) {
        print_error("%s: %s\n", faults->values[i * faults->cols + 1],
                    faults->values[i * faults->cols]);
    }
    assert_int_equal(faults->rows, 0);
    sto_grid_free(&faults);
    sto_conn_close(&monitor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_word_of_our_sql_can_be_a_field)};
    return cmocka_run_group_tests_name("names", tests, begin, end);
}
