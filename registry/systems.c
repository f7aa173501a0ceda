/* SPDX-License-Identifier: Apache-2.0
 * registry/systems.c - /nrc/v1/systems: data systems of agencies (NRL-5). What `nrc system` does. */
#include <jansson.h>

#include "registry/fact.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/report_answer.h"
#include "registry/worker.h"

int reg_get_systems(struct http_request *req, struct err *err)
{
    const char *agency = http_query(req, "agency");
    return reg_answer_report(req, STO_REPORT_SYSTEMS, &agency, 1, err);
}

int reg_get_system(struct http_request *req, struct err *err)
{
    return reg_answer_record(req, STO_REPORT_SYSTEM, "system", http_param(req, "system"), 200, err);
}

int reg_post_system(struct http_request *req, struct err *err)
{
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const struct sto_system_spec spec = {
        .system = reg_json_text(json, "system", &ok, err),
        .name = reg_json_text(json, "name", &ok, err),
        .name_ar = reg_json_text(json, "name_ar", &ok, err),
        .description = reg_json_text(json, "description", &ok, err),
    };
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_system_add(conn, &spec, err) : -1;
    rc = reg_fact_answer(req, STO_SYSTEM, spec.system, rc, 201, err);
    json_decref(json);
    return rc;
}

int reg_put_system(struct http_request *req, struct err *err)
{
    return reg_fact_edit(req, STO_SYSTEM, http_param(req, "system"), err);
}

int reg_post_system_retirement(struct http_request *req, struct err *err)
{
    return reg_fact_retire(req, STO_SYSTEM, http_param(req, "system"), err);
}
