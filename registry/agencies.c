/* SPDX-License-Identifier: Apache-2.0
 * registry/agencies.c - /nrc/v1/agencies and /nrc/v1/datasets: who owes data, and which
 * (NRL-2, NRL-5, NRL-9). What `nrc agency` and `nrc dataset` do, by the same storage calls. */
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "registry/fact.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"

/* ---- agencies ---- */

int reg_get_agencies(struct http_request *req, struct err *err)
{
    return reg_answer_report(req, STO_REPORT_AGENCIES, NULL, 0, err);
}

int reg_get_agency(struct http_request *req, struct err *err)
{
    return reg_answer_record(req, STO_REPORT_AGENCY, "agency", http_param(req, "code"), 200, err);
}

int reg_post_agency(struct http_request *req, struct err *err)
{
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    bool ok = true;
    const struct sto_agency_spec spec = {
        .code = reg_json_text(json, "code", &ok, err),
        .name = reg_json_text(json, "name", &ok, err),
        .name_ar = reg_json_text(json, "name_ar", &ok, err),
        .legal_class = reg_json_number(json, "class", 0, &ok, err),
        .division = reg_json_text(json, "division", &ok, err),
        .head = reg_json_text(json, "head", &ok, err),
        .declared = reg_json_flag(json, "declared"),
    };
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_agency_add(conn, &spec, err) : -1;
    if (rc == 0) {
        reg_changed(req);
        rc = reg_answer_record(req, STO_REPORT_AGENCY, "agency", spec.code, 201, err);
    }
    json_decref(json);
    return rc;
}

int reg_put_agency(struct http_request *req, struct err *err)
{
    return reg_fact_edit(req, STO_AGENCY, http_param(req, "code"), err);
}

int reg_post_agency_retirement(struct http_request *req, struct err *err)
{
    return reg_fact_retire(req, STO_AGENCY, http_param(req, "code"), err);
}

/* A new head from a day on; or "ends": the present one's last day. */
int reg_put_agency_head(struct http_request *req, struct err *err)
{
    const char *code = http_param(req, "code");
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *division = reg_json_text(json, "division", &ok, err);
    const char *head = reg_json_text(json, "head", &ok, err);
    const char *from = reg_json_text(json, "from", &ok, err);
    const char *ends = reg_json_text(json, "ends", &ok, err);
    const char *reason = reg_json_text(json, "reason", &ok, err);
    if (ok && ends != NULL && (division != NULL || head != NULL || from != NULL)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                "either a new head is named, or the present one's term ends: not both");
        ok = false;
    }
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn == NULL   ? -1
             : ends != NULL ? sto_agency_head_end(conn, code, ends, reason, err)
                            : sto_agency_head(conn, code, division, head, from, reason, err);
    json_decref(json);
    return reg_fact_answer(req, STO_AGENCY, code, rc, 200, err);
}

int reg_post_agency_succession(struct http_request *req, struct err *err)
{
    const char *code = http_param(req, "code");
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *successor = reg_json_text(json, "successor", &ok, err);
    const char *on = reg_json_text(json, "on", &ok, err);
    const char *instrument = reg_json_text(json, "instrument", &ok, err);
    const char *reason = reg_json_text(json, "reason", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc =
        conn != NULL ? sto_agency_succeed(conn, code, successor, on, instrument, reason, err) : -1;
    json_decref(json);
    return reg_fact_answer(req, STO_AGENCY, code, rc, 200, err);
}

/* ---- datasets ---- */

int reg_get_datasets(struct http_request *req, struct err *err)
{
    const char *agency = http_query(req, "agency");
    return reg_answer_report(req, STO_REPORT_DATASETS, &agency, 1, err);
}

int reg_get_dataset(struct http_request *req, struct err *err)
{
    return reg_answer_record(req, STO_REPORT_DATASET, "dataset", http_param(req, "dataset"), 200,
                             err);
}

/* "moh.births" cut into agency and name. */
static int cut_name(struct http_request *req, const char *full, struct sto_dataset_spec *spec,
                    struct err *err)
{
    const char *dot = full != NULL ? strchr(full, '.') : NULL;
    if (dot == NULL || dot == full || dot[1] == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "a dataset is named AGENCY.NAME, as in moh.births");
    }
    char *agency = arena_memdup(http_arena(req), full, (size_t)(dot - full));
    if (agency == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a name");
    }
    spec->agency = agency;
    spec->name = dot + 1;
    return 0;
}

int reg_post_dataset(struct http_request *req, struct err *err)
{
    const char *keys[REG_JSON_LIST_MAX];
    const char *exempts[REG_JSON_LIST_MAX];
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    bool ok = true;
    int32_t id = 0;
    const char *full = reg_json_text(json, "dataset", &ok, err);
    struct sto_dataset_spec spec = {
        .topic = reg_json_text(json, "topic", &ok, err),
        .key_fields = keys,
        .key_field_count = reg_json_texts(json, "key", keys, &ok, err),
        .key_format = reg_json_text(json, "key_format", &ok, err),
        .order_field = reg_json_text(json, "order", &ok, err),
        .event_time_field = reg_json_text(json, "event_time", &ok, err),
        .exempt = reg_json_flag(json, "exempt"),
        .exempt_field = reg_json_text(json, "exempt_field", &ok, err),
        .exempt_values = exempts,
        .exempt_value_count = reg_json_texts(json, "exempt_values", exempts, &ok, err),
        .leaves = reg_json_number(json, "leaves", 0, &ok, err),
    };
    if (spec.key_format == NULL) {
        spec.key_format = "auto";
    }
    int rc = ok ? cut_name(req, full, &spec, err) : -1;
    struct sto_conn *conn = rc == 0 ? reg_conn_to_change(req, err) : NULL;
    rc = conn != NULL ? sto_dataset_add(conn, &spec, &id, err) : -1;
    if (rc == 0) {
        reg_changed(req);
        rc = reg_answer_record(req, STO_REPORT_DATASET, "dataset", full, 201, err);
    }
    json_decref(json);
    return rc;
}

int reg_put_dataset(struct http_request *req, struct err *err)
{
    return reg_fact_edit(req, STO_DATASET, http_param(req, "dataset"), err);
}

int reg_post_dataset_retirement(struct http_request *req, struct err *err)
{
    return reg_fact_retire(req, STO_DATASET, http_param(req, "dataset"), err);
}

int reg_post_dataset_reopening(struct http_request *req, struct err *err)
{
    const char *name = http_param(req, "dataset");
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *reason = reg_json_text(json, "reason", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_dataset_reopen(conn, name, reason, err) : -1;
    json_decref(json);
    return reg_fact_answer(req, STO_DATASET, name, rc, 200, err);
}
