/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/post.c - see the header. */
#include "ops/tell/post.h"

#include "base/buf.h"
#include "base/conf.h"
#include "ops/tell/alert.h"
#include "ops/tell/mail.h"

static int bad(struct err *err, const char *key, const struct err *why)
{
    return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "[alarm] %s: %s", key, why->text);
}

int ops_post_read(struct ops_post *out, const struct conf *conf, struct err *err)
{
    struct err why = ERR_INIT;
    *out = (struct ops_post){.server = NULL};
    if (*conf->alarm.smtp == '\0') {
        return 0;
    }
    struct ops_url url;
    if (ops_url_read_server(&url, conf->alarm.smtp, &why) != 0) {
        return bad(err, "smtp", &why);
    }
    ops_url_fini(&url);
    if (ops_mailbox_read(&out->from, conf->alarm.from, &why) != 0) {
        return bad(err, "from", &why);
    }
    out->server = conf->alarm.smtp;
    return 0;
}

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

struct ops_sender_options ops_post_options(const struct conf *conf,
                                           const struct ops_address_rules *rules)
{
    return (struct ops_sender_options){
        .timeout_ms = (int)conf->relay.timeout_ms,
        .rules = rules,
        .ca_file = or_null(conf->relay.ca_file),
        .mail_user = or_null(conf->alarm.user),
        .mail_password = *conf->alarm.user != '\0' ? conf->alarm.password : NULL,
    };
}

static int send(struct ops_sender *sender, struct ops_sender_request *request, struct buf *body,
                struct err *err)
{
    request->body = buf_cstr(body);
    request->body_len = body->len;
    return buf_failed(body) ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message")
                            : ops_sender_send(sender, request, err);
}

int ops_post_mail(const struct ops_post *post, struct ops_sender *sender,
                  const struct ops_mail *mail, void *tag, struct err *err)
{
    if (post->server == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_CONFIG,
                       "no mail is sent: [alarm] smtp names no mail server");
    }
    struct ops_sender_request request = {.what = OPS_SEND_MAIL,
                                         .url = post->server,
                                         .from = post->from.text,
                                         .to = mail->to->text,
                                         .tag = tag};
    struct buf body = BUF_INIT;
    ops_mail_put(mail, &body);
    int rc = send(sender, &request, &body, err);
    buf_fini(&body);
    return rc;
}

int ops_post_alerts(struct ops_sender *sender, const char *url, struct buf *alerts, void *tag,
                    struct err *err)
{
    char full[OPS_ALERT_URL_SIZE];
    struct ops_sender_request request = {.what = OPS_SEND_JSON, .url = full, .tag = tag};
    return ops_alert_url(url, full, err) == 0 ? send(sender, &request, alerts, err) : -1;
}
