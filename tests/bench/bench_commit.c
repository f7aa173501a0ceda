/* SPDX-License-Identifier: Apache-2.0
 * bench/bench_commit.c - sto_commit alone: typical events straight into a register, no Kafka and
 * no decoder.
 *
 *   bench_commit [--turns] DSN [batches [rows [keys [both|history|state [loser % [fill [datasets [rows max
 *                [leaves [chunk rows [sql]]]]]]]]]]]
 *
 * DSN: a superuser's, of an empty database. One JSON line: rows a second, CPU of the engine's
 * side and of the backend, both for each batch, time in each step of a batch. Making the events is
 * outside every figure. "keys": of each dataset. "loser %": how many events repeat the order that their
 * key has. "fill": how many events are there before, committed 50,000 at a time and not measured: a
 * small batch meets a full register. "datasets": each batch has its rows in all of them. "rows max":
 * sto_writer_set_rows_max, and likewise chunk rows; 0: the writer's own. "sql": what is changed in the register before the
 * first batch, as a fillfactor. With --turns the batches are committed, and their result printed, for each line that comes,
 * so two programs or registers can be compared although the machine's speed changes. Without "fill" the first batch is the
 * first touch of each dataset, and is printed by itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/keyenc.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/position.h"
#include "storage/commit/commit.h"
#include "storage/conn/conn.h"
#include "storage/conn/statement.h"
#include "storage/subject/add.h"
#include "storage/subject/write.h"

#include "typical.h"

enum { COLUMNS = 12, FILL_ROWS = 50000 };

static const struct column columns[COLUMNS] = {
    {.name = "civil_no", .type = COLUMN_TEXT},
    {.name = "name_ar", .type = COLUMN_TEXT},
    {.name = "name_en", .type = COLUMN_TEXT},
    {.name = "birth_date", .type = COLUMN_DATE},
    {.name = "sex", .type = COLUMN_TEXT},
    {.name = "governorate", .type = COLUMN_TEXT},
    {.name = "occupation", .type = COLUMN_TEXT},
    {.name = "address", .type = COLUMN_TEXT},
    {.name = "income", .type = COLUMN_NUMERIC, .precision = 12, .scale = 2},
    {.name = "occurred_at", .type = COLUMN_TIMESTAMPTZ},
    {.name = "seq", .type = COLUMN_BIGINT},
    {.name = "active", .type = COLUMN_BOOLEAN},
};
static const uint16_t key_columns[] = {0};

struct bench {
    const char *dsn;
    size_t batches;
    size_t rows;
    size_t fill;
    size_t datasets;
    size_t partitions; /* of each dataset */
    size_t rows_max;   /* 0: the writer's own */
    size_t chunk_rows; /* likewise */
    const char *sql;   /* or NULL */
    bool turns;
    int leaves;
    uint64_t keys;
    enum sto_tables tables;
    unsigned loser_percent;
    struct sto_table *tables_of;
    struct sto_section *sections;
    struct sto_progress *progress; /* of each partition, dataset by dataset */
    struct sto_event *events;
    struct arena arena;
    struct arena names;
    int64_t *newest; /* of each key of each dataset, to know the losers */
    uint64_t made;
    uint64_t applied; /* what the newest of each key says */
    uint64_t taken;   /* what sto_commit says */
};

static void die(const char *what, const struct err *err)
{
    fprintf(stderr, "bench_commit: %s: %s\n", what, err->text);
    exit(1);
}

static struct sto_conn *open_conn(const struct bench *b, enum sto_role role)
{
    struct err err = ERR_INIT;
    const struct sto_conn_options options = {.dsn = b->dsn,
                                             .role = role,
                                             .application_name = "bench_commit",
                                             .connect_timeout_ms = 5000};
    struct sto_conn *conn = sto_conn_open(&options, &err);
    if (conn == NULL) {
        die("connecting", &err);
    }
    return conn;
}

