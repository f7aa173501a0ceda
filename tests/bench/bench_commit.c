/* SPDX-License-Identifier: Apache-2.0
 * bench/bench_commit.c - sto_commit alone: typical events straight into a register, no Kafka and
 * no decoder.
 *
 *   bench_commit DSN [batches [rows [keys [both|history|state [loser % [fill]]]]]]
 *
 * DSN: a superuser's, of an empty database. One JSON line: rows a second, CPU of the engine's
 * side and of the backend, both for each batch, time in each step of a batch. Making the events is
 * outside every figure. "loser %": how many events repeat the order that their key has. "fill": how
 * many events are there before, committed 50,000 at a time and not measured: a small batch meets a
 * full register. */
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
    uint64_t keys;
    enum sto_tables tables;
    unsigned loser_percent;
    int32_t dataset_id;
    struct sto_table table;
    struct sto_progress progress[TYPICAL_PARTITIONS];
    struct sto_event *events;
    struct arena arena;
    int64_t *newest; /* of each key, to know the losers */
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

static void make_register(struct bench *b)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = open_conn(b, STO_ROLE_NONE);
    int applied;
    struct sto_version_added added;
    static const char *const keys[] = {"civil_no"};
    static const uint8_t sha256[32] = {7};
    const struct sto_agency_spec agency = {
        .code = "bench", .name = "Bench", .legal_class = 1, .division = "d", .head = "h"};
    const struct sto_dataset_spec dataset = {.agency = "bench",
                                             .name = "residents",
                                             .topic = "bench.residents",
                                             .key_fields = keys,
                                             .key_field_count = 1,
                                             .key_format = "text",
                                             .order_field = "seq",
                                             .event_time_field = "occurred_at"};
    struct sto_version_spec structure = {.subject = "bench.residents-value",
                                         .text = "{}",
                                         .sha256 = sha256,
                                         .columns = columns,
                                         .column_count = COLUMNS,
                                         .want_id = -1};
    if (sto_migrate(conn, &applied, &err) != 0 || sto_agency_add(conn, &agency, &err) != 0 ||
        sto_dataset_add(conn, &dataset, &b->dataset_id, &err) != 0) {
        die("making the register", &err);
    }
    structure.dataset_id = b->dataset_id;
    if (sto_register_begin(conn, structure.subject, &err) != 0 ||
        sto_version_add(conn, &structure, &added, &err) != 0 ||
        sto_register_commit(conn, &err) != 0) {
        die("registering the structure", &err);
    }
    for (int p = 0; p < TYPICAL_PARTITIONS; p++) {
        struct sto_position position;
        const struct sto_claim claim = {
            .dataset_id = b->dataset_id,
            .topic = "bench.residents",
            .partition = p,
            .partition_count = TYPICAL_PARTITIONS,
            .owner = "bench",
        };
        if (sto_position_claim(conn, &claim, &position, &err) != 0) {
            die("claiming", &err);
        }
        b->progress[p] = (struct sto_progress){.topic = "bench.residents",
                                               .partition = p,
                                               .position_id = position.id,
                                               .dataset_id = b->dataset_id,
                                               .epoch = position.epoch,
                                               .next = position.next_offset};
    }
    sto_conn_close(&conn);
    b->table = (struct sto_table){.dataset_id = b->dataset_id,
                                  .column_version = 1,
                                  .agency = "bench",
                                  .name = "residents",
                                  .columns = columns,
                                  .column_count = COLUMNS,
                                  .key_columns = key_columns,
                                  .key_count = 1,
                                  .has_order = true};
}

static struct cell text_cell(const char *text)
{
    return (struct cell){
        .type = CELL_BYTES, .len = (uint32_t)strlen(text), .p = (const uint8_t *)text};
}

