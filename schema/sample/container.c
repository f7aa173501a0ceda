/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/container.c - see the header. */
#include "schema/sample/container.h"

#include <string.h>

enum { SYNC_BYTES = 16 };
static const uint8_t magic[] = {'O', 'b', 'j', 1};

static int broken(struct err *err, const char *what)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "the Avro container file is broken: %s",
                   what);
}

bool sch_is_container(const uint8_t *bytes, size_t len)
{
    return len >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

struct reader {
    const uint8_t *p;
    const uint8_t *end;
};

static bool read_long(struct reader *r, int64_t *out)
{
    uint64_t raw = 0;
    for (int shift = 0; shift < 64 && r->p < r->end; shift += 7) {
        uint8_t byte = *r->p++;
        raw |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
            return true;
        }
    }
    return false;
}

static bool read_bytes(struct reader *r, const uint8_t **bytes, size_t *len)
{
    int64_t size;
    if (!read_long(r, &size) || size < 0 || size > r->end - r->p) {
        return false;
    }
    *bytes = r->p;
    *len = (size_t)size;
    r->p += size;
    return true;
}

static bool is(const uint8_t *bytes, size_t len, const char *text)
{
    return strlen(text) == len && memcmp(bytes, text, len) == 0;
}

/* One entry of the file's metadata. false: *err is set, or nothing of it is known to be wrong but the bytes. */
static bool read_entry(struct reader *r, struct sch_container *out, bool *compressed)
{
    const uint8_t *key;
    const uint8_t *value;
    size_t key_len;
    size_t value_len;
    if (!read_bytes(r, &key, &key_len) || !read_bytes(r, &value, &value_len)) {
        return false;
    }
    if (is(key, key_len, "avro.schema")) {
        out->schema = (const char *)value;
        out->schema_len = value_len;
    } else if (is(key, key_len, "avro.codec")) {
        *compressed = !is(value, value_len, "null");
    }
    return true;
}

static bool read_metadata(struct reader *r, struct sch_container *out, bool *compressed)
{
    for (;;) {
        int64_t count;
        int64_t size;
        if (!read_long(r, &count)) {
            return false;
        }
        if (count == 0) {
            return true;
        }
        if (count < 0 && (count == INT64_MIN || !read_long(r, &size))) {
            return false;
        }
        for (int64_t i = count < 0 ? -count : count; i > 0; i--) {
            if (!read_entry(r, out, compressed)) {
                return false;
            }
        }
    }
}

int sch_container_open(const uint8_t *bytes, size_t len, struct sch_container *out, struct err *err)
{
    struct reader r = {bytes, bytes + len};
    bool compressed = false;
    *out = (struct sch_container){.end = bytes + len};
    if (!sch_is_container(bytes, len)) {
        return broken(err, "it does not begin as one");
    }
    r.p += sizeof(magic);
    if (!read_metadata(&r, out, &compressed) || r.end - r.p < SYNC_BYTES || out->schema == NULL) {
        return broken(err, "its head has no schema, or is cut short");
    }
    if (compressed) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "the Avro container file is compressed: write it with the codec null");
    }
    memcpy(out->sync, r.p, SYNC_BYTES);
    out->rest = r.p + SYNC_BYTES;
    return 0;
}

int sch_container_more(struct sch_container *container, bool *more, struct err *err)
{
    *more = false;
    while (container->events == 0) {
        struct reader r = {container->rest, container->end};
        int64_t count;
        if (container->left > 0) {
            return broken(err, "a block is longer than its events");
        }
        if (r.p == r.end) {
            return 0;
        }
        if (!read_long(&r, &count) || count < 0 ||
            !read_bytes(&r, &container->next, &container->left) || r.end - r.p < SYNC_BYTES ||
            memcmp(r.p, container->sync, SYNC_BYTES) != 0) {
            return broken(err, "a block is cut short, or has not the file's marker behind it");
        }
        container->events = (uint64_t)count;
        container->rest = r.p + SYNC_BYTES;
    }
    *more = true;
    return 0;
}

void sch_container_took(struct sch_container *container, size_t bytes)
{
    container->next += bytes;
    container->left -= bytes;
    container->events--;
}
