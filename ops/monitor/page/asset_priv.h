/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/asset_priv.h - the files that a browser loads, which the build puts into the program (embed.cmake). */
#ifndef OPS_MONITOR_PAGE_ASSET_PRIV_H
#define OPS_MONITOR_PAGE_ASSET_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "base/http/http.h"

struct page_asset {
    const char *name; /* "js/app.js" */
    const char *type;
    const char *hash; /* SHA-256 of the plain bytes, in hexadecimal */
    const uint8_t *plain;
    size_t plain_len;
    const uint8_t *packed; /* by gzip; NULL: it would not be smaller */
    size_t packed_len;
};

extern const struct page_asset page_assets[]; /* sorted by name as bytes */
extern const size_t page_asset_count;

http_handler ops_page_get_index; /* GET / */
http_handler ops_page_get_asset; /* GET /page/{file*} */

#endif
