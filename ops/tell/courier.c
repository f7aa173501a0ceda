/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/courier.c - see the header. */
#include "ops/tell/courier_priv.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ops/tell/transfer_priv.h"

enum { MAILS_MAX = 64 };

struct ops_courier {
    int event;
    int on_their_way;
    atomic_bool is_cut;
    pthread_mutex_t lock;
    pthread_cond_t ended_one;
    struct ops_transfer *ended; /* under the lock */
};

struct ops_courier *ops_courier_new(struct err *err)
{
    struct ops_courier *courier = calloc(1, sizeof(*courier));
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (courier == NULL || event < 0) {
        if (event >= 0) {
            close(event);
        }
        free(courier);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory or no descriptors for mail");
        return NULL;
    }
    courier->event = event;
    pthread_mutex_init(&courier->lock, NULL);
    pthread_cond_init(&courier->ended_one, NULL);
    return courier;
}

void ops_courier_free(struct ops_courier **taken)
{
    struct ops_courier *courier = *taken;
    *taken = NULL;
    if (courier == NULL) {
        return;
    }
    atomic_store(&courier->is_cut, true);
    while (courier->on_their_way > 0) {
        pthread_mutex_lock(&courier->lock);
        while (courier->ended == NULL) {
            pthread_cond_wait(&courier->ended_one, &courier->lock);
        }
        pthread_mutex_unlock(&courier->lock);
        (void)ops_courier_take(courier);
    }
    close(courier->event);
    pthread_cond_destroy(&courier->ended_one);
    pthread_mutex_destroy(&courier->lock);
    free(courier);
}

/* libcurl asks about once a second, also while it waits. Not 0: the end. */
static int is_cut(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                  curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    const struct ops_courier *courier = arg;
    return atomic_load(&courier->is_cut);
}

static void *carry(void *arg)
{
    struct ops_transfer *transfer = arg;
    struct ops_courier *courier = transfer->courier;
    transfer->code = curl_easy_perform(transfer->easy);
    pthread_mutex_lock(&courier->lock);
    transfer->next = courier->ended;
    courier->ended = transfer;
    pthread_cond_signal(&courier->ended_one);
    (void)eventfd_write(courier->event,
                        1); /* under the lock: the courier is there until it is left */
    pthread_mutex_unlock(&courier->lock);
    return NULL;
}

int ops_courier_start(struct ops_courier *courier, struct ops_transfer *transfer, struct err *err)
{
    if (courier->on_their_way >= MAILS_MAX) {
        return err_set(err, ERR_KIND_RETRY, ERR_OVERLOADED, "%d mails are on their way", MAILS_MAX);
    }
    transfer->courier = courier;
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_XFERINFOFUNCTION, is_cut);
    curl_easy_setopt(transfer->easy, CURLOPT_XFERINFODATA, courier);
    if (pthread_create(&transfer->thread, NULL, carry, transfer) != 0) {
        return err_set(err, ERR_KIND_RETRY, ERR_OVERLOADED, "no thread is to be had for a mail");
    }
    courier->on_their_way++;
    return 0;
}

struct ops_transfer *ops_courier_take(struct ops_courier *courier)
{
    pthread_mutex_lock(&courier->lock);
    struct ops_transfer *transfer = courier->ended;
    courier->ended = transfer != NULL ? transfer->next : NULL;
    pthread_mutex_unlock(&courier->lock);
    if (transfer != NULL) {
        pthread_join(transfer->thread, NULL);
        courier->on_their_way--;
    }
    return transfer;
}

int ops_courier_fd(const struct ops_courier *courier)
{
    return courier->event;
}

void ops_courier_hear(struct ops_courier *courier)
{
    eventfd_t times;
    (void)eventfd_read(courier->event, &times);
}
