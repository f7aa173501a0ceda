/* SPDX-License-Identifier: Apache-2.0
 * registry/fact.c - see the header. */
#include "registry/fact.h"

#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/http/http.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/report_answer.h"
#include "registry/worker.h"

static const struct {
    enum sto_report report;
    const char *what;
} records[] = {
    [STO_AGENCY] = {STO_REPORT_AGENCY, "agency"},
    [STO_SYSTEM] = {STO_REPORT_SYSTEM, "system"},
    [STO_DATASET] = {STO_REPORT_DATASET, "dataset"},
};

int reg_fact_answer(struct http_request *req, enum sto_source kind, const char *name, int rc,
                    int status, struct err *err)
{
    if (rc != 0) {
        return -1;
    }
    reg_changed(req);
    return reg_answer_record(req, records[kind].report, records[kind].what, name, status, err);
}

/* A text, or a number, which is a class. */
static const char *value_of(struct http_request *req, const json_t *member, const char *fact,
                            bool *ok, struct err *err)
{
    if (json_is_string(member)) {
        return json_string_value(member);
    }
    const char *number =
        json_is_integer(member)
            ? arena_printf(http_arena(req), "%" JSON_INTEGER_FORMAT, json_integer_value(member))
            : NULL;
    if (number == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be a string", fact);
        *ok = false;
    }
    return number;
}

int reg_fact_edit(struct http_request *req, enum sto_source kind, const char *name, struct err *err)
{
    struct sto_edit changes[STO_EDITS_MAX];
    size_t count = 0;
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *fact;
    for (size_t i = 0; (fact = sto_fact(kind, i)) != NULL && count < STO_EDITS_MAX; i++) {
        const json_t *member = json_object_get(json, fact);
        if (member != NULL) {
            changes[count++] = (struct sto_edit){
                .fact = fact,
                .value = json_is_null(member) ? NULL : value_of(req, member, fact, &ok, err)};
        }
    }
    const char *reason = reg_json_text(json, "reason", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_source_edit(conn, kind, name, changes, count, reason, err) : -1;
    json_decref(json);
    return reg_fact_answer(req, kind, name, rc, 200, err);
}

int reg_fact_retire(struct http_request *req, enum sto_source kind, const char *name,
                    struct err *err)
{
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *on = reg_json_text(json, "on", &ok, err);
    const char *successor = kind == STO_DATASET ? reg_json_text(json, "successor", &ok, err) : NULL;
    const char *reason = reg_json_text(json, "reason", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_source_retire(conn, kind, name, on, successor, reason, err) : -1;
    json_decref(json);
    return reg_fact_answer(req, kind, name, rc, 200, err);
}
