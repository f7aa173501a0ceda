/* SPDX-License-Identifier: Apache-2.0
 * ingest/message.c - see the header. */
#include "ingest/message.h"

#include <endian.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

#include "base/cell.h"
#include "base/hash.h"
#include "storage/commit/batch.h"

struct ing_header {
    const char *name;
    const uint8_t *value; /* NULL: null */
    size_t name_len;
    size_t len;
};

static rd_kafka_headers_t *headers_of(const struct ing_message *message)
{
    rd_kafka_headers_t *headers = NULL;
    if (message->native == NULL ||
        rd_kafka_message_headers(message->native, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return NULL;
    }
    return headers;
}

/* The next header of the kept ones, from *at on. False: there is none, or its lengths are wrong. */
static bool next_kept(const struct ing_message *message, size_t *at, struct ing_header *out)
{
    const uint8_t *bytes = message->kept_headers;
    const size_t end = message->kept_headers_len;
    uint32_t be;
    if (end - *at < sizeof(be)) {
        return false;
    }
    memcpy(&be, bytes + *at, sizeof(be));
    out->name_len = be32toh(be);
    if (out->name_len > end - *at - sizeof(be) ||
        end - *at - sizeof(be) - out->name_len < sizeof(be)) {
        return false;
    }
    out->name = (const char *)bytes + *at + sizeof(be);
    *at += sizeof(be) + out->name_len;
    memcpy(&be, bytes + *at, sizeof(be));
    *at += sizeof(be);
    const uint32_t len = be32toh(be);
    out->value = len == UINT32_MAX ? NULL : bytes + *at;
    out->len = len == UINT32_MAX ? 0 : len;
    if (out->len > end - *at) {
        return false;
    }
    *at += out->len;
    return true;
}

static const uint8_t *kept_header(const struct ing_message *message, const char *name, size_t *len)
{
    const uint8_t *value = NULL;
    struct ing_header header;
    const size_t name_len = strlen(name);
    for (size_t at = 0; message->kept_headers != NULL && next_kept(message, &at, &header);) {
        if (header.name_len == name_len && memcmp(header.name, name, name_len) == 0) {
            value = header.value;
            *len = header.len;
        }
    }
    return value;
}

const uint8_t *ing_message_header(const struct ing_message *message, const char *name, size_t *len)
{
    if (message->native == NULL) {
        return kept_header(message, name, len);
    }
    rd_kafka_headers_t *headers = headers_of(message);
    const void *value = NULL;
    if (headers == NULL ||
        rd_kafka_header_get_last(headers, name, &value, len) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return NULL;
    }
    return value;
}

void ing_message_headers(const struct ing_message *message, struct buf *out)
{
    rd_kafka_headers_t *headers = headers_of(message);
    const char *name;
    const void *value;
    size_t len;
    for (size_t i = 0;
         headers != NULL &&
         rd_kafka_header_get_all(headers, i, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++) {
        size_t name_len = strlen(name);
        buf_put_be32(out, (uint32_t)name_len);
        buf_put(out, name, name_len);
        buf_put_be32(out, value != NULL ? (uint32_t)len : UINT32_MAX);
        buf_put(out, value, value != NULL ? len : 0);
    }
}

int64_t ing_message_time_us(const struct ing_message *message)
{
    if (message->ts_ms < 0) {
        return STO_NO_TIME;
    }
    return message->ts_ms > CELL_TIMESTAMP_MAX_US / 1000 ? CELL_TIMESTAMP_MAX_US
                                                         : message->ts_ms * 1000;
}

uint64_t ing_message_hash(const struct ing_message *message)
{
    /* The key's hash seeds the value's, so that a byte moved from one to the other is seen. */
    uint64_t seed = hash_bytes(message->key, message->key_len, message->value == NULL);
    uint64_t hash = hash_bytes(message->value, message->value_len, seed);
    return hash != ING_NO_HASH ? hash : 1;
}

void ing_message_free(struct ing_message *message)
{
    if (message->native != NULL) {
        rd_kafka_message_destroy(message->native);
        message->native = NULL;
    }
}
