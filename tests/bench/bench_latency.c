/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_latency.c - a steady stream of typical events, and how long each takes until a
 * SELECT sees it.
 *
 * Three threads and one monotonic clock. The producer makes events at their due times, whatever the
 * engine does (open loop), and learns each one's offset from its delivery report. The watcher reads
 * the topic's positions every four milliseconds: rows and position commit together, so a snapshot
 * that shows next_offset > o shows the row of offset o, and every event gets a time without an
 * index that the register does not have. The reader, where there is a --state, proves it on samples:
 * it takes the event made last and asks the state for its key until the answer has its seq. All
 * times are upper bounds: they hold the producer's linger, the poll's interval and the answer's way
 * back.
 *
 *   bench_latency --bootstrap B --topic T --schema-id I --dsn D --rate R --seconds S
 *                 [--state bench.residents_state] [--warm-seconds W] [--keys K] [--seed S] [--shape N]
 *
 * With --shape it prints "streaming" when the stream begins, and reads a line for each step of the
 * change of the structure: when it began by CLOCK_MONOTONIC in microseconds, and the new schema's
 * id, 0 before the last step. From the last on it sends events of that shape (enum typical_shape).
 * Its report has each second before and after each step.
 *
 * Prints one JSON object; waits for every event up to 60 s, and says how many it never saw. */
#include <getopt.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "stream.h"

enum {
    POLL_US = 4000,
    SIGHTINGS_MAX = 1 << 20,
    SAMPLES_MAX = 1 << 16,
    AROUND_S = 10, /* seconds before and after a step of a change, one by one */
    STEPS_MAX = 4
};

struct options {
    const char *bootstrap;
    const char *topic;
    const char *dsn;
    const char *state; /* NULL: nothing is read of it */
    int schema_id;
    double rate;
    double seconds;
    double warm_seconds;
    int shape; /* after the change; TYPICAL_FIRST: there is none */
    struct typical_stream stream;
};

/* When a snapshot first showed this partition's position. */
struct sighting {
    int partition;
    int64_t next_offset;
    int64_t at_us;
};

struct bench {
    struct options options;
    uint64_t events;
    int64_t *created_us;                     /* by event */
    uint32_t *at_offset[TYPICAL_PARTITIONS]; /* event + 1, by offset; 0: no report */
    uint64_t delivered[TYPICAL_PARTITIONS];  /* one above the greatest offset */
    struct sighting *sightings;
    size_t sighting_count;
    double *samples_ms;
    size_t sample_count;
    int64_t step_us[STEPS_MAX]; /* when each step of the change began */
    int step_count;
    atomic_int changed_id; /* the schema's; 0: not yet */
    int64_t late_max_us;   /* how far the producer fell behind its own clock */
    atomic_llong latest;   /* event + 1 of the event made last */
    atomic_bool sent;
    atomic_bool stop;
};

static void sleep_us(int64_t us)
{
    struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *arg)
{
    (void)arg;
    struct bench *bench = rd_kafka_opaque(producer);
    if (message->err) {
        stream_die("deliver", rd_kafka_err2str(message->err));
    }
    uint64_t offset = (uint64_t)message->offset;
    if (offset >= bench->events) {
        stream_die("deliver", "the topic was not empty");
    }
    bench->at_offset[message->partition][offset] = (uint32_t)(uintptr_t)message->_private;
    if (offset >= bench->delivered[message->partition]) {
        bench->delivered[message->partition] = offset + 1;
    }
}

static rd_kafka_t *open_producer(struct bench *bench)
{
    static const char *const properties[] = {"linger.ms",
                                             "5",
                                             /* the client's default */ "batch.num.messages",
                                             "10000",
                                             "queue.buffering.max.messages",
                                             "1000000",
                                             NULL};
    return stream_open(bench->options.bootstrap, properties, on_delivered, bench);
}

/* The stream goes on meanwhile. */
static void *hear_of_change(void *arg)
{
    struct bench *bench = arg;
    int schema_id = 0;
    printf("streaming\n");
    fflush(stdout);
    while (schema_id == 0) {
        if (bench->step_count == STEPS_MAX ||
            scanf("%" SCNd64 " %d", &bench->step_us[bench->step_count++], &schema_id) != 2 ||
            schema_id < 0) {
            stream_die("change", "no line of a time and a schema's id");
        }
    }
    atomic_store(&bench->changed_id, schema_id);
    return NULL;
}

