/* SPDX-License-Identifier: Apache-2.0
 * registry/versions.c - the versions of a subject: read and delete.
 *
 * An answer about a version by its number changes only when the version is deleted, so it is kept
 * (registry/cache.h); "latest" is read each time. Registering is registration_http.c's. */
#include "registry/versions.h"

#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "registry/alias.h"
#include "registry/answer.h"
#include "registry/context.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/worker.h"
#include "storage/subject/delete.h"
#include "storage/subject/list.h"

int reg_need_subject(struct sto_conn *conn, const char *subject, enum sto_which which,
                     struct err *err)
{
    int exists = sto_subject_exists(conn, subject, which, err);
    if (exists == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_SUBJECT_NOT_FOUND, "Subject '%.300s' not found.",
                       subject);
    }
    return exists > 0 ? 0 : -1;
}

int reg_get_versions(struct http_request *req, struct err *err)
{
    struct sto_page page;
    const char *subject = reg_subject_to_read(req, err);
    if (subject == NULL || reg_page_of(req, 0, &page, err) != 0) {
        return -1;
    }
    enum sto_which which = reg_which_of(req);
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL ||
        reg_need_subject(conn, subject, which == STO_LIVE ? STO_LIVE : STO_LIVE_AND_DELETED, err) !=
            0) {
        return -1;
    }
    struct sto_words *versions = sto_subject_versions(conn, subject, which, page, err);
    if (versions == NULL) {
        return -1;
    }
    reg_answer_numbers(req, versions);
    sto_words_free(&versions);
    return 0;
}

/* The one version of the path; NULL: ERR_VERSION_NOT_FOUND or ERR_SUBJECT_NOT_FOUND among others. */
static struct sto_versions *find(struct http_request *req, enum sto_which which, struct err *err)
{
    int32_t number;
    const char *subject = reg_subject_to_read(req, err);
    if (subject == NULL || reg_version_parse(http_param(req, "version"), &number, err) != 0) {
        return NULL;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_versions *found =
        conn != NULL ? sto_version_find(conn, subject, number, which, err) : NULL;
    if (found == NULL || found->count > 0) {
        return found;
    }
    sto_versions_free(&found);
    if (reg_need_subject(conn, subject, which, err) == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_VERSION_NOT_FOUND, "Version %d not found.", (int)number);
    }
    return NULL;
}

/* Does the answer depend on the path alone? */
static bool is_plain(const struct http_request *req)
{
    const char *version = http_param(req, "version");
    return version[0] >= '1' && version[0] <= '9' && http_query(req, "deleted") == NULL &&
           http_query(req, "format") == NULL;
}

int reg_get_version(struct http_request *req, struct err *err)
{
    struct reg_cache_key cache_key;
    if (reg_answer_cached(req, is_plain(req), &cache_key)) {
        return 0;
    }
    struct sto_versions *found = find(req, reg_deleted_of(req), err);
    if (found == NULL) {
        return -1;
    }
    reg_answer_version(req, &found->items[0], reg_wants_resolved(req));
    reg_cache_answer(req, &cache_key, found->items[0].id);
    sto_versions_free(&found);
    return 0;
}

int reg_get_version_schema(struct http_request *req, struct err *err)
{
    struct sto_versions *found = find(req, reg_deleted_of(req), err);
    if (found == NULL) {
        return -1;
    }
    reg_answer_text(req, &found->items[0], reg_wants_resolved(req));
    sto_versions_free(&found);
    return 0;
}

int reg_get_version_referrers(struct http_request *req, struct err *err)
{
    struct sto_page page;
    if (reg_page_of(req, 0, &page, err) != 0) {
        return -1;
    }
    /* Also of a soft-deleted version: clients ask before they delete it permanently. */
    struct sto_versions *found = find(req, STO_LIVE_AND_DELETED, err);
    struct sto_conn *conn = found != NULL ? reg_conn(req, err) : NULL;
    struct sto_words *ids =
        conn != NULL ? sto_version_referrers(conn, found->items[0].subject, found->items[0].version,
                                             reg_deleted_of(req), page, err)
                     : NULL;
    sto_versions_free(&found);
    if (ids == NULL) {
        return -1;
    }
    reg_answer_numbers(req, ids);
    sto_words_free(&ids);
    return 0;
}

int reg_delete_version(struct http_request *req, struct err *err)
{
    int32_t number;
    const char *subject = reg_subject_of(req, err);
    if (subject == NULL || reg_version_parse(http_param(req, "version"), &number, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn_to_change(req, err);
    if (conn == NULL ||
        sto_version_delete(conn, subject, number, http_query_bool(req, "permanent", false), &number,
                           err) != 0) {
        return -1;
    }
    reg_changed(req);
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_int(&w, number);
    reg_ok(req);
    return 0;
}
