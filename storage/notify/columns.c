/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/columns.c - see columns_priv.h. */
#include "storage/notify/columns_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/conn/statement.h"
#include "storage/conn/text.h"

struct sto_notification sto_notification_take(struct arena *arena, const PGresult *res, int row,
                                              int first, bool *failed)
{
    return (struct sto_notification){
        .guid = sto_text_copy(arena, res, row, first, failed),
        .at = sto_text_copy(arena, res, row, first + 1, failed),
        .type = sto_text_copy(arena, res, row, first + 2, failed),
        .object = sto_text_copy(arena, res, row, first + 3, failed),
        .class_name = sto_text_copy(arena, res, row, first + 4, failed),
        .effective_at = sto_text_copy(arena, res, row, first + 5, failed),
        .data = sto_text_copy(arena, res, row, first + 6, failed),
    };
}

const char *sto_number_text(char out[STO_NUMBER_SIZE], int64_t v)
{
    snprintf(out, STO_NUMBER_SIZE, "%" PRId64, v);
    return out;
}

int64_t sto_number_at(const PGresult *res, int row, int column)
{
    return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

void sto_place_put(struct jsonw *w, int64_t ordinal, const struct sto_topic_place *place)
{
    jsonw_open(w, '{');
    jsonw_number(w, "n", ordinal);
    jsonw_number(w, "p", place->partition);
    jsonw_number(w, "o", place->offset);
    jsonw_close(w, '}');
}

int sto_published_record(struct sto_conn *conn, const char *sql, const char *whose, int64_t claim,
                         struct buf *places, const struct sto_topic_outcome *outcome, bool *held,
                         struct err *err)
{
    char number[STO_NUMBER_SIZE];
    char wait[STO_NUMBER_SIZE];
    const char *const values[] = {whose, sto_number_text(number, claim), buf_cstr(places),
                                  outcome->why, sto_number_text(wait, outcome->wait_ms)};
    bool failed = buf_failed(places);
    PGresult *res = failed ? NULL : sto_exec_prepared(conn, sql, values, COUNT_OF(values), err);
    buf_fini(places);
    if (res == NULL) {
        return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for outcomes")
                      : err_add(err, "recording what was published");
    }
    *held = PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    return 0;
}