static void send_event(struct bench *bench, rd_kafka_t *producer, rd_kafka_topic_t *topic,
                       struct buf *scratch, uint64_t i)
{
    struct typical event;
    const int changed_id = atomic_load(&bench->changed_id);
    typical_make(&bench->options.stream, i, &event);
    event.occurred_us = clock_wall_us();
    if (changed_id != 0) {
        event.shape = (enum typical_shape)bench->options.shape;
    }
    bench->created_us[i] = clock_mono_us();
    stream_send(topic, producer, scratch, &event,
                changed_id != 0 ? changed_id : bench->options.schema_id,
                (void *)(uintptr_t)(i + 1));
    atomic_store(&bench->latest, (long long)i + 1);
}

static void produce(struct bench *bench)
{
    const struct options *options = &bench->options;
    rd_kafka_t *producer = open_producer(bench);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, options->topic, NULL);
    if (!topic) {
        stream_die(options->topic, rd_kafka_err2str(rd_kafka_last_error()));
    }
    struct buf scratch = BUF_INIT;
    int64_t start_us = clock_mono_us();
    for (uint64_t i = 0; i < bench->events;) {
        int64_t now_us = clock_mono_us();
        uint64_t due = (uint64_t)((double)(now_us - start_us) * options->rate / 1e6) + 1;
        if (i >= due) {
            rd_kafka_poll(producer, 0);
            sleep_us(300);
            continue;
        }
        int64_t late_us = now_us - start_us - (int64_t)((double)i * 1e6 / options->rate);
        bench->late_max_us = late_us > bench->late_max_us ? late_us : bench->late_max_us;
        for (; i < due && i < bench->events; i++) {
            send_event(bench, producer, topic, &scratch, i);
        }
    }
    rd_kafka_flush(producer, 60000);
    buf_fini(&scratch);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    atomic_store(&bench->sent, true);
}

static PGconn *open_reader(const struct bench *bench, const char *sql)
{
    PGconn *conn = PQconnectdb(bench->options.dsn);
    if (PQstatus(conn) != CONNECTION_OK) {
        stream_die("connect", PQerrorMessage(conn));
    }
    PGresult *result = PQprepare(conn, "q", sql, 1, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        stream_die(sql, PQerrorMessage(conn));
    }
    PQclear(result);
    return conn;
}

static PGresult *ask(PGconn *conn, const char *value)
{
    PGresult *result = PQexecPrepared(conn, "q", 1, &value, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        stream_die("select", PQerrorMessage(conn));
    }
    return result;
}

static bool all_seen(const struct bench *bench, const int64_t *next)
{
    if (!atomic_load(&bench->sent)) {
        return false;
    }
    for (int p = 0; p < TYPICAL_PARTITIONS; p++) {
        if (next[p] < (int64_t)bench->delivered[p]) {
            return false;
        }
    }
    return true;
}

static void *watch(void *arg)
{
    struct bench *bench = arg;
    int64_t next[TYPICAL_PARTITIONS] = {0};
    PGconn *conn = open_reader(
        bench, "SELECT partition, next_offset FROM nrc.position WHERE topic = $1::text");
    while (!atomic_load(&bench->stop) && !all_seen(bench, next)) {
        PGresult *result = ask(conn, bench->options.topic);
        int64_t now_us = clock_mono_us();
        for (int i = 0; i < PQntuples(result); i++) {
            int p = atoi(PQgetvalue(result, i, 0));
            int64_t offset = strtoll(PQgetvalue(result, i, 1), NULL, 10);
            if (offset > next[p] && bench->sighting_count < SIGHTINGS_MAX) {
                next[p] = offset;
                bench->sightings[bench->sighting_count++] = (struct sighting){p, offset, now_us};
            }
        }
        PQclear(result);
        sleep_us(POLL_US);
    }
    atomic_store(&bench->stop, true);
    PQfinish(conn);
    return NULL;
}

