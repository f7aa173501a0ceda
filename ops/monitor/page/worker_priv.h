/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/worker_priv.h - what each worker of the page has beside the registry's: its streams. */
#ifndef OPS_MONITOR_PAGE_WORKER_PRIV_H
#define OPS_MONITOR_PAGE_WORKER_PRIV_H

#include <sys/queue.h>

#include "base/http/http.h"
#include "registry/worker.h"

struct page_stream; /* body in stream.c */

struct page_worker {
    struct reg_worker reg; /* the first: handlers of the registry take this for theirs */
    LIST_HEAD(, page_stream) streams;
};

/* GET /stream: `changed` at once, and whenever something has. */
http_handler ops_page_get_stream;
/* http_app.tick: one question to the register for all streams of the worker. */
void ops_page_tick(void *worker);

#endif
