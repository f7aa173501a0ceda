/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/reject_data.c - see the header. */
#include "ops/relay/reject_data.h"

#include <string.h>

#include "base/err.h"
#include "base/jsonw.h"
#include "ops/relay/envelope.h"
#include "storage/notify/notification.h"
#include "storage/notify/reject.h"

/* The sentence of a reason; NULL: an engine of another release wrote it. */
static const char *meaning_of(const char *reason)
{
    for (enum err_code code = ERR_NONE; code < ERR_CODE_COUNT; code++) {
        if (strcmp(err_token(code), reason) == 0) {
            return err_sentence(code);
        }
    }
    return NULL;
}

void ops_reject_put_data(const struct sto_reject *reject, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_text(&w, "reason", reject->reason);
    jsonw_text(&w, "meaning", meaning_of(reject->reason));
    jsonw_text(&w, "rule", reject->rule);
    jsonw_text(&w, "path", reject->path);
    jsonw_text(&w, "rejected_at", reject->at);
    jsonw_key(&w, "event");
    jsonw_raw(&w, reject->event);
    jsonw_key(&w, "failures");
    jsonw_raw(&w, reject->failures);
    jsonw_close(&w, '}');
}

void ops_reject_fill(const struct sto_reject *reject, const char *public_url,
                     struct ops_envelope *out)
{
    const struct sto_notification as_told = {
        .guid = reject->guid,
        .at = reject->at,
        .type = "event.rejected",
        .object = reject->dataset,
    };
    ops_envelope_fill(&as_told, public_url, out);
}
