/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/envelope.c - see the header. */
#include "ops/relay/envelope.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/jsonw.h"
#include "storage/notify/outbox.h"

enum { URI_SIZE = 600 };

/* Objects that have a page of their own. The others are read with the notification itself. */
static const struct {
    const char *object;
    const char *path;
} pages[] = {
    {"notice/", "/nrc/v1/notices/"},
    {"request/", "/nrc/v1/requests/"},
};

/* Without the slash at its end. */
static int length_of(const char *public_url)
{
    size_t len = strlen(public_url);
    return (int)(len > 0 && public_url[len - 1] == '/' ? len - 1 : len);
}

static void put_uri(struct jsonw *w, const struct sto_claim *n, const char *public_url)
{
    char uri[URI_SIZE];
    int len_url = length_of(public_url);
    snprintf(uri, sizeof(uri), "%.*s/nrc/v1/notifications/%s", len_url, public_url, n->guid);
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        size_t len = strlen(pages[i].object);
        if (strncmp(n->object, pages[i].object, len) == 0) {
            snprintf(uri, sizeof(uri), "%.*s%s%s", len_url, public_url, pages[i].path,
                     n->object + len);
        }
    }
    jsonw_key(w, "uri");
    jsonw_str(w, uri);
    snprintf(uri, sizeof(uri), "%.*s/nrc/v1/notifications/%s/ack", len_url, public_url, n->guid);
    jsonw_key(w, "acknowledge");
    jsonw_str(w, uri);
}

static void put_text(struct jsonw *w, const char *key, const char *text)
{
    if (text != NULL) {
        jsonw_key(w, key);
        jsonw_str(w, text);
    }
}

void ops_envelope_put(const struct sto_claim *n, const char *public_url, struct buf *out)
{
    char text[URI_SIZE];
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    put_text(&w, "specversion", "1.0");
    put_text(&w, "id", n->guid);
    snprintf(text, sizeof(text), "%.*s/nrc/v1", length_of(public_url), public_url);
    put_text(&w, "source", text);
    snprintf(text, sizeof(text), "nrc.%s", n->type);
    put_text(&w, "type", text);
    put_text(&w, "subject", n->object);
    put_text(&w, "time", n->at);
    put_text(&w, "datacontenttype", "application/json");
    jsonw_key(&w, "data");
    jsonw_open(&w, '{');
    put_text(&w, "class", n->class_name);
    put_text(&w, "effective_at", n->effective_at);
    jsonw_key(&w, "change");
    jsonw_raw(&w, n->data);
    put_uri(&w, n, public_url);
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
}
