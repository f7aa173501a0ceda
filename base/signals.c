/* SPDX-License-Identifier: Apache-2.0
 * base/signals.c - see the header. */
#include "base/signals.h"

#include <pthread.h>

void signals_fill(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void signals_block(void)
{
    sigset_t set;
    signals_fill(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); // NOLINT(bugprone-signal-handler)
}
