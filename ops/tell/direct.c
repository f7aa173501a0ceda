/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/direct.c - see the header. */
#include "ops/tell/direct.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "ops/tell/address.h"
#include "ops/tell/alert.h"
#include "ops/tell/mail.h"
#include "ops/tell/mailbox.h"
#include "ops/tell/post.h"

enum { ID_SIZE = 160, AT_SIZE = 40, GRACE_MS = 1000, WHY_BYTES = 400 };

struct receiver {
    char *to; /* in the list's copy */
    bool is_mail;
    bool is_over; /* how it went is known */
};

struct direct {
    const struct conf *conf;
    const struct ops_told *told;
    ops_direct_reporter *reporter;
    void *arg;
    struct ops_address_rules *rules;
    struct ops_sender *sender;
    struct ops_post post;
    struct receiver receivers[OPS_DIRECT_MOST];
    size_t count;
    char *lists[2]; /* owned */
    int64_t at_s;
    char at[AT_SIZE];
    char id[ID_SIZE + 20];
    char thread[ID_SIZE];
    int failed;
    struct buf why;
};

bool ops_direct_is_set(const struct conf *conf)
{
    return *conf->alarm.email != '\0' || *conf->alarm.alertmanager != '\0';
}

/* ---- who is to be told ---- */

static int take_list(struct direct *direct, size_t which, const char *list, struct err *err)
{
    static const char blanks[] = " \t,";
    char *rest = strdup(list);
    direct->lists[which] = rest;
    if (rest == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
    }
    for (char *one = strsep(&rest, blanks); one != NULL; one = strsep(&rest, blanks)) {
        if (*one == '\0') {
            continue;
        }
        if (direct->count == OPS_DIRECT_MOST) {
            return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "[alarm] names more than %d",
                           OPS_DIRECT_MOST);
        }
        direct->receivers[direct->count++] = (struct receiver){.to = one, .is_mail = which == 0};
    }
    return 0;
}

/* ---- how it went ---- */

static void report(struct direct *direct, struct receiver *receiver,
                   const struct ops_sender_result *result)
{
    receiver->is_over = true;
    if (result->outcome != OPS_SENT_DELIVERED) {
        direct->failed++;
        buf_printf(&direct->why, "%s%s: %s", direct->why.len > 0 ? "; " : "", receiver->to,
                   result->text);
    }
    if (direct->reporter != NULL) {
        const struct ops_direct_report said = {.to = receiver->to,
                                               .is_mail = receiver->is_mail,
                                               .outcome = result->outcome,
                                               .status = result->status,
                                               .text = result->text};
        direct->reporter(&said, direct->arg);
    }
}

static void report_unsent(struct direct *direct, struct receiver *receiver, const char *why)
{
    struct ops_sender_result result = {.outcome = OPS_SENT_REFUSED};
    snprintf(result.text, sizeof(result.text), "%.*s", (int)sizeof(result.text) - 1, why);
    report(direct, receiver, &result);
}

/* ---- sending ---- */

static int send_mail(struct direct *direct, struct receiver *receiver, struct err *err)
{
    struct ops_mailbox to;
    if (ops_mailbox_read(&to, receiver->to, err) != 0 ||
        ops_address_check_mailbox(direct->rules, &to, err) != 0) {
        return -1;
    }
    const struct ops_mail mail = {.from = &direct->post.from,
                                  .to = &to,
                                  .id = direct->id,
                                  .thread = direct->thread,
                                  .at_s = direct->at_s,
                                  .told = direct->told};
    return ops_post_mail(&direct->post, direct->sender, &mail, receiver, err);
}

static int send_alert(struct direct *direct, struct receiver *receiver, struct err *err)
{
    const struct ops_told *told = direct->told;
    const struct ops_alert alert = {.told = told,
                                    .starts_at = direct->at,
                                    .ends_at = told->is_over ? direct->at : NULL,
                                    .is_brief = told->key == NULL};
    struct buf list = BUF_INIT;
    struct jsonw w = jsonw_to(&list);
    jsonw_open(&w, '[');
    ops_alert_put(&alert, &w);
    jsonw_close(&w, ']');
    int rc = ops_post_alerts(direct->sender, receiver->to, &list, receiver, err);
    buf_fini(&list);
    return rc;
}

