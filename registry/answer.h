/* SPDX-License-Identifier: Apache-2.0
 * registry/answer.h - answers of the Confluent surface, written into the request's body. Each ends
 * it: reg_ok. */
#ifndef REGISTRY_ANSWER_H
#define REGISTRY_ANSWER_H

#include <stdbool.h>

struct http_request;
struct sto_version;
struct sto_versions;
struct sto_words;

/* What an answer is kept by (registry/cache.h) that depends on the path and on what the client
 * takes: registry/query.h, reg_accepts_unknown. NULL: no memory for it. */
const char *reg_answer_key(struct http_request *req);

/* {"subject","version","id","guid"?,"references"?,"metadata"?,"ruleSet"?,"schema","deleted"?}. guid,
 * and deleted where it is true, for clients that take what they do not know. schemaType is AVRO
 * wherever it is left out. */
void reg_answer_version(struct http_request *req, const struct sto_version *version, bool resolved);
void reg_answer_versions(struct http_request *req, const struct sto_versions *versions);
enum reg_beside { REG_MAX_ID = 1, REG_GUID = 2 /* to whoever asks */ };
/* Of an id or GUID: {"subject"?,"version"?,"guid"?,"schema",…,"maxId"?}; subject and version where
 * it has one. beside: bits of enum reg_beside. */
void reg_answer_schema(struct http_request *req, const struct sto_version *version, bool resolved,
                       unsigned beside);
/* The schema's text alone. */
void reg_answer_text(struct http_request *req, const struct sto_version *version, bool resolved);

void reg_answer_words(struct http_request *req, const struct sto_words *words);   /* ["a","b"] */
void reg_answer_numbers(struct http_request *req, const struct sto_words *words); /* [1,2] */
/* Words by twos: [{first:"a",second:1},…]. */
void reg_answer_pairs(struct http_request *req, const struct sto_words *words, const char *first,
                      const char *second);

#endif
