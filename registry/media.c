/* SPDX-License-Identifier: Apache-2.0
 * registry/media.c - content negotiation (RFC 9110 sections 8.3 and 12.5.1).
 *
 * Of the ranges that fit a type the most specific one gives its weight; among types of one weight
 * the order of the table decides. Parameters other than q say nothing here, and a weight that
 * cannot be read is 1. "*" alone is what Java's HttpURLConnection sends for a star on both sides.
 *
 * A body without a type is read as JSON: it is how people try things by hand. One with a type that
 * is none of ours is refused, as a form that a browser was made to send (its type is
 * application/x-www-form-urlencoded or text/plain) must change nothing. */
#include "registry/media.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/http/http.h"

#define SPACE " \t"

enum { WEIGHT_MAX = 1000 };

static const char *const types[] = {
    "application/vnd.schemaregistry.v1+json",
    "application/vnd.schemaregistry+json",
    "application/json",
};

/* A piece of a header, without the space around it. */
struct piece {
    const char *text;
    size_t len;
};

/* What stands before the next `end`, or the rest; *at: behind it. */
static struct piece take(const char **at, const char *limit, char end)
{
    const char *from = *at;
    const char *stop = memchr(from, end, (size_t)(limit - from));
    *at = stop != NULL ? stop + 1 : limit;
    stop = stop != NULL ? stop : limit;
    while (from < stop && strchr(SPACE, *from) != NULL) {
        from++;
    }
    while (stop > from && strchr(SPACE, stop[-1]) != NULL) {
        stop--;
    }
    return (struct piece){from, (size_t)(stop - from)};
}

static bool is(struct piece piece, const char *word, size_t len)
{
    return piece.len == len && strncasecmp(piece.text, word, len) == 0;
}

/* "0.85" as 850. */
static int read_weight(struct piece piece)
{
    int weight = 0;
    int unit = WEIGHT_MAX;
    for (size_t i = 0; i < piece.len && unit > 0; i++) {
        if (piece.text[i] >= '0' && piece.text[i] <= '9') {
            weight += unit * (piece.text[i] - '0');
            unit /= 10;
        } else if (piece.text[i] == '.' && (i == 0 || unit == WEIGHT_MAX / 10)) {
            unit = WEIGHT_MAX / 10;
        } else {
            return WEIGHT_MAX;
        }
    }
    return piece.len > 0 && weight < WEIGHT_MAX ? weight : WEIGHT_MAX;
}

static int weight_of(const char *parameters, const char *limit)
{
    while (parameters < limit) {
        struct piece piece = take(&parameters, limit, ';');
        if (piece.len > 2 && strncasecmp(piece.text, "q=", 2) == 0) {
            return read_weight((struct piece){piece.text + 2, piece.len - 2});
        }
    }
    return WEIGHT_MAX;
}

/* How closely the range names the type; 0: it does not. */
static int closeness(struct piece range, const char *type)
{
    size_t main_len = strcspn(type, "/") + 1;
    bool is_main = range.len == main_len + 1 && range.text[main_len] == '*' &&
                   strncasecmp(range.text, type, main_len) == 0;
    return is(range, type, strcspn(type, ";"))        ? 3
           : is_main                                  ? 2
           : is(range, "*/*", 3) || is(range, "*", 1) ? 1
                                                      : 0;
}

/* Of the type, from 0 (not taken) to WEIGHT_MAX; *names: whether any range is there. */
static int judge(const char *accept, const char *type, bool *names)
{
    const char *limit = accept + strlen(accept);
    int closest = 0;
    int weight = 0;
    while (accept < limit) {
        struct piece item = take(&accept, limit, ',');
        const char *rest = item.text;
        struct piece range = take(&rest, item.text + item.len, ';');
        int close = closeness(range, type);
        int its = close > 0 ? weight_of(rest, item.text + item.len) : 0;
        if (close > closest || (close == closest && its > weight)) {
            closest = close;
            weight = its;
        }
        *names = *names || item.len > 0;
    }
    return weight;
}

int reg_media_choose(const struct http_request *req, const char *const *offered, size_t count)
{
    const char *accept = http_header(req, "Accept");
    int best = -1;
    int most = 0;
    bool names = false;
    for (size_t i = 0; accept != NULL && i < count; i++) {
        int weight = judge(accept, offered[i], &names);
        if (weight > most) {
            most = weight;
            best = (int)i;
        }
    }
    return names ? best : 0;
}

const char *reg_media_type(const struct http_request *req)
{
    int chosen = reg_media_choose(req, types, COUNT_OF(types));
    return chosen >= 0 ? types[chosen] : NULL;
}

/* Its handler looks at Accept. */
static bool has_own_types(const char *path)
{
    static const char own[] = "/nrc/v1/catalogue";
    size_t len = strlen(path);
    len -= len > 0 && path[len - 1] == '/';
    return len >= strlen(own) && strncmp(path + len - strlen(own), own, strlen(own)) == 0;
}

static bool is_read(const char *type)
{
    const char *rest = type;
    struct piece name = take(&rest, type + strlen(type), ';');
    bool known = name.len == 0 || is(name, "application/octet-stream", 24);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        known = known || is(name, types[i], strlen(types[i]));
    }
    return known;
}

int reg_media_check(const struct http_request *req, struct err *err)
{
    const char *type = http_header(req, "Content-Type");
    bool brings = http_method(req) == HTTP_POST || http_method(req) == HTTP_PUT;
    if (brings && type != NULL && !is_read(type)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_MEDIA_TYPE, "HTTP 415 Unsupported Media Type");
    }
    return has_own_types(http_path(req)) || reg_media_type(req) != NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NOT_ACCEPTABLE, "HTTP 406 Not Acceptable");
}
