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

/* {"subject","version","id","guid","references"?,"metadata"?,"ruleSet"?,"schema"}. schemaType is
 * AVRO wherever it is left out. */
void reg_answer_version(struct http_request *req, const struct sto_version *version, bool resolved);
void reg_answer_versions(struct http_request *req, const struct sto_versions *versions);
/* Of an id or GUID: {"subject"?,"version"?,"guid","schema",…,"maxId"?}; subject and version where
 * it has one. */
void reg_answer_schema(struct http_request *req, const struct sto_version *version, bool resolved,
                       bool with_max_id);
/* The schema's text alone. */
void reg_answer_text(struct http_request *req, const struct sto_version *version, bool resolved);

void reg_answer_words(struct http_request *req, const struct sto_words *words);   /* ["a","b"] */
void reg_answer_numbers(struct http_request *req, const struct sto_words *words); /* [1,2] */
/* Words by twos: [{first:"a",second:1},…]. */
void reg_answer_pairs(struct http_request *req, const struct sto_words *words, const char *first,
                      const char *second);

#endif
