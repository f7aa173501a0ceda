/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/status_sentence.c - the sentence of a status, in English and Arabic. Arabic counts stand behind a colon: so they
 * need no plural of their own. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/day.h"
#include "base/zone.h"
#include "ops/monitor/status_priv.h"

enum { TIME_SIZE = 40 };

static void add(char out[OPS_STATUS_SENTENCE_SIZE], const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What does not fit is cut off at a whole character, and nothing comes behind it. */
static void add(char out[OPS_STATUS_SENTENCE_SIZE], const char *fmt, ...)
{
    const size_t used = strlen(out);
    va_list args;
    if (used + 4 >= OPS_STATUS_SENTENCE_SIZE) {
        return;
    }
    va_start(args, fmt);
    const int wanted = vsnprintf(out + used, OPS_STATUS_SENTENCE_SIZE - used, fmt, args);
    va_end(args);
    if (wanted >= 0 && used + (size_t)wanted >= OPS_STATUS_SENTENCE_SIZE) {
        size_t end = OPS_STATUS_SENTENCE_SIZE - 1;
        while (end > used && ((unsigned char)out[end - 1] & 0xC0) == 0x80) {
            end--;
        }
        end -= end > used && ((unsigned char)out[end - 1] & 0xC0) == 0xC0;
        out[end] = '\0';
    }
}

/* "10:42" of today, else with the day. isolated: in Arabic text, which would turn it round. */
static void print_time(const struct ops_source_facts *f, int64_t instant, bool isolated,
                       char out[TIME_SIZE])
{
    int64_t rest;
    char name[DAY_SIZE];
    const int64_t day = day_at(zone_local(f->zone, instant), &rest);
    const bool is_today = day == day_at(zone_local(f->zone, f->now), NULL);
    day_print(day, name);
    snprintf(out, TIME_SIZE, "%s%s%s%02d:%02d%s", isolated ? "\u2066" : "", is_today ? "" : name,
             is_today ? "" : " ", (int)(rest / 3600), (int)(rest % 3600 / 60),
             isolated ? "\u2069" : "");
}

struct times {
    char en[TIME_SIZE];
    char ar[TIME_SIZE];
};

static struct times time_of(const struct status_judging *j, int64_t instant)
{
    struct times t;
    print_time(j->f, instant, false, t.en);
    print_time(j->f, instant, true, t.ar);
    return t;
}

static void say(struct status_judging *j, const char *english, const char *arabic)
{
    add(j->out->english, "%s", english);
    add(j->out->arabic, "%s", arabic);
}

static void say_silence(struct status_judging *j)
{
    if (j->f->last_arrival == INT64_MIN) {
        say(j, "No event has come yet", "لم يصل أي حدث بعد");
        return;
    }
    const struct times t = time_of(j, j->f->last_arrival);
    add(j->out->english, "No events since %s", t.en);
    add(j->out->arabic, "لا أحداث منذ %s", t.ar);
}

static void say_ok(struct status_judging *j)
{
    if (j->f->last_arrival != INT64_MIN && j->f->now - j->f->last_arrival < STATUS_BUSY_S) {
        say(j, "Events are stored as they arrive.", "تُحفظ الأحداث فور وصولها.");
        return;
    }
    say_silence(j);
    say(j, j->n.waits > 0 ? "; what has come is being stored." : "; nothing waits.",
        j->n.waits > 0 ? "؛ وما وصل يجري حفظه." : "؛ ولا شيء ينتظر.");
}

static void say_quiet(struct status_judging *j)
{
    say_silence(j);
    if (j->f->freshness != NULL && j->f->freshness->reason == OPS_REASON_QUIET_SOURCE) {
        say(j, "; the agency's topic is quiet, and its source is alive.",
            "؛ موضوع الجهة هادئ ومصدرها يعمل.");
    } else {
        say(j, "; it is not late yet.", "؛ ولم يحن الموعد بعد.");
    }
}

static void say_outage(struct status_judging *j)
{
    const int64_t until = j->f->outage_until;
    say_silence(j);
    say(j, "; the agency's topic is quiet, declared outage", "؛ موضوع الجهة هادئ، وإيقاف معلن");
    if (until == OPS_NEVER_S || until <= j->f->now) {
        say(j, ".", ".");
        return;
    }
    const struct times t = time_of(j, until);
    add(j->out->english, " until %s.", t.en);
    add(j->out->arabic, " حتى %s.", t.ar);
}

/* "300 events wait, the oldest since 09:12" */
static void say_waiting(struct status_judging *j)
{
    add(j->out->english, "%" PRId64 " event%s wait%s", j->n.waits, j->n.waits == 1 ? "" : "s",
        j->n.waits == 1 ? "s" : "");
    add(j->out->arabic, "عدد الأحداث المنتظرة: %" PRId64, j->n.waits);
    if (j->n.oldest != OPS_NEVER_S) {
        const struct times t = time_of(j, j->n.oldest);
        add(j->out->english, ", the oldest since %s", t.en);
        add(j->out->arabic, "، وأقدمها منذ %s", t.ar);
    }
}

static void say_headroom(struct status_judging *j)
{
    const int64_t left = j->out->lag.headroom_s;
    if (left < 0 || left == OPS_NEVER_S) {
        say(j, ".", ".");
        return;
    }
    const struct times t = time_of(j, j->f->now + left);
    add(j->out->english, "; Kafka deletes the first of them at %s.", t.en);
    add(j->out->arabic, "؛ ويحذف Kafka أولها عند %s.", t.ar);
}

static void say_behind(struct status_judging *j)
{
    const bool shrinks = j->out->lag.trend == OPS_TREND_SHRINKS;
    say_waiting(j);
    say(j, shrinks ? ", and they get fewer too slowly" : ", and they do not get fewer",
        shrinks ? "، وهي تتناقص ببطء شديد" : "، وهي لا تتناقص");
    say_headroom(j);
}

static void say_catching_up(struct status_judging *j)
{
    if (j->f->freshness != NULL && j->f->freshness->state == OPS_STATE_CATCHING_UP) {
        say(j, j->f->freshness->english, j->f->freshness->arabic);
        return;
    }
    const int64_t left = j->out->lag.catch_up_s;
    say_waiting(j);
    say(j, ", and they get fewer", "، وهي تتناقص");
    if (left < 0 || left == OPS_NEVER_S) {
        say(j, ".", ".");
        return;
    }
    const struct times t = time_of(j, j->f->now + left);
    add(j->out->english, "; at this pace nothing waits at %s.", t.en);
    add(j->out->arabic, "؛ وبهذه الوتيرة لن ينتظر شيء عند %s.", t.ar);
}

static void say_unknown(struct status_judging *j)
{
    const struct ops_source_facts *f = j->f;
    if (f->is_silent) {
        say(j, "Kafka does not answer: what waits is not known.",
            "لا يستجيب Kafka: ما ينتظر غير معروف.");
    } else if (f->topic_partitions == 0 && f->count == 0) {
        say(j, "The topic does not exist.", "الموضوع غير موجود.");
    } else if (j->n.unknown > 0) {
        add(j->out->english, "Kafka does not say where %zu of %zu partitions end.", j->n.unknown,
            f->count);
        add(j->out->arabic, "لا يُفصح Kafka عن نهاية أقسام من الموضوع، عددها %zu من %zu.",
            j->n.unknown, f->count);
    } else if (j->n.young > 0) {
        say(j, "It has been watched for too short a time: whether it catches up is not known yet.",
            "مدة مراقبته قصيرة: لم يُعرف بعد هل يستدرك.");
    } else if (f->freshness != NULL) {
        say(j, f->freshness->english, f->freshness->arabic);
    } else {
        say(j, "Kafka does not describe the topic.", "لا يصف Kafka الموضوع.");
    }
}

static void say_rewound(struct status_judging *j)
{
    say(j, "The position went back, and events are taken once more: ",
        "عاد الموضع إلى الوراء، وتؤخذ الأحداث مرة أخرى: ");
    say_waiting(j);
    say(j, ".", ".");
}

static void say_stalled(struct status_judging *j)
{
    say(j, "An engine has the topic and takes nothing: ", "للموضوع محرك لا يأخذ شيئًا: ");
    say_waiting(j);
    say_headroom(j);
}

static void say_stopped(struct status_judging *j)
{
    say(j, "No engine takes the topic: ", "لا محرك يأخذ من الموضوع: ");
    say_waiting(j);
    say_headroom(j);
}

static void say_lost(struct status_judging *j)
{
    if (j->n.lost > 0) {
        add(j->out->english, "Kafka deleted %" PRId64 " events before they were stored.",
            j->n.lost);
        add(j->out->arabic, "حذف Kafka أحداثًا قبل حفظها، عددها %" PRId64 ".", j->n.lost);
    } else {
        say(j,
            "Kafka's log ends before the position: the topic was made anew, and what it had is "
            "gone.",
            "ينتهي الموضوع قبل الموضع المحفوظ: أُعيد إنشاؤه، وضاع ما كان فيه.");
    }
}

static void say_paused(struct status_judging *j)
{
    say(j, "The Center has paused it: ", "أوقفه المركز مؤقتًا: ");
    say_waiting(j);
    say(j, ".", ".");
}

static void say_halted(struct status_judging *j)
{
    add(j->out->english, "%zu of %zu partitions %s halted: %s; ", j->n.halted, j->f->count,
        j->n.halted == 1 ? "is" : "are", j->n.halt_reason != NULL ? j->n.halt_reason : "");
    add(j->out->arabic, "أقسام متوقفة من الموضوع، عددها %zu من %zu؛ ", j->n.halted, j->f->count);
    say_waiting(j);
    say(j, ".", ".");
}

static void say_late(struct status_judging *j)
{
    say(j, j->f->freshness->english, j->f->freshness->arabic);
}

static void say_not_watched(struct status_judging *j)
{
    say(j, "It is not watched.", "لا تُراقب.");
}

void status_explain(struct status_judging *j)
{
    static void (*const sentences[OPS_STATUS_COUNT])(struct status_judging *) = {
        [OPS_STATUS_OK] = say_ok,
        [OPS_STATUS_QUIET] = say_quiet,
        [OPS_STATUS_SUSPENDED] = say_outage,
        [OPS_STATUS_CATCHING_UP] = say_catching_up,
        [OPS_STATUS_PAUSED] = say_paused,
        [OPS_STATUS_NOT_WATCHED] = say_not_watched,
        [OPS_STATUS_UNKNOWN] = say_unknown,
        [OPS_STATUS_BEHIND] = say_behind,
        [OPS_STATUS_LATE] = say_late,
        [OPS_STATUS_REWOUND] = say_rewound,
        [OPS_STATUS_STALLED] = say_stalled,
        [OPS_STATUS_STOPPED] = say_stopped,
        [OPS_STATUS_LOST] = say_lost,
        [OPS_STATUS_HALTED] = say_halted,
    };
    sentences[j->out->kind](j);
}
