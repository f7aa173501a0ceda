/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_produce.c - puts N typical events into a topic of eight partitions, as fast as
 * it goes, and prints what the register must look like when they all have arrived.
 *
 *   bench_produce --producer PROGRAM --bootstrap B --topic T --schema-id I --events N --keys K [--seed S]
 *                 [--poison-per-million P] [--datasets D] [--partitions P] [--each-key] [--first N]
 *
 * With --datasets event i goes to topic T<i modulo D>, whose keys are its own: K of each, and with
 * --each-key all by turns. With --first the stream goes on with that event: those before are in the
 * topics, and in the answer.
 *
 * The answer is one JSON object: how many good and bad events; the distinct keys among the good
 * ones; and two sums over history and over state that SQL can repeat (sum of seq; sum of (seq mod
 * 10007) × (civil_no mod 10007)). With --expect-only nothing is sent. */
#include <getopt.h>

#include "base/clock.h"
#include "stream.h"

struct options {
    const char *producer;
    const char *bootstrap;
    const char *topic;
    int schema_id;
    uint64_t first;
    uint64_t events;
    bool expect_only;
    struct typical_stream stream;
};

static void send_all(const struct options *options)
{
    struct stream stream;
    struct stream_report report;
    struct typical event;
    stream_open(&stream, options->producer, options->bootstrap, options->topic,
                options->stream.datasets, "20ms");
    for (uint64_t i = options->first; i < options->first + options->events; i++) {
        typical_make(&options->stream, i, &event);
        stream_put(&stream, &event, options->schema_id, 0);
    }
    stream_end(&stream);
    (void)stream_read(&stream, &report);
    (void)stream_close(&stream);
}

static int64_t row_mix(uint64_t key_index, int64_t seq)
{
    return (seq % 10007) * (typical_civil_no(key_index) % 10007);
}

static void print_expected(const struct options *options, double seconds)
{
    const uint64_t events = options->first + options->events;
    const uint64_t key_count = options->stream.keys * typical_datasets(&options->stream);
    int64_t *newest = calloc(key_count, sizeof(*newest));
    if (!newest) {
        stream_die("expect", "out of memory");
    }
    int64_t good = 0, history_seq = 0, history_mix = 0, keys = 0, state_seq = 0, state_mix = 0;
    for (uint64_t i = 0; i < events; i++) {
        struct typical event;
        typical_identity(&options->stream, i, &event);
        if (!event.poison) {
            good++;
            history_seq += event.seq;
            history_mix += row_mix(event.key_index, event.seq);
            newest[event.dataset * options->stream.keys + event.key_index] = event.seq;
        }
    }
    for (uint64_t k = 0; k < key_count; k++) {
        if (newest[k] > 0) {
            keys++;
            state_seq += newest[k];
            state_mix += row_mix(k % options->stream.keys, newest[k]);
        }
    }
    free(newest);
    printf("{\"events\": %" PRIu64 ", \"good\": %" PRId64 ", \"bad\": %" PRId64
           ", \"keys\": %" PRId64 ", \"history_seq\": %" PRId64 ", \"history_mix\": %" PRId64
           ", \"state_seq\": %" PRId64 ", \"state_mix\": %" PRId64 ", \"seconds\": %.3f}\n",
           events, good, (int64_t)events - good, keys, history_seq, history_mix, state_seq,
           state_mix, seconds);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"producer", required_argument, NULL, 'o'},
                                          {"bootstrap", required_argument, NULL, 'b'},
                                          {"topic", required_argument, NULL, 't'},
                                          {"schema-id", required_argument, NULL, 'i'},
                                          {"events", required_argument, NULL, 'n'},
                                          {"keys", required_argument, NULL, 'k'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"poison-per-million", required_argument, NULL, 'p'},
                                          {"expect-only", no_argument, NULL, 'x'},
                                          {"datasets", required_argument, NULL, 'd'},
                                          {"partitions", required_argument, NULL, 'a'},
                                          {"each-key", no_argument, NULL, 'e'},
                                          {"first", required_argument, NULL, 'f'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.schema_id = 1,
                              .events = 2000000,
                              .stream = {.seed = 1, .keys = 500000, .poison_per_million = 0}};
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'o': options.producer = optarg; break;
        case 'b': options.bootstrap = optarg; break;
        case 't': options.topic = optarg; break;
        case 'i': options.schema_id = atoi(optarg); break;
        case 'n': options.events = strtoull(optarg, NULL, 10); break;
        case 'k': options.stream.keys = strtoull(optarg, NULL, 10); break;
        case 's': options.stream.seed = strtoull(optarg, NULL, 10); break;
        case 'p': options.stream.poison_per_million = strtoull(optarg, NULL, 10); break;
        case 'x': options.expect_only = true; break;
        case 'd': options.stream.datasets = strtoull(optarg, NULL, 10); break;
        case 'a': options.stream.partitions = atoi(optarg); break;
        case 'e': options.stream.each_key = true; break;
        case 'f': options.first = strtoull(optarg, NULL, 10); break;
        default: return 2;
        }
    }
    if (options.stream.keys == 0 ||
        (!options.expect_only && (!options.producer || !options.bootstrap || !options.topic))) {
        fprintf(stderr,
                "bench_produce: --producer, --bootstrap and --topic are needed, --keys above 0\n");
        return 2;
    }
    int64_t start_us = clock_mono_us();
    if (!options.expect_only) {
        send_all(&options);
    }
    print_expected(&options, (double)(clock_mono_us() - start_us) / 1e6);
    return 0;
}
