/* SPDX-License-Identifier: Apache-2.0
 * registry/usage.c - see the header.
 *
 * A shard has two tables. Workers note into the one; the thread takes it, leaves the other, empty, in its place, and
 * adds what is in it to the register. While the register does not take it, the next turn tries the same table again,
 * and the workers' fills up. */
#include "registry/usage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/http/http.h"
#include "base/log.h"
#include "registry/access/auth.h"
#include "registry/worker.h"
#include "storage/catalogue/usage.h"

/* Half of the places stay free, so that a look-up is short. */
enum { PLACES = 2 * REG_USAGE_ENTRIES, STOP_DEADLINE_MS = 2000, RECYCLE_MS = 60 * 60 * 1000 };

struct table {
    size_t count;
    struct sto_schema_use places[PLACES]; /* by hash; count 0: free */
};

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct table *noted; /* the workers' */
    struct table *taken; /* the thread's */
    uint64_t lost;
};

struct reg_usage {
    struct shard shards[REG_USAGE_SHARDS];
    struct sto_conn_options options;
    struct sto_conn *conn; /* the thread's; NULL: to be opened */
    char outage[ERR_TEXT_BYTES];
    struct sto_schema_use *batch; /* the thread's, of all shards */
    _Atomic uint64_t added;
    _Atomic uint64_t failed_turns;
    int flush_ms;
    pthread_t thread;
    pthread_mutex_t lock; /* of stopping */
    pthread_cond_t stop;
    bool stopping;
};

/* ---- notes ---- */

/* The entry, or the free place for it. */
static struct sto_schema_use *find(struct table *table, int32_t schema_id, const char *account)
{
    uint64_t hash = hash_bytes(account, strlen(account), (uint64_t)schema_id);
    for (size_t i = hash % PLACES;; i = (i + 1) % PLACES) {
        struct sto_schema_use *use = &table->places[i];
        if (use->count == 0 ||
            (use->schema_id == schema_id && strcmp(use->account, account) == 0)) {
            return use;
        }
    }
}

/* false: the table is full. */
static bool note(struct table *table, int32_t schema_id, const char *account)
{
    struct sto_schema_use *use = find(table, schema_id, account);
    if (use->count == 0) {
        if (table->count == REG_USAGE_ENTRIES) {
            return false;
        }
        table->count++;
        use->schema_id = schema_id;
        snprintf(use->account, sizeof(use->account), "%s", account);
    }
    use->count += use->count < UINT32_MAX;
    use->last_mono_us = clock_mono_us();
    return true;
}

void reg_usage_note(struct reg_usage *usage, int worker, int32_t schema_id, const char *account)
{
    struct shard *shard = &usage->shards[(unsigned)worker % REG_USAGE_SHARDS];
    pthread_mutex_lock(&shard->lock);
    shard->lost += !note(shard->noted, schema_id, account);
    pthread_mutex_unlock(&shard->lock);
}

void reg_note_use(const struct http_request *req, int32_t schema_id)
{
    const struct reg_worker *worker = reg_worker_of(req);
    const struct reg_principal *who = http_principal(req);
    if (worker->shared->usage != NULL && schema_id > 0) {
        reg_usage_note(worker->shared->usage, worker->number, schema_id,
                       who != NULL ? who->name : "anonymous");
    }
}

struct reg_usage_counts reg_usage_counts(struct reg_usage *usage)
{
    struct reg_usage_counts counts = {.added = atomic_load(&usage->added),
                                      .failed_turns = atomic_load(&usage->failed_turns)};
    for (int i = 0; i < REG_USAGE_SHARDS; i++) {
        struct shard *shard = &usage->shards[i];
        pthread_mutex_lock(&shard->lock);
        counts.lost += shard->lost;
        pthread_mutex_unlock(&shard->lock);
    }
    return counts;
}

/* ---- the thread ---- */

/* What is to be added: a table that could not be added before stays where it is. */
static size_t take(struct reg_usage *usage)
{
    size_t count = 0;
    for (int i = 0; i < REG_USAGE_SHARDS; i++) {
        struct shard *shard = &usage->shards[i];
        if (shard->taken->count == 0) {
            pthread_mutex_lock(&shard->lock);
            struct table *noted = shard->noted;
            shard->noted = shard->taken;
            pthread_mutex_unlock(&shard->lock);
            shard->taken = noted;
        }
        for (size_t k = 0; k < PLACES && shard->taken->count > 0; k++) {
            if (shard->taken->places[k].count > 0) {
                usage->batch[count++] = shard->taken->places[k];
            }
        }
    }
    return count;
}

static void forget(struct reg_usage *usage, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_add(&usage->added, usage->batch[i].count);
    }
    for (int i = 0; i < REG_USAGE_SHARDS; i++) {
        struct table *taken = usage->shards[i].taken;
        if (taken->count > 0) {
            memset(taken, 0, sizeof(*taken));
        }
    }
}

