/* SPDX-License-Identifier: Apache-2.0
 * base/zone.h - a time zone, as the tz database has it (RFC 8536).
 *
 * The C library knows one zone for a process, from TZ; a contract has its own. So the zone's file is read here, with
 * bounds, and asked without a lock.
 *
 * Instants are seconds since 1970-01-01 UTC; local times are the seconds that a clock on the wall there shows, counted the
 * same way. Thread: any; a zone never changes. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct zone;

/* The Center's: of contracts that name none, and of what people read. */
#define ZONE_CENTER "Asia/Muscat"

/* name: "Asia/Muscat", of /usr/share/zoneinfo. FATAL ERR_USAGE: no zone has this name; ERR_IO: the file is none that can be read. */
MUST_CHECK struct zone *zone_open(const char *name, struct err *err);
/* The content of such a file. FATAL ERR_IO: it is none, and why. */
MUST_CHECK struct zone *zone_parse(const uint8_t *bytes, size_t len, struct err *err);
void zone_free(struct zone **taken);

int64_t zone_local(const struct zone *zone, int64_t instant);
/* A local time that clocks skip is the instant of the skip. Of one that they show twice: the first, or the later one if
 * is_end. */
int64_t zone_instant(const struct zone *zone, int64_t local, bool is_end);

#endif
