/* SPDX-License-Identifier: Apache-2.0
 * registry/schemas.c - schemas by id and by GUID, and lists over all subjects.
 *
 * GET /schemas/ids/{id} is what every consumer asks first, so its plain form is answered from the
 * cache with no statement and no allocation. An id that does not exist is never kept: it may be
 * given out in the next moment. */
#include <string.h>

#include "base/buf.h"
#include "registry/alias.h"
#include "registry/answer.h"
#include "registry/context.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/worker.h"
#include "storage/subject/config.h"
#include "storage/subject/list.h"

enum { SCHEMAS_MOST = 1000 }; /* a page of whole schemas */

static int not_found(const char *what, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_NOT_FOUND, "Schema %.64s not found", what);
}

static bool is_plain(const struct http_request *req)
{
    return http_query(req, "subject") == NULL && http_query(req, "format") == NULL &&
           http_query(req, "fetchMaxId") == NULL;
}

/* The query's subject in its one form, or the context that the path names; NULL: neither. */
static int asked_subject(struct http_request *req, const char **subject, struct err *err)
{
    const char *text = reg_text_of(req, "subject");
    const char *name = reg_name_of(req, text, err);
    bool is_asked = name != NULL && (text[0] != '\0' || name[0] != '\0');
    *subject = is_asked ? reg_alias_followed(req, name, err) : NULL;
    return name == NULL || (is_asked && *subject == NULL) ? -1 : 0;
}

/* One row, or NULL. */
static struct sto_versions *find_id(struct http_request *req, struct err *err)
{
    int32_t id;
    const char *subject;
    if (reg_id_of(req, &id, err) != 0 || asked_subject(req, &subject, err) != 0) {
        return NULL;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_versions *found = conn != NULL ? sto_schema_by_id(conn, id, subject, err) : NULL;
    if (found != NULL && found->count == 0) {
        sto_versions_free(&found);
        not_found(http_param(req, "id"), err);
    }
    return found;
}

int reg_get_id(struct http_request *req, struct err *err)
{
    struct reg_cache_key cache_key;
    if (reg_answer_cached(req, is_plain(req), &cache_key)) {
        return 0;
    }
    struct sto_versions *found = find_id(req, err);
    if (found == NULL) {
        return -1;
    }
    reg_answer_schema(req, &found->items[0], reg_wants_resolved(req),
                      http_query_bool(req, "fetchMaxId", false) ? REG_MAX_ID : 0);
    reg_cache_answer(req, &cache_key, found->items[0].id);
    sto_versions_free(&found);
    return 0;
}

int reg_get_id_schema(struct http_request *req, struct err *err)
{
    struct sto_versions *found = find_id(req, err);
    if (found == NULL) {
        return -1;
    }
    reg_answer_text(req, &found->items[0], reg_wants_resolved(req));
    sto_versions_free(&found);
    return 0;
}

typedef struct sto_words *users_query(struct sto_conn *conn, int32_t id, const char *context,
                                      enum sto_which which, struct sto_page page, struct err *err);

/* ":.ctx:" of a name that has one, "" of one that names the default context; NULL: every context. */
static const char *context_of(struct http_request *req, const char *subject)
{
    size_t len = subject != NULL ? sto_context_len(subject) : 0;
    if (len == 0) {
        bool is_default = subject != NULL && strncmp(reg_text_of(req, "subject"), ":.", 2) == 0;
        return is_default ? "" : NULL;
    }
    return arena_memdup(http_arena(req), subject, len);
}

/* Who uses the id. An id whose versions are all soft-deleted has no users, but is there. */
static struct sto_words *find_users(struct http_request *req, users_query *query, struct err *err)
{
    struct sto_page page;
    const char *subject;
    if (reg_page_of(req, 0, &page, err) != 0 || asked_subject(req, &subject, err) != 0) {
        return NULL;
    }
    struct sto_versions *found = find_id(req, err);
    if (found == NULL && err->code == ERR_SCHEMA_NOT_FOUND) {
        err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_NOT_FOUND, "Schema not found"); /* as Confluent's */
    }
    struct sto_conn *conn = found != NULL ? reg_conn(req, err) : NULL;
    struct sto_words *users = conn != NULL
                                  ? query(conn, found->items[0].id, context_of(req, subject),
                                          reg_deleted_of(req), page, err)
                                  : NULL;
    sto_versions_free(&found);
    return users;
}

int reg_get_id_subjects(struct http_request *req, struct err *err)
{
    struct sto_words *users = find_users(req, sto_schema_subjects, err);
    if (users == NULL) {
        return -1;
    }
    reg_answer_words(req, users);
    sto_words_free(&users);
    return 0;
}

int reg_get_id_versions(struct http_request *req, struct err *err)
{
    struct sto_words *users = find_users(req, sto_schema_users, err);
    if (users == NULL) {
        return -1;
    }
    reg_answer_pairs(req, users, "subject", "version");
    sto_words_free(&users);
    return 0;
}

int reg_get_guid(struct http_request *req, struct err *err)
{
    const char *guid = http_param(req, "guid");
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_versions *found = conn != NULL ? sto_schema_by_guid(conn, guid, err) : NULL;
    if (found == NULL) {
        return -1;
    }
    int rc = 0;
    if (found->count == 0) {
        rc = not_found(guid, err);
    } else {
        reg_answer_schema(req, &found->items[0], reg_wants_resolved(req), REG_GUID);
    }
    sto_versions_free(&found);
    return rc;
}

int reg_get_guid_ids(struct http_request *req, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_words *ids = conn != NULL ? sto_guid_ids(conn, http_param(req, "guid"), err) : NULL;
    if (ids == NULL) {
        return -1;
    }
    reg_answer_pairs(req, ids, "context", "id");
    sto_words_free(&ids);
    return 0;
}

int reg_get_schemas(struct http_request *req, struct err *err)
{
    struct sto_page page;
    const char *prefix = reg_prefix_of(req, "", err);
    if (prefix == NULL || reg_page_of(req, SCHEMAS_MOST, &page, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_versions *list =
        conn != NULL ? sto_version_list(conn, prefix, reg_deleted_of(req),
                                        http_query_bool(req, "latestOnly", false), page, err)
                     : NULL;
    if (list == NULL) {
        return -1;
    }
    reg_answer_versions(req, list);
    sto_versions_free(&list);
    return 0;
}

int reg_get_contexts(struct http_request *req, struct err *err)
{
    struct sto_page page;
    if (reg_page_of(req, 0, &page, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_words *contexts =
        conn != NULL ? sto_context_list(conn, reg_text_of(req, "contextPrefix"), page, err) : NULL;
    if (contexts == NULL) {
        return -1;
    }
    reg_answer_words(req, contexts);
    sto_words_free(&contexts);
    return 0;
}

static int answer_literal(struct http_request *req, const char *json)
{
    buf_put_str(http_out(req), json);
    reg_ok(req);
    return 0;
}

int reg_get_types(struct http_request *req, struct err *err)
{
    (void)err;
    return answer_literal(req, "[\"AVRO\"]");
}

/* Clients tell registries apart by it; all instances on one register have the same. */
int reg_get_cluster_id(struct http_request *req, struct err *err)
{
    (void)err;
    return answer_literal(req, "{\"scope\":{\"path\":[],\"clusters\":{\"kafka-cluster\":\"nrc\","
                               "\"schema-registry-cluster\":\"nrc\"}}}");
}

int reg_get_server_version(struct http_request *req, struct err *err)
{
    (void)err;
    return answer_literal(req, "{\"version\":\"" NRC_VERSION "\",\"commitId\":\"unknown\"}");
}
