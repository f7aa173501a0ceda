/* SPDX-License-Identifier: Apache-2.0
 * registry/answer.h - answers of the Confluent surface, written into the request's body. Each ends
 * it: reg_ok. One structure's answer, from the cache too, notes who asked (registry/usage.h). */
#ifndef REGISTRY_ANSWER_H
#define REGISTRY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct http_request;
struct sto_version;
struct sto_versions;
struct sto_words;

/* application/vnd.schemaregistry.v1+json, or the one of the other two that the client accepts. */
void reg_ok(struct http_request *req);
/* http_app.fail: {"error_code":N,"message":"…"}; of a 5xx the code's sentence alone. */
void reg_fail(struct http_request *req, const struct err *err);
/* The same, for a handler whose message is longer than an err holds. */
void reg_answer_error(struct http_request *req, enum err_code code, const char *message);

/* An answer that depends on the path alone, and on what the client takes (registry/query.h,
 * reg_accepts_unknown), is kept in registry/cache.h. reg_answer_cached before anything is read: true:
 * answered. Otherwise `out` is for reg_cache_answer, once the answer is there; one that is not plain
 * is not kept. */
struct reg_cache_key {
    const char *key; /* NULL: do not */
    uint64_t generation;
};
bool reg_answer_cached(struct http_request *req, bool is_plain, struct reg_cache_key *out);
void reg_cache_answer(struct http_request *req, const struct reg_cache_key *cache_key,
                      int32_t schema_id);

/* {"subject","version","id","guid"?,"schemaType"?,"references"?,"metadata"?,"ruleSet"?,"schema",
 * "deleted"?}. guid, schemaType, and deleted where it is true, for clients that take what they do
 * not know. schemaType is AVRO wherever it is left out. */
void reg_answer_version(struct http_request *req, const struct sto_version *version, bool resolved);
void reg_answer_versions(struct http_request *req, const struct sto_versions *versions);
enum reg_extra { REG_MAX_ID = 1, REG_GUID = 2 /* to whoever asks */ };
/* Of an id or GUID: {"subject"?,"version"?,"id"?,"guid"?,"schemaType"?,"schema",…,"maxId"?}. What
 * stands before the schema is for clients that take what they do not know; subject and version
 * where it has one. Some make what they read here into a version of the subject, and send its id
 * with their events: without an id it must not look like one. extra: bits of enum reg_extra. */
void reg_answer_schema(struct http_request *req, const struct sto_version *version, bool resolved,
                       unsigned extra);
/* The schema's text alone. */
void reg_answer_text(struct http_request *req, const struct sto_version *version, bool resolved);

void reg_answer_words(struct http_request *req, const struct sto_words *words);   /* ["a","b"] */
void reg_answer_numbers(struct http_request *req, const struct sto_words *words); /* [1,2] */
/* Words by twos: [{first:"a",second:1},…]. */
void reg_answer_pairs(struct http_request *req, const struct sto_words *words, const char *first,
                      const char *second);

#endif
