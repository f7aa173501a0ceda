/* SPDX-License-Identifier: Apache-2.0
 * registry/alias.c - the alias of a subject, cached for each generation of the catalogue, as every
 * read of "latest" and every look-up needs it. "No alias" is cached too: nearly all have none. */
#include "registry/alias.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/http/http.h"
#include "registry/cache.h"
#include "registry/context.h"
#include "registry/worker.h"
#include "storage/subject/config.h"

static const char *no_memory(struct err *err)
{
    err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    return NULL;
}

/* In the arena; NULL: err. */
static const char *read_alias(struct http_request *req, const char *subject, struct err *err)
{
    struct sto_config config = {.settings = NULL};
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL || sto_config_get(conn, subject, false, &config, err) != 0) {
        return NULL;
    }
    json_t *settings = json_loads(config.settings, 0, NULL);
    const char *alias = json_string_value(json_object_get(settings, "alias"));
    const char *text = alias != NULL && alias[0] != '\0' ? alias : subject;
    const char *copy = arena_strdup(http_arena(req), text);
    json_decref(settings);
    sto_config_fini(&config);
    return copy != NULL ? reg_qualify_in(http_arena(req), subject, copy, err) : no_memory(err);
}

/* NULL: not kept. */
static const char *kept(struct http_request *req, uint64_t generation, const char *key)
{
    struct buf out = BUF_INIT;
    const char *alias = NULL;
    int32_t none;
    if (reg_cache_get(reg_worker_of(req)->cache, generation, key, &out, &none)) {
        alias = arena_strdup(http_arena(req), buf_cstr(&out));
    }
    buf_fini(&out);
    return alias;
}

const char *reg_alias_followed(struct http_request *req, const char *subject, struct err *err)
{
    uint64_t generation = reg_generation(req);
    /* Keys of answers begin with a slash. */
    const char *key = arena_printf(http_arena(req), "alias %s", subject);
    if (key == NULL) {
        return no_memory(err);
    }
    const char *alias = kept(req, generation, key);
    if (alias == NULL) {
        alias = read_alias(req, subject, err);
        if (alias != NULL) {
            const struct reg_cached kept_alias = {alias, strlen(alias), 0};
            reg_cache_put(reg_worker_of(req)->cache, generation, key, &kept_alias);
        }
    }
    return alias;
}

const char *reg_subject_to_read(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    return subject != NULL ? reg_alias_followed(req, subject, err) : NULL;
}
