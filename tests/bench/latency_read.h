/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/latency_read.h - the two threads of bench_latency that read the register, whose server is on this machine. */
#ifndef BENCH_LATENCY_READ_H
#define BENCH_LATENCY_READ_H

#include <libpq-fe.h>

#include "latency.h"

static inline PGconn *open_reader(const struct bench *bench)
{
    PGconn *conn = PQconnectdb(bench->options.dsn);
    if (PQstatus(conn) != CONNECTION_OK) {
        stream_die("connect", PQerrorMessage(conn));
    }
    return conn;
}

static inline void prepare(PGconn *conn, const char *name, const char *sql)
{
    PGresult *result = PQprepare(conn, name, sql, 1, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        stream_die(sql, PQerrorMessage(conn));
    }
    PQclear(result);
}

static inline PGresult *ask(PGconn *conn, const char *name, const char *value)
{
    PGresult *result = PQexecPrepared(conn, name, 1, &value, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        stream_die("select", PQerrorMessage(conn));
    }
    return result;
}

static inline bool all_seen(const struct bench *bench,
                            int64_t next[WATCHED_MAX][TYPICAL_PARTITIONS])
{
    if (!atomic_load(&bench->sent)) {
        return false;
    }
    for (int w = 0; w < bench->watched_count; w++) {
        for (int p = 0; p < TYPICAL_PARTITIONS; p++) {
            if (next[w][p] < (int64_t)bench->watched[w].delivered[p]) {
                return false;
            }
        }
    }
    return true;
}

/* {topic,…} of the watched datasets; their names need no quotes. */
static inline void watched_topics(const struct bench *bench, char *out, size_t size)
{
    size_t len = 0;
    for (int w = 0; w < bench->watched_count; w++) {
        char name[256];
        latency_name(bench, bench->options.topic, bench->watched[w].dataset, name, sizeof(name));
        len += (size_t)snprintf(out + len, size - len, "%c%s", w == 0 ? '{' : ',', name);
        if (len + 1 >= size) {
            stream_die(name, "the names of the topics are too long");
        }
    }
    snprintf(out + len, size - len, "}");
}

static inline void note_positions(struct bench *bench, const PGresult *result, int64_t now_us,
                                  int64_t next[WATCHED_MAX][TYPICAL_PARTITIONS])
{
    for (int i = 0; i < PQntuples(result); i++) {
        const int w = atoi(PQgetvalue(result, i, 0));
        const int p = atoi(PQgetvalue(result, i, 1));
        const int64_t offset = strtoll(PQgetvalue(result, i, 2), NULL, 10);
        if (offset > next[w][p] && bench->sighting_count < SIGHTINGS_MAX) {
            next[w][p] = offset;
            bench->sightings[bench->sighting_count++] = (struct sighting){w, p, offset, now_us};
        }
    }
}

static inline void *watch(void *arg)
{
    struct bench *bench = arg;
    int64_t next[WATCHED_MAX][TYPICAL_PARTITIONS] = {{0}};
    char topics[WATCHED_MAX * 260];
    bool warm = false;
    watched_topics(bench, topics, sizeof(topics));
    PGconn *conn = open_reader(bench);
    prepare(conn, "q",
            "SELECT array_position($1::text[], topic) - 1, partition, next_offset FROM nrc.position"
            " WHERE topic = ANY ($1::text[]) AND replaced_at IS NULL");
    while (!atomic_load(&bench->stop) && !all_seen(bench, next)) {
        if (!warm && (uint64_t)atomic_load(&bench->made) >= bench->warm) {
            reading_add(&bench->watcher, PQbackendPID(conn), -1);
            warm = true;
        }
        PGresult *result = ask(conn, "q", topics);
        note_positions(bench, result, clock_mono_us(), next);
        PQclear(result);
        sleep_us(POLL_US);
    }
    atomic_store(&bench->stop, true);
    if (warm) {
        reading_add(&bench->watcher, PQbackendPID(conn), 1);
    }
    PQfinish(conn);
    return NULL;
}

static inline void prepare_samples(const struct bench *bench, PGconn *conn)
{
    for (int w = 0; w < bench->watched_count; w++) {
        char table[256], sql[512], name[16];
        latency_name(bench, bench->options.state, bench->watched[w].dataset, table, sizeof(table));
        snprintf(sql, sizeof(sql), "SELECT seq FROM %s%s WHERE civil_no = $1::text", table,
                 bench->options.stream.datasets > 0 ? "_state" : "");
        snprintf(name, sizeof(name), "q%d", w);
        prepare(conn, name, sql);
    }
}

/* The one made last in any watched dataset; + 1, 0: none. */
static inline uint64_t latest_event(struct bench *bench)
{
    long long latest = 0;
    for (int w = 0; w < bench->watched_count; w++) {
        const long long of_this = atomic_load(&bench->watched[w].latest);
        latest = of_this > latest ? of_this : latest;
    }
    return (uint64_t)latest;
}

/* Asks for its key until the state has this version of it or a newer one. */
static inline void read_sample(struct bench *bench, PGconn *conn, uint64_t i)
{
    struct typical event;
    typical_make(&bench->options.stream, i, &event);
    char name[16];
    snprintf(name, sizeof(name), "q%d", bench->watched_of[event.dataset]);
    while (!atomic_load(&bench->stop)) {
        PGresult *result = ask(conn, name, event.civil_no);
        const int64_t now_us = clock_mono_us();
        const bool seen =
            PQntuples(result) == 1 && strtoll(PQgetvalue(result, 0, 0), NULL, 10) >= event.seq;
        PQclear(result);
        if (seen) {
            bench->samples_ms[bench->sample_count++] =
                (double)(now_us - bench->created_us[i]) / 1e3;
            return;
        }
        sleep_us(POLL_US);
    }
}

/* One event at a time. */
static inline void *read_samples(void *arg)
{
    struct bench *bench = arg;
    if (bench->options.state == NULL) {
        return NULL;
    }
    PGconn *conn = open_reader(bench);
    prepare_samples(bench, conn);
    uint64_t before = 0;
    while (!atomic_load(&bench->stop) && bench->sample_count < SAMPLES_MAX) {
        const uint64_t latest = latest_event(bench);
        if (latest <= bench->warm || atomic_load(&bench->sent)) {
            sleep_us(POLL_US);
        } else if (latest == before) {
            sleep_us(200);
        } else {
            if (before == 0) {
                reading_add(&bench->reader, PQbackendPID(conn), -1);
            }
            read_sample(bench, conn, latest - 1);
            before = latest;
        }
    }
    if (before != 0) {
        reading_add(&bench->reader, PQbackendPID(conn), 1);
    }
    PQfinish(conn);
    return NULL;
}

#endif