static void make_event(struct bench *b, struct sto_event *event, struct buf *scratch)
{
    const struct typical_stream stream = {.seed = 1, .keys = b->keys};
    struct typical t;
    uint8_t unscaled[8];
    typical_make(&stream, b->made++, &t);
    const uint64_t be = htobe64((uint64_t)t.income_cents);
    memcpy(unscaled, &be, sizeof(be));
    int64_t seq = t.seq;
    if (b->loser_percent > 0 && typical_mix(b->made) % 100 < b->loser_percent) {
        seq = b->newest[t.key_index] > 0 ? b->newest[t.key_index] : seq;
    }
    b->applied += seq > b->newest[t.key_index];
    b->newest[t.key_index] = seq > b->newest[t.key_index] ? seq : b->newest[t.key_index];
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
    int rc = sto_image_put(scratch, &b->table, cells, false, &content, &err);
    uint8_t *kept = rc == 0 ? arena_memdup(&b->arena, scratch->data, scratch->len) : NULL;
    if (kept == NULL) {
        abort();
    }
    struct sto_progress *progress = &b->progress[t.partition];
    *event = (struct sto_event){
        .key = kept,
        .key_len = (uint16_t)key_len,
        .image = kept + key_len,
        .image_len = (uint32_t)(scratch->len - key_len),
        .op = 'u',
        .progress = (uint32_t)t.partition,
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
    for (int p = 0; p < TYPICAL_PARTITIONS; p++) {
        b->progress[p].from = b->progress[p].next;
        b->progress[p].received = 0;
        b->progress[p].last_offset = -1;
    }
    for (size_t i = 0; i < rows; i++) {
        make_event(b, &b->events[i], scratch);
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
    buf_fini(&out);
}

/* One batch; its cost is added. */
static void commit_batch(struct bench *b, struct sto_writer *writer, size_t rows,
                         struct buf *scratch, struct spent *spent)
{
    struct err err = ERR_INIT;
    make_batch(b, rows, scratch);
    struct sto_section section = {.table = &b->table, .events = b->events, .count = rows};
    struct sto_batch batch = {.sections = &section,
                              .section_count = 1,
                              .progress = b->progress,
                              .progress_count = TYPICAL_PARTITIONS};
    double cpu = thread_cpu_s();
    int64_t start_us = clock_mono_us();
    if (sto_commit(writer, &batch, &err) != 0) {
        die("sto_commit", &err);
    }
    spent->wall_s += (double)(clock_mono_us() - start_us) / 1e6;
    spent->engine_s += thread_cpu_s() - cpu;
    for (int p = 0; p < TYPICAL_PARTITIONS; p++) {
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
    struct buf scratch = BUF_INIT;
    struct spent spent = {0};
    for (size_t filled = 0; filled < b->fill; filled += FILL_ROWS) {
        commit_batch(b, writer, FILL_ROWS, &scratch, &spent);
    }
    start_spending(conn, writer, &spent);
    for (size_t i = 0; i < b->batches; i++) {
        commit_batch(b, writer, b->rows, &scratch, &spent);
    }
    spent.backend_s += backend_cpu_s(sto_conn_backend_pid(conn));
    print_result(b, writer, &spent);
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
    if (argc < 2) {
        fprintf(stderr, "usage: bench_commit DSN [batches [rows [keys [both|history|state [loser "
                        "%% [fill]]]]]]\n");
        return 2;
    }
    struct bench b = {.dsn = argv[1],
                      .batches = number(argc, argv, 2, 20),
                      .rows = number(argc, argv, 3, 50000),
                      .keys = number(argc, argv, 4, 500000),
                      .loser_percent = (unsigned)number(argc, argv, 6, 0),
                      .fill = number(argc, argv, 7, 0)};
    const char *tables = argc > 5 ? argv[5] : "both";
    b.tables = strcmp(tables, "history") == 0 ? STO_HISTORY_ONLY
               : strcmp(tables, "state") == 0 ? STO_STATE_ONLY
                                              : STO_BOTH;
    b.events = calloc(b.rows > FILL_ROWS ? b.rows : FILL_ROWS, sizeof(*b.events));
    b.newest = calloc(b.keys, sizeof(*b.newest));
    if (b.events == NULL || b.newest == NULL) {
        return 1;
    }
    make_register(&b);
    run(&b);
    arena_fini(&b.arena);
    free(b.newest);
    free(b.events);
    return 0;
}
