/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/zone.c - offsets of the zones that rules name.
 *
 * A zone is read once and kept for the life of the process: there are some 600 names, and no more than MAX_ZONES are kept. Who
 * finds a zone there takes no lock. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/zone.h"
#include "schema/rules/time.h"

enum { MAX_ZONES = 64, MAX_NAME_BYTES = 48 };

struct kept {
    char name[MAX_NAME_BYTES];
    struct zone *zone; /* NULL: there is none of this name */
};

static struct kept kept[MAX_ZONES];
static atomic_uint kept_count;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct kept *find(const char *name, size_t len, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strlen(kept[i].name) == len && memcmp(kept[i].name, name, len) == 0) {
            return &kept[i];
        }
    }
    return NULL;
}

static const struct kept *load(const char *name, size_t len)
{
    struct err ignored = ERR_INIT;
    pthread_mutex_lock(&kept_lock);
    unsigned count = atomic_load(&kept_count);
    const struct kept *found = find(name, len, count);
    if (found == NULL && count < MAX_ZONES) {
        memcpy(kept[count].name, name, len);
        kept[count].name[len] = '\0';
        kept[count].zone = zone_open(kept[count].name, &ignored);
        found = &kept[count];
        atomic_store(&kept_count, count + 1);
    }
    pthread_mutex_unlock(&kept_lock);
    return found;
}

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
    if (len >= MAX_NAME_BYTES || memchr(name, '\0', len) != NULL) {
        return false;
    }
    const struct kept *zone = find(name, len, atomic_load(&kept_count));
    zone = zone != NULL ? zone : load(name, len);
    if (zone == NULL || zone->zone == NULL) {
        return false;
    }
    *offset = (int32_t)(zone_local(zone->zone, seconds) - seconds);
    return true;
}
