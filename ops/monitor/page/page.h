/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/page.h - the page of `nrc monitor`: what a browser loads, the registry's whole API under the same paths, and
 * a stream that says that something has changed.
 *
 * A person signs in with an account of the registry and has a cookie; no request is let in by other means. It runs in the
 * monitor's process beside the judging, by threads of its own (base/http/server.h); neither waits for the other.
 *
 * Thread: the one that started it. */
#ifndef OPS_MONITOR_PAGE_PAGE_H
#define OPS_MONITOR_PAGE_PAGE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct metric_out;
struct ops_page; /* body in page.c */

/* Whether [page] is a configuration that it takes. certificate: the seconds since 1970 between which it is valid; 0 and 0: it has
 * none. FATAL ERR_CONFIG. */
struct ops_page_certificate {
    int64_t from_s;
    int64_t until_s;
};
MUST_CHECK int ops_page_check(const struct conf *conf, struct ops_page_certificate *out,
                              struct err *err);

/* *out NULL: [page] listen is empty. conf is borrowed until the stop. FATAL ERR_CONFIG (also of a register that refuses the login
 * one of the roles nrc_registry and nrc_desk), ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK int ops_page_start(const struct conf *conf, struct ops_page **out, struct err *err);
void ops_page_stop(struct ops_page **taken);
/* NULL: nothing is done. */
void ops_page_reload(struct ops_page *page);                          /* its certificate */
void ops_page_metrics(struct ops_page *page, struct metric_out *out); /* any thread */

#endif
