/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_latency.c - a steady stream of typical events, and how long each takes until a
 * SELECT sees it.
 *
 * Three threads and one monotonic clock. The producer makes events at their due times, whatever the
 * engine does (open loop), has a program of its own send them (stream.h), and learns their offsets
 * from its reports. The watcher reads
 * the topic's positions every four milliseconds: rows and position commit together, so a snapshot
 * that shows next_offset > o shows the row of offset o, and every event gets a time without an
 * index that the register does not have. The reader, where there is a --state, proves it on samples:
 * it takes the event made last and asks the state for its key until the answer has its seq. All
 * times are upper bounds: they hold the producer's linger, the poll's interval and the answer's way
 * back. delivered_…: how much of it passed until the producer heard that the broker had the event.
 *
 *   bench_latency --producer PROGRAM --bootstrap B --topic T --schema-id I --dsn D --rate R --seconds S
 *                 [--state bench.residents_state] [--warm-seconds W] [--keys K] [--seed S] [--shape N]
 *                 [--datasets D] [--partitions P]
 *
 * With --datasets event i is of dataset d = i modulo D; its topic is T<d>, its state <state><d>_state,
 * and 16 of them are watched. reader_cpu_s is what the two threads that read have taken since the
 * stream was warm, reader_postgres_cpu_s what their sessions have, producer_cpu_s what it takes to make
 * the events and to send them.
 *
 * With --shape it prints "streaming" when the stream begins, and reads a line for each step of the
 * change of the structure: when it began by CLOCK_MONOTONIC in microseconds, and the new schema's
 * id, 0 before the last step. From the last on it sends events of that shape (enum typical_shape).
 * Its report has each second before and after each step.
 *
 * Prints one JSON object; waits for every event up to 60 s, and says how many it never saw. */
#include <getopt.h>
#include <pthread.h>

#include "latency_read.h"
#include "latency_report.h"

