/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login_pause.h - failed logins, counted by name and by peer, and slowed.
 *
 * The fifth failure begins a pause of a second, each further one a pause twice as long, up to a
 * minute; one failure is forgotten each half minute. What fails under a name that has failed five
 * times already counts for the name alone: one client with an old secret does not shut out the others
 * that come from its address, while whoever tries name after name is slowed by its address. A bounded
 * table: when it is full, whoever failed least is forgotten.
 *
 * Thread: the worker that made it. Times are clock_mono_ms's. */
#ifndef REGISTRY_ACCESS_LOGIN_PAUSE_H
#define REGISTRY_ACCESS_LOGIN_PAUSE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum {
    REG_PAUSE_AFTER = 5,
    REG_PAUSE_FIRST_MS = 1000,
    REG_PAUSE_MOST_MS = 60000,
    REG_PAUSE_FORGET_MS = 30000,
    REG_PAUSE_ENTRIES = 2048
};

struct reg_pause;
MUST_CHECK struct reg_pause *reg_pause_new(struct err *err);
void reg_pause_free(struct reg_pause **taken);

/* What is left of the name's pause or the peer's; 0: it may try. name "": no name at all. */
int64_t reg_pause_left_ms(const struct reg_pause *pause, const char *name, const char *peer,
                          int64_t now_ms);
void reg_pause_fail(struct reg_pause *pause, const char *name, const char *peer, int64_t now_ms);
/* A right secret: the name's failures are forgotten, the peer's are not. */
void reg_pause_clear(struct reg_pause *pause, const char *name);

#endif