static void claim_partition(struct bench *b, struct sto_conn *conn, size_t dataset, int partition)
{
    struct err err = ERR_INIT;
    struct sto_position position;
    const struct sto_claim claim = {
        .dataset_id = b->tables_of[dataset].dataset_id,
        .topic = arena_printf(&b->names, "bench.%s", b->tables_of[dataset].name),
        .partition = partition,
        .partition_count = (int)b->partitions,
        .owner = "bench",
    };
    if (sto_position_claim(conn, &claim, &position, &err) != 0) {
        die("claiming", &err);
    }
    b->progress[dataset * b->partitions + (size_t)partition] =
        (struct sto_progress){.topic = claim.topic,
                              .partition = partition,
                              .position_id = position.id,
                              .dataset_id = claim.dataset_id,
                              .epoch = position.epoch,
                              .next = position.next_offset};
}

static void make_dataset(struct bench *b, struct sto_conn *conn, size_t at)
{
    struct err err = ERR_INIT;
    struct sto_version_added added;
    static const char *const keys[] = {"civil_no"};
    struct column named[COLUMNS];
    int32_t column_of[COLUMNS];
    const char *names[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        named[c] = columns[c];
        named[c].field = names[c] = columns[c].name;
        column_of[c] = c;
    }
    const uint8_t sha256[32] = {7, (uint8_t)at, (uint8_t)(at >> 8)};
    const char *name = arena_printf(&b->names, "residents%05zu", at);
    const char *topic = arena_printf(&b->names, "bench.%s", name);
    const struct sto_dataset_spec dataset = {.agency = "bench",
                                             .name = name,
                                             .topic = topic,
                                             .key_fields = keys,
                                             .key_field_count = 1,
                                             .key_format = "text",
                                             .order_field = "seq",
                                             .event_time_field = "occurred_at",
                                             .leaves = b->leaves};
    struct sto_version_spec structure = {.subject = arena_printf(&b->names, "%s-value", topic),
                                         .text = "{\"type\":\"record\"}",
                                         .sha256 = sha256,
                                         .columns = named,
                                         .column_count = COLUMNS,
                                         .column_of = column_of,
                                         .names = names,
                                         .field_count = COLUMNS,
                                         .want_id = -1};
    if (sto_dataset_add(conn, &dataset, &structure.dataset_id, &err) != 0 ||
        sto_register_begin(conn, structure.subject, &err) != 0 ||
        sto_version_add(conn, &structure, &added, &err) != 0 ||
        sto_register_commit(conn, &err) != 0) {
        die("making a dataset", &err);
    }
    b->tables_of[at] = (struct sto_table){.dataset_id = structure.dataset_id,
                                          .column_version = 1,
                                          .agency = "bench",
                                          .name = name,
                                          .columns = columns,
                                          .column_count = COLUMNS,
                                          .key_columns = key_columns,
                                          .key_count = 1,
                                          .has_order = true};
    for (size_t p = 0; p < b->partitions; p++) {
        claim_partition(b, conn, at, (int)p);
    }
}

static void make_register(struct bench *b)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = open_conn(b, STO_ROLE_NONE);
    int applied;
    const struct sto_agency_spec agency = {
        .code = "bench", .name = "Bench", .legal_class = 1, .division = "d", .head = "h"};
    if (sto_migrate(conn, &applied, &err) != 0 || sto_agency_add(conn, &agency, &err) != 0) {
        die("making the register", &err);
    }
    for (size_t i = 0; i < b->datasets; i++) {
        make_dataset(b, conn, i);
    }
    if (b->sql != NULL && sto_run(conn, b->sql, &err) != 0) {
        die("changing the register", &err);
    }
    sto_conn_close(&conn);
}

static struct cell text_cell(const char *text)
{
    return (struct cell){
        .type = CELL_BYTES, .len = (uint32_t)strlen(text), .p = (const uint8_t *)text};
}

