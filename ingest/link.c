/* SPDX-License-Identifier: Apache-2.0
 * ingest/link.c - see the header.
 *
 * While it waits for PostgreSQL the lane polls Kafka, with its partitions paused, so that it stays in
 * the group; the messages it has are bounded by the batch and by librdkafka's queue. */
#include "ingest/link.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/lane.h"
#include "storage/commit/commit.h"
#include "storage/conn/conn.h"
#include "storage/conn/settings.h"

enum {
    FIRST_RETRY_MS = 100,
    WAIT_SLICE_MS =
        3000, /* a full batch takes the server about one second: fetching goes on so long */
    /* What a session knows of tables, and what it prepared, it keeps in its memory: also of former columns, and of
     * datasets that are another lane's by now. */
    RECYCLE_MS = 60 * 60 * 1000
};

void ing_link_show_life(struct ing_lane *lane)
{
    atomic_store_explicit(&lane->vitals.turned_ms, clock_mono_ms(), memory_order_relaxed);
}

static bool drain_time_is_over(const struct ing_lane *lane)
{
    return lane->drain_deadline_ms != 0 && clock_mono_ms() > lane->drain_deadline_ms;
}

void ing_link_note_stop(struct ing_lane *lane)
{
    if (lane->drain_deadline_ms == 0 && ing_feed_stopping(lane->feed)) {
        lane->drain_deadline_ms = clock_mono_ms() + lane->conf->ingest.drain_ms;
    }
}

/* The lane must give up its present work: the batch can be read again. */
static bool must_leave(const struct ing_lane *lane)
{
    struct err ignored;
    return ing_source_revoke_waits(lane->source) || drain_time_is_over(lane) ||
           ing_source_failed(lane->source, &ignored);
}

bool ing_link_keep_up(struct ing_lane *lane)
{
    ing_link_show_life(lane);
    ing_link_note_stop(lane);
    ing_source_idle(lane->source, 0);
    lane->reassign = true;
    return !must_leave(lane);
}

/* Runs each WAIT_SLICE_MS while storage waits for the server. */
static int on_wait(void *arg)
{
    struct ing_lane *lane = arg;
    if (!lane->reassign) {
        log_warn("register_slow", LOG_INT("lane", lane->number),
                 LOG_STR("effect", "fetching is paused until it answers"));
    }
    ing_vitals_ask(lane);
    (void)ing_link_keep_up(lane);
    return drain_time_is_over(lane) ? -1 : 0;
}

void ing_link_disconnect(struct ing_lane *lane)
{
    sto_writer_free(&lane->writer);
    sto_conn_close(&lane->conn);
}

static int set_tables(struct ing_lane *lane, struct err *err)
{
    const char *tables = lane->conf->ingest.tables;
    if (strcmp(tables, "both") == 0) {
        sto_writer_set_tables(lane->writer, STO_BOTH);
    } else if (strcmp(tables, "history") == 0) {
        sto_writer_set_tables(lane->writer, STO_HISTORY_ONLY);
    } else if (strcmp(tables, "state") == 0) {
        sto_writer_set_tables(lane->writer, STO_STATE_ONLY);
    } else {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[ingest] tables: %s is not one of both, history, state", tables);
    }
    return 0;
}

int ing_link_connect(struct ing_lane *lane, struct err *err)
{
    if (lane->conn != NULL && sto_conn_usable(lane->conn) &&
        clock_mono_ms() - sto_conn_opened_ms(lane->conn) < RECYCLE_MS) {
        return 0;
    }
    ing_link_disconnect(lane);
    char name[64];
    snprintf(name, sizeof(name), "nrc ingest lane %d", lane->number);
    struct sto_conn_options options = sto_conn_settings(lane->conf, STO_ROLE_INGEST, name);
    options.on_wait = on_wait;
    options.on_wait_arg = lane;
    options.wait_slice_ms = WAIT_SLICE_MS;
    lane->conn = sto_conn_open(&options, err);
    if (lane->conn == NULL) {
        return -1;
    }
    lane->writer = sto_writer_new(lane->conn, err);
    if (lane->writer == NULL || set_tables(lane, err) < 0 ||
        sto_position_show_life(lane->conn, lane->owner, err) < 0) {
        ing_link_disconnect(lane);
        return -1;
    }
    lane->sections_max =
        (size_t)sto_writer_sections_max(lane->writer, (int)lane->conf->ingest.lanes);
    log_info("register_connected", LOG_INT("lane", lane->number),
             LOG_INT("batch_datasets", (int64_t)lane->sections_max),
             LOG_INT("backend", sto_conn_backend_pid(lane->conn)));
    return 0;
}

bool ing_link_back_off(struct ing_lane *lane)
{
    int64_t longest_ms = lane->conf->ingest.retry_max_ms;
    lane->retry_ms = lane->retry_ms == 0 ? FIRST_RETRY_MS : lane->retry_ms * 2;
    lane->retry_ms = lane->retry_ms < longest_ms ? lane->retry_ms : longest_ms;
    int64_t jitter_ms = clock_mono_us() % (lane->retry_ms / 2 + 1);
    int64_t until_ms = clock_mono_ms() + lane->retry_ms / 2 + jitter_ms;
    lane->reassign = true;
    for (int64_t now_ms = clock_mono_ms(); now_ms < until_ms; now_ms = clock_mono_ms()) {
        int64_t slice_ms = until_ms - now_ms < 500 ? until_ms - now_ms : 500;
        ing_link_show_life(lane);
        ing_link_note_stop(lane);
        ing_source_idle(lane->source, (int)slice_ms);
        if (must_leave(lane)) {
            return false;
        }
    }
    return true;
}

void ing_link_open_incident(struct ing_lane *lane, const struct sto_incident *incident)
{
    ing_news_open(ing_feed_news(lane->feed), incident);
}

void ing_link_end_incidents(struct ing_lane *lane, enum sto_closes closes, const char *engine,
                            int32_t position_id)
{
    ing_news_end(ing_feed_news(lane->feed), closes, engine, position_id);
}
