/* SPDX-License-Identifier: Apache-2.0
 * storage/report/case.c - see the header. */
#include "storage/report/case.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

/* So much packed is at least STO_CASE_PAYLOAD_BYTES unpacked, or all: zstd adds less than that to what it cannot pack. */
#define PACKED_BYTES "1310720"

enum { NUMBER_SIZE = 24 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a quarantined event");
}

/* A bytea of the row. *out NULL: it is null. */
static int read_bytes(const struct sto_case *c, const char *column, const uint8_t **out,
                      size_t *len, struct err *err)
{
    const char *text = sto_grid_get(c->grid, 0, column);
    *out = NULL;
    *len = 0;
    if (text == NULL) {
        return 0;
    }
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, len);
    *out = bytes != NULL ? arena_memdup(&c->grid->arena, bytes, *len) : NULL;
    PQfreemem(bytes);
    return *out != NULL ? 0 : no_memory(err);
}

/* The register's bytes are not trusted, and what is read of them is their beginning. */
static int unpack(struct sto_case *c, const uint8_t *packed, size_t packed_len, struct err *err)
{
    const char *said = sto_grid_get(c->grid, 0, "raw_bytes");
    const size_t whole = said != NULL ? strtoull(said, NULL, 10) : 0;
    const size_t most = whole < STO_CASE_PAYLOAD_BYTES ? whole : STO_CASE_PAYLOAD_BYTES;
    uint8_t *bytes = arena_alloc(&c->grid->arena, most + 1);
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {packed, packed_len, 0};
    ZSTD_outBuffer out = {bytes, most, 0};
    size_t rc = 0;
    if (bytes == NULL || stream == NULL) {
        ZSTD_freeDStream(stream);
        return no_memory(err);
    }
    while (in.pos < in.size && out.pos < out.size && !ZSTD_isError(rc)) {
        rc = ZSTD_decompressStream(stream, &out, &in);
    }
    ZSTD_freeDStream(stream);
    const bool goes_on = most == whole && rc != 0; /* beyond what was said */
    if (said == NULL || ZSTD_isError(rc) || out.pos < most || goes_on) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "the stored payload is damaged: %s",
                       ZSTD_isError(rc) ? ZSTD_getErrorName(rc) : "wrong size");
    }
    c->payload = bytes;
    c->payload_len = most;
    return 0;
}

int sto_case_read(struct sto_conn *conn, const char *account, int64_t id, struct sto_case *out,
                  struct err *err)
{
    char number[NUMBER_SIZE];
    const char *const params[] = {number, PACKED_BYTES, account};
    const uint8_t *packed;
    size_t packed_len;
    *out = (struct sto_case){0};
    snprintf(number, sizeof(number), "%" PRId64, id);
    out->grid = sto_report(conn, account != NULL ? STO_REPORT_DESK_CASE : STO_REPORT_STEWARD_CASE,
                           params, account != NULL ? 3 : 2, err);
    if (out->grid == NULL) {
        return -1;
    }
    if (out->grid->rows == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no quarantined event %" PRId64,
                       id);
    }
    if (read_bytes(out, "key", &out->key, &out->key_len, err) != 0 ||
        read_bytes(out, "payload", &packed, &packed_len, err) != 0) {
        return -1;
    }
    return packed != NULL ? unpack(out, packed, packed_len, err) : 0;
}

void sto_case_fini(struct sto_case *shown)
{
    sto_grid_free(&shown->grid);
    *shown = (struct sto_case){0};
}