static void make_event(struct bench *b, size_t dataset, struct sto_event *event,
                       struct buf *scratch)
{
    int64_t *newest = b->newest + dataset * b->keys;
    const struct typical_stream stream = {.seed = 1, .keys = b->keys};
    struct typical t;
    uint8_t unscaled[8];
    typical_make(&stream, b->made++, &t);
    const uint64_t be = htobe64((uint64_t)t.income_cents);
    memcpy(unscaled, &be, sizeof(be));
    int64_t seq = t.seq;
    if (b->loser_percent > 0 && typical_mix(b->made) % 100 < b->loser_percent) {
        seq = newest[t.key_index] > 0 ? newest[t.key_index] : seq;
    }
    b->applied += seq > newest[t.key_index];
    newest[t.key_index] = seq > newest[t.key_index] ? seq : newest[t.key_index];
    const struct cell cells[COLUMNS] = {
        text_cell(t.civil_no),
        text_cell(t.name_ar),
        text_cell(t.name_en),
        {.type = CELL_I64, .i = t.birth_days},
        text_cell(t.sex ? "female" : "male"),
        text_cell(t.governorate),
        text_cell(t.occupation),
        t.address[0] != '\0' ? text_cell(t.address) : (struct cell){.type = CELL_NULL},
        {.type = CELL_DECIMAL, .p = unscaled, .len = 8, .scale = 2},
        {.type = CELL_I64, .i = t.occurred_us},
        {.type = CELL_I64, .i = seq},
        {.type = CELL_BOOL, .i = t.active},
    };
    buf_reset(scratch);
    keyenc_put(scratch, &cells[0], COLUMN_TEXT, true);
    size_t key_len = scratch->len;
    struct err err = ERR_INIT;
    int64_t content = 0;
    int rc = sto_image_put(scratch, &b->tables_of[dataset], cells, false, &content, &err);
    uint8_t *kept = rc == 0 ? arena_memdup(&b->arena, scratch->data, scratch->len) : NULL;
    if (kept == NULL) {
        abort();
    }
    const size_t at = dataset * b->partitions + (size_t)t.partition % b->partitions;
    struct sto_progress *progress = &b->progress[at];
    *event = (struct sto_event){
        .key = kept,
        .key_len = (uint16_t)key_len,
        .image = kept + key_len,
        .image_len = (uint32_t)(scratch->len - key_len),
        .op = 'u',
        .progress = (uint32_t)at,
        .schema_id = 1,
        .order = seq,
        .content = content,
        .event_time_us = t.occurred_us,
        .offset = progress->next++,
        .kafka_ts_us = t.occurred_us,
    };
    progress->received++;
    progress->last_offset = event->offset;
}

static void make_batch(struct bench *b, size_t rows, struct buf *scratch)
{
    arena_reset(&b->arena);
    for (size_t p = 0; p < b->datasets * b->partitions; p++) {
        b->progress[p].from = b->progress[p].next;
        b->progress[p].received = 0;
        b->progress[p].last_offset = -1;
    }
    for (size_t d = 0, at = 0; d < b->datasets; d++) {
        const size_t end = rows * (d + 1) / b->datasets;
        b->sections[d] = (struct sto_section){
            .table = &b->tables_of[d], .events = b->events + at, .count = end - at};
        for (; at < end; at++) {
            make_event(b, d, &b->events[at], scratch);
        }
    }
}

static double thread_cpu_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Time on a processor, in nanoseconds: the ticks of /proc/PID/stat are too coarse for small
 * batches. */
static double backend_cpu_s(int pid)
{
    char path[64];
    unsigned long long on_cpu_ns = 0;
    snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL || fscanf(f, "%llu", &on_cpu_ns) != 1) { // NOLINT
        on_cpu_ns = 0;
    }
    if (f != NULL) {
        fclose(f);
    }
    return (double)on_cpu_ns / 1e9;
}

