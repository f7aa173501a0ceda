/* SPDX-License-Identifier: Apache-2.0
 * base/signals.h - the signals that a daemon waits for.
 *
 * A signal that comes before it is waited for is kept by the kernel, if it was blocked first: so main
 * blocks them before anything that takes time, and every thread that is made later inherits that. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <signal.h>

/* SIGTERM and SIGINT end a daemon, SIGHUP is its own to say. SIGPIPE is ignored. Before any thread. */
void signals_block(void);

/* Those that signals_block blocks. */
void signals_fill(sigset_t *set);

#endif
