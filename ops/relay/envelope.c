/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/envelope.c - see the header. */
#include "ops/relay/envelope.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/jsonw.h"
#include "storage/notify/notification.h"

/* Objects that have a page of their own. The others are read with the notification itself. */
static const struct {
    const char *object;
    const char *path;
} pages[] = {
    {"incident/", "/nrc/v1/incidents/"},
    {"notice/", "/nrc/v1/notices/"},
    {"request/", "/nrc/v1/requests/"},
};

/* Without the slash at its end. */
static int length_of(const char *public_url)
{
    size_t len = strlen(public_url);
    return (int)(len > 0 && public_url[len - 1] == '/' ? len - 1 : len);
}

void ops_envelope_uri(const struct sto_notification *n, const char *public_url,
                      char out[OPS_ENVELOPE_URI_SIZE])
{
    int len_url = length_of(public_url);
    snprintf(out, OPS_ENVELOPE_URI_SIZE, "%.*s/nrc/v1/notifications/%s", len_url, public_url,
             n->guid);
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        size_t len = strlen(pages[i].object);
        if (strncmp(n->object, pages[i].object, len) == 0) {
            snprintf(out, OPS_ENVELOPE_URI_SIZE, "%.*s%s%s", len_url, public_url, pages[i].path,
                     n->object + len);
        }
    }
}

static void put_uri(struct jsonw *w, const struct sto_notification *n, const char *public_url)
{
    char uri[OPS_ENVELOPE_URI_SIZE];
    ops_envelope_uri(n, public_url, uri);
    jsonw_key(w, "uri");
    jsonw_str(w, uri);
    snprintf(uri, sizeof(uri), "%.*s/nrc/v1/notifications/%s/ack", length_of(public_url),
             public_url, n->guid);
    jsonw_key(w, "acknowledge");
    jsonw_str(w, uri);
}

static void put_data(struct jsonw *w, const struct sto_notification *n, const char *public_url)
{
    jsonw_open(w, '{');
    jsonw_given(w, "class", n->class_name);
    jsonw_given(w, "effective_at", n->effective_at);
    jsonw_key(w, "change");
    jsonw_raw(w, n->data);
    put_uri(w, n, public_url);
    jsonw_close(w, '}');
}

const char *ops_attribute_name(enum ops_attribute attribute)
{
    static const char *const names[OPS_ATTRIBUTE_COUNT] = {
        [OPS_ATTRIBUTE_SPECVERSION] = "specversion", [OPS_ATTRIBUTE_ID] = "id",
        [OPS_ATTRIBUTE_SOURCE] = "source",           [OPS_ATTRIBUTE_TYPE] = "type",
        [OPS_ATTRIBUTE_SUBJECT] = "subject",         [OPS_ATTRIBUTE_TIME] = "time",
    };
    return names[attribute];
}

void ops_envelope_fill(const struct sto_notification *n, const char *public_url,
                       struct ops_envelope *out)
{
    snprintf(out->source, sizeof(out->source), "%.*s/nrc/v1", length_of(public_url), public_url);
    snprintf(out->type, sizeof(out->type), "nrc.%s", n->type);
    out->attributes[OPS_ATTRIBUTE_SPECVERSION] = "1.0";
    out->attributes[OPS_ATTRIBUTE_ID] = n->guid;
    out->attributes[OPS_ATTRIBUTE_SOURCE] = out->source;
    out->attributes[OPS_ATTRIBUTE_TYPE] = out->type;
    out->attributes[OPS_ATTRIBUTE_SUBJECT] = n->object;
    out->attributes[OPS_ATTRIBUTE_TIME] = n->at;
}

void ops_envelope_put(const struct sto_notification *n, const char *public_url, struct buf *out)
{
    struct ops_envelope envelope;
    struct jsonw w = jsonw_to(out);
    ops_envelope_fill(n, public_url, &envelope);
    jsonw_open(&w, '{');
    for (enum ops_attribute i = 0; i < OPS_ATTRIBUTE_COUNT; i++) {
        jsonw_given(&w, ops_attribute_name(i), envelope.attributes[i]);
    }
    jsonw_given(&w, "datacontenttype", "application/json");
    jsonw_key(&w, "data");
    put_data(&w, n, public_url);
    jsonw_close(&w, '}');
}

void ops_envelope_put_data(const struct sto_notification *n, const char *public_url,
                           struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    put_data(&w, n, public_url);
}
