/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/direct.h - told at once, past the register: for what the outbox cannot hold, because the register is full or away.
 *
 * To whom and through which server is [alarm]'s to say; what may be called, [relay] allow's. Nothing is remembered and nothing
 * tried again: whoever calls does, for as long as what it tells goes on.
 *
 * Thread: any, one call at a time. Each call makes its own connections, and blocks for at most [alarm] timeout_ms and about a
 * second. The process ignores SIGPIPE (base/signals.h). */
#ifndef OPS_TELL_DIRECT_H
#define OPS_TELL_DIRECT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "ops/tell/sender.h"
#include "ops/tell/told.h"

struct conf;

enum { OPS_DIRECT_MOST = 64 }; /* addresses and Alertmanagers together */

/* How it went with one of those who are to be told. Borrowed for the call. */
struct ops_direct_report {
    const char *to; /* an address, or an Alertmanager's URL */
    bool is_mail;
    enum ops_sender_outcome outcome;
    int status;       /* as of a sender's result */
    const char *text; /* why it was not delivered; "": it was */
};
typedef void ops_direct_reporter(const struct ops_direct_report *report, void *arg);

/* Whether [alarm] names anybody. */
bool ops_direct_is_set(const struct conf *conf);

/* Tells each, all at once; `reporter`, if there is one, hears of each once. 0: each was told; none, if [alarm] names nobody.
 * FATAL ERR_CONFIG: an entry of [alarm] or of [relay] allow that is none. RETRY ERR_IO: some were not told, the text says who and
 * why; the others were. */
MUST_CHECK int ops_tell_direct_reported(const struct conf *conf, const struct ops_told *what,
                                        ops_direct_reporter *reporter, void *arg, struct err *err);
MUST_CHECK int ops_tell_direct(const struct conf *conf, const struct ops_told *what,
                               struct err *err);

#endif
