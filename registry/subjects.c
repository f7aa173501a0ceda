/* SPDX-License-Identifier: Apache-2.0
 * registry/subjects.c - subjects: list, find by metadata, delete.
 *
 * The handlers read the request, ask storage/ and hand the rows to answer.c. A subject exists while
 * it has a version that counts. */
#include "base/buf.h"
#include "base/jsonw.h"
#include "registry/alias.h"
#include "registry/answer.h"
#include "registry/context.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/versions.h"
#include "registry/worker.h"
#include "storage/subject/delete.h"
#include "storage/subject/list.h"

/* Clients ask it to see whether the registry is there. */
int reg_get_root(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "{}");
    reg_ok(req);
    return 0;
}

int reg_get_subjects(struct http_request *req, struct err *err)
{
    struct sto_page page;
    const char *prefix = reg_prefix_of(req, ":*:", err);
    if (prefix == NULL || reg_page_of(req, 0, &page, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_words *subjects =
        conn != NULL ? sto_subject_list(conn, prefix, reg_which_of(req), page, err) : NULL;
    if (subjects == NULL) {
        return -1;
    }
    reg_answer_words(req, subjects);
    sto_words_free(&subjects);
    return 0;
}

int reg_delete_subject(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    struct sto_conn *conn = subject != NULL ? reg_conn_to_change(req, err) : NULL;
    struct sto_words *versions =
        conn != NULL
            ? sto_subject_delete(conn, subject, http_query_bool(req, "permanent", false), err)
            : NULL;
    if (versions == NULL) {
        return -1;
    }
    reg_changed(req);
    reg_answer_numbers(req, versions);
    sto_words_free(&versions);
    return 0;
}

/* The pairs of key and value that the query has, as one JSON object. */
static int read_properties(struct http_request *req, struct buf *out, struct err *err)
{
    size_t keys = http_query_count(req, "key");
    size_t values = http_query_count(req, "value");
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    for (size_t i = 0; i < keys && i < values; i++) {
        jsonw_key(&w, http_query_nth(req, "key", i));
        jsonw_str(&w, http_query_nth(req, "value", i));
    }
    jsonw_close(&w, '}');
    buf_cstr(out);
    return buf_failed(out) ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory") : 0;
}

int reg_get_metadata(struct http_request *req, struct err *err)
{
    struct buf properties = BUF_INIT;
    struct sto_versions *found = NULL;
    struct sto_conn *conn = NULL;
    int rc = -1;

    const char *subject = reg_subject_to_read(req, err);
    if (subject == NULL || read_properties(req, &properties, err) != 0 ||
        (conn = reg_conn(req, err)) == NULL) {
        goto out;
    }
    found = sto_version_with(conn, subject, buf_cstr(&properties), reg_deleted_of(req), err);
    if (found == NULL) {
        goto out;
    }
    if (found->count == 0) {
        if (reg_need_subject(conn, subject, reg_deleted_of(req), err) == 0) {
            err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_NOT_FOUND, "Schema not found");
        }
        goto out;
    }
    reg_answer_version(req, &found->items[0], reg_wants_resolved(req));
    rc = 0;
out:
    sto_versions_free(&found);
    buf_fini(&properties);
    return rc;
}
