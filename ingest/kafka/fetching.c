/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/fetching.c - see the header.
 *
 * librdkafka reads its two settings anew for each fetch, and offers no way to change them while a client runs. So they are
 * changed in the configuration that rd_kafka_conf answers, which is the client's own: two numbers, each of
 * one aligned word, of which a fetch may see the one or the other. tests/unit/ingest/kafka/test_fetching.c counts the
 * fetches that a broker gets, and so shows whether a version of librdkafka still does so. */
#include "ingest/kafka/fetching.h"

#include <string.h>

#include "base/attr.h"

enum {
    WINDOW_MS = 100,
    BUSY_RECORDS = 30, /* in a window: 300 a second */
    QUIET_RECORDS = 10,
    QUIET_MS = 2000 /* then it sleeps */
};

static const struct {
    const char *name;
    const char *busy;
    const char *idle;
} settings[] = {
    {"fetch.min.bytes", ING_FETCH_MIN_BYTES, "1"},
    {"fetch.wait.max.ms", ING_FETCH_WAIT_MAX_MS, "500"},
};

void ing_fetching_init(struct ing_fetching *fetching, rd_kafka_t *rk)
{
    *fetching = (struct ing_fetching){.rk = rk};
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        char value[32] = "";
        size_t size = sizeof(value);
        const bool is_ours = rd_kafka_conf_get(rd_kafka_conf(rk), settings[i].name, value, &size) ==
                                 RD_KAFKA_CONF_OK &&
                             strcmp(value, settings[i].busy) == 0;
        fetching->is_fixed = fetching->is_fixed || !is_ours;
    }
}

static void let_sleep(struct ing_fetching *fetching, bool sleep)
{
    rd_kafka_conf_t *conf = (rd_kafka_conf_t *)(uintptr_t)rd_kafka_conf(fetching->rk);
    char text[128];
    if (fetching->is_fixed || fetching->sleeps == sleep) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        (void)rd_kafka_conf_set(conf, settings[i].name, sleep ? settings[i].idle : settings[i].busy,
                                text, sizeof(text));
    }
    fetching->sleeps = sleep;
}

void ing_fetching_wake(struct ing_fetching *fetching, int64_t now_ms)
{
    fetching->busy_ms = now_ms;
    let_sleep(fetching, false);
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
        ing_fetching_wake(fetching, now_ms);
    } else if (now_ms - fetching->busy_ms >= QUIET_MS) {
        let_sleep(fetching, true);
    }
    fetching->since_ms = now_ms;
    fetching->count = 0;
}
