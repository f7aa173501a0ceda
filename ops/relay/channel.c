/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/channel.c - see the header. */
#include "ops/relay/channel.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "ops/relay/envelope.h"
#include "ops/relay/words.h"
#include "ops/tell/address.h"
#include "ops/tell/alert.h"
#include "ops/tell/mail.h"
#include "ops/tell/mailbox.h"
#include "ops/tell/post.h"
#include "ops/tell/sender.h"
#include "storage/notify/outbox.h"

enum { THREAD_SIZE = 48 };

struct ops_channel {
    const struct conf *conf;
    const struct ops_address_rules *rules;
    struct ops_sender *sender;
    struct ops_post post;
    struct buf body;
    struct ops_words words;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "memory is out");
}

struct ops_channel *ops_channel_new(const struct conf *conf, const struct ops_address_rules *rules,
                                    struct ops_sender *sender, struct err *err)
{
    struct ops_channel *channel = calloc(1, sizeof(*channel));
    if (channel == NULL) {
        no_memory(err);
        return NULL;
    }
    channel->conf = conf;
    channel->rules = rules;
    channel->sender = sender;
    if (ops_post_read(&channel->post, conf, err) != 0) {
        ops_channel_free(&channel);
    }
    return channel;
}

void ops_channel_free(struct ops_channel **taken)
{
    struct ops_channel *channel = *taken;
    *taken = NULL;
    if (channel != NULL) {
        ops_words_fini(&channel->words);
        buf_fini(&channel->body);
        free(channel);
    }
}

int ops_channel_event(struct ops_channel *channel, const struct sto_claim *claim, struct buf **out,
                      struct err *err)
{
    buf_reset(&channel->body);
    ops_envelope_put(&claim->notification, channel->conf->registry.public_url, &channel->body);
    *out = &channel->body;
    return buf_failed(&channel->body) ? no_memory(err) : 0;
}

static int send_webhook(struct ops_channel *channel, const struct sto_claim *claim, void *tag,
                        struct err *err)
{
    struct buf *body;
    if (ops_channel_event(channel, claim, &body, err) != 0) {
        return -1;
    }
    const struct ops_sender_request request = {
        .what = OPS_SEND_WEBHOOK,
        .id = claim->notification.guid,
        .timestamp_s = clock_wall_s(),
        .url = claim->url,
        .body = (const char *)body->data,
        .body_len = body->len,
        .secrets = (const char *const *)claim->secrets,
        .secret_count = claim->secret_count,
        .tag = tag,
    };
    return ops_sender_send(channel->sender, &request, err);
}

/* Of "2026-03-01T09:30:00.123456Z", as the register writes it. */
static int64_t seconds_of(const char *at)
{
    struct tm tm = {0};
    return strptime(at, "%Y-%m-%dT%H:%M:%S", &tm) != NULL ? timegm(&tm) : clock_wall_s();
}

/* The mails of one incident, one notice, one request stand together: what has a '/' in its name is its number. */
static void write_thread(char out[THREAD_SIZE], const char *object)
{
    size_t len = 0;
    for (; object[len] != '\0' && len + 1 < THREAD_SIZE; len++) {
        bool is_plain = (object[len] >= 'a' && object[len] <= 'z') ||
                        (object[len] >= '0' && object[len] <= '9');
        out[len] = '-';
        if (is_plain) {
            out[len] = object[len];
        }
    }
    out[len] = '\0';
}

/* NULL: nobody said where the registry is reached. */
static const char *link_of(const struct ops_channel *channel, const struct sto_claim *claim,
                           char out[OPS_ENVELOPE_URI_SIZE])
{
    const char *public_url = channel->conf->registry.public_url;
    ops_envelope_uri(&claim->notification, public_url, out);
    return *public_url != '\0' ? out : NULL;
}

static int send_mail(struct ops_channel *channel, const struct sto_claim *claim, void *tag,
                     struct err *err)
{
    char thread[THREAD_SIZE];
    char link[OPS_ENVELOPE_URI_SIZE];
    struct ops_mailbox to;
    const char *address = ops_mailbox_of_url(claim->url);
    if (ops_mailbox_read(&to, address != NULL ? address : claim->url, err) != 0 ||
        ops_address_check_mailbox(channel->rules, &to, err) != 0) {
        return -1;
    }
    if (!ops_words_fill(&channel->words, claim)) {
        return no_memory(err);
    }
    write_thread(thread, claim->notification.object);
    const struct ops_mail mail = {.from = &channel->post.from,
                                  .to = &to,
                                  .id = claim->notification.guid,
                                  .thread = thread,
                                  .at_s = seconds_of(claim->notification.at),
                                  .link = link_of(channel, claim, link),
                                  .told = &channel->words.told};
    return ops_post_mail(&channel->post, channel->sender, &mail, tag, err);
}

/* Of a test: it ends by itself. */
static bool put_brief(struct ops_channel *channel, const struct sto_claim *claim, struct jsonw *w)
{
    if (!ops_words_fill(&channel->words, claim)) {
        return false;
    }
    const struct ops_alert alert = {.told = &channel->words.told,
                                    .agency = claim->about.agency,
                                    .starts_at = claim->notification.at,
                                    .is_brief = true};
    ops_alert_put(&alert, w);
    return true;
}

static bool put_incident(struct ops_channel *channel, const struct sto_claim *claim,
                         const struct sto_told_incident *incident, struct jsonw *w)
{
    char link[OPS_ENVELOPE_URI_SIZE];
    if (!ops_words_fill_incident(&channel->words, incident)) {
        return false;
    }
    const struct ops_alert alert = {.told = &channel->words.told,
                                    .dataset = incident->dataset,
                                    .agency = incident->agency,
                                    .starts_at = incident->began_at,
                                    .ends_at = incident->closed_at,
                                    .link = link_of(channel, claim, link)};
    ops_alert_put(&alert, w);
    return true;
}

/* Each incident as it is now: whichever notification comes last, the Alertmanager knows the state. */
static int send_alerts(struct ops_channel *channel, const struct sto_claim *claim, void *tag,
                       struct err *err)
{
    buf_reset(&channel->body);
    struct jsonw w = jsonw_to(&channel->body);
    jsonw_open(&w, '[');
    bool is_put = claim->incident_count > 0 || put_brief(channel, claim, &w);
    for (size_t i = 0; i < claim->incident_count && is_put; i++) {
        is_put = put_incident(channel, claim, &claim->incidents[i], &w);
    }
    jsonw_close(&w, ']');
    return is_put ? ops_post_alerts(channel->sender, claim->url, &channel->body, tag, err)
                  : no_memory(err);
}

int ops_channel_send(struct ops_channel *channel, const struct sto_claim *claim, void *tag,
                     struct err *err)
{
    if (claim->way == STO_WAY_WEBHOOK) {
        return send_webhook(channel, claim, tag, err);
    }
    return claim->way == STO_WAY_MAIL ? send_mail(channel, claim, tag, err)
                                      : send_alerts(channel, claim, tag, err);
}