/* Until all is delivered. */
static void *hear_of_offsets(void *arg)
{
    struct bench *bench = arg;
    struct stream_report report;
    while (stream_read(&bench->stream, &report)) {
        const uint64_t i = report.number - 1;
        struct watched *watched =
            &bench->watched[bench->watched_of[i % typical_datasets(&bench->options.stream)]];
        const uint64_t offset = (uint64_t)report.offset;
        if (offset >= bench->events_max) {
            stream_die("deliver", "the topic was not empty");
        }
        bench->delivered_us[i] = clock_mono_us();
        watched->at_offset[report.partition][offset] = report.number;
        if (offset >= watched->delivered[report.partition]) {
            watched->delivered[report.partition] = offset + 1;
        }
    }
    bench->requests = report.offset;
    return NULL;
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

static void make_event(struct bench *bench, uint64_t i)
{
    struct typical event;
    const int changed_id = atomic_load(&bench->changed_id);
    typical_make(&bench->options.stream, i, &event);
    event.occurred_us = clock_wall_us();
    if (changed_id != 0) {
        event.shape = (enum typical_shape)bench->options.shape;
    }
    bench->created_us[i] = clock_mono_us();
    const int w = bench->watched_of[event.dataset];
    stream_put(&bench->stream, &event, changed_id != 0 ? changed_id : bench->options.schema_id,
               w >= 0 ? (uint32_t)(i + 1) : 0);
    if (w >= 0) {
        atomic_store(&bench->watched[w].latest, (long long)i + 1);
    }
    atomic_store(&bench->made, (long long)i + 1);
}

/* At their due times. */
static void make_events(struct bench *bench)
{
    const struct options *options = &bench->options;
    bool warm = false;
    int64_t start_us = clock_mono_us();
    for (uint64_t i = 0; i < bench->events;) {
        int64_t now_us = clock_mono_us();
        uint64_t due = (uint64_t)((double)(now_us - start_us) * options->rate / 1e6) + 1;
        if (i >= due) {
            sleep_us(1000);
            continue;
        }
        if (!warm && i >= bench->warm) {
            reading_add(&bench->producer, bench->stream.pid, -1);
            warm = true;
        }
        int64_t late_us = now_us - start_us - (int64_t)((double)i * 1e6 / options->rate);
        bench->late_max_us = late_us > bench->late_max_us ? late_us : bench->late_max_us;
        for (; i < due && i < bench->events; i++) {
            make_event(bench, i);
        }
        stream_flush(&bench->stream);
    }
}

static void produce(struct bench *bench)
{
    const struct options *options = &bench->options;
    pthread_t listener;
    stream_open(&bench->stream, options->producer, options->bootstrap, options->topic,
                options->stream.datasets, "5ms");
    if (pthread_create(&listener, NULL, hear_of_offsets, bench) != 0) {
        stream_die("start", "no thread");
    }
    make_events(bench);
    stream_end(&bench->stream);
    pthread_join(listener, NULL);
    bench->producer.own_cpu_s += thread_cpu_s();
    bench->producer.process_cpu_s += stream_close(&bench->stream);
    atomic_store(&bench->sent, true);
}

/* Of many datasets an even choice: 250 looks a second at the positions of each would cost more than their writing. */
static void choose_watched(struct bench *bench)
{
    const uint64_t datasets = typical_datasets(&bench->options.stream);
    bench->watched_of = calloc(datasets, sizeof(*bench->watched_of));
    if (!bench->watched_of) {
        stream_die("start", "out of memory");
    }
    for (uint64_t d = 0; d < datasets; d++) {
        bench->watched_of[d] = -1;
    }
    bench->watched_count = datasets < WATCHED_MAX ? (int)datasets : WATCHED_MAX;
    for (int w = 0; w < bench->watched_count; w++) {
        struct watched *watched = &bench->watched[w];
        watched->dataset = (uint64_t)w * datasets / (uint64_t)bench->watched_count;
        bench->watched_of[watched->dataset] = w;
        for (int p = 0; p < typical_partitions(&bench->options.stream); p++) {
            watched->at_offset[p] = calloc(bench->events_max, sizeof(uint32_t));
            if (!watched->at_offset[p]) {
                stream_die("start", "out of memory");
            }
        }
    }
}

static void run(struct bench *bench)
{
    bench->events = (uint64_t)(bench->options.rate * bench->options.seconds);
    bench->warm = (uint64_t)(bench->options.rate * bench->options.warm_seconds);
    bench->events_max = bench->events / typical_datasets(&bench->options.stream) + 1;
    bench->created_us = calloc(bench->events, sizeof(*bench->created_us));
    bench->delivered_us = calloc(bench->events, sizeof(*bench->delivered_us));
    bench->sightings = calloc(SIGHTINGS_MAX, sizeof(*bench->sightings));
    bench->samples_ms = calloc(SAMPLES_MAX, sizeof(*bench->samples_ms));
    if (!bench->created_us || !bench->delivered_us || !bench->sightings || !bench->samples_ms) {
        stream_die("start", "out of memory");
    }
    choose_watched(bench);
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
    static const struct option longs[] = {{"producer", required_argument, NULL, 'o'},
                                          {"bootstrap", required_argument, NULL, 'b'},
                                          {"topic", required_argument, NULL, 't'},
                                          {"schema-id", required_argument, NULL, 'i'},
                                          {"dsn", required_argument, NULL, 'd'},
                                          {"state", required_argument, NULL, 'f'},
                                          {"rate", required_argument, NULL, 'r'},
                                          {"seconds", required_argument, NULL, 'n'},
                                          {"warm-seconds", required_argument, NULL, 'w'},
                                          {"keys", required_argument, NULL, 'k'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"shape", required_argument, NULL, 'p'},
                                          {"datasets", required_argument, NULL, 'm'},
                                          {"partitions", required_argument, NULL, 'a'},
                                          {NULL, 0, NULL, 0}};
    static struct bench bench = {.options = {.schema_id = 1,
                                             .seconds = 15,
                                             .warm_seconds = 3,
                                             .stream = {.seed = 1, .keys = 500000}}};
    struct options *options = &bench.options;
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'o': options->producer = optarg; break;
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
        case 'm': options->stream.datasets = strtoull(optarg, NULL, 10); break;
        case 'a': options->stream.partitions = atoi(optarg); break;
        default: return 2;
        }
    }
    if (!options->producer || !options->bootstrap || !options->topic || !options->dsn ||
        options->rate < 1 || options->rate * options->seconds < 1 ||
        options->rate * options->seconds > 4e9 || options->stream.keys == 0 ||
        options->stream.partitions > TYPICAL_PARTITIONS || options->shape < 0 ||
        options->shape >= TYPICAL_SHAPES) {
        fprintf(stderr, "bench_latency: see the head of its source for what it needs\n");
        return 2;
    }
    run(&bench);
    return 0;
}
