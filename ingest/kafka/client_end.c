/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/client_end.c - see the header. */
#include "ingest/kafka/client_end.h"

#include <pthread.h>
#include <time.h>

#include "base/log.h"

static void *destroy(void *rk)
{
    rd_kafka_destroy(rk);
    return NULL;
}

void ing_kafka_client_end(rd_kafka_t *rk, int ms)
{
    pthread_t thread;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    if (pthread_create(&thread, NULL, destroy, rk) != 0) {
        return;
    }
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
        log_warn("kafka_client_left", LOG_STR("reason", "it does not end"));
        pthread_detach(thread);
    }
}
