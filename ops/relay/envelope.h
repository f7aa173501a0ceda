/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/envelope.h - a notification as its receivers read it: CloudEvents 1.0, "JSON Event Format", structured.
 *
 *   {"specversion":"1.0","id":…,"source":"/nrc/v1","type":"nrc.notice.filed","subject":"notice/12","time":…,
 *    "datacontenttype":"application/json",
 *    "data":{"class":…,"effective_at":…,"change":{…},"uri":…,"acknowledge":…}}
 *
 * The id is the notification's, so it is the same at every attempt. What changed stands there in short; the whole is read at
 * `uri`, with one's own rights. */
#ifndef OPS_RELAY_ENVELOPE_H
#define OPS_RELAY_ENVELOPE_H

#include "base/buf.h"

struct sto_claim;

/* public_url: the registry's; what refers to it begins so. */
void ops_envelope_put(const struct sto_claim *notification, const char *public_url,
                      struct buf *out);

#endif
