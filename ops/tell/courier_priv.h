/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/courier_priv.h - transfers over SMTP, each on a thread of its own.
 *
 * libcurl's multi handle is no place for them: it waits, inside the call, for the server's answer to the end of a message and
 * to QUIT. A server that is silent then would hold every webhook up. Mails are few, so each has a thread while it is on its
 * way, and what it waits for holds nobody.
 *
 * Thread: the sender's, for all of these calls. */
#ifndef OPS_TELL_COURIER_PRIV_H
#define OPS_TELL_COURIER_PRIV_H

#include "base/attr.h"
#include "base/err.h"

struct ops_courier; /* body in courier.c */
struct ops_transfer;

MUST_CHECK struct ops_courier *ops_courier_new(struct err *err);
/* Cuts off what is on its way: it may have arrived. Within about a second. */
void ops_courier_free(struct ops_courier **taken);

/* The transfer is the courier's until it is handed back. RETRY ERR_OVERLOADED: too many are on their way, or no thread is to be
 * had. */
MUST_CHECK int ops_courier_start(struct ops_courier *courier, struct ops_transfer *transfer,
                                 struct err *err);
/* One that has ended, with its code; NULL: none has. */
struct ops_transfer *ops_courier_take(struct ops_courier *courier);
/* Readable after one has ended, until ops_courier_hear. */
int ops_courier_fd(const struct ops_courier *courier);
void ops_courier_hear(struct ops_courier *courier);

#endif
