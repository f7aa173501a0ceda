/* SPDX-License-Identifier: Apache-2.0
 * registry/query.h - parameters of paths and queries, parsed. */
#ifndef REGISTRY_QUERY_H
#define REGISTRY_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/subject/read.h"

struct http_request;

/* 1 … 2147483647, "latest" in any case, "-1"; FATAL ERR_BAD_VERSION. */
MUST_CHECK int reg_version_parse(const char *word, int32_t *version, struct err *err);
/* The path's {id}. Not a number: FATAL ERR_NO_ROUTE. */
MUST_CHECK int reg_id_of(struct http_request *req, int32_t *id, struct err *err);
/* A number in the path, of at most 18 digits. FATAL ERR_NOT_FOUND, "there is no `what` …". */
MUST_CHECK int reg_number_of(struct http_request *req, const char *name, const char *what,
                             int64_t *out, struct err *err);
/* offset and limit; limit 0 and below: all. most 0: no bound; else what a longer page is cut to.
 * FATAL ERR_BAD_REQUEST. */
MUST_CHECK int reg_page_of(struct http_request *req, int64_t most, struct sto_page *page,
                           struct err *err);
/* limit; absent, 0 and below, and beyond `most`: `most`. FATAL ERR_BAD_REQUEST. */
MUST_CHECK int reg_limit_of(struct http_request *req, int64_t most, int64_t *out, struct err *err);
/* deleted and deletedOnly, which wins. */
enum sto_which reg_which_of(struct http_request *req);
/* deleted alone. */
enum sto_which reg_deleted_of(struct http_request *req);
/* subjectPrefix in the one form of names (registry/context.h), or ":*:…" as it is; absent: the
 * context that the path names, else `otherwise`. NULL: FATAL ERR_BAD_REQUEST, ERR_NO_MEMORY. */
MUST_CHECK const char *reg_prefix_of(struct http_request *req, const char *otherwise,
                                     struct err *err);
/* NULL of what is not given, or empty. */
const char *reg_given(const char *text);
/* A text of the query; "": absent. */
const char *reg_text_of(struct http_request *req, const char *name);
bool reg_wants_resolved(struct http_request *req);
/* Confluent-Accept-Unknown-Properties: the client skips members that it does not know. Older ones
 * fail on them. A client that sends Confluent-Client-Version is new enough too: Python's sends nothing
 * else when it only reads. */
bool reg_accepts_unknown(const struct http_request *req);

#endif
