/* SPDX-License-Identifier: Apache-2.0
 * base/http/slots.c - how many connections there may be over all workers, handed out fairly.
 *
 * A worker that finds no slot stops accepting and stands in a queue, once. A slot that is given
 * back goes to the head of the queue, not to whoever asks next: the worker in whose thread a
 * connection ends would otherwise take the slot again before the others have woken, and the
 * clients in their listen queues would starve. */
#include "base/http/server_priv.h"

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

static void enqueue(struct http_slots *slots, struct http_worker *worker)
{
    if (!worker->is_waiting) {
        worker->is_waiting = true;
        worker->next_waiting = NULL;
        *slots->last = worker;
        slots->last = &worker->next_waiting;
    }
}

static struct http_worker *dequeue(struct http_slots *slots)
{
    struct http_worker *worker = slots->first;
    if (worker != NULL) {
        slots->first = worker->next_waiting;
        if (slots->first == NULL) {
            slots->last = &slots->first;
        }
        worker->is_waiting = false;
    }
    return worker;
}

bool http_slots_take(struct http_slots *slots, struct http_worker *worker)
{
    bool got = true;
    pthread_mutex_lock(&slots->lock);
    if (worker->slots_kept > 0) {
        worker->slots_kept--;
    } else if (slots->free > 0 && slots->first == NULL) {
        slots->free--;
    } else {
        enqueue(slots, worker);
        got = false;
    }
    pthread_mutex_unlock(&slots->lock);
    return got;
}

void http_slots_give(struct http_slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    struct http_worker *worker = dequeue(slots);
    if (worker != NULL) {
        worker->slots_kept++;
    } else {
        slots->free++;
    }
    pthread_mutex_unlock(&slots->lock);
    if (worker != NULL) {
        http_worker_wake(worker);
    }
}
