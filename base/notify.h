/* SPDX-License-Identifier: Apache-2.0
 * base/notify.h - what a daemon tells the service manager that started it: sd_notify(3)'s protocol.
 *
 * One datagram each to $NOTIFY_SOCKET: a path, or "@name" in the abstract namespace. Without that variable, or when it
 * names nothing that can be reached, nothing is sent. Never waits: a message that the manager has no room for is lost.
 *
 * Thread: any, after notify_open. */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdint.h>

/* Reads the environment, once, before any thread. $WATCHDOG_USEC counts where $WATCHDOG_PID is this process's or absent. */
void notify_open(void);
/* For tests: as if it had never been opened. */
void notify_close(void);

/* From now on the daemon does its work, whether or not what it works with is there. Also ends notify_reloading. */
void notify_ready(void);
void notify_reloading(void);
/* It ends by itself, or because it was asked to. */
void notify_stopping(void);

/* The watchdog's sign of life. turned_ms: when the slowest of the threads that do the work last showed life
 * (clock_mono_ms). Nothing is sent for threads that have not turned since the last sign, so that one that hangs ends
 * the process although its caller goes on. Sent at most four times in the watchdog's interval: call it at least
 * as often. */
void notify_alive(int64_t turned_ms);

#endif