static void send_all(struct direct *direct)
{
    for (size_t i = 0; i < direct->count; i++) {
        struct receiver *receiver = &direct->receivers[i];
        struct err err = ERR_INIT;
        int rc = receiver->is_mail ? send_mail(direct, receiver, &err)
                                   : send_alert(direct, receiver, &err);
        if (rc != 0) {
            report_unsent(direct, receiver, err.text);
        }
    }
}

static void wait_for_all(struct direct *direct)
{
    struct ops_sender_result results[OPS_DIRECT_MOST];
    int64_t until_ms = clock_mono_ms() + direct->conf->alarm.timeout_ms + GRACE_MS;
    int64_t left_ms = until_ms - clock_mono_ms();
    while (ops_sender_in_flight(direct->sender) > 0 && left_ms > 0) {
        size_t count = ops_sender_poll(direct->sender, (int)left_ms, results, OPS_DIRECT_MOST);
        for (size_t i = 0; i < count; i++) {
            report(direct, results[i].tag, &results[i]);
        }
        left_ms = until_ms - clock_mono_ms();
    }
    for (size_t i = 0; i < direct->count; i++) {
        if (!direct->receivers[i].is_over) {
            report_unsent(direct, &direct->receivers[i], "the time is over");
        }
    }
}

/* ---- one message ---- */

/* Letters, digits and '-' of what names it. */
static void name(struct direct *direct)
{
    const struct ops_told *told = direct->told;
    snprintf(direct->thread, sizeof(direct->thread), "nrc-%.60s-%.60s", told->kind,
             told->key != NULL ? told->key : "");
    for (char *at = direct->thread; *at != '\0'; at++) {
        bool is_plain =
            (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        if (!is_plain) {
            *at = '-';
        }
    }
    int64_t now_us = clock_wall_us();
    direct->at_s = now_us / 1000000;
    clock_format_utc(direct->at, sizeof(direct->at), now_us);
    snprintf(direct->id, sizeof(direct->id), "%s-%" PRIx64, direct->thread, now_us);
}

static int prepare(struct direct *direct, struct err *err)
{
    if (take_list(direct, 0, direct->conf->alarm.email, err) != 0 ||
        take_list(direct, 1, direct->conf->alarm.alertmanager, err) != 0 ||
        ops_post_read(&direct->post, direct->conf, err) != 0) {
        return -1;
    }
    direct->rules = ops_address_rules_parse(direct->conf->relay.allow, err);
    if (direct->rules == NULL) {
        return -1;
    }
    struct ops_sender_options options = ops_post_options(direct->conf, direct->rules);
    options.timeout_ms = (int)direct->conf->alarm.timeout_ms;
    options.max_in_flight = OPS_DIRECT_MOST;
    options.user_agent = "nrc";
    direct->sender = ops_sender_new(&options, err);
    return direct->sender != NULL ? 0 : -1;
}

static void end(struct direct *direct)
{
    ops_sender_free(&direct->sender);
    ops_address_rules_free(&direct->rules);
    buf_fini(&direct->why);
    free(direct->lists[0]);
    free(direct->lists[1]);
    free(direct);
}

int ops_tell_direct_reported(const struct conf *conf, const struct ops_told *what,
                             ops_direct_reporter *reporter, void *arg, struct err *err)
{
    if (!ops_direct_is_set(conf)) {
        return 0;
    }
    struct direct *direct = calloc(1, sizeof(*direct));
    if (direct == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
    }
    direct->conf = conf;
    direct->told = what;
    direct->reporter = reporter;
    direct->arg = arg;
    int rc = prepare(direct, err);
    if (rc == 0) {
        name(direct);
        send_all(direct);
        wait_for_all(direct);
        if (direct->failed > 0) {
            rc = err_set(err, ERR_KIND_RETRY, ERR_IO, "not told: %.*s", WHY_BYTES,
                         buf_cstr(&direct->why));
        }
    }
    end(direct);
    return rc;
}

int ops_tell_direct(const struct conf *conf, const struct ops_told *what, struct err *err)
{
    return ops_tell_direct_reported(conf, what, NULL, NULL, err);
}
