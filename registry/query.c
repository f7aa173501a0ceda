/* SPDX-License-Identifier: Apache-2.0
 * registry/query.c - reads numbers and switches of a request. All of them are 32-bit signed there, as
 * clients know no other. */
#include "registry/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http/http.h"
#include "registry/context.h"

enum { WORD_BYTES = 64 };

/* Optional sign, digits, nothing else; within int32. */
static bool parse_int(const char *text, int32_t *out)
{
    const char *digits = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    int64_t v = 0;
    if (digits[0] == '\0') {
        return false;
    }
    for (const char *p = digits; *p != '\0'; p++) {
        if (!isdigit((unsigned char)*p)) {
            return false;
        }
        v = v * 10 + (*p - '0');
        if (v > (int64_t)INT32_MAX + 1) {
            return false;
        }
    }
    v = text[0] == '-' ? -v : v;
    *out = (int32_t)v;
    return v <= INT32_MAX;
}

static void trim(char out[WORD_BYTES], const char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        len--;
    }
    len = len < WORD_BYTES ? len : WORD_BYTES - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

int reg_version_parse(const char *word, int32_t *version, struct err *err)
{
    char trimmed[WORD_BYTES];
    trim(trimmed, word);
    if (strcasecmp(trimmed, "latest") == 0) {
        *version = STO_VERSION_LATEST;
        return 0;
    }
    if (!parse_int(trimmed, version) || (*version < 1 && *version != STO_VERSION_LATEST)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_VERSION,
                       "The specified version '%.64s' is not a valid version id. Allowed values are"
                       " between [1, 2^31-1] and the string \"latest\"",
                       trimmed);
    }
    return 0;
}

int reg_id_of(struct http_request *req, int32_t *id, struct err *err)
{
    return parse_int(http_param(req, "id"), id)
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NO_ROUTE, "HTTP 404 Not Found");
}

int reg_number_of(struct http_request *req, const char *name, const char *what, int64_t *out,
                  struct err *err)
{
    const char *text = http_param(req, name);
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 18 || text[len] != '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no %s %.40s", what, text);
    }
    *out = strtoll(text, NULL, 10);
    return 0;
}

static int number_of(struct http_request *req, const char *name, int32_t otherwise, int32_t *out,
                     struct err *err)
{
    const char *text = http_query(req, name);
    *out = otherwise;
    if (text == NULL || text[0] == '\0' || parse_int(text, out)) {
        return 0;
    }
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s is a whole number", name);
}

int reg_page_of(struct http_request *req, int64_t most, struct sto_page *page, struct err *err)
{
    int32_t offset;
    int32_t limit;
    if (number_of(req, "offset", 0, &offset, err) != 0 ||
        number_of(req, "limit", -1, &limit, err) != 0) {
        return -1;
    }
    if (offset < 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "offset is 0 or more");
    }
    page->offset = offset;
    page->limit = limit > 0 ? limit : -1;
    if (most > 0 && (page->limit < 0 || page->limit > most)) {
        page->limit = most;
    }
    return 0;
}

int reg_limit_of(struct http_request *req, int64_t most, int64_t *out, struct err *err)
{
    int32_t limit;
    if (number_of(req, "limit", -1, &limit, err) != 0) {
        return -1;
    }
    *out = limit > 0 && limit < most ? limit : most;
    return 0;
}

enum sto_which reg_which_of(struct http_request *req)
{
    return http_query_bool(req, "deletedOnly", false) ? STO_DELETED_ONLY : reg_deleted_of(req);
}

enum sto_which reg_deleted_of(struct http_request *req)
{
    return http_query_bool(req, "deleted", false) ? STO_LIVE_AND_DELETED : STO_LIVE;
}

const char *reg_prefix_of(struct http_request *req, const char *otherwise, struct err *err)
{
    const char *text = http_query(req, "subjectPrefix");
    if (text == NULL && http_param(req, "context")[0] == '\0') {
        return otherwise;
    }
    return text != NULL && strncmp(text, ":*:", 3) == 0
               ? text
               : reg_name_of(req, text != NULL ? text : "", err);
}

const char *reg_given(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

const char *reg_text_of(struct http_request *req, const char *name)
{
    const char *text = http_query(req, name);
    return text != NULL ? text : "";
}

bool reg_wants_resolved(struct http_request *req)
{
    const char *format = http_query(req, "format");
    return format != NULL && strcmp(format, "resolved") == 0;
}

bool reg_accepts_unknown(const struct http_request *req)
{
    const char *accepts = http_header(req, "Confluent-Accept-Unknown-Properties");
    return (accepts != NULL && strcasecmp(accepts, "true") == 0) ||
           http_header(req, "Confluent-Client-Version") != NULL;
}
