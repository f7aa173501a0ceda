/* SPDX-License-Identifier: Apache-2.0
 * registry/pausing.c - /nrc/v1/sources/{dataset}/pausing, …/resumption, …/gap-acceptance: a person lets a source stand still, go on, or
 * go on behind a gap. What `nrc dataset pause` and its like do, in the name of an account whose rights the register looks at. */
#include <jansson.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/room_handlers.h"
#include "registry/worker.h"
#include "storage/admin/pause.h"

/* What all three bodies may have. NULL: an error. For json_decref. */
static json_t *read_body(struct http_request *req, struct sto_pausing *out, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    *out = (struct sto_pausing){
        .dataset = http_param(req, "dataset"),
        .account = who != NULL ? who->name : "",
        .why = reg_json_text(json, "why", &ok, err),
        .until = reg_json_text(json, "until", &ok, err),
    };
    if (!ok) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static int answer_paused(struct http_request *req, const struct sto_pausing *p, bool is_paused)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_text(&w, "dataset", p->dataset);
    jsonw_key(&w, "paused");
    jsonw_bool(&w, is_paused);
    jsonw_text(&w, "until", is_paused ? p->until : NULL);
    jsonw_close(&w, '}');
    reg_changed(req);
    http_ok(req, 200, "application/json");
    return 0;
}

int reg_post_pausing(struct http_request *req, struct err *err)
{
    struct sto_pausing p;
    json_t *json = read_body(req, &p, err);
    struct sto_conn *conn = json != NULL ? reg_desk(req, err) : NULL;
    int rc = conn != NULL ? sto_source_pause(conn, &p, err) : -1;
    rc = rc == 0 ? answer_paused(req, &p, true) : rc;
    json_decref(json);
    return rc;
}

int reg_post_resumption(struct http_request *req, struct err *err)
{
    struct sto_pausing p;
    json_t *json = read_body(req, &p, err);
    struct sto_conn *conn = json != NULL ? reg_desk(req, err) : NULL;
    int rc = conn != NULL ? sto_source_resume(conn, &p, err) : -1;
    rc = rc == 0 ? answer_paused(req, &p, false) : rc;
    json_decref(json);
    return rc;
}

int reg_post_gap_acceptance(struct http_request *req, struct err *err)
{
    struct sto_pausing p;
    int64_t next = 0;
    json_t *json = read_body(req, &p, err);
    const json_t *partition = json_object_get(json, "partition");
    if (json != NULL && (!json_is_integer(partition) || json_integer_value(partition) < 0 ||
                         json_integer_value(partition) > INT32_MAX)) {
        json_decref(json);
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "partition is a partition's number");
    }
    struct sto_conn *conn = json != NULL ? reg_desk(req, err) : NULL;
    int rc = conn != NULL
                 ? sto_seen_gap_accept(conn, &p, (int32_t)json_integer_value(partition), &next, err)
                 : -1;
    if (rc == 0) {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        jsonw_text(&w, "dataset", p.dataset);
        jsonw_number(&w, "partition", json_integer_value(partition));
        jsonw_number(&w, "next_offset", next);
        jsonw_close(&w, '}');
        reg_changed(req);
        http_ok(req, 200, "application/json");
    }
    json_decref(json);
    return rc;
}
