/* SPDX-License-Identifier: Apache-2.0
 * base/http/slots.c - how many connections there may be over all workers, handed out fairly.
 *
 * A worker that finds no slot stops accepting and stands in a queue, once. A slot that is given
 * back goes to the head of the queue, not to the next worker that asks: the worker in whose thread a
 * connection ends would otherwise take the slot again before the others have woken, and the
 * clients in their listen queues would starve. */
#include "base/http/slots_priv.h"

#include <stdint.h>
#include <unistd.h>

void http_slots_init(struct http_slots *slots, int count)
{
    pthread_mutex_init(&slots->lock, NULL);
    slots->free = count;
    slots->first = NULL;
    slots->last = &slots->first;
}

void http_slots_fini(struct http_slots *slots)
{
    pthread_mutex_destroy(&slots->lock);
}

static void enqueue(struct http_slots *slots, struct http_waiter *waiter)
{
    if (!waiter->is_waiting) {
        waiter->is_waiting = true;
        waiter->next = NULL;
        *slots->last = waiter;
        slots->last = &waiter->next;
    }
}

static struct http_waiter *dequeue(struct http_slots *slots)
{
    struct http_waiter *waiter = slots->first;
    if (waiter != NULL) {
        slots->first = waiter->next;
        if (slots->first == NULL) {
            slots->last = &slots->first;
        }
        waiter->is_waiting = false;
    }
    return waiter;
}

void http_waiter_wake(struct http_waiter *waiter)
{
    uint64_t one = 1;
    ssize_t n = write(waiter->wake_fd, &one, sizeof(one));
    (void)n; /* EAGAIN: it is awake already */
}

bool http_slots_take(struct http_slots *slots, struct http_waiter *waiter)
{
    bool got = true;
    pthread_mutex_lock(&slots->lock);
    if (waiter->slots_kept > 0) {
        waiter->slots_kept--;
    } else if (slots->free > 0 && slots->first == NULL) {
        slots->free--;
    } else {
        enqueue(slots, waiter);
        got = false;
    }
    pthread_mutex_unlock(&slots->lock);
    return got;
}

void http_slots_give(struct http_slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    struct http_waiter *waiter = dequeue(slots);
    if (waiter != NULL) {
        waiter->slots_kept++;
    } else {
        slots->free++;
    }
    pthread_mutex_unlock(&slots->lock);
    if (waiter != NULL) {
        http_waiter_wake(waiter);
    }
}
