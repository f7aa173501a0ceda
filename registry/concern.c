/* SPDX-License-Identifier: Apache-2.0
 * registry/concern.c - see the header.
 *
 * The register knows a dataset's fields by their newest registered names, a difference by the names of its newer side.
 * A field renamed by the difference is met by its older name. */
#include "registry/concern.h"

#include <stdio.h>
#include <string.h>

#include "storage/report/json.h"
#include "storage/report/report.h"

enum { FIELD, KIND, NAME, THROUGH };

static int load_accounts(struct sto_conn *conn, const struct reg_concern_asked *asked,
                         struct reg_concern *out, struct err *err)
{
    char id[16];
    const char *of_id = id;
    bool changed = sch_diff_total(asked->diff) > 0;
    const char *const change[] = {asked->dataset,
                                  changed ? sch_class_name(sch_diff_worst(asked->diff)) : NULL};
    snprintf(id, sizeof(id), "%d", (int)asked->schema_id);
    out->subscribers = sto_report(conn, STO_REPORT_STRUCTURE_SUBSCRIBERS, change, 2, err);
    if (out->subscribers == NULL) {
        return -1;
    }
    if (asked->schema_id > 0) {
        out->users = sto_report(conn, STO_REPORT_STRUCTURE_USERS, &of_id, 1, err);
    }
    return asked->schema_id > 0 && out->users == NULL ? -1 : 0;
}

int reg_concern_load(struct sto_conn *conn, const struct reg_concern_asked *asked,
                     struct reg_concern *out, struct err *err)
{
    out->dependents = sto_report(conn, STO_REPORT_FIELD_DEPENDENTS, &asked->dataset, 1, err);
    if (out->dependents == NULL) {
        return -1;
    }
    return asked->with_accounts ? load_accounts(conn, asked, out, err) : 0;
}

void reg_concern_fini(struct reg_concern *concern)
{
    sto_grid_free(&concern->dependents);
    sto_grid_free(&concern->users);
    sto_grid_free(&concern->subscribers);
}

static const char *value(const struct reg_concern *concern, size_t row, int column)
{
    return concern->dependents->values[row * concern->dependents->cols + (size_t)column];
}

/* "addr" of "addr.street", "tags[]", "names{}" and "what<Married>". */
static size_t top_len(const char *path)
{
    return strcspn(path, ".[{<");
}

/* The name that the finding's top-level field had before. */
static const char *older_name(const struct sch_diff *diff, const char *path, size_t *len)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct sch_finding *renamed = &diff->items[i];
        if (renamed->change == SCH_FIELD_RENAMED && strlen(renamed->path) == *len &&
            memcmp(renamed->path, path, *len) == 0) {
            *len = strlen(renamed->before);
            return renamed->before;
        }
    }
    return path;
}

bool reg_concern_is_whole(const struct reg_concern *concern, size_t row)
{
    return value(concern, row, FIELD) == NULL;
}

bool reg_concern_meets(const struct reg_concern *concern, size_t row, const struct sch_diff *diff,
                       const struct sch_finding *finding)
{
    const char *field = value(concern, row, FIELD);
    size_t len = top_len(finding->path);
    if (field == NULL || len == 0) {
        return false;
    }
    const char *name = older_name(diff, finding->path, &len);
    return strlen(field) == len && memcmp(field, name, len) == 0;
}

static void json_dependent(const struct reg_concern *concern, size_t row, const char *path,
                           struct jsonw *w)
{
    static const struct {
        const char *key;
        int column;
    } members[] = {{"kind", KIND}, {"name", NAME}, {"through", THROUGH}};
    jsonw_open(w, '{');
    jsonw_key(w, "path");
    jsonw_str(w, path);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        jsonw_key(w, members[i].key);
        jsonw_str(w, value(concern, row, members[i].column));
    }
    jsonw_close(w, '}');
}

static void json_dependents(const struct reg_concern *concern, const struct sch_diff *diff,
                            struct jsonw *w)
{
    jsonw_open(w, '[');
    for (size_t row = 0; row < concern->dependents->rows && diff->count > 0; row++) {
        if (reg_concern_is_whole(concern, row)) {
            json_dependent(concern, row, NULL, w);
        }
    }
    for (size_t i = 0; i < diff->count; i++) {
        for (size_t row = 0; row < concern->dependents->rows; row++) {
            if (reg_concern_meets(concern, row, diff, &diff->items[i])) {
                json_dependent(concern, row, diff->items[i].path, w);
            }
        }
    }
    jsonw_close(w, ']');
}

static void json_grid(const char *key, const struct sto_grid *grid, struct jsonw *w)
{
    jsonw_key(w, key);
    if (grid != NULL) {
        sto_grid_json(grid, w);
    } else {
        jsonw_null(w);
    }
}

void reg_concern_json_members(const struct reg_concern *concern, const struct sch_diff *diff,
                              struct jsonw *w)
{
    jsonw_key(w, "dependents");
    if (concern->dependents != NULL) {
        json_dependents(concern, diff, w);
    } else {
        jsonw_null(w);
    }
    json_grid("asked_by", concern->users, w);
    json_grid("subscribers", concern->subscribers, w);
}