struct spent {
    double wall_s;
    double engine_s;
    double backend_s;
    int64_t steps_us[16];
};

static void print_ms(struct jsonw *w, const char *key, double seconds)
{
    jsonw_key(w, key);
    jsonw_double(w, round(seconds * 1e6) / 1000);
}

static void print_result(const struct bench *b, struct sto_writer *writer,
                         const struct spent *spent)
{
    const double engine_s = spent->engine_s;
    const double backend_s = spent->backend_s;
    double rows = (double)(b->rows * b->batches);
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    const char *const *names;
    const int64_t *spent_us;
    size_t count = sto_writer_times(writer, &names, &spent_us);
    jsonw_open(&w, '{');
    jsonw_key(&w, "rows_per_s");
    jsonw_int(&w, (int64_t)(rows / spent->wall_s));
    jsonw_key(&w, "rows_per_cpu_s");
    jsonw_int(&w, (int64_t)(rows / (engine_s + backend_s)));
    jsonw_key(&w, "engine_cpu_s");
    jsonw_double(&w, round(engine_s * 1000) / 1000);
    jsonw_key(&w, "postgres_cpu_s");
    jsonw_double(&w, round(backend_s * 100) / 100);
    jsonw_key(&w, "engine_share");
    jsonw_double(&w, round(engine_s / (engine_s + backend_s) * 1000) / 1000);
    print_ms(&w, "engine_cpu_ms_per_batch", engine_s / (double)b->batches);
    print_ms(&w, "postgres_cpu_ms_per_batch", backend_s / (double)b->batches);
    print_ms(&w, "wall_ms_per_batch", spent->wall_s / (double)b->batches);
    jsonw_key(&w, "ms_per_batch");
    jsonw_open(&w, '{');
    for (size_t i = 0; i < count; i++) {
        jsonw_key(&w, names[i]);
        jsonw_double(
            &w, round((double)(spent_us[i] - spent->steps_us[i]) / (double)b->batches / 10) / 100);
    }
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    puts(buf_cstr(&out));
    fflush(stdout);
    buf_fini(&out);
}

/* One batch; its cost is added. */
static void commit_batch(struct bench *b, struct sto_writer *writer, size_t rows,
                         struct buf *scratch, struct spent *spent)
{
    struct err err = ERR_INIT;
    make_batch(b, rows, scratch);
    struct sto_batch batch = {.sections = b->sections,
                              .section_count = b->datasets,
                              .progress = b->progress,
                              .progress_count = b->datasets * b->partitions};
    double cpu = thread_cpu_s();
    int64_t start_us = clock_mono_us();
    if (sto_commit(writer, &batch, &err) != 0) {
        die("sto_commit", &err);
    }
    spent->wall_s += (double)(clock_mono_us() - start_us) / 1e6;
    spent->engine_s += thread_cpu_s() - cpu;
    for (size_t p = 0; p < b->datasets * b->partitions; p++) {
        b->taken += (uint64_t)b->progress[p].applied;
    }
}

static void start_spending(struct sto_conn *conn, const struct sto_writer *writer,
                           struct spent *spent)
{
    const char *const *names;
    const int64_t *steps_us;
    size_t count = sto_writer_times(writer, &names, &steps_us);
    *spent = (struct spent){.backend_s = -backend_cpu_s(sto_conn_backend_pid(conn))};
    memcpy(spent->steps_us, steps_us, count * sizeof(*steps_us));
}