/* One event at a time: asks for its key until the state has this version of it or a newer one. */
static void *read_samples(void *arg)
{
    struct bench *bench = arg;
    const struct options *options = &bench->options;
    if (options->state == NULL) {
        return NULL;
    }
    char sql[256];
    snprintf(sql, sizeof(sql), "SELECT seq FROM %s WHERE civil_no = $1::text", options->state);
    PGconn *conn = open_reader(bench, sql);
    uint64_t warm = (uint64_t)(options->rate * options->warm_seconds);
    while (!atomic_load(&bench->stop) && bench->sample_count < SAMPLES_MAX) {
        uint64_t latest = (uint64_t)atomic_load(&bench->latest);
        if (latest <= warm || atomic_load(&bench->sent)) {
            sleep_us(POLL_US);
            continue;
        }
        struct typical event;
        typical_make(&options->stream, latest - 1, &event);
        bool seen = false;
        while (!seen && !atomic_load(&bench->stop)) {
            PGresult *result = ask(conn, event.civil_no);
            int64_t now_us = clock_mono_us();
            seen =
                PQntuples(result) == 1 && strtoll(PQgetvalue(result, 0, 0), NULL, 10) >= event.seq;
            PQclear(result);
            if (seen) {
                bench->samples_ms[bench->sample_count++] =
                    (double)(now_us - bench->created_us[latest - 1]) / 1e3;
            } else {
                sleep_us(POLL_US);
            }
        }
    }
    PQfinish(conn);
    return NULL;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double quantile(const double *sorted, size_t count, double q)
{
    return count == 0 ? 0 : sorted[(size_t)(q * (double)(count - 1) + 0.5)];
}

/* By event: how long until it was seen; negative: never. */
static double *latencies_ms(const struct bench *bench, uint64_t *unseen)
{
    double *ms = malloc(bench->events * sizeof(*ms));
    if (!ms) {
        stream_die("report", "out of memory");
    }
    for (uint64_t i = 0; i < bench->events; i++) {
        ms[i] = -1;
    }
    *unseen = bench->events;
    int64_t done[TYPICAL_PARTITIONS] = {0};
    for (size_t s = 0; s < bench->sighting_count; s++) {
        const struct sighting *sighting = &bench->sightings[s];
        int p = sighting->partition;
        for (; done[p] < sighting->next_offset && done[p] < (int64_t)bench->events; done[p]++) {
            uint32_t event = bench->at_offset[p][done[p]];
            if (event != 0) {
                ms[event - 1] = (double)(sighting->at_us - bench->created_us[event - 1]) / 1e3;
                (*unseen)--;
            }
        }
    }
    return ms;
}

/* Those of the events from `first` on, before `end`, that were seen; sorted. */
static size_t take_sorted(const double *ms, uint64_t first, uint64_t end, double *out)
{
    size_t count = 0;
    for (uint64_t i = first; i < end; i++) {
        if (ms[i] >= 0) {
            out[count++] = ms[i];
        }
    }
    qsort(out, count, sizeof(*out), by_value);
    return count;
}

/* The first event that was made at this time or later. */
static uint64_t made_from(const struct bench *bench, int64_t us)
{
    uint64_t i = 0;
    while (i < bench->events && bench->created_us[i] < us) {
        i++;
    }
    return i;
}

/* Each whole second that was measured; second 0 is the one that the step began. */
static void report_seconds(const struct bench *bench, int64_t step_us, const double *ms,
                           uint64_t warm, double *scratch)
{
    const char *comma = "";
    printf("[");
    for (int second = -AROUND_S; second <= AROUND_S; second++) {
        uint64_t first = made_from(bench, step_us + (int64_t)second * 1000000);
        uint64_t end = made_from(bench, step_us + (int64_t)(second + 1) * 1000000);
        if (first < warm || end == bench->events) {
            continue;
        }
        size_t count = take_sorted(ms, first, end, scratch);
        printf("%s{\"second\": %d, \"events\": %" PRIu64
               ", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}",
               comma, second, end - first, quantile(scratch, count, 0.5),
               quantile(scratch, count, 0.99), quantile(scratch, count, 1));
        comma = ", ";
    }
    printf("]");
}

static void report_steps(const struct bench *bench, const double *ms, uint64_t warm,
                         double *scratch)
{
    printf(", \"seconds\": [");
    for (int i = 0; i < bench->step_count; i++) {
        printf("%s", i > 0 ? ", " : "");
        report_seconds(bench, bench->step_us[i], ms, warm, scratch);
    }
    printf("]");
}

static void report(struct bench *bench)
{
    const uint64_t warm = (uint64_t)(bench->options.rate * bench->options.warm_seconds);
    uint64_t unseen;
    double *by_event = latencies_ms(bench, &unseen);
    double *ms = calloc(bench->events, sizeof(*ms));
    if (!ms) {
        stream_die("report", "out of memory");
    }
    size_t count = take_sorted(by_event, warm, bench->events, ms);
    qsort(bench->samples_ms, bench->sample_count, sizeof(double), by_value);
    printf("{\"events\": %" PRIu64 ", \"measured\": %zu, \"unseen\": %" PRIu64
           ", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, \"max_ms\": %.2f, "
           "\"select_samples\": %zu, \"select_p50_ms\": %.2f, \"select_p99_ms\": %.2f, "
           "\"select_max_ms\": %.2f, \"producer_late_max_ms\": %.2f",
           bench->events, count, unseen, quantile(ms, count, 0.5), quantile(ms, count, 0.99),
           quantile(ms, count, 0.999), quantile(ms, count, 1), bench->sample_count,
           quantile(bench->samples_ms, bench->sample_count, 0.5),
           quantile(bench->samples_ms, bench->sample_count, 0.99),
           quantile(bench->samples_ms, bench->sample_count, 1), (double)bench->late_max_us / 1e3);
    if (bench->options.shape != TYPICAL_FIRST) {
        report_steps(bench, by_event, warm, ms);
    }
    printf("}\n");
    free(by_event);
    free(ms);
}

static void run(struct bench *bench)
{
    bench->events = (uint64_t)(bench->options.rate * bench->options.seconds);
    bench->created_us = calloc(bench->events, sizeof(*bench->created_us));
    bench->sightings = calloc(SIGHTINGS_MAX, sizeof(*bench->sightings));
    bench->samples_ms = calloc(SAMPLES_MAX, sizeof(*bench->samples_ms));
    for (int p = 0; p < TYPICAL_PARTITIONS; p++) {
        bench->at_offset[p] = calloc(bench->events, sizeof(uint32_t));
        if (!bench->at_offset[p]) {
            stream_die("start", "out of memory");
        }
    }
    if (!bench->created_us || !bench->sightings || !bench->samples_ms) {
        stream_die("start", "out of memory");
    }
    pthread_t watcher, reader, listener;
    if (pthread_create(&watcher, NULL, watch, bench) != 0 ||
        pthread_create(&reader, NULL, read_samples, bench) != 0 ||
        (bench->options.shape != TYPICAL_FIRST &&
         pthread_create(&listener, NULL, hear_of_change, bench) != 0)) {
        stream_die("start", "no thread");
    }
    produce(bench);
    if (bench->options.shape != TYPICAL_FIRST) {
        pthread_join(listener, NULL);
    }
    int64_t until_ms = clock_mono_ms() + 60000;
    while (!atomic_load(&bench->stop) && clock_mono_ms() < until_ms) {
        sleep_us(10000);
    }
    atomic_store(&bench->stop, true);
    pthread_join(watcher, NULL);
    pthread_join(reader, NULL);
    report(bench);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"bootstrap", required_argument, NULL, 'b'}, {"topic", required_argument, NULL, 't'},
        {"schema-id", required_argument, NULL, 'i'}, {"dsn", required_argument, NULL, 'd'},
        {"state", required_argument, NULL, 'f'},     {"rate", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 'n'},   {"warm-seconds", required_argument, NULL, 'w'},
        {"keys", required_argument, NULL, 'k'},      {"seed", required_argument, NULL, 's'},
        {"shape", required_argument, NULL, 'p'},     {NULL, 0, NULL, 0}};
    static struct bench bench = {.options = {.schema_id = 1,
                                             .seconds = 15,
                                             .warm_seconds = 3,
                                             .stream = {.seed = 1, .keys = 500000}}};
    struct options *options = &bench.options;
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'b': options->bootstrap = optarg; break;
        case 't': options->topic = optarg; break;
        case 'i': options->schema_id = atoi(optarg); break;
        case 'd': options->dsn = optarg; break;
        case 'f': options->state = optarg; break;
        case 'r': options->rate = atof(optarg); break;
        case 'n': options->seconds = atof(optarg); break;
        case 'w': options->warm_seconds = atof(optarg); break;
        case 'k': options->stream.keys = strtoull(optarg, NULL, 10); break;
        case 's': options->stream.seed = strtoull(optarg, NULL, 10); break;
        case 'p': options->shape = atoi(optarg); break;
        default: return 2;
        }
    }
    if (!options->bootstrap || !options->topic || !options->dsn || options->rate < 1 ||
        options->rate * options->seconds < 1 || options->rate * options->seconds > 4e9 ||
        options->stream.keys == 0 || options->shape < 0 || options->shape >= TYPICAL_SHAPES) {
        fprintf(stderr, "bench_latency: see the head of its source for what it needs\n");
        return 2;
    }
    run(&bench);
    return 0;
}
