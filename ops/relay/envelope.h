/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/envelope.h - a notification as its receivers read it: CloudEvents 1.0.
 *
 * "JSON Event Format", structured, on webhooks and by NOTIFY:
 *
 *   {"specversion":"1.0","id":…,"source":"/nrc/v1","type":"nrc.notice.filed","subject":"notice/12","time":…,
 *    "datacontenttype":"application/json",
 *    "data":{"class":…,"effective_at":…,"change":{…},"uri":…,"acknowledge":…}}
 *
 * On Kafka ("Kafka Protocol Binding", binary) each attribute is a header, and `data` is Avro, made of this JSON.
 *
 * The id is the notification's, so it is the same at every attempt. What changed stands there in short; the whole is read at
 * `uri`, with one's own rights. */
#ifndef OPS_RELAY_ENVELOPE_H
#define OPS_RELAY_ENVELOPE_H

#include "base/buf.h"

struct sto_notification;

/* Context attributes: all but the data's type. Texts are borrowed from the notification, or stand here. */
enum ops_attribute {
    OPS_ATTRIBUTE_SPECVERSION,
    OPS_ATTRIBUTE_ID,
    OPS_ATTRIBUTE_SOURCE,
    OPS_ATTRIBUTE_TYPE,
    OPS_ATTRIBUTE_SUBJECT,
    OPS_ATTRIBUTE_TIME,
    OPS_ATTRIBUTE_COUNT
};
enum { OPS_ENVELOPE_URI_SIZE = 600, OPS_ENVELOPE_TYPE_SIZE = 100 };
struct ops_envelope {
    const char *attributes[OPS_ATTRIBUTE_COUNT];
    char source[OPS_ENVELOPE_URI_SIZE];
    char type[OPS_ENVELOPE_TYPE_SIZE];
};

/* public_url: the registry's; what refers to it begins so. `out` must not move. */
void ops_envelope_fill(const struct sto_notification *notification, const char *public_url,
                       struct ops_envelope *out);
const char *ops_attribute_name(enum ops_attribute attribute);

/* The whole event. */
void ops_envelope_put(const struct sto_notification *notification, const char *public_url,
                      struct buf *out);
/* Where the whole is read. */
void ops_envelope_uri(const struct sto_notification *notification, const char *public_url,
                      char out[OPS_ENVELOPE_URI_SIZE]);
/* Its `data` alone. */
void ops_envelope_put_data(const struct sto_notification *notification, const char *public_url,
                           struct buf *out);

#endif
