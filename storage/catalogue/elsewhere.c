/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/elsewhere.c - see the header. Each look-up uses the index of ids or GUIDs, so that many
 * unknown ids cost a batch little. */
#include "storage/catalogue/elsewhere.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

static const char find_sql[] =
    "SELECT a.n, v.subject, v.version"
    " FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS a (item, n)"
    " CROSS JOIN LATERAL (SELECT s.id FROM nrc.schema s WHERE s.id = (a.item ->> 'id')::int"
    "  UNION ALL SELECT s.id FROM nrc.schema s WHERE s.guid = (a.item ->> 'guid')::uuid) s"
    " CROSS JOIN LATERAL (SELECT v.subject, v.version FROM nrc.subject_version v"
    "  WHERE v.schema_id = s.id AND v.deleted_at IS NULL AND v.active_from <= now()"
    "  ORDER BY v.subject, v.version DESC LIMIT 1) v";

static void put_asked(struct buf *out, const struct sto_elsewhere *asked, size_t count)
{
    buf_put_u8(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_put_str(out, i > 0 ? "," : "");
        if (asked[i].schema_id != 0) {
            buf_printf(out, "{\"id\":%" PRId32 "}", asked[i].schema_id);
            continue;
        }
        buf_put_str(out, "{\"guid\":\"");
        for (size_t k = 0; k < sizeof(asked[i].guid); k++) {
            buf_printf(out, "%02x", asked[i].guid[k]);
        }
        buf_put_str(out, "\"}");
    }
    buf_put_u8(out, ']');
}

int sto_elsewhere_find(struct sto_conn *conn, struct sto_elsewhere *asked, size_t count,
                       struct err *err)
{
    struct buf text = BUF_INIT;
    put_asked(&text, asked, count);
    const char *const values[] = {buf_cstr(&text)};
    PGresult *res = buf_failed(&text) ? NULL : sto_exec(conn, find_sql, values, 1, err);
    bool failed = buf_failed(&text);
    buf_fini(&text);
    if (failed) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for unknown schema ids");
    }
    if (res == NULL) {
        return err_add(err, "asking for unknown schema ids");
    }
    for (size_t i = 0; i < count; i++) {
        asked[i].version = 0;
    }
    for (int row = 0; row < PQntuples(res); row++) {
        int32_t n = sto_text_int(res, row, 0);
        if (n >= 1 && (size_t)n <= count) {
            struct sto_elsewhere *found = &asked[n - 1];
            const char *subject = PQgetvalue(res, row, 1);
            snprintf(found->subject, sizeof(found->subject), "%.*s",
                     (int)utf8_cut(subject, sizeof(found->subject) - 1), subject);
            found->version = sto_text_int(res, row, 2);
        }
    }
    PQclear(res);
    return 0;
}
