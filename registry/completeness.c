/* SPDX-License-Identifier: Apache-2.0
 * registry/completeness.c - /nrc/v1/datasets/{dataset}/gaps and /controls: what `nrc gaps` and `nrc control` do, by the same calls; a
 * producer's account states control totals of its own agency alone.
 *
 * Which keys differ is not told here: they may be personal data, and a server's role reads none. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/permission.h"
#include "registry/query.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "storage/quality/control.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { NUMBER_SIZE = 24 };

static int check_dataset(struct sto_conn *conn, const char *dataset, struct err *err)
{
    struct sto_grid *grid = sto_report(conn, STO_REPORT_DATASET, &dataset, 1, err);
    int rc = grid != NULL ? 0 : -1;
    if (rc == 0 && grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.100s", dataset);
    }
    sto_grid_free(&grid);
    return rc;
}

int reg_get_gaps(struct http_request *req, struct err *err)
{
    const char *dataset = http_param(req, "dataset");
    const char *const params[] = {dataset, http_query_bool(req, "over", false) ? "all" : NULL,
                                  "1000"};
    struct sto_grid *gaps = NULL;
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *sequences =
        conn != NULL ? sto_report(conn, STO_REPORT_SEQUENCES, &dataset, 1, err) : NULL;
    int rc = -1;
    if (sequences == NULL || (sequences->rows == 0 && check_dataset(conn, dataset, err) != 0) ||
        (gaps = sto_report(conn, STO_REPORT_SEQUENCE_GAPS, params, COUNT_OF(params), err)) ==
            NULL) {
        goto out;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "sequences");
    sto_grid_json(sequences, &w);
    jsonw_key(&w, "gaps");
    sto_grid_json(gaps, &w);
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    rc = 0;
out:
    sto_grid_free(&gaps);
    sto_grid_free(&sequences);
    return rc;
}

int reg_get_controls(struct http_request *req, struct err *err)
{
    const char *dataset = http_param(req, "dataset");
    const char *const params[] = {dataset, NULL, "1000"};
    struct sto_conn *conn = reg_conn(req, err);
    return conn != NULL && check_dataset(conn, dataset, err) == 0
               ? reg_answer_report(req, STO_REPORT_CONTROLS, params, COUNT_OF(params), err)
               : -1;
}

int reg_get_controls_refused(struct http_request *req, struct err *err)
{
    const char *params[] = {NULL, http_query(req, "agency"), "1000"};
    return reg_reader_of(req, "what is refused", &params[0], err) == 0
               ? reg_answer_report(req, STO_REPORT_CONTROLS_REFUSED, params, COUNT_OF(params), err)
               : -1;
}

/* ---- stating ---- */

/* A whole number from 0 on as text; NULL: absent or null. */
static const char *count_of(const json_t *json, const char *name, char room[NUMBER_SIZE], bool *ok,
                            struct err *err)
{
    const json_t *member = json_object_get(json, name);
    if (member == NULL || json_is_null(member)) {
        return NULL;
    }
    if (!json_is_integer(member) || json_integer_value(member) < 0) {
        if (*ok) {
            err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s is a whole number from 0 on", name);
        }
        *ok = false;
        return NULL;
    }
    snprintf(room, NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(member));
    return room;
}

/* An array of texts as it stands in the body, for the caller to free; NULL: absent or null. */
static char *list_of(const json_t *json, const char *name, bool *ok, struct err *err)
{
    const json_t *member = json_object_get(json, name);
    if (member == NULL || json_is_null(member) || !*ok) {
        return NULL;
    }
    if (!json_is_array(member) || json_array_size(member) > STO_CONTROL_KEYS_MAX) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s is an array of at most %d texts", name,
                STO_CONTROL_KEYS_MAX);
        *ok = false;
        return NULL;
    }
    char *text = json_dumps(member, JSON_COMPACT);
    if (text == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a list of keys");
        *ok = false;
    }
    return text;
}

static int answer(struct http_request *req, const struct sto_control_stated *stated,
                  struct err *err)
{
    char id[NUMBER_SIZE];
    const char *of_id = id;
    snprintf(id, sizeof(id), "%" PRId64, stated->id);
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *control =
        conn != NULL ? sto_report(conn, STO_REPORT_CONTROL, &of_id, 1, err) : NULL;
    if (control == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_number(&w, "stated", stated->id);
    jsonw_key(&w, "changed");
    jsonw_bool(&w, stated->is_new);
    if (stated->contradicts != 0) {
        jsonw_number(&w, "contradicts", stated->contradicts);
    }
    jsonw_key(&w, "control");
    sto_grid_json_record(control, 0, &w);
    jsonw_close(&w, '}');
    sto_grid_free(&control);
    http_ok(req, stated->is_new ? 201 : 200, "application/json");
    return 0;
}

int reg_post_control(struct http_request *req, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    char events[NUMBER_SIZE];
    char keys[NUMBER_SIZE];
    char grace[NUMBER_SIZE];
    struct sto_control_stated stated = {0};
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    struct sto_control_spec spec = {
        .dataset = http_param(req, "dataset"),
        .from = reg_json_text(json, "from", &ok, err),
        .until = reg_json_text(json, "until", &ok, err),
        .events = count_of(json, "events", events, &ok, err),
        .keys = count_of(json, "keys", keys, &ok, err),
        .checksum = reg_json_text(json, "checksum", &ok, err),
        .statement_id = reg_json_text(json, "statement_id", &ok, err),
        .grace_s = count_of(json, "grace_s", grace, &ok, err),
    };
    char *key_list = list_of(json, "key_list", &ok, err);
    char *digest_list = list_of(json, "key_digests", &ok, err);
    spec.key_list = key_list;
    spec.digest_list = digest_list;
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL
                 ? sto_control_state(conn, &spec, who != NULL ? who->agency : NULL, &stated, err)
                 : -1;
    free(key_list);
    free(digest_list);
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    if (stated.is_new) {
        reg_changed(req);
    }
    return answer(req, &stated, err);
}
