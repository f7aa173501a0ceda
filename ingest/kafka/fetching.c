/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/fetching.c - see the header.
 *
 * librdkafka reads its two settings anew for each fetch, and offers no way to change them while a client runs. So they are
 * changed in the configuration that rd_kafka_conf answers, which is the client's own: two numbers, each of
 * one aligned word, of which a fetch may see the one or the other. tests/unit/ingest/kafka/test_fetching.c counts the
 * fetches that a broker gets, and so shows whether a version of librdkafka still does so. */
#include "ingest/kafka/fetching.h"

#include <stdio.h>
#include <string.h>

enum {
    WINDOW_MS = 100,
    BUSY_RECORDS = 30, /* in a window: 300 a second */
    QUIET_RECORDS = 10,
    QUIET_MS = 2000, /* then it sleeps */
    PARTITIONS_A_MS = 64,
    MORE_MS_MAX = 20,
    SLEEP_MS = 500,
    SLEEP_MORE_MS_MAX =
        400 /* of a second or more, the client would take it for another kind of request */
};

static bool is_set(const rd_kafka_t *rk, const char *name, const char *value)
{
    char found[32] = "";
    size_t size = sizeof(found);
    return rd_kafka_conf_get(rd_kafka_conf((rd_kafka_t *)(uintptr_t)rk), name, found, &size) ==
               RD_KAFKA_CONF_OK &&
           strcmp(found, value) == 0;
}

void ing_fetching_init(struct ing_fetching *fetching, rd_kafka_t *rk)
{
    *fetching =
        (struct ing_fetching){.rk = rk, .wait_ms = ING_FETCH_WAIT_MAX_MS, .sleep_ms = "500"};
    fetching->is_fixed = !is_set(rk, "fetch.min.bytes", ING_FETCH_MIN_BYTES) ||
                         !is_set(rk, "fetch.wait.max.ms", ING_FETCH_WAIT_MAX_MS);
}

static void set(struct ing_fetching *fetching, const char *min_bytes, const char *wait_ms)
{
    rd_kafka_conf_t *conf = (rd_kafka_conf_t *)(uintptr_t)rd_kafka_conf(fetching->rk);
    char text[128];
    if (!fetching->is_fixed) {
        (void)rd_kafka_conf_set(conf, "fetch.min.bytes", min_bytes, text, sizeof(text));
        (void)rd_kafka_conf_set(conf, "fetch.wait.max.ms", wait_ms, text, sizeof(text));
    }
}

static void sleep_on(struct ing_fetching *fetching)
{
    if (!fetching->is_fixed && !fetching->sleeps) {
        set(fetching, "1", fetching->sleep_ms);
        fetching->sleeps = true;
    }
}

static void wake(struct ing_fetching *fetching, int64_t now_ms)
{
    fetching->busy_ms = now_ms;
    if (fetching->sleeps) {
        set(fetching, ING_FETCH_MIN_BYTES, fetching->wait_ms);
        fetching->sleeps = false;
    }
}

void ing_fetching_begin(struct ing_fetching *fetching, size_t partitions, int64_t now_ms)
{
    const size_t more_ms = partitions / PARTITIONS_A_MS;
    snprintf(fetching->wait_ms, sizeof(fetching->wait_ms), "%d",
             ING_FETCH_WAIT_MS + (int)(more_ms < MORE_MS_MAX ? more_ms : MORE_MS_MAX));
    snprintf(fetching->sleep_ms, sizeof(fetching->sleep_ms), "%d",
             SLEEP_MS + (int)(partitions < SLEEP_MORE_MS_MAX ? partitions : SLEEP_MORE_MS_MAX));
    fetching->sleeps = true; /* also one that is awake takes the new time */
    wake(fetching, now_ms);
}

void ing_fetching_note(struct ing_fetching *fetching, size_t count, int64_t now_ms)
{
    const int64_t windows = (now_ms - fetching->since_ms) / WINDOW_MS;
    fetching->count += count;
    if (windows < 1) {
        return;
    }
    /* A window that lasted longer, since nothing was polled, counts for as many. */
    const int64_t records = (int64_t)fetching->count / windows;
    if (records >= (fetching->sleeps ? BUSY_RECORDS : QUIET_RECORDS)) {
        wake(fetching, now_ms);
    } else if (now_ms - fetching->busy_ms >= QUIET_MS) {
        sleep_on(fetching);
    }
    fetching->since_ms = now_ms;
    fetching->count = 0;
}
