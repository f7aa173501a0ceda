/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_floor.c - the floor: how fast this PostgreSQL takes the typical stream when
 * nobody has to read, decode, check or account for it.
 *
 * The same events in the same arrival order, in batches of the same size over as many connections.
 * Before the clock starts every batch is folded to the newest version of each key, sorted by key
 * and encoded as binary rows. Then, per connection, a bare blocking libpq loop: BEGIN; TRUNCATE
 * stage; COPY stage; INSERT … SELECT … ON CONFLICT with the order guard; COPY the history leaf;
 * UPDATE the positions; COMMIT. The tables are those of a real dataset.
 *
 *   bench_floor --dsn D --table bench.floor [--mode both|history|state] [--events N] [--keys K]
 * [--seed S]
 *               [--lanes L] [--batch-rows R] [--hand-shake] */
#include <getopt.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "floor_rows.h"

enum { MAX_COLUMNS = 64, MAX_LANES = 64, COPY_CHUNK_BYTES = 64 * 1024, SQL_BYTES = 16384 };

struct batch {
    struct buf stage;
    struct buf history;
    size_t staged;
    size_t rows;
    int64_t next[TYPICAL_PARTITIONS]; /* where each partition of the lane stands afterwards */
};

struct job {
    const char *dsn;
    const char *table; /* "bench.floor" */
    const char *mode;
    uint64_t events;
    int lanes;
    size_t batch_rows;
    int64_t recorded_us;
    struct typical_stream stream;
    struct floor_column state[MAX_COLUMNS];
    struct floor_column history[MAX_COLUMNS];
    int state_count;
    int history_count;
    char history_leaf[256];
    pthread_barrier_t ready;
    pthread_barrier_t go;
};

struct lane {
    struct job *job;
    int index;
    struct batch *batches;
    size_t batch_count;
    int64_t stage_us, merge_us, history_us, commit_us;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_floor: %s: %s\n", what, why);
    exit(1);
}

static PGresult *query(PGconn *conn, const char *sql, ExecStatusType want)
{
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != want) {
        die(sql, PQerrorMessage(conn));
    }
    return result;
}

static void run_sql(PGconn *conn, const char *sql)
{
    PQclear(query(conn, sql, PGRES_COMMAND_OK));
}

static PGconn *open_conn(const struct job *job)
{
    PGconn *conn = PQconnectdb(job->dsn);
    if (PQstatus(conn) != CONNECTION_OK) {
        die("connect", PQerrorMessage(conn));
    }
    run_sql(conn, "SET client_min_messages = warning; SET jit = off; SET temp_buffers = '64MB'; "
                  "SET synchronous_commit = on");
    return conn;
}

/* The columns of a table in their order, without `skip`. */
static int describe(PGconn *conn, const char *table, const char *suffix, const char *skip,
                    struct floor_column *columns)
{
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "SELECT attname, attlen FROM pg_attribute WHERE attrelid = '%s%s'::regclass "
             "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
             table, suffix);
    PGresult *result = query(conn, sql, PGRES_TUPLES_OK);
    int count = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        const char *name = PQgetvalue(result, i, 0);
        if (strcmp(name, skip) == 0) {
            continue;
        }
        struct floor_column *column = &columns[count++];
        snprintf(column->name, sizeof(column->name), "%s", name);
        column->width = atoi(PQgetvalue(result, i, 1));
        column->put = floor_find(name);
        if (!column->put || count == MAX_COLUMNS) {
            die("a column the floor does not know", name);
        }
    }
    PQclear(result);
    return count;
}

