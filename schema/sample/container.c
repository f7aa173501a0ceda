/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/container.c - see the header. */
#include "schema/sample/container.h"

#include <inttypes.h>
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

/* The name of the codec, as the file has it. */
struct codec_name {
    const char *text;
    size_t len;
};

/* One entry of the file's metadata. */
static bool read_entry(struct reader *r, struct sch_container *out, struct codec_name *codec)
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
        *codec = (struct codec_name){(const char *)value, value_len};
    }
    return true;
}

static bool read_metadata(struct reader *r, struct sch_container *out, struct codec_name *codec)
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
            if (!read_entry(r, out, codec)) {
                return false;
            }
        }
    }
}

int sch_container_open(const uint8_t *bytes, size_t len, const struct sch_unpack_limits *limits,
                       struct sch_container *out, struct err *err)
{
    struct reader r = {bytes, bytes + len};
    struct codec_name codec = {"null", 4};
    *out = (struct sch_container){.end = bytes + len, .limits = *limits, .block = BUF_INIT};
    if (!sch_is_container(bytes, len)) {
        return broken(err, "it does not begin as one");
    }
    r.p += sizeof(magic);
    if (!read_metadata(&r, out, &codec) || r.end - r.p < SYNC_BYTES || out->schema == NULL) {
        return broken(err, "its head has no schema, or is cut short");
    }
    memcpy(out->sync, r.p, SYNC_BYTES);
    out->rest = r.p + SYNC_BYTES;
    return sch_codec_find(codec.text, codec.len, &out->codec, err);
}

void sch_container_close(struct sch_container *container)
{
    buf_fini(&container->block);
}

/* The next block, as it is when it is unpacked. */
static int open_block(struct sch_container *container, struct err *err)
{
    struct reader r = {container->rest, container->end};
    int64_t count;
    container->blocks++;
    if (!read_long(&r, &count) || count < 0 ||
        !read_bytes(&r, &container->next, &container->left) || r.end - r.p < SYNC_BYTES ||
        memcmp(r.p, container->sync, SYNC_BYTES) != 0) {
        return broken(err, "a block is cut short, or has not the file's marker behind it");
    }
    if (container->codec != SCH_CODEC_NULL) {
        if (sch_unpack(container->codec, container->next, container->left, &container->limits,
                       &container->block, err) != 0) {
            return -1;
        }
        container->next = container->block.data;
        container->left = container->block.len;
    }
    /* An event without a byte is none: a block of some bytes could say that it has 2^62 of them. */
    if ((uint64_t)count > container->left) {
        return broken(err, "a block says that it has more events than bytes");
    }
    container->events = (uint64_t)count;
    container->rest = r.p + SYNC_BYTES;
    return 0;
}

int sch_container_more(struct sch_container *container, bool *more, struct err *err)
{
    *more = false;
    while (container->events == 0) {
        if (container->left > 0) {
            return broken(err, "a block is longer than its events");
        }
        if (container->rest == container->end) {
            return 0;
        }
        if (open_block(container, err) != 0) {
            return err_add(err, "reading block %" PRIu64, container->blocks);
        }
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
