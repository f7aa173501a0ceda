/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/result.h - integers of a binary result. */
#ifndef STORAGE_CONN_RESULT_H
#define STORAGE_CONN_RESULT_H

#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <string.h>

/* SQL's null, or an integer of another size, is the smallest. */
static inline int64_t sto_result_int8(const PGresult *result, int row, int column)
{
    uint64_t v;
    if (PQgetlength(result, row, column) != (int)sizeof(v)) {
        return INT64_MIN;
    }
    memcpy(&v, PQgetvalue(result, row, column), sizeof(v));
    return (int64_t)be64toh(v);
}

static inline int32_t sto_result_int4(const PGresult *result, int row, int column)
{
    uint32_t v;
    if (PQgetlength(result, row, column) != (int)sizeof(v)) {
        return INT32_MIN;
    }
    memcpy(&v, PQgetvalue(result, row, column), sizeof(v));
    return (int32_t)be32toh(v);
}

#endif