static int connect_to_register(struct reg_usage *usage, struct err *err)
{
    if (usage->conn != NULL && (!sto_conn_still_usable(usage->conn) ||
                                clock_mono_ms() - sto_conn_opened_ms(usage->conn) > RECYCLE_MS)) {
        sto_conn_close(&usage->conn);
    }
    if (usage->conn == NULL) {
        usage->conn = sto_conn_open(&usage->options, err);
    }
    return usage->conn != NULL ? 0 : -1;
}

static void flush(struct reg_usage *usage)
{
    struct err err = ERR_INIT;
    size_t count = take(usage);
    if (count == 0) {
        return;
    }
    if (connect_to_register(usage, &err) != 0 ||
        sto_schema_uses_add(usage->conn, usage->batch, count, &err) != 0) {
        atomic_fetch_add(&usage->failed_turns, 1);
        if (strcmp(usage->outage, err.text) != 0) {
            log_warn("structure_uses_wait", LOG_ERR(&err));
            snprintf(usage->outage, sizeof(usage->outage), "%s", err.text);
        }
        return;
    }
    usage->outage[0] = '\0';
    forget(usage, count);
}

static void wait_for_turn(struct reg_usage *usage)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += usage->flush_ms / 1000;
    until.tv_nsec += usage->flush_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (!usage->stopping && pthread_cond_timedwait(&usage->stop, &usage->lock, &until) == 0) {
    }
}

static void *thread_main(void *arg)
{
    struct reg_usage *usage = arg;
    bool last = false;
    while (!last) {
        pthread_mutex_lock(&usage->lock);
        wait_for_turn(usage);
        last = usage->stopping;
        pthread_mutex_unlock(&usage->lock);
        flush(usage);
    }
    if (usage->outage[0] == '\0') {
        flush(usage); /* what came while a table waited */
    }
    sto_conn_close(&usage->conn);
    return NULL;
}

/* ---- its life ---- */

static void release(struct reg_usage *usage)
{
    for (int i = 0; i < REG_USAGE_SHARDS; i++) {
        pthread_mutex_destroy(&usage->shards[i].lock);
        free(usage->shards[i].noted);
        free(usage->shards[i].taken);
    }
    pthread_cond_destroy(&usage->stop);
    pthread_mutex_destroy(&usage->lock);
    free(usage->batch);
    free(usage);
}

/* NULL: memory is out. */
static struct reg_usage *make(void)
{
    pthread_condattr_t monotonic;
    struct reg_usage *usage = aligned_alloc(_Alignof(struct reg_usage), sizeof(*usage));
    if (usage == NULL) {
        return NULL;
    }
    memset(usage, 0, sizeof(*usage));
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&usage->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&usage->lock, NULL);
    usage->batch = calloc((size_t)REG_USAGE_SHARDS * REG_USAGE_ENTRIES, sizeof(*usage->batch));
    bool failed = usage->batch == NULL;
    for (int i = 0; i < REG_USAGE_SHARDS; i++) {
        struct shard *shard = &usage->shards[i];
        pthread_mutex_init(&shard->lock, NULL);
        shard->noted = calloc(1, sizeof(*shard->noted));
        shard->taken = calloc(1, sizeof(*shard->taken));
        failed = failed || shard->noted == NULL || shard->taken == NULL;
    }
    if (failed) {
        release(usage);
        return NULL;
    }
    return usage;
}

struct reg_usage *reg_usage_start(const struct sto_conn_options *conn, int flush_ms,
                                  struct err *err)
{
    struct reg_usage *usage = make();
    if (usage == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the uses of structures");
        return NULL;
    }
    usage->flush_ms = flush_ms;
    usage->options = *conn;
    usage->options.application_name = "nrc registry uses";
    if (usage->options.connect_timeout_ms == 0 ||
        usage->options.connect_timeout_ms > STOP_DEADLINE_MS) {
        usage->options.connect_timeout_ms = STOP_DEADLINE_MS;
    }
    if (usage->options.deadline_ms == 0 || usage->options.deadline_ms > STOP_DEADLINE_MS) {
        usage->options.deadline_ms = STOP_DEADLINE_MS;
    }
    if (pthread_create(&usage->thread, NULL, thread_main, usage) != 0) {
        release(usage);
        err_set(err, ERR_KIND_FATAL, ERR_IO,
                "cannot start the thread that adds uses of structures");
        return NULL;
    }
    return usage;
}

void reg_usage_stop(struct reg_usage **taken)
{
    struct reg_usage *usage = *taken;
    *taken = NULL;
    if (usage == NULL) {
        return;
    }
    pthread_mutex_lock(&usage->lock);
    usage->stopping = true;
    pthread_cond_signal(&usage->stop);
    pthread_mutex_unlock(&usage->lock);
    pthread_join(usage->thread, NULL);
    release(usage);
}
