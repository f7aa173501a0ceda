/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/asset.c - answers with a file of the page.
 *
 * A file is found by its whole name in a table: no path reaches a disk. Names stay when contents change, so a browser asks each
 * time (no-cache) and is told 304 while it has the newest; packed and plain bytes have each their own ETag (RFC 9110, 8.8.3). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "ops/monitor/page/asset_priv.h"

enum { ETAG_BYTES = 80 };

static const struct page_asset *find(const char *name)
{
    for (size_t i = 0; i < page_asset_count; i++) {
        if (strcmp(page_assets[i].name, name) == 0) {
            return &page_assets[i];
        }
    }
    return NULL;
}

/* "gzip;q=0" and "gzip; q=0.000" say no; whatever else stands there takes it. */
static bool is_refused(const char *item, size_t len)
{
    const char *weight = memmem(item, len, "q=", 2);
    const char *end = item + len;
    if (weight == NULL) {
        return false;
    }
    for (const char *at = weight + 2; at < end; at++) {
        if (strchr("0. \t", *at) == NULL) {
            return false;
        }
    }
    return true;
}

static bool takes_gzip(const struct http_request *req)
{
    const char *at = http_header(req, "Accept-Encoding");
    while (at != NULL && *at != '\0') {
        at += strspn(at, ", \t");
        size_t len = strcspn(at, ",");
        if (len >= 4 && strncasecmp(at, "gzip", 4) == 0 && strcspn(at, "; \t,") == 4) {
            return !is_refused(at, len);
        }
        at += len;
    }
    return false;
}

/* If-None-Match: a list of ETags, or a star (RFC 9110, 13.1.2). */
static bool has_newest(const struct http_request *req, const char *etag)
{
    const char *known = http_header(req, "If-None-Match");
    return known != NULL && (strcmp(known, "*") == 0 || strstr(known, etag) != NULL);
}

static int answer(struct http_request *req, const struct page_asset *asset, struct err *err)
{
    char etag[ETAG_BYTES];
    if (asset == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_ROUTE, "the page has no such file");
    }
    bool is_packed = asset->packed != NULL && takes_gzip(req);
    snprintf(etag, sizeof(etag), "\"%s%s\"", asset->hash, is_packed ? "-gzip" : "");
    http_set_header(req, "ETag", etag);
    http_set_header(req, "Cache-Control", "no-cache");
    if (asset->packed != NULL) {
        http_set_header(req, "Vary", "Accept-Encoding");
    }
    if (has_newest(req, etag)) {
        http_ok(req, 304, NULL);
        return 0;
    }
    if (is_packed) {
        http_set_header(req, "Content-Encoding", "gzip");
    }
    buf_put(http_out(req), is_packed ? asset->packed : asset->plain,
            is_packed ? asset->packed_len : asset->plain_len);
    http_ok(req, 200, asset->type);
    return 0;
}

int ops_page_get_index(struct http_request *req, struct err *err)
{
    return answer(req, find("index.html"), err);
}

int ops_page_get_asset(struct http_request *req, struct err *err)
{
    return answer(req, find(http_param(req, "file")), err);
}
