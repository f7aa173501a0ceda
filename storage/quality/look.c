/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/look.c - see the header. */
#include "storage/quality/look.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the looks at the logs");
}

static void put(struct jsonw *w, const struct sto_look *look)
{
    jsonw_open(w, '{');
    jsonw_text(w, "topic", look->topic);
    jsonw_number(w, "partition", look->partition);
    jsonw_number(w, "next_offset", look->next_offset);
    if (look->log_start >= 0 && look->log_end >= 0) {
        jsonw_number(w, "log_start", look->log_start);
        jsonw_number(w, "log_end", look->log_end);
    }
    if (look->age_s >= 0) {
        jsonw_number(w, "age_s", look->age_s);
    }
    jsonw_close(w, '}');
}

int sto_looks_keep(struct sto_conn *conn, const struct sto_look *looks, size_t count,
                   struct err *err)
{
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        put(&w, &looks[i]);
    }
    jsonw_close(&w, ']');
    const char *text = buf_cstr(&json);
    PGresult *res = buf_failed(&json)
                        ? NULL
                        : sto_exec(conn, "SELECT nrc.keep_looks($1::jsonb)", &text, 1, err);
    int rc = res != NULL ? 0 : buf_failed(&json) ? no_memory(err) : -1;
    PQclear(res);
    buf_fini(&json);
    return rc;
}

static int64_t number(const PGresult *res, int row, int column)
{
    return PQgetisnull(res, row, column) ? -1 : strtoll(PQgetvalue(res, row, column), NULL, 10);
}

/* The first row is the clock's, and of no partition. */
int sto_looks_load(struct sto_conn *conn, const char *topic, struct arena *arena,
                   struct sto_look **looks, size_t *count, int64_t *now_s, struct err *err)
{
    static const char sql[] =
        "SELECT NULL::text COLLATE \"C\", NULL::int, extract(epoch FROM now())::bigint, NULL, "
        "NULL, NULL"
        " UNION ALL SELECT l.topic, l.partition, extract(epoch FROM l.at)::bigint, l.next_offset,"
        " l.log_start, l.log_end FROM nrc.look l"
        " WHERE l.at > now() - interval '1 hour' AND ($1::text IS NULL OR l.topic = $1)"
        " ORDER BY 1 NULLS FIRST, 2 NULLS FIRST, 3";
    PGresult *res = sto_exec(conn, sql, &topic, 1, err);
    if (res == NULL) {
        return err_add(err, "reading the looks at the logs");
    }
    bool failed = false;
    *count = (size_t)PQntuples(res) - 1;
    *now_s = number(res, 0, 2);
    *looks = arena_calloc(arena, *count + 1, sizeof(**looks));
    for (size_t i = 0; *looks != NULL && i < *count; i++) {
        int row = (int)i + 1;
        (*looks)[i] = (struct sto_look){.topic = sto_text_copy(arena, res, row, 0, &failed),
                                        .partition = sto_text_int(res, row, 1),
                                        .at_s = number(res, row, 2),
                                        .next_offset = number(res, row, 3),
                                        .log_start = number(res, row, 4),
                                        .log_end = number(res, row, 5)};
    }
    PQclear(res);
    return *looks != NULL && !failed ? 0 : no_memory(err);
}