static void read_tables(struct job *job)
{
    PGconn *conn = open_conn(job);
    job->state_count = describe(conn, job->table, "_state", "_recorded_at", job->state);
    job->history_count = describe(conn, job->table, "_history", "", job->history);
    char sql[2048];
    snprintf(sql, sizeof(sql),
             "SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid, "
             "LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS t) b "
             "WHERE inhparent = '%s_history'::regclass "
             "AND now() >= substring(t FROM 'FROM \\(''([^'']+)''')::timestamptz "
             "AND now() < substring(t FROM 'TO \\(''([^'']+)''')::timestamptz",
             job->table);
    PGresult *result = query(conn, sql, PGRES_TUPLES_OK);
    if (PQntuples(result) != 1) {
        die(job->table, "no history leaf for this month");
    }
    snprintf(job->history_leaf, sizeof(job->history_leaf), "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    snprintf(sql, sizeof(sql),
             "DROP TABLE IF EXISTS %s_position; CREATE TABLE %s_position (partition int PRIMARY "
             "KEY, epoch bigint NOT NULL, next_offset bigint NOT NULL); INSERT INTO %s_position "
             "SELECT p, 1, 0 FROM generate_series(0, %d) p",
             job->table, job->table, job->table, TYPICAL_PARTITIONS - 1);
    run_sql(conn, sql);
    PQfinish(conn);
}

/* An event of a batch: enough to fold and sort. */
struct slot {
    uint64_t i;
    int64_t offset;
    char civil_no[24];
};

/* By key; the newest version of a key first. */
static int by_key(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    int by = strcmp(a->civil_no, b->civil_no);
    return by != 0 ? by : (a->i < b->i) - (a->i > b->i);
}

static void put_row(const struct job *job, const struct slot *slot, struct buf *out,
                    const struct floor_column *columns, int count)
{
    struct typical event;
    typical_make(&job->stream, slot->i, &event);
    struct floor_row row = {&event, slot->offset, job->recorded_us, 1};
    floor_put_row(out, columns, count, &row);
}

static void fill_batch(const struct job *job, struct slot *slots, size_t count, struct batch *batch)
{
    batch->rows = count;
    if (strcmp(job->mode, "state") != 0) {
        floor_put_header(&batch->history);
        for (size_t i = 0; i < count; i++) {
            put_row(job, &slots[i], &batch->history, job->history, job->history_count);
        }
        floor_put_trailer(&batch->history);
    }
    if (strcmp(job->mode, "history") != 0) {
        qsort(slots, count, sizeof(*slots), by_key);
        floor_put_header(&batch->stage);
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || strcmp(slots[i].civil_no, slots[i - 1].civil_no) != 0) {
                put_row(job, &slots[i], &batch->stage, job->state, job->state_count);
                batch->staged++;
            }
        }
        floor_put_trailer(&batch->stage);
    }
    if (buf_failed(&batch->stage) || buf_failed(&batch->history)) {
        die("prepare", "out of memory");
    }
}

/* The lane's events in arrival order, cut into batches. Partition p belongs to lane p mod lanes. */
static void prepare(struct lane *lane)
{
    const struct job *job = lane->job;
    struct slot *slots = calloc(job->batch_rows, sizeof(*slots));
    lane->batches = calloc(job->events / job->batch_rows + 2, sizeof(*lane->batches));
    if (!slots || !lane->batches) {
        die("prepare", "out of memory");
    }
    int64_t next[TYPICAL_PARTITIONS] = {0};
    size_t count = 0;
    for (uint64_t i = 0; i < job->events; i++) {
        struct typical event;
        typical_identity(&job->stream, i, &event);
        if (event.partition % job->lanes == lane->index) {
            struct slot *slot = &slots[count++];
            slot->i = i;
            slot->offset = next[event.partition]++;
            snprintf(slot->civil_no, sizeof(slot->civil_no), "%" PRId64,
                     typical_civil_no(event.key_index));
        }
        if (count == job->batch_rows || (i + 1 == job->events && count > 0)) {
            struct batch *batch = &lane->batches[lane->batch_count++];
            memcpy(batch->next, next, sizeof(next));
            fill_batch(job, slots, count, batch);
            count = 0;
        }
    }
    free(slots);
}

static void copy_in(PGconn *conn, const char *sql, const struct buf *rows)
{
    PQclear(query(conn, sql, PGRES_COPY_IN));
    for (size_t at = 0; at < rows->len; at += COPY_CHUNK_BYTES) {
        size_t left = rows->len - at;
        int chunk = (int)(left < COPY_CHUNK_BYTES ? left : COPY_CHUNK_BYTES);
        if (PQputCopyData(conn, (const char *)rows->data + at, chunk) != 1) {
            die("copy", PQerrorMessage(conn));
        }
    }
    if (PQputCopyEnd(conn, NULL) != 1) {
        die("copy", PQerrorMessage(conn));
    }
    PGresult *result;
    while ((result = PQgetResult(conn))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            die(sql, PQerrorMessage(conn));
        }
        PQclear(result);
    }
}