static void run(struct bench *b)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = open_conn(b, STO_ROLE_INGEST);
    struct sto_writer *writer = sto_writer_new(conn, &err);
    if (writer == NULL) {
        die("the writer", &err);
    }
    sto_writer_set_tables(writer, b->tables);
    if (b->rows_max > 0) {
        sto_writer_set_rows_max(writer, b->rows_max);
    }
    if (b->chunk_rows > 0) {
        sto_writer_set_chunk_rows(writer, b->chunk_rows);
    }
    struct buf scratch = BUF_INIT;
    struct spent spent = {0};
    for (size_t filled = 0; filled < b->fill; filled += FILL_ROWS) {
        commit_batch(b, writer, FILL_ROWS, &scratch, &spent);
    }
    if (b->fill == 0) {
        start_spending(conn, writer, &spent);
        commit_batch(b, writer, b->rows, &scratch, &spent);
        spent.backend_s += backend_cpu_s(sto_conn_backend_pid(conn));
        printf("{\"first_batch_postgres_ms\": %.3f, \"wall_ms\": %.3f}\n", spent.backend_s * 1e3,
               spent.wall_s * 1e3);
    }
    char line[8];
    for (bool first = true; b->turns ? fgets(line, sizeof(line), stdin) != NULL : first;
         first = false) {
        start_spending(conn, writer, &spent);
        for (size_t i = 0; i < b->batches; i++) {
            commit_batch(b, writer, b->rows, &scratch, &spent);
        }
        spent.backend_s += backend_cpu_s(sto_conn_backend_pid(conn));
        print_result(b, writer, &spent);
    }
    if (b->tables != STO_HISTORY_ONLY && b->taken != b->applied) {
        fprintf(stderr, "bench_commit: applied %llu, expected %llu\n", (unsigned long long)b->taken,
                (unsigned long long)b->applied);
        exit(1);
    }
    buf_fini(&scratch);
    sto_writer_free(&writer);
    sto_conn_close(&conn);
}

static uint64_t number(int argc, char **argv, int i, uint64_t otherwise)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    const bool turns = argc > 1 && strcmp(argv[1], "--turns") == 0;
    argc -= turns;
    argv += turns;
    if (argc < 2) {
        fprintf(
            stderr,
            "usage: bench_commit [--turns] DSN [batches [rows [keys [both|history|state [loser %% "
            "[fill [datasets [rows max [leaves [chunk rows [sql]]]]]]]]]]]\n");
        return 2;
    }
    struct bench b = {.dsn = argv[1],
                      .batches = number(argc, argv, 2, 20),
                      .rows = number(argc, argv, 3, 50000),
                      .keys = number(argc, argv, 4, 500000),
                      .loser_percent = (unsigned)number(argc, argv, 6, 0),
                      .fill = number(argc, argv, 7, 0),
                      .datasets = number(argc, argv, 8, 1),
                      .rows_max = number(argc, argv, 9, 0),
                      .leaves = (int)number(argc, argv, 10, 8),
                      .chunk_rows = number(argc, argv, 11, 0),
                      .sql = argc > 12 ? argv[12] : NULL,
                      .turns = turns};
    const char *tables = argc > 5 ? argv[5] : "both";
    b.tables = strcmp(tables, "history") == 0 ? STO_HISTORY_ONLY
               : strcmp(tables, "state") == 0 ? STO_STATE_ONLY
                                              : STO_BOTH;
    b.events = calloc(b.rows > FILL_ROWS ? b.rows : FILL_ROWS, sizeof(*b.events));
    b.newest = calloc(b.keys * b.datasets, sizeof(*b.newest));
    b.partitions = b.datasets == 1 ? TYPICAL_PARTITIONS : 1;
    b.tables_of = calloc(b.datasets, sizeof(*b.tables_of));
    b.sections = calloc(b.datasets, sizeof(*b.sections));
    b.progress = calloc(b.datasets * b.partitions, sizeof(*b.progress));
    if (b.events == NULL || b.newest == NULL || b.tables_of == NULL || b.sections == NULL ||
        b.progress == NULL) {
        return 1;
    }
    make_register(&b);
    run(&b);
    arena_fini(&b.arena);
    arena_fini(&b.names);
    free(b.progress);
    free(b.sections);
    free(b.tables_of);
    free(b.newest);
    free(b.events);
    return 0;
}
