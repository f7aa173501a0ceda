/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/headers.c - of a webhook id, timestamp and signatures: one for each secret, with a blank between them. */
#include "ops/tell/headers_priv.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/sign.h"
#include "ops/tell/sender.h"

enum { ID_MAX = 128, SECRETS_MAX = 4 };

static int check_request(const struct ops_sender_request *request, struct err *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strspn(request->id, letters);
    if (len == 0 || len > ID_MAX || request->id[len] != '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "a webhook's id is 1 to %d letters, digits, '-' and '_'", ID_MAX);
    }
    if (request->secret_count < 1 || request->secret_count > SECRETS_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "a webhook is signed with 1 to %d secrets",
                       SECRETS_MAX);
    }
    return 0;
}

static int sign_once(const struct ops_sender_request *request, const char *secret,
                     char out[SIGN_SIGNATURE_SIZE], struct err *err)
{
    struct sign_key key;
    struct sign_message message = {.id = request->id,
                                   .timestamp_s = request->timestamp_s,
                                   .body = request->body,
                                   .body_len = request->body_len};
    if (sign_key_read(&key, secret, err) != 0) {
        return -1;
    }
    int rc = sign_message(&key, &message, out, err);
    sign_key_wipe(&key);
    return rc;
}

static int sign_all(const struct ops_sender_request *request, struct buf *line, struct err *err)
{
    buf_put_str(line, "webhook-signature:");
    for (size_t i = 0; i < request->secret_count; i++) {
        char signature[SIGN_SIGNATURE_SIZE];
        if (sign_once(request, request->secrets[i], signature, err) != 0) {
            return -1;
        }
        buf_printf(line, " %s", signature);
    }
    return 0;
}

/* false: no memory. */
static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    *list = longer != NULL ? longer : *list;
    return longer != NULL;
}

static struct curl_slist *make_list(const struct ops_sender_request *request,
                                    const char *signatures)
{
    char id[sizeof("webhook-id: ") + ID_MAX];
    char timestamp[sizeof("webhook-timestamp: ") + 20];
    snprintf(id, sizeof(id), "webhook-id: %s", request->id);
    snprintf(timestamp, sizeof(timestamp), "webhook-timestamp: %" PRId64, request->timestamp_s);
    struct curl_slist *list = NULL;
    if (append(&list, "Content-Type: application/cloudevents+json; charset=utf-8") &&
        append(&list, id) && append(&list, timestamp) && append(&list, signatures) &&
        append(&list, "Expect:")) { /* no "100-continue": a body is sent at once */
        return list;
    }
    curl_slist_free_all(list);
    return NULL;
}

static struct curl_slist *of_json(struct err *err)
{
    struct curl_slist *list = NULL;
    if (append(&list, "Content-Type: application/json") && append(&list, "Expect:")) {
        return list;
    }
    curl_slist_free_all(list);
    err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
    return NULL;
}

struct curl_slist *ops_headers_new(const struct ops_sender_request *request, struct err *err)
{
    if (request->what == OPS_SEND_JSON) {
        return of_json(err);
    }
    struct buf signatures = BUF_INIT;
    struct curl_slist *list = NULL;
    if (check_request(request, err) == 0 && sign_all(request, &signatures, err) == 0) {
        const char *line = buf_cstr(&signatures);
        list = buf_failed(&signatures) ? NULL : make_list(request, line);
        if (list == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a webhook");
        }
    }
    buf_fini(&signatures);
    return list;
}
