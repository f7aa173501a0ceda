/* SPDX-License-Identifier: Apache-2.0
 * registry/agencies.c - /nrc/v1/agencies and /nrc/v1/datasets: who owes data, and which
 * (NRL-2, NRL-5, NRL-9). What `nrc agency` and `nrc dataset` do, by the same storage calls. */
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { LIST_MAX = 64 };

/* ---- bodies ---- */

/* A member that must be a text when it is there; NULL: absent or null. *ok turns false when it is
 * something else. */
static const char *text_of(const json_t *object, const char *name, bool *ok, struct err *err)
{
    const json_t *member = json_object_get(object, name);
    if (member == NULL || json_is_null(member)) {
        return NULL;
    }
    if (!json_is_string(member)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be a string", name);
        *ok = false;
    }
    return json_string_value(member);
}

static size_t texts_of(const json_t *object, const char *name, const char **out, bool *ok,
                       struct err *err)
{
    const json_t *list = json_object_get(object, name);
    if (list == NULL || json_is_null(list)) {
        return 0;
    }
    if (!json_is_array(list) || json_array_size(list) > LIST_MAX) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be an array of at most %d strings",
                name, LIST_MAX);
        *ok = false;
        return 0;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        out[i] = json_string_value(json_array_get(list, i));
        if (out[i] == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be an array of strings", name);
            *ok = false;
            return 0;
        }
    }
    return json_array_size(list);
}

static int number_of(const json_t *object, const char *name, int otherwise, bool *ok,
                     struct err *err)
{
    const json_t *member = json_object_get(object, name);
    if (member == NULL || json_is_null(member)) {
        return otherwise;
    }
    json_int_t value = json_integer_value(member);
    if (!json_is_integer(member) || value < 0 || value > 100000) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be a whole number from 0 to 100000",
                name);
        *ok = false;
        return otherwise;
    }
    return (int)value;
}

/* A flag; anything but true is false. */
static bool flag_of(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

/* ---- answers ---- */

static int answer_list(struct http_request *req, enum sto_report report, const char *param,
                       size_t param_count, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, report, &param, param_count, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    sto_grid_json(grid, &w);
    sto_grid_free(&grid);
    http_ok(req, 200, "application/json");
    return 0;
}

static int answer_one(struct http_request *req, enum sto_report report, const char *what,
                      const char *name, int status, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid = conn != NULL ? sto_report(conn, report, &name, 1, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    int rc = 0;
    if (grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no %s %.128s", what, name);
    } else {
        struct jsonw w = jsonw_to(http_out(req));
        sto_grid_json_record(grid, 0, &w);
        http_ok(req, status, "application/json");
    }
    sto_grid_free(&grid);
    return rc;
}

/* ---- agencies ---- */

int reg_get_agencies(struct http_request *req, struct err *err)
{
    return answer_list(req, STO_REPORT_AGENCIES, NULL, 0, err);
}

int reg_get_agency(struct http_request *req, struct err *err)
{
    return answer_one(req, STO_REPORT_AGENCY, "agency", http_param(req, "code"), 200, err);
}

int reg_post_agency(struct http_request *req, struct err *err)
{
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    bool ok = true;
    const struct sto_agency_spec spec = {
        .code = text_of(json, "code", &ok, err),
        .name = text_of(json, "name", &ok, err),
        .name_ar = text_of(json, "name_ar", &ok, err),
        .legal_class = number_of(json, "class", 0, &ok, err),
        .division = text_of(json, "division", &ok, err),
        .head = text_of(json, "head", &ok, err),
    };
    struct sto_conn *conn = ok ? reg_conn(req, err) : NULL;
    int rc = conn != NULL ? sto_agency_add(conn, &spec, err) : -1;
    if (rc == 0) {
        reg_changed(req);
        rc = answer_one(req, STO_REPORT_AGENCY, "agency", spec.code, 201, err);
    }
    json_decref(json);
    return rc;
}

/* ---- datasets ---- */

int reg_get_datasets(struct http_request *req, struct err *err)
{
    return answer_list(req, STO_REPORT_DATASETS, http_query(req, "agency"), 1, err);
}

int reg_get_dataset(struct http_request *req, struct err *err)
{
    return answer_one(req, STO_REPORT_DATASET, "dataset", http_param(req, "dataset"), 200, err);
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
    const char *keys[LIST_MAX];
    const char *exempts[LIST_MAX];
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    bool ok = true;
    int32_t id = 0;
    const char *full = text_of(json, "dataset", &ok, err);
    struct sto_dataset_spec spec = {
        .topic = text_of(json, "topic", &ok, err),
        .key_fields = keys,
        .key_field_count = texts_of(json, "key", keys, &ok, err),
        .key_format = text_of(json, "key_format", &ok, err),
        .order_field = text_of(json, "order", &ok, err),
        .event_time_field = text_of(json, "event_time", &ok, err),
        .exempt = flag_of(json, "exempt"),
        .exempt_field = text_of(json, "exempt_field", &ok, err),
        .exempt_values = exempts,
        .exempt_value_count = texts_of(json, "exempt_values", exempts, &ok, err),
        .leaves = number_of(json, "leaves", 0, &ok, err),
    };
    if (spec.key_format == NULL) {
        spec.key_format = "auto";
    }
    int rc = ok ? cut_name(req, full, &spec, err) : -1;
    struct sto_conn *conn = rc == 0 ? reg_conn(req, err) : NULL;
    rc = conn != NULL ? sto_dataset_add(conn, &spec, &id, err) : -1;
    if (rc == 0) {
        reg_changed(req);
        rc = answer_one(req, STO_REPORT_DATASET, "dataset", full, 201, err);
    }
    json_decref(json);
    return rc;
}
