/* SPDX-License-Identifier: Apache-2.0
 * registry/attempts.c - see the header. */
#include "registry/attempts.h"

#include <poll.h>

#include "base/attr.h"
#include "base/clock.h"
#include "storage/conn/conn.h"

enum { RETRY_FOR_MS = 10000, PAUSE_MS = 20, PAUSE_MAX_MS = 320 };

/* When a try waits for tables longer than PostgreSQL takes to end an autovacuum that holds them:
 * all who use the tables queue behind it for that second or so, twice in a change at most.
 * Without it no new column ever got past an autovacuum; with it alone every reader's long query
 * would stop the others for as long. */
static const int patient_at_ms[] = {2000, 6000};

struct reg_attempts reg_attempts_begin(void)
{
    return (struct reg_attempts){.began_ms = clock_mono_ms(), .pause_ms = PAUSE_MS};
}

bool reg_attempts_again(struct reg_attempts *attempts, const struct sto_conn *conn,
                        const struct err *err)
{
    bool is_busy = err->kind == ERR_KIND_RETRY && sto_conn_usable(conn) &&
                   (err->code == ERR_REGISTER_TIMEOUT || err->code == ERR_REGISTER_BUSY);
    if (!is_busy || clock_mono_ms() - attempts->began_ms + attempts->pause_ms >= RETRY_FOR_MS) {
        return false;
    }
    (void)poll(NULL, 0, attempts->pause_ms);
    attempts->pause_ms *= attempts->pause_ms < PAUSE_MAX_MS ? 2 : 1;
    attempts->patient =
        attempts->patient_tries < COUNT_OF(patient_at_ms) &&
        clock_mono_ms() - attempts->began_ms >= patient_at_ms[attempts->patient_tries];
    attempts->patient_tries += attempts->patient;
    return true;
}
