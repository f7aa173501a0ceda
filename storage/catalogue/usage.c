/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/usage.c - see the header; nrc.add_schema_uses (0018_usage.sql) adds and clears away. */
#include "storage/catalogue/usage.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"

/* Ages, as what the register stores is PostgreSQL's clock. */
static void put_uses(struct buf *out, const struct sto_schema_use *uses, size_t count)
{
    int64_t now_us = clock_mono_us();
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_open(&w, '{');
        jsonw_number(&w, "schema_id", uses[i].schema_id);
        jsonw_key(&w, "account");
        jsonw_str(&w, uses[i].account);
        jsonw_number(&w, "count", uses[i].count);
        jsonw_number(&w, "age_us", now_us - uses[i].last_mono_us);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}

int sto_schema_uses_add(struct sto_conn *conn, const struct sto_schema_use *uses, size_t count,
                        struct err *err)
{
    struct buf json = BUF_INIT;
    put_uses(&json, uses, count);
    const char *const values[] = {buf_cstr(&json)};
    if (buf_failed(&json)) {
        buf_fini(&json);
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for uses of structures");
    }
    PGresult *res = sto_exec(conn, "SELECT nrc.add_schema_uses($1::jsonb)", values, 1, err);
    buf_fini(&json);
    if (res == NULL) {
        return err_add(err, "adding who asked for structures");
    }
    PQclear(res);
    return 0;
}
