/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/copy.c - see the header. COPY BINARY: a header, rows of (int16 fields, then int32 length
 * and bytes each), a trailer of -1. Messages may cut a row anywhere, so a row may be longer than
 * the buffer. */
#include "storage/conn/copy.h"

#include <endian.h>
#include <stdlib.h>

#include "storage/conn/statement.h"

static const uint8_t header[] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xFF, '\r', '\n',
                                 0,   0,   0,   0,   0,   0,   0,    0,    0};
static const uint8_t trailer[] = {0xFF, 0xFF};

int sto_copy_init(struct sto_copy *copy)
{
    *copy = (struct sto_copy){.buffer = malloc(STO_COPY_BUFFER_BYTES)};
    return copy->buffer != NULL ? 0 : -1;
}

void sto_copy_fini(struct sto_copy *copy)
{
    free(copy->buffer);
    *copy = (struct sto_copy){0};
}

int sto_copy_open(struct sto_copy *copy, struct sto_conn *conn, const char *sql, struct err *err)
{
    copy->conn = conn;
    copy->err = err;
    copy->used = 0;
    copy->rows = 0;
    copy->failed = false;
    PGresult *result = NULL;
    sto_wait_start(conn);
    if (!PQsendQuery(conn->pg, sql)) {
        sto_lost(conn, err);
        goto out;
    }
    if (sto_flush(conn, err) != 0 || sto_next_result(conn, &result, err) != 0) {
        goto out;
    }
    if (PQresultStatus(result) == PGRES_COPY_IN) {
        PQclear(result);
        sto_copy_bytes(copy, header, sizeof(header));
        return 0; /* the window stays open until finish: the deadline is for the whole stream */
    }
    sto_map_error(conn, result, err);
    PGresult *rest = NULL;
    struct err ignored = ERR_INIT;
    while (sto_next_result(conn, &rest, &ignored) == 0 && rest != NULL) {
        PQclear(rest);
    }
out:
    PQclear(result);
    sto_wait_end(conn);
    return -1;
}

static void send_buffer(struct sto_copy *copy)
{
    if (copy->failed || copy->used == 0) {
        copy->used = 0;
        return;
    }
    int put = PQputCopyData(copy->conn->pg, (const char *)copy->buffer, (int)copy->used);
    copy->used = 0;
    if (put != 1) {
        sto_lost(copy->conn, copy->err);
        copy->failed = true;
    } else if (sto_flush(copy->conn, copy->err) != 0) {
        copy->failed = true;
    }
}

void sto_copy_spill(struct sto_copy *copy, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    while (len > 0) {
        size_t room = STO_COPY_BUFFER_BYTES - copy->used;
        size_t part = len < room ? len : room;
        memcpy(copy->buffer + copy->used, from, part);
        copy->used += part;
        from += part;
        len -= part;
        if (copy->used == STO_COPY_BUFFER_BYTES) {
            send_buffer(copy);
        }
    }
}

/* Reads the statement's results to the end; the first failure wins. */
static int end_results(struct sto_copy *copy, uint64_t *taken, struct err *err)
{
    int rc = 0;
    PGresult *result = NULL;
    for (;;) {
        struct err later = ERR_INIT;
        if (sto_next_result(copy->conn, &result, rc == 0 ? err : &later) != 0) {
            return -1;
        }
        if (result == NULL) {
            return rc;
        }
        if (PQresultStatus(result) == PGRES_COMMAND_OK) {
            *taken = strtoull(PQcmdTuples(result), NULL, 10);
        } else if (rc == 0) {
            rc = sto_map_error(copy->conn, result, err);
        }
        PQclear(result);
    }
}

int sto_copy_finish(struct sto_copy *copy, struct err *err)
{
    struct sto_conn *conn = copy->conn;
    int rc = -1;
    sto_copy_bytes(copy, trailer, sizeof(trailer));
    send_buffer(copy);
    if (copy->failed) {
        sto_copy_abandon(copy);
        return -1;
    }
    uint64_t taken = 0;
    if (PQputCopyEnd(conn->pg, NULL) != 1) {
        sto_lost(conn, err);
        goto out;
    }
    if (sto_flush(conn, err) != 0 || end_results(copy, &taken, err) != 0) {
        goto out;
    }
    rc = taken == copy->rows ? 0
                             : err_set(err, ERR_KIND_FATAL, ERR_BUG, "COPY took %llu rows of %llu",
                                       (unsigned long long)taken, (unsigned long long)copy->rows);
out:
    sto_wait_end(conn);
    return rc;
}

void sto_copy_abandon(struct sto_copy *copy)
{
    struct sto_conn *conn = copy->conn;
    struct err ignored = ERR_INIT;
    uint64_t taken;
    if (sto_conn_usable(conn) && PQputCopyEnd(conn->pg, "abandoned") == 1 &&
        sto_flush(conn, &ignored) == 0) {
        (void)!end_results(copy, &taken, &ignored);
    }
    copy->used = 0;
    sto_wait_end(conn);
}

void sto_copy_null(struct sto_copy *copy)
{
    sto_copy_bytes(copy, "\xFF\xFF\xFF\xFF", 4);
}

void sto_copy_field(struct sto_copy *copy, const void *bytes, size_t len)
{
    if (bytes == NULL) {
        sto_copy_null(copy);
        return;
    }
    const uint32_t be_len = htobe32((uint32_t)len);
    sto_copy_bytes(copy, &be_len, sizeof(be_len));
    sto_copy_bytes(copy, bytes, len);
}

void sto_copy_int4(struct sto_copy *copy, int32_t v)
{
    const uint32_t be = htobe32((uint32_t)v);
    sto_copy_field(copy, &be, sizeof(be));
}

void sto_copy_int8(struct sto_copy *copy, int64_t v)
{
    const uint64_t be = htobe64((uint64_t)v);
    sto_copy_field(copy, &be, sizeof(be));
}

void sto_copy_bool(struct sto_copy *copy, bool v)
{
    const uint8_t byte = v;
    sto_copy_field(copy, &byte, 1);
}
