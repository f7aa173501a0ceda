/* SPDX-License-Identifier: Apache-2.0
 * base/journal.h - systemd's journal in its own protocol: an entry is a list of fields, one datagram.
 *
 * A line on standard error reaches the journal as one text, whose parts nobody can select, with everything at one
 * priority. With fields `journalctl NRC_DATASET=moh.births PRIORITY=3` finds what it should. The stream has another
 * danger: a journal that is slow or stopped makes write(2) wait, and the thread with it. Here nothing waits; base/log.h
 * says what becomes of an entry that was not taken.
 *
 * Thread: any, after journal_open. */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include <stdbool.h>

#include "base/buf.h"

enum {
    JOURNAL_VALUE_MAX = 4096, /* bytes of a field's value; what is beyond is cut */
    JOURNAL_ENTRY_MAX = 64 * 1024
};

/* Whether standard error goes to the journal, by $JOURNAL_STREAM, and its socket at `path` (NULL: where it
 * always is) can be reached. Once, before any thread. */
bool journal_open(const char *path);
bool journal_is_open(void);
void journal_close(void); /* for tests */

/* Appends a field to an entry. Its name is prefix and key in capitals; a value with a line end is written with its
 * length before it, so that none can pretend to be another field. */
void journal_put(struct buf *entry, const char *prefix, const char *key, const char *value);

/* 0, or -1: the journal has not taken it. */
int journal_send(const struct buf *entry);

#endif
