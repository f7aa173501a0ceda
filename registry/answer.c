/* SPDX-License-Identifier: Apache-2.0
 * registry/answer.c - rows of the register as JSON, member for member as clients know them.
 *
 * An error's body is {"error_code":N,"message":"…"} and nothing more: old clients fail on other
 * fields. A member without a value is left out, never null: clients in typed languages accept an
 * absent member and fail on null. metadata, ruleSet and references come from PostgreSQL as JSON. */
#include "registry/answer.h"

#include "base/buf.h"
#include "base/http/http.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "registry/cache.h"
#include "registry/media.h"
#include "registry/query.h"
#include "registry/usage.h"
#include "registry/worker.h"
#include "storage/subject/list.h"

/* A client that accepts none of ours gets the error in the first of them. */
static const char *answer_type(const struct http_request *req)
{
    const char *type = reg_media_type(req);
    return type != NULL ? type : "application/vnd.schemaregistry.v1+json";
}

void reg_ok(struct http_request *req)
{
    http_ok(req, 200, answer_type(req));
}

void reg_answer_error(struct http_request *req, enum err_code code, const char *message)
{
    struct buf *out = http_out(req);
    buf_reset(out);
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_number(&w, "error_code", err_confluent_code(code));
    jsonw_key(&w, "message");
    jsonw_str(&w, message);
    jsonw_close(&w, '}');
    http_ok(req, err_http_status(code), answer_type(req));
}

/* The text of a 5xx goes to the log alone: libpq's messages name addresses, sockets and roles, and
 * the client may not even be logged in. */
void reg_fail(struct http_request *req, const struct err *err)
{
    bool is_ours = err_http_status(err->code) >= 500;
    if (is_ours) {
        log_warn("request_failed", LOG_STR("path", http_path(req)), LOG_ERR(err));
    }
    reg_answer_error(req, err->code, is_ours ? err_sentence(err->code) : err->text);
}

static void put_raw(struct jsonw *w, const char *key, const char *json)
{
    if (json != NULL) {
        jsonw_key(w, key);
        jsonw_raw(w, json);
    }
}

static const char *text_of(const struct sto_version *version, bool resolved)
{
    return resolved ? version->resolved : version->text;
}

static void put_schema(struct jsonw *w, const struct sto_version *version, bool resolved)
{
    put_raw(w, "references", version->references);
    put_raw(w, "metadata", version->metadata);
    put_raw(w, "ruleSet", version->rule_set);
    jsonw_given(w, "schema", text_of(version, resolved));
}

/* NULL: no memory for it. */
static const char *key_of(struct http_request *req)
{
    /* No path has a space. */
    return reg_accepts_unknown(req) ? arena_printf(http_arena(req), "%s all", http_path(req))
                                    : http_path(req);
}

bool reg_answer_cached(struct http_request *req, bool is_plain, struct reg_cache_key *out)
{
    *out = (struct reg_cache_key){.key = is_plain ? key_of(req) : NULL};
    if (out->key == NULL) {
        return false;
    }
    out->generation = reg_generation(req);
    int32_t schema_id;
    if (!reg_cache_get(reg_worker_of(req)->cache, out->generation, out->key, http_out(req),
                       &schema_id)) {
        return false;
    }
    reg_note_use(req, schema_id);
    reg_ok(req);
    return true;
}

void reg_cache_answer(struct http_request *req, const struct reg_cache_key *cache_key,
                      int32_t schema_id)
{
    const struct reg_cached answer = {http_out(req)->data, http_out(req)->len, schema_id};
    if (cache_key->key != NULL) {
        reg_cache_put(reg_worker_of(req)->cache, cache_key->generation, cache_key->key, &answer);
    }
}

/* whole: with what old clients do not know. */
static void put_version(struct jsonw *w, const struct sto_version *version, bool resolved,
                        bool whole)
{
    jsonw_open(w, '{');
    jsonw_given(w, "subject", version->subject);
    jsonw_number(w, "version", version->version);
    jsonw_number(w, "id", version->id);
    jsonw_given(w, "guid", whole ? version->guid : NULL);
    jsonw_given(w, "schemaType", whole ? "AVRO" : NULL);
    put_schema(w, version, resolved);
    if (whole && version->deleted) {
        jsonw_key(w, "deleted");
        jsonw_bool(w, true);
    }
    jsonw_close(w, '}');
}

void reg_answer_version(struct http_request *req, const struct sto_version *version, bool resolved)
{
    struct jsonw w = jsonw_to(http_out(req));
    put_version(&w, version, resolved, reg_accepts_unknown(req));
    reg_note_use(req, version->id);
    reg_ok(req);
}

void reg_answer_versions(struct http_request *req, const struct sto_versions *versions)
{
    bool whole = reg_accepts_unknown(req);
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '[');
    for (size_t i = 0; i < versions->count; i++) {
        put_version(&w, &versions->items[i], false, whole);
    }
    jsonw_close(&w, ']');
    reg_ok(req);
}

void reg_answer_schema(struct http_request *req, const struct sto_version *version, bool resolved,
                       unsigned extra)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    bool whole = reg_accepts_unknown(req);
    if (whole && version->subject != NULL) {
        jsonw_given(&w, "subject", version->subject);
        jsonw_number(&w, "version", version->version);
    }
    if (whole) {
        jsonw_number(&w, "id", version->id);
    }
    jsonw_given(&w, "guid", whole || (extra & REG_GUID) != 0 ? version->guid : NULL);
    jsonw_given(&w, "schemaType", whole ? "AVRO" : NULL);
    put_schema(&w, version, resolved);
    if ((extra & REG_MAX_ID) != 0) {
        jsonw_number(&w, "maxId", version->max_id);
    }
    jsonw_close(&w, '}');
    reg_note_use(req, version->id);
    reg_ok(req);
}

void reg_answer_text(struct http_request *req, const struct sto_version *version, bool resolved)
{
    buf_put_str(http_out(req), text_of(version, resolved));
    reg_note_use(req, version->id);
    reg_ok(req);
}

void reg_answer_words(struct http_request *req, const struct sto_words *words)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '[');
    for (size_t i = 0; i < words->count; i++) {
        jsonw_str(&w, words->items[i]);
    }
    jsonw_close(&w, ']');
    reg_ok(req);
}

void reg_answer_numbers(struct http_request *req, const struct sto_words *words)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '[');
    for (size_t i = 0; i < words->count; i++) {
        jsonw_raw(&w, words->items[i]);
    }
    jsonw_close(&w, ']');
    reg_ok(req);
}

void reg_answer_pairs(struct http_request *req, const struct sto_words *words, const char *first,
                      const char *second)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '[');
    for (size_t i = 0; i + 1 < words->count; i += 2) {
        jsonw_open(&w, '{');
        jsonw_key(&w, first);
        jsonw_str(&w, words->items[i]);
        jsonw_key(&w, second);
        jsonw_raw(&w, words->items[i + 1]);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    reg_ok(req);
}
