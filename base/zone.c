/* SPDX-License-Identifier: Apache-2.0
 * base/zone.c - reads a zone's file (RFC 8536, "TZif", version 2 and later) and answers from it.
 *
 * Its second block counts in 64 bits; the first is passed over. Behind the last transition its footer holds
 * (zone_rule.c). */
#include "base/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone_rule.h"

#define ZONES "/usr/share/zoneinfo/"

enum {
    FILE_MAX_BYTES = 64 * 1024,
    HEAD_BYTES = 44,
    TRANSITIONS_MAX = 4000,
    TYPE_BYTES = 6,
    OFFSET_MAX_S = 26 * 3600, /* RFC 8536 3.2 */
    NAME_MAX_BYTES = 64
};

struct transition {
    int64_t at;
    int32_t offset_s;
};

struct zone {
    int32_t first_offset_s; /* before the first transition */
    bool has_rule;
    struct zone_rule rule;
    size_t count;
    struct transition transitions[];
};

struct reader {
    const uint8_t *at;
    size_t left;
};

struct head {
    uint32_t utc_count, standard_count, leap_count, time_count, type_count, char_count;
};

static int no_zone(struct err *err, const char *why)
{
    return err_set(err, ERR_KIND_FATAL, ERR_IO, "not a time zone's file: %s", why);
}

static uint64_t big_endian(const uint8_t *at, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) {
        v = v << 8 | at[i];
    }
    return v;
}

static const uint8_t *take(struct reader *r, uint64_t bytes)
{
    const uint8_t *at = r->at;
    if (bytes > r->left) {
        return NULL;
    }
    r->at += bytes;
    r->left -= (size_t)bytes;
    return at;
}

static int read_head(struct reader *r, struct head *out, struct err *err)
{
    const uint8_t *at = take(r, HEAD_BYTES);
    if (at == NULL || memcmp(at, "TZif", 4) != 0) {
        return no_zone(err, "it does not begin with TZif");
    }
    if (at[4] < '2') {
        return no_zone(err, "version 1 ends in 2038");
    }
    out->utc_count = (uint32_t)big_endian(at + 20, 4);
    out->standard_count = (uint32_t)big_endian(at + 24, 4);
    out->leap_count = (uint32_t)big_endian(at + 28, 4);
    out->time_count = (uint32_t)big_endian(at + 32, 4);
    out->type_count = (uint32_t)big_endian(at + 36, 4);
    out->char_count = (uint32_t)big_endian(at + 40, 4);
    return 0;
}

static uint64_t body_bytes(const struct head *h, uint64_t time_bytes)
{
    return h->time_count * (time_bytes + 1) + (uint64_t)h->type_count * TYPE_BYTES + h->char_count +
           h->leap_count * (time_bytes + 4) + h->standard_count + h->utc_count;
}

static int32_t offset_of_type(const uint8_t *types, size_t type)
{
    return (int32_t)(uint32_t)big_endian(types + type * TYPE_BYTES, 4);
}

/* at: the second block's body, whose length is known to be there. */
static int read_transitions(struct zone *zone, const uint8_t *at, const struct head *h,
                            struct err *err)
{
    const uint8_t *indexes = at + (size_t)h->time_count * 8;
    const uint8_t *types = indexes + h->time_count;
    for (size_t i = 0; i < h->type_count; i++) {
        const int32_t offset_s = offset_of_type(types, i);
        if (offset_s > OFFSET_MAX_S || offset_s < -OFFSET_MAX_S) {
            return no_zone(err, "an offset is longer than a day");
        }
    }
    zone->first_offset_s = offset_of_type(types, 0);
    for (size_t i = 0; i < h->time_count; i++) {
        if (indexes[i] >= h->type_count) {
            return no_zone(err, "a transition has no type");
        }
        zone->transitions[i].at = (int64_t)big_endian(at + i * 8, 8);
        zone->transitions[i].offset_s = offset_of_type(types, indexes[i]);
        if (i > 0 && zone->transitions[i].at <= zone->transitions[i - 1].at) {
            return no_zone(err, "its transitions are not in order");
        }
    }
    zone->count = h->time_count;
    return 0;
}

