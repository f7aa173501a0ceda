/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/outside.c - see the header. */
#include "storage/quality/outside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/conn/statement.h"

enum { NUMBER_SIZE = 24 };

int sto_engines_turn(struct sto_conn *conn, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.tend_engines()", NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "looking at the engines");
    }
    PQclear(res);
    return 0;
}

static const char *number(int64_t n, char text[NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%" PRId64, n);
    return n >= 0 ? text : NULL;
}

int sto_register_measure(struct sto_conn *conn, int64_t free_bytes, int64_t capacity,
                         struct sto_room *out, struct err *err)
{
    char texts[2][NUMBER_SIZE];
    const char *const values[] = {number(free_bytes, texts[0]), number(capacity, texts[1])};
    PGresult *res = sto_exec(conn,
                             "SELECT m.bytes, m.free_bytes, m.days_until_full * 86400"
                             " FROM nrc.measure_register($1::bigint, $2::bigint) m",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "measuring the register");
    }
    *out = (struct sto_room){
        .bytes = strtoll(PQgetvalue(res, 0, 0), NULL, 10),
        .free_bytes = PQgetisnull(res, 0, 1) ? -1 : strtoll(PQgetvalue(res, 0, 1), NULL, 10),
        .full_s = PQgetisnull(res, 0, 2) ? -1 : strtod(PQgetvalue(res, 0, 2), NULL)};
    PQclear(res);
    return 0;
}

int sto_outage_record(struct sto_conn *conn, const char *kind, int64_t began_s, const char *what,
                      struct err *err)
{
    char text[NUMBER_SIZE];
    const char *const values[] = {kind, number(began_s, text), what};
    PGresult *res = sto_exec(conn, "SELECT nrc.record_outage($1, to_timestamp($2::bigint), $3)",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "recording an outage");
    }
    PQclear(res);
    return 0;
}
