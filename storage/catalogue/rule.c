/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/rule.c - see the header. */
#include "storage/catalogue/rule.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

static void put_rule(struct jsonw *w, const struct sto_rule *rule)
{
    char version[16];
    snprintf(version, sizeof(version), "%" PRId32, rule->structure_version);
    jsonw_open(w, '{');
    jsonw_number(w, "dataset_id", rule->dataset_id);
    jsonw_text(w, "origin", rule->origin);
    jsonw_text(w, "version", rule->version != NULL ? rule->version : version);
    jsonw_text(w, "name", rule->name);
    jsonw_text(w, "action", rule->action);
    jsonw_close(w, '}');
}

static int ask(struct sto_conn *conn, const char *json, size_t count, int32_t *ids, struct err *err)
{
    PGresult *res =
        sto_exec(conn, "SELECT id FROM nrc.rule_ids($1::jsonb) ORDER BY n", &json, 1, err);
    if (res == NULL) {
        return err_add(err, "asking for the ids of rules");
    }
    int rc = (size_t)PQntuples(res) == count
                 ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA, "not each rule has an id");
    for (size_t i = 0; rc == 0 && i < count; i++) {
        ids[i] = sto_text_int(res, (int)i, 0);
    }
    PQclear(res);
    return rc;
}

int sto_rule_ids(struct sto_conn *conn, const struct sto_rule *rules, size_t count, int32_t *ids,
                 struct err *err)
{
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        put_rule(&w, &rules[i]);
    }
    jsonw_close(&w, ']');
    int rc = buf_failed(&json)
                 ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the ids of rules")
                 : ask(conn, buf_cstr(&json), count, ids, err);
    buf_fini(&json);
    return rc;
}
