/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/zone.c - offsets of time zones, from the system's zone files (RFC 8536, "TZif").
 *
 * Files are read once each and kept for the life of the process: there are some 600 names, and no more than MAX_ZONES are
 * kept. A lookup takes a lock for the time of a search through a short list; who reads a zone needs none.
 *
 * Beyond a file's last change (2037) a year has the offsets of the year 28 × n earlier, which has the same calendar. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/rules/time.h"

enum { MAX_ZONES = 64, MAX_FILE_BYTES = 65536, MAX_NAME_BYTES = 48, HEADER_BYTES = 44 };

#define REPEAT_S (INT64_C(28) * 1461 / 4 * 86400 + INT64_C(0)) /* 28 years: 10,227 days */

struct zone {
    char name[MAX_NAME_BYTES];
    uint32_t count; /* of changes */
    int64_t *times;
    int32_t *offsets; /* count + 1: before the first change, then after each */
    bool known;
};

static struct zone zones[MAX_ZONES];
static atomic_uint zone_count;
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- files ---- */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* The counts of a header: changes, types, letters, leap seconds. */
struct header {
    uint32_t isut, isstd, leaps, changes, types, letters;
};

static bool read_header(const uint8_t *p, const uint8_t *end, struct header *h)
{
    if (end - p < HEADER_BYTES || memcmp(p, "TZif", 4) != 0) {
        return false;
    }
    *h = (struct header){be32(p + 20), be32(p + 24), be32(p + 28),
                         be32(p + 32), be32(p + 36), be32(p + 40)};
    return h->changes <= 2000 && h->types > 0 && h->types <= 256 && h->letters <= 256 &&
           h->leaps <= 100 && h->isut <= 256 && h->isstd <= 256;
}

static size_t block_bytes(const struct header *h, size_t time_bytes)
{
    return h->changes * (time_bytes + 1) + h->types * 6 + h->letters + h->leaps * (time_bytes + 4) +
           h->isstd + h->isut;
}

/* The second block, with times of 64 bits, of a file of version 2 or more. */
static bool take_block(const uint8_t *p, const struct header *h, struct zone *zone)
{
    const uint8_t *types = p + (size_t)h->changes * 9;
    zone->times = calloc(h->changes + 1, sizeof(*zone->times));
    zone->offsets = calloc(h->changes + 1, sizeof(*zone->offsets));
    if (zone->times == NULL || zone->offsets == NULL) {
        return false;
    }
    zone->count = h->changes;
    zone->offsets[0] = (int32_t)be32(types);
    for (uint32_t i = 0; i < h->changes; i++) {
        uint8_t type = p[(size_t)h->changes * 8 + i];
        if (type >= h->types) {
            return false;
        }
        zone->times[i] = be64(p + (size_t)i * 8);
        zone->offsets[i + 1] = (int32_t)be32(types + (size_t)type * 6);
    }
    return true;
}

static bool parse_file(const uint8_t *p, size_t len, struct zone *zone)
{
    struct header h;
    const uint8_t *end = p + len;
    if (!read_header(p, end, &h) || p[4] < '2' || block_bytes(&h, 4) + HEADER_BYTES > len) {
        return false;
    }
    p += HEADER_BYTES + block_bytes(&h, 4);
    return read_header(p, end, &h) && (size_t)(end - p) >= HEADER_BYTES + block_bytes(&h, 8) &&
           take_block(p + HEADER_BYTES, &h, zone);
}

static bool read_file(struct zone *zone)
{
    char path[MAX_NAME_BYTES + 32];
    static uint8_t bytes[MAX_FILE_BYTES]; /* under the lock */
    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t len = read(fd, bytes, sizeof(bytes));
    close(fd);
    return len > 0 && parse_file(bytes, (size_t)len, zone);
}

/* "Asia/Muscat": no path that leads elsewhere. */
static bool good_name(const char *name, size_t len)
{
    if (len == 0 || len >= MAX_NAME_BYTES || name[0] == '/' || memmem(name, len, "..", 2) != NULL) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool letter = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z');
        bool other = (name[i] >= '0' && name[i] <= '9') ||
                     (name[i] != '\0' && strchr("/_+-", name[i]) != NULL);
        if (!letter && !other) {
            return false;
        }
    }
    return true;
}

static const struct zone *find(const char *name, size_t len, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strlen(zones[i].name) == len && memcmp(zones[i].name, name, len) == 0) {
            return &zones[i];
        }
    }
    return NULL;
}

static const struct zone *load(const char *name, size_t len)
{
    pthread_mutex_lock(&zones_lock);
    unsigned count = atomic_load(&zone_count);
    const struct zone *found = find(name, len, count);
    if (found == NULL && count < MAX_ZONES) {
        struct zone *zone = &zones[count];
        memcpy(zone->name, name, len);
        zone->name[len] = '\0';
        zone->known = read_file(zone);
        atomic_store(&zone_count, count + 1);
        found = zone;
    }
    pthread_mutex_unlock(&zones_lock);
    return found;
}

/* ---- offsets ---- */

/* "+04:00", "-9:30", "02:00". */
static bool fixed_offset(const char *name, size_t len, int32_t *offset)
{
    int sign = len > 0 && name[0] == '-' ? -1 : 1;
    size_t at = len > 0 && (name[0] == '-' || name[0] == '+');
    int parts[2] = {0, 0};
    for (int part = 0; part < 2; part++) {
        size_t from = at;
        while (at < len && name[at] >= '0' && name[at] <= '9' && at - from < 2) {
            parts[part] = parts[part] * 10 + (name[at++] - '0');
        }
        if (at == from || (part == 0 && (at >= len || name[at++] != ':'))) {
            return false;
        }
    }
    *offset = sign * (parts[0] * 3600 + parts[1] * 60);
    return at == len && parts[0] <= 23 && parts[1] <= 59;
}

bool cel_zone_offset(const char *name, size_t len, int64_t seconds, int32_t *offset)
{
    *offset = 0;
    if (len == 0 || (len == 3 && memcmp(name, "UTC", 3) == 0) || fixed_offset(name, len, offset)) {
        return true;
    }
    if (!good_name(name, len)) {
        return false;
    }
    const struct zone *zone = find(name, len, atomic_load(&zone_count));
    zone = zone != NULL ? zone : load(name, len);
    if (zone == NULL || !zone->known) {
        return false;
    }
    while (zone->count > 0 && seconds > zone->times[zone->count - 1] &&
           seconds > INT64_C(2082758400)) {
        seconds -= REPEAT_S; /* after 2036: the same day of the same week, 28 years earlier */
    }
    uint32_t low = 0;
    uint32_t high = zone->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (zone->times[middle] <= seconds) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *offset = zone->offsets[low];
    return true;
}