static void stage_sql(const struct job *job, char *sql, size_t size)
{
    struct buf names = BUF_INIT;
    for (int i = 0; i < job->state_count; i++) {
        buf_printf(&names, "%s%s", i ? ", " : "", job->state[i].name);
    }
    snprintf(sql, size, "CREATE TEMP TABLE stage AS SELECT %s FROM %s_state WITH NO DATA",
             buf_cstr(&names), job->table);
    buf_fini(&names);
}

static void merge_sql(const struct job *job, char *sql, size_t size)
{
    struct buf names = BUF_INIT, sets = BUF_INIT;
    for (int i = 0; i < job->state_count; i++) {
        const char *name = job->state[i].name;
        buf_printf(&names, "%s%s", i ? ", " : "", name);
        if (strcmp(name, "civil_no") != 0) {
            buf_printf(&sets, "%s = excluded.%s, ", name, name);
        }
    }
    snprintf(sql, size,
             "INSERT INTO %s_state AS s (%s, _recorded_at) SELECT %s, now() FROM stage "
             "ON CONFLICT (civil_no) DO UPDATE SET %s_recorded_at = excluded._recorded_at "
             "WHERE s._order < excluded._order",
             job->table, buf_cstr(&names), buf_cstr(&names), buf_cstr(&sets));
    buf_fini(&names);
    buf_fini(&sets);
}

static void commit_sql(const struct lane *lane, const struct batch *batch, char *sql, size_t size)
{
    struct buf values = BUF_INIT;
    for (int p = lane->index; p < TYPICAL_PARTITIONS; p += lane->job->lanes) {
        buf_printf(&values, "%s(%d, %" PRId64 "::bigint)", values.len ? ", " : "", p,
                   batch->next[p]);
    }
    snprintf(sql, size,
             "UPDATE %s_position t SET next_offset = v.n FROM (VALUES %s) v (p, n) "
             "WHERE t.partition = v.p AND t.epoch = 1; COMMIT",
             lane->job->table, buf_cstr(&values));
    buf_fini(&values);
}

static int64_t lap(int64_t *since_us)
{
    int64_t now_us = clock_mono_us(), took_us = now_us - *since_us;
    *since_us = now_us;
    return took_us;
}

static void write_batch(struct lane *lane, PGconn *conn, const struct batch *batch,
                        const char *merge, const char *history)
{
    char sql[SQL_BYTES];
    int64_t at_us = clock_mono_us();
    if (batch->staged > 0) {
        run_sql(conn, "BEGIN; TRUNCATE stage");
        copy_in(conn, "COPY stage FROM STDIN BINARY", &batch->stage);
        lane->stage_us += lap(&at_us);
        run_sql(conn, merge);
        lane->merge_us += lap(&at_us);
    } else {
        run_sql(conn, "BEGIN");
    }
    if (batch->history.len > 0) {
        copy_in(conn, history, &batch->history);
        lane->history_us += lap(&at_us);
    }
    commit_sql(lane, batch, sql, sizeof(sql));
    run_sql(conn, sql);
    lane->commit_us += lap(&at_us);
}

static void *lane_main(void *arg)
{
    struct lane *lane = arg;
    struct job *job = lane->job;
    char merge[SQL_BYTES], history[512], stage[SQL_BYTES];
    prepare(lane);
    PGconn *conn = open_conn(job);
    merge_sql(job, merge, sizeof(merge));
    snprintf(history, sizeof(history), "COPY %s FROM STDIN BINARY", job->history_leaf);
    stage_sql(job, stage, sizeof(stage));
    run_sql(conn, stage);
    pthread_barrier_wait(&job->ready);
    pthread_barrier_wait(&job->go);
    for (size_t i = 0; i < lane->batch_count; i++) {
        write_batch(lane, conn, &lane->batches[i], merge, history);
    }
    PQfinish(conn);
    return NULL;
}

/* The runner takes PostgreSQL's CPU between "ready" and "go": it answers each line on stdout with
 * one on stdin. */
