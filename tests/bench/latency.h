/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/latency.h - what the threads of bench_latency share. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "stream.h"

enum {
    POLL_US = 4000,
    SIGHTINGS_MAX = 1 << 20,
    SAMPLES_MAX = 1 << 16,
    WATCHED_MAX = 16, /* datasets */
    AROUND_S = 10,    /* seconds before and after a step of a change, one by one */
    STEPS_MAX = 4
};

struct options {
    const char *producer; /* the program that sends */
    const char *bootstrap;
    const char *topic; /* with --datasets what their names begin with, as `state` is */
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
    int watched;
    int partition;
    int64_t next_offset;
    int64_t at_us;
};

/* A dataset whose positions and rows are looked at. */
struct watched {
    uint64_t dataset;
    uint32_t *at_offset[TYPICAL_PARTITIONS]; /* event + 1, by offset; 0: no report */
    uint64_t delivered[TYPICAL_PARTITIONS];  /* one above the greatest offset */
    atomic_llong latest;                     /* event + 1 of the event made last */
};

/* What a thread of ours, and the process that works for it, have taken since the stream was warm. */
struct reading {
    double own_cpu_s;
    double process_cpu_s;
};

struct bench {
    struct options options;
    uint64_t events;
    uint64_t warm;         /* how many of them do not count */
    uint64_t events_max;   /* of one dataset */
    int64_t *created_us;   /* by event */
    int64_t *delivered_us; /* by event; 0: of no watched dataset */
    struct stream stream;
    int64_t requests; /* that the producer sent */
    struct watched watched[WATCHED_MAX];
    int watched_count;
    int *watched_of; /* by dataset: index into watched, -1: not */
    struct sighting *sightings;
    size_t sighting_count;
    double *samples_ms;
    size_t sample_count;
    struct reading producer, watcher, reader;
    int64_t step_us[STEPS_MAX]; /* when each step of the change began */
    int step_count;
    atomic_int changed_id; /* the schema's; 0: not yet */
    int64_t late_max_us;   /* how far the producer fell behind its own clock */
    atomic_llong made;     /* events */
    atomic_bool sent;
    atomic_bool stop;
};

static inline void sleep_us(int64_t us)
{
    struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

static inline double thread_cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline double process_cpu_s(pid_t pid)
{
    char path[64], line[1024] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    const bool read = file != NULL && fgets(line, sizeof(line), file) != NULL;
    const char *rest = strrchr(line, ')');
    unsigned long user = 0, system = 0;
    if (!read || rest == NULL ||
        sscanf(rest + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user, &system) !=
            2) {
        stream_die(path, "no CPU times");
    }
    fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* By the thread itself: once the stream is warm, and at the end. */
static inline void reading_add(struct reading *reading, pid_t pid, int sign)
{
    reading->own_cpu_s += sign * thread_cpu_s();
    reading->process_cpu_s += sign * process_cpu_s(pid);
}

/* Of a dataset: "<prefix><d>" or, where the stream has but one, the prefix itself. */
static inline void latency_name(const struct bench *bench, const char *prefix, uint64_t dataset,
                                char *out, size_t size)
{
    if (bench->options.stream.datasets > 0) {
        snprintf(out, size, "%s%" PRIu64, prefix, dataset);
    } else {
        snprintf(out, size, "%s", prefix);
    }
}

#endif
