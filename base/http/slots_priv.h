/* SPDX-License-Identifier: Apache-2.0
 * base/http/slots_priv.h - the right to hold a connection, over all workers.
 *
 * Thread: any; a waiter's own worker alone takes for it. */
#ifndef BASE_HTTP_SLOTS_PRIV_H
#define BASE_HTTP_SLOTS_PRIV_H

#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"

/* One a worker. */
struct http_waiter {
    int wake_fd;              /* eventfd: readable when a slot is kept for it */
    struct http_waiter *next; /* slots.lock guards these three */
    bool is_waiting;
    int slots_kept;
};

struct http_slots {
    pthread_mutex_t lock;
    int free;
    struct http_waiter *first; /* in the order they came */
    struct http_waiter **last;
};

void http_slots_init(struct http_slots *slots, int count);
void http_slots_fini(struct http_slots *slots);
/* false: the waiter stands in the queue now, and is woken when a slot is kept for it. */
MUST_CHECK bool http_slots_take(struct http_slots *slots, struct http_waiter *waiter);
void http_slots_give(struct http_slots *slots);
void http_waiter_wake(struct http_waiter *waiter); /* for any reason */

#endif