static void hand_shake(const char *word)
{
    char line[16];
    printf("%s\n", word);
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin)) {
        exit(1);
    }
}

static void run(struct job *job, bool shake)
{
    struct lane lanes[MAX_LANES] = {0};
    pthread_t threads[MAX_LANES];
    pthread_barrier_init(&job->ready, NULL, (unsigned)job->lanes + 1);
    pthread_barrier_init(&job->go, NULL, (unsigned)job->lanes + 1);
    for (int i = 0; i < job->lanes; i++) {
        lanes[i] = (struct lane){.job = job, .index = i};
        if (pthread_create(&threads[i], NULL, lane_main, &lanes[i]) != 0) {
            die("thread", "cannot start");
        }
    }
    pthread_barrier_wait(&job->ready);
    if (shake) {
        hand_shake("ready");
    }
    int64_t cpu_us = clock_cpu_us(), wall_us = clock_mono_us();
    pthread_barrier_wait(&job->go);
    struct lane sum = {0};
    size_t rows = 0, staged = 0;
    for (int i = 0; i < job->lanes; i++) {
        pthread_join(threads[i], NULL);
        sum.stage_us += lanes[i].stage_us;
        sum.merge_us += lanes[i].merge_us;
        sum.history_us += lanes[i].history_us;
        sum.commit_us += lanes[i].commit_us;
        sum.batch_count += lanes[i].batch_count;
        for (size_t b = 0; b < lanes[i].batch_count; b++) {
            rows += lanes[i].batches[b].rows;
            staged += lanes[i].batches[b].staged;
        }
    }
    wall_us = clock_mono_us() - wall_us;
    cpu_us = clock_cpu_us() - cpu_us;
    printf("{\"events\": %zu, \"staged\": %zu, \"batches\": %zu, \"lanes\": %d, \"wall_s\": %.3f, "
           "\"cpu_s\": %.3f, \"stage_lane_s\": %.3f, \"merge_lane_s\": %.3f, "
           "\"history_lane_s\": %.3f, \"commit_lane_s\": %.3f}\n",
           rows, staged, sum.batch_count, job->lanes, (double)wall_us / 1e6, (double)cpu_us / 1e6,
           (double)sum.stage_us / 1e6, (double)sum.merge_us / 1e6, (double)sum.history_us / 1e6,
           (double)sum.commit_us / 1e6);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"dsn", required_argument, NULL, 'd'},   {"table", required_argument, NULL, 't'},
        {"mode", required_argument, NULL, 'm'},  {"events", required_argument, NULL, 'n'},
        {"keys", required_argument, NULL, 'k'},  {"seed", required_argument, NULL, 's'},
        {"lanes", required_argument, NULL, 'l'}, {"batch-rows", required_argument, NULL, 'r'},
        {"hand-shake", no_argument, NULL, 'h'},  {NULL, 0, NULL, 0}};
    static struct job job = {.table = "bench.floor",
                             .mode = "both",
                             .events = 2000000,
                             .lanes = 2,
                             .batch_rows = 50000,
                             .stream = {.seed = 1, .keys = 500000}};
    bool shake = false;
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'd': job.dsn = optarg; break;
        case 't': job.table = optarg; break;
        case 'm': job.mode = optarg; break;
        case 'n': job.events = strtoull(optarg, NULL, 10); break;
        case 'k': job.stream.keys = strtoull(optarg, NULL, 10); break;
        case 's': job.stream.seed = strtoull(optarg, NULL, 10); break;
        case 'l': job.lanes = atoi(optarg); break;
        case 'r': job.batch_rows = strtoull(optarg, NULL, 10); break;
        case 'h': shake = true; break;
        default: return 2;
        }
    }
    if (!job.dsn || job.lanes < 1 || job.lanes > TYPICAL_PARTITIONS || job.batch_rows == 0 ||
        job.stream.keys == 0) {
        fprintf(stderr, "bench_floor: --dsn is needed; 1 to %d lanes\n", TYPICAL_PARTITIONS);
        return 2;
    }
    job.recorded_us = clock_wall_us();
    read_tables(&job);
    run(&job, shake);
    return 0;
}