/* "\nTZ\n" at the end; an empty one says nothing of later years. */
static int read_footer(struct zone *zone, struct reader *r, struct err *err)
{
    char text[NAME_MAX_BYTES * 2];
    const uint8_t *end = r->left > 1 ? memchr(r->at + 1, '\n', r->left - 1) : NULL;
    size_t len = end != NULL ? (size_t)(end - r->at - 1) : sizeof(text);
    if (len >= sizeof(text) || r->at[0] != '\n') {
        return no_zone(err, "its footer is missing");
    }
    memcpy(text, r->at + 1, len);
    text[len] = '\0';
    zone->has_rule = len > 0;
    return !zone->has_rule || zone_rule_parse(text, &zone->rule)
               ? 0
               : no_zone(err, "its footer is no rule");
}

struct zone *zone_parse(const uint8_t *bytes, size_t len, struct err *err)
{
    struct reader r = {bytes, len};
    struct head h;
    const uint8_t *body = NULL;
    if (read_head(&r, &h, err) != 0) {
        return NULL;
    }
    if (take(&r, body_bytes(&h, 4)) == NULL) {
        no_zone(err, "it is cut off");
        return NULL;
    }
    if (read_head(&r, &h, err) != 0) {
        return NULL;
    }
    if (h.time_count > TRANSITIONS_MAX || h.type_count == 0 || h.type_count > 256 ||
        (body = take(&r, body_bytes(&h, 8))) == NULL) {
        no_zone(err,
                body == NULL ? "it is cut off, or has no types" : "it has too many transitions");
        return NULL;
    }
    struct zone *zone = calloc(1, sizeof(*zone) + h.time_count * sizeof(zone->transitions[0]));
    if (zone == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a time zone");
    } else if (read_transitions(zone, body, &h, err) != 0 || read_footer(zone, &r, err) != 0) {
        zone_free(&zone);
    }
    return zone;
}

/* "Area/City": a path that stays in the folder. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_BYTES || name[0] == '/' || name[len - 1] == '/') {
        return false;
    }
    for (const char *at = name; *at != '\0'; at++) {
        const bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        const bool more = (*at >= '0' && *at <= '9') || strchr("_+-/", *at) != NULL;
        if (!letter && !more) {
            return false;
        }
    }
    return true;
}

struct zone *zone_open(const char *name, struct err *err)
{
    char path[sizeof(ZONES) + NAME_MAX_BYTES];
    uint8_t *bytes = NULL;
    struct zone *zone = NULL;
    if (!is_name(name)) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "\"%.64s\" is no name of a time zone", name);
        return NULL;
    }
    snprintf(path, sizeof(path), ZONES "%s", name);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "there is no time zone %s: %s", name,
                strerror(errno));
        return NULL;
    }
    size_t len = 0;
    if ((bytes = malloc(FILE_MAX_BYTES)) == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a time zone");
        goto out;
    }
    len = fread(bytes, 1, FILE_MAX_BYTES, file);
    if (ferror(file) != 0 || len == FILE_MAX_BYTES) {
        no_zone(err, "it cannot be read, or is too long");
    } else {
        zone = zone_parse(bytes, len, err);
    }
    if (zone == NULL) {
        err_add(err, "reading %s", path);
    }
out:
    free(bytes);
    fclose(file);
    return zone;
}

void zone_free(struct zone **taken)
{
    free(*taken);
    *taken = NULL;
}

static int32_t offset_at(const struct zone *zone, int64_t instant)
{
    size_t low = 0;
    size_t high = zone->count; /* the first transition behind the instant */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (zone->transitions[middle].at <= instant) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == zone->count && zone->has_rule) {
        return zone_rule_offset(&zone->rule, instant);
    }
    return low == 0 ? zone->first_offset_s : zone->transitions[low - 1].offset_s;
}

int64_t zone_local(const struct zone *zone, int64_t instant)
{
    return instant + offset_at(zone, instant);
}

/* Clocks move by less than a day: the offsets before and after are those of a day earlier and a day later. */
int64_t zone_instant(const struct zone *zone, int64_t local, bool is_end)
{
    const int64_t by_former = local - offset_at(zone, local - 2 * (int64_t)OFFSET_MAX_S);
    const int64_t by_later = local - offset_at(zone, local + 2 * (int64_t)OFFSET_MAX_S);
    const bool former_is = zone_local(zone, by_former) == local;
    const bool later_is = zone_local(zone, by_later) == local;
    if (former_is && later_is) {
        return is_end ? by_later : by_former;
    }
    if (former_is || later_is) {
        return former_is ? by_former : by_later;
    }
    int64_t low = by_later < by_former ? by_later : by_former; /* the skip lies between them */
    int64_t high = by_later < by_former ? by_former : by_later;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (zone_local(zone, middle) < local) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
