/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/alarm.c - see the header. */
#include "ops/monitor/alarm.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/log.h"

static const struct {
    const char *kind, *begins, *begins_ar, *over, *over_ar, *todo, *todo_ar;
} outages[] = {
    [OPS_OUTAGE_AWAY] =
        {"register_away", "The register is away", "السجل الوطني غير متاح", "The register is back",
         "عاد السجل الوطني",
         "See to PostgreSQL and the network. Nothing is lost: Kafka keeps what is sent.",
         "افحص PostgreSQL والشبكة. لا يضيع شيء: يحتفظ Kafka بما يُرسل."},
    [OPS_OUTAGE_FULL] =
        {"register_full", "The register's disk is full", "امتلأ قرص السجل الوطني",
         "The register's disk has room again", "عاد في قرص السجل الوطني متسع",
         "Make room on the register's disk. Nothing is lost: Kafka keeps what is sent.",
         "أفسح مكانًا في قرص السجل الوطني. لا يضيع شيء: يحتفظ Kafka بما يُرسل."},
};

/* 53100: disk_full; 53200 and the rest of class 53 go by. 25006: PostgreSQL was made read-only, as hosters do with a full disk. */
static enum ops_outage_kind kind_of(const struct err *err)
{
    if (strcmp(err->sqlstate, "53100") == 0 || strcmp(err->sqlstate, "25006") == 0) {
        return OPS_OUTAGE_FULL;
    }
    return err->code == ERR_REGISTER_DOWN || err->code == ERR_REGISTER_TIMEOUT ? OPS_OUTAGE_AWAY
                                                                               : OPS_OUTAGE_NONE;
}

bool ops_alarm_heeds(const struct err *err)
{
    return kind_of(err) != OPS_OUTAGE_NONE;
}

enum { TIME_SIZE = 40, SEVERITY_ACT_NOW = 3 };

/* "2026-03-01 09:30 UTC" */
static void print_time(int64_t at_s, char out[TIME_SIZE])
{
    char text[TIME_SIZE];
    clock_format_utc(text, sizeof(text), at_s * 1000000);
    snprintf(out, TIME_SIZE, "%.10s %.5s UTC", text, text + 11);
}

static void tell(struct ops_alarm *alarm, enum ops_outage_kind kind, bool is_over, int64_t now_s)
{
    char began[TIME_SIZE];
    char now[TIME_SIZE];
    char text[ERR_TEXT_BYTES + 400];
    char text_ar[ERR_TEXT_BYTES + 400];
    struct err err = ERR_INIT;
    print_time(alarm->began_s, began);
    print_time(now_s, now);
    snprintf(text, sizeof(text), "%s since %s%s%s.\n%s\n%s",
             is_over ? "It was so" : "The monitor could not write to it", began,
             is_over ? ", until " : "", is_over ? now : "", alarm->why,
             is_over ? "" : outages[kind].todo);
    snprintf(text_ar, sizeof(text_ar), "%s منذ \u2066%s\u2069%s%s%s.\n\u2066%s\u2069\n%s",
             is_over ? "كان كذلك" : "تعذرت الكتابة فيه", began, is_over ? "، حتى \u2066" : "",
             is_over ? now : "", is_over ? "\u2069" : "", alarm->why,
             is_over ? "" : outages[kind].todo_ar);
    const struct ops_told words = {.kind = outages[kind].kind,
                                   .subject = is_over ? outages[kind].over : outages[kind].begins,
                                   .subject_ar =
                                       is_over ? outages[kind].over_ar : outages[kind].begins_ar,
                                   .text = text,
                                   .text_ar = text_ar,
                                   .severity = SEVERITY_ACT_NOW,
                                   .is_over = is_over,
                                   .key = outages[kind].kind};
    alarm->tried_s = now_s;
    if (alarm->tell == NULL || alarm->tell(alarm->arg, &words, &err) == 0) {
        alarm->told = is_over ? OPS_OUTAGE_NONE : kind;
    } else {
        log_warn("alarm_not_told", LOG_STR("outage", words.kind), LOG_ERR(&err));
    }
}

void ops_alarm_failed(struct ops_alarm *alarm, const struct err *err, int64_t now_s)
{
    const enum ops_outage_kind kind = kind_of(err);
    if (kind == OPS_OUTAGE_NONE) {
        return;
    }
    if (alarm->kind == OPS_OUTAGE_NONE) {
        alarm->began_s = now_s;
    }
    if (kind >
        alarm->kind) { /* a disk that was full stays the reason, if the register goes away of it */
        alarm->kind = kind;
        alarm->tried_s = 0;
        snprintf(alarm->why, sizeof(alarm->why), "%s", err->text);
    }
    const bool is_due =
        alarm->kind == OPS_OUTAGE_FULL || now_s - alarm->began_s >= OPS_ALARM_AFTER_S;
    const bool may_try = alarm->tried_s == 0 || now_s - alarm->tried_s >= OPS_ALARM_AGAIN_S;
    if (alarm->told < alarm->kind && is_due && may_try) {
        tell(alarm, alarm->kind, false, now_s);
    }
}

void ops_alarm_ended(struct ops_alarm *alarm, int64_t now_s, struct ops_outage_over *over)
{
    const enum ops_outage_kind was = alarm->kind;
    *over = (struct ops_outage_over){.began_s = alarm->began_s};
    if (was == OPS_OUTAGE_FULL ||
        (was == OPS_OUTAGE_AWAY && now_s - alarm->began_s >= OPS_ALARM_AFTER_S)) {
        char now[TIME_SIZE];
        print_time(now_s, now);
        over->kind = outages[was].kind;
        snprintf(over->what, sizeof(over->what), "Until %s: %s", now, alarm->why);
    }
    if (alarm->kind != OPS_OUTAGE_NONE) {
        alarm->kind = OPS_OUTAGE_NONE;
        alarm->tried_s = 0;
    }
    if (alarm->told != OPS_OUTAGE_NONE &&
        (alarm->tried_s == 0 || now_s - alarm->tried_s >= OPS_ALARM_AGAIN_S)) {
        tell(alarm, alarm->told, true, now_s);
    }
}
