/* SPDX-License-Identifier: Apache-2.0
 * registry/difference.c - GET /nrc/v1/datasets/{dataset}/structures/diff: what `nrc structure diff` finds between two
 * versions, and whom it concerns. Names of accounts are for those who look after the register; a producer or a
 * beneficiary gets null in their place. */
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/concern.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/worker.h"
#include "schema/diff/diff.h"
#include "schema/parse/parse.h"
#include "storage/catalogue/catalogue.h"
#include "storage/report/report.h"

struct difference {
    struct sto_catalogue *catalogue;
    const struct sto_dataset *dataset;
    const struct sto_structure *from;
    const struct sto_structure *to;
    struct sch_schema *older;
    struct sch_schema *newer;
    struct sch_diff diff;
    struct reg_concern concern;
};

static int find_dataset(struct sto_conn *conn, const char *name, struct difference *d,
                        struct err *err)
{
    struct sto_grid *grid = sto_report(conn, STO_REPORT_DATASET, &name, 1, err);
    const char *number = grid != NULL ? sto_grid_get(grid, 0, "id") : NULL;
    int32_t id = number != NULL ? (int32_t)strtol(number, NULL, 10) : 0;
    bool failed = grid == NULL;
    sto_grid_free(&grid);
    if (failed) {
        return -1;
    }
    d->catalogue = id > 0 ? sto_catalogue_load_one(conn, id, err) : NULL;
    if (d->catalogue != NULL && d->catalogue->dataset_count == 1) {
        d->dataset = &d->catalogue->datasets[0];
        return 0;
    }
    return id > 0 && d->catalogue == NULL
               ? -1
               : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.128s", name);
}

/* The value structure of that version; version -1: the newest below the bound. */
static const struct sto_structure *find_version(const struct sto_dataset *dataset, int32_t version,
                                                int32_t bound)
{
    const struct sto_structure *found = NULL;
    for (size_t i = 0; i < dataset->structure_count; i++) {
        const struct sto_structure *structure = &dataset->structures[i];
        bool is_it = version >= 0 ? structure->version == version
                                  : structure->version < bound &&
                                        (found == NULL || structure->version > found->version);
        if (!structure->is_key && is_it) {
            found = structure;
        }
    }
    return found;
}

/* asked: of the query; "": the newest below the bound. */
static const struct sto_structure *take_version(const struct sto_dataset *dataset,
                                                const char *asked, int32_t bound, struct err *err)
{
    int32_t version = -1;
    if (asked[0] != '\0' && reg_version_parse(asked, &version, err) != 0) {
        return NULL;
    }
    const struct sto_structure *found =
        find_version(dataset, version, version < 0 && asked[0] != '\0' ? INT32_MAX : bound);
    if (found == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "%.128s has no %s structure%s%.20s",
                dataset->full_name, asked[0] == '\0' ? "earlier" : "such",
                asked[0] != '\0' ? ", version " : "", asked);
    }
    return found;
}

static int compare(struct difference *d, struct err *err)
{
    const struct sch_roles roles = {.dataset = d->dataset->full_name,
                                    .key_fields = d->dataset->key_fields,
                                    .key_field_count = d->dataset->key_field_count,
                                    .order_field = d->dataset->order_field};
    d->older = sch_parse(d->from->text, d->from->text_len, err);
    d->newer = d->older != NULL ? sch_parse(d->to->text, d->to->text_len, err) : NULL;
    return d->newer != NULL ? sch_diff(d->older, d->newer, &roles, false, &d->diff, err) : -1;
}

static bool may_see_accounts(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL && (who->roles & (REG_STEWARD | REG_OPERATOR | REG_AUDITOR)) != 0;
}

static int find_concern(const struct http_request *req, struct sto_conn *conn, struct difference *d,
                        struct err *err)
{
    const struct reg_concern_asked asked = {.dataset = d->dataset->full_name,
                                            .schema_id = d->from->schema_id,
                                            .diff = &d->diff,
                                            .with_accounts = may_see_accounts(req)};
    return reg_concern_load(conn, &asked, &d->concern, err);
}

static void json_side(struct jsonw *w, const char *key, const struct sto_structure *structure)
{
    jsonw_key(w, key);
    jsonw_open(w, '{');
    jsonw_number(w, "version", structure->version);
    jsonw_close(w, '}');
}

static void put(const struct difference *d, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "dataset");
    jsonw_str(&w, d->dataset->full_name);
    json_side(&w, "from", d->from);
    json_side(&w, "to", d->to);
    sch_diff_json_members(&d->diff, &w);
    reg_concern_json_members(&d->concern, &d->diff, &w);
    jsonw_close(&w, '}');
}

int reg_get_difference(struct http_request *req, struct err *err)
{
    struct difference d = {.catalogue = NULL};
    struct sto_conn *conn = reg_conn(req, err);
    int rc = -1;
    if (conn == NULL || find_dataset(conn, http_param(req, "dataset"), &d, err) != 0 ||
        d.dataset == NULL) {
        goto out;
    }
    d.to = take_version(d.dataset, reg_text_of(req, "to"), INT32_MAX, err);
    d.from =
        d.to != NULL ? take_version(d.dataset, reg_text_of(req, "from"), d.to->version, err) : NULL;
    if (d.from == NULL || compare(&d, err) != 0 || find_concern(req, conn, &d, err) != 0) {
        goto out;
    }
    put(&d, http_out(req));
    http_ok(req, 200, "application/json");
    rc = 0;
out:
    reg_concern_fini(&d.concern);
    sch_diff_fini(&d.diff);
    sch_schema_unref(&d.older);
    sch_schema_unref(&d.newer);
    sto_catalogue_free(&d.catalogue);
    return rc;
}
