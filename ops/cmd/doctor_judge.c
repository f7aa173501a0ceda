/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_judge.c - from facts to findings. What cannot be known is a finding of its own, never taken for well. Of
 * many topics with one fault there is one finding, which names the first and counts the others. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "ops/cmd/doctor.h"

enum { DOCTOR_VALUE = 512 };

enum {
    CERTIFICATE_DAYS = 30,
    CLOCK_US = 2 * 1000 * 1000,
    RETENTION_HOURS = 96 /* a weekend with a holiday at either end */
};

static const int64_t gib = INT64_C(1) << 30;
static const int64_t hour_ms = INT64_C(60) * 60 * 1000;

struct judge {
    const struct doctor_facts *facts;
    doctor_tell *tell;
    void *arg;
};

static void say(const struct judge *j, enum doctor_outcome outcome, const char *a, const char *b)
{
    j->tell(j->arg, outcome, a != NULL ? a : "", b != NULL ? b : "");
}

static void say_numbers(const struct judge *j, enum doctor_outcome outcome, int64_t a, int64_t b)
{
    char x[24];
    char y[24];
    snprintf(x, sizeof(x), "%" PRId64, a);
    snprintf(y, sizeof(y), "%" PRId64, b);
    say(j, outcome, x, y);
}

/* ---- this host ---- */

static void judge_host(const struct judge *j)
{
    const struct doctor_facts *f = j->facts;
    say(j, f->conf_path != NULL ? FOUND_CONF : FOUND_CONF_NONE, f->conf_path, NULL);
    say(j, f->conf_has_secret && f->conf_is_open ? FOUND_SECRETS_OPEN : FOUND_SECRETS, f->conf_path,
        NULL);
    say_numbers(j, f->files >= f->files_needed ? FOUND_FILES : FOUND_FILES_FEW, f->files,
                f->files_needed);
    say(j, f->zone_error == NULL ? FOUND_ZONE : FOUND_ZONE_NOT,
        f->zone_error == NULL ? f->zone : f->zone_error, NULL);
    if (f->receivers_error != NULL) {
        say(j, FOUND_RECEIVERS_BAD, f->receivers_error, NULL);
    } else {
        say_numbers(j, FOUND_RECEIVERS, f->receivers, 0);
    }
}

/* How one server's certificate is told of. */
struct certificate_words {
    enum doctor_outcome closed;
    enum doctor_outcome bad;
    enum doctor_outcome none;
    enum doctor_outcome early;
    enum doctor_outcome over;
    enum doctor_outcome soon;
    enum doctor_outcome good;
};

static void judge_certificate(const struct judge *j, const struct doctor_certificate *c,
                              const struct certificate_words *words)
{
    if (c->error != NULL) {
        say(j, c->is_closed ? words->closed : words->bad, c->error, NULL);
    } else if (!c->is_there) {
        say(j, words->none, NULL, NULL);
    } else if (c->begins_days >= 0) {
        say_numbers(j, words->early, c->begins_days, 0);
    } else if (c->ends_days < 0) {
        say_numbers(j, words->over, -c->ends_days, 0);
    } else {
        say_numbers(j, c->ends_days < CERTIFICATE_DAYS ? words->soon : words->good, c->ends_days,
                    0);
    }
}

static void judge_certificates(const struct judge *j)
{
    static const struct certificate_words registry = {
        .closed = FOUND_CERTIFICATE_UNREADABLE,
        .bad = FOUND_CERTIFICATE_BAD,
        .none = FOUND_CERTIFICATE_NONE,
        .early = FOUND_CERTIFICATE_EARLY,
        .over = FOUND_CERTIFICATE_OVER,
        .soon = FOUND_CERTIFICATE_SOON,
        .good = FOUND_CERTIFICATE,
    };
    static const struct certificate_words page = {
        .closed = FOUND_PAGE_UNREADABLE,
        .bad = FOUND_PAGE_BAD,
        .none = FOUND_PAGE_PLAIN,
        .early = FOUND_PAGE_EARLY,
        .over = FOUND_PAGE_OVER,
        .soon = FOUND_PAGE_SOON,
        .good = FOUND_PAGE,
    };
    judge_certificate(j, &j->facts->certificate, &registry);
    if (j->facts->has_page) {
        judge_certificate(j, &j->facts->page, &page);
    } else {
        say(j, FOUND_PAGE_NONE, NULL, NULL);
    }
}

/* ---- the register ---- */

static void judge_server(const struct judge *j)
{
    const struct doctor_facts *f = j->facts;
    say(j,
        f->is_standby     ? FOUND_STANDBY
        : f->is_read_only ? FOUND_READ_ONLY
                          : FOUND_WRITABLE,
        NULL, NULL);
    if (f->fsync && f->full_page_writes && f->is_synchronous) {
        say(j, FOUND_DURABLE, NULL, NULL);
    }
    if (!f->fsync) {
        say(j, FOUND_NOT_DURABLE, "fsync", NULL);
    }
    if (!f->full_page_writes) {
        say(j, FOUND_NOT_DURABLE, "full_page_writes", NULL);
    }
    if (!f->is_synchronous) {
        say(j, FOUND_ASYNC, NULL, NULL);
    }
    say(j, f->autovacuum ? FOUND_AUTOVACUUM : FOUND_AUTOVACUUM_OFF, NULL, NULL);
    doctor_judge_size(&f->size, j->tell, j->arg);
}

static void judge_clock(const struct judge *j)
{
    int64_t off_us = j->facts->clock_ahead_us;
    off_us = off_us < 0 ? -off_us : off_us;
    if (off_us < CLOCK_US) {
        say_numbers(j, FOUND_CLOCK, off_us / 1000 + 1, 0);
    } else {
        say_numbers(j, FOUND_CLOCK_OFF, off_us / 1000000, 0);
    }
}

static void judge_disk(const struct judge *j)
{
    const struct doctor_facts *f = j->facts;
    if (f->disk_free < 0 || f->disk_total <= 0) {
        say(j, FOUND_DISK_UNKNOWN, NULL, NULL);
        return;
    }
    int64_t percent = f->disk_free / (f->disk_total / 100 + 1);
    bool is_full = percent < 2 || f->disk_free < gib;
    bool is_low = percent < 10;
    say_numbers(j,
                is_full  ? FOUND_DISK_FULL
                : is_low ? FOUND_DISK_LOW
                         : FOUND_DISK,
                f->disk_free / gib, percent);
}

static void judge_login(const struct judge *j)
{
    static const enum doctor_outcome may[DOCTOR_DAEMONS] = {FOUND_ROLE_INGEST, FOUND_ROLE_REGISTRY,
                                                            FOUND_ROLE_RELAY, FOUND_ROLE_MONITOR};
    static const enum doctor_outcome may_not[DOCTOR_DAEMONS] = {
        FOUND_NO_ROLE_INGEST, FOUND_NO_ROLE_REGISTRY, FOUND_NO_ROLE_RELAY, FOUND_NO_ROLE_MONITOR};
    const struct doctor_facts *f = j->facts;
    say(j, f->is_superuser ? FOUND_SUPERUSER : FOUND_LOGIN, f->login, NULL);
    for (size_t i = 0; i < DOCTOR_DAEMONS; i++) {
        say(j, f->may_act[i] ? may[i] : may_not[i], f->login, NULL);
    }
    if (f->has_page) {
        say(j, f->may_serve_page ? FOUND_ROLE_PAGE : FOUND_NO_ROLE_PAGE, f->login, NULL);
    }
}

static void judge_register(const struct judge *j)
{
    const struct doctor_facts *f = j->facts;
    if (!f->has_register || f->register_error != NULL) {
        say(j, f->has_register ? FOUND_REGISTER_AWAY : FOUND_REGISTER_NONE, f->register_error,
            NULL);
        return;
    }
    say(j, FOUND_REGISTER, f->server_version, NULL);
    say(j,
        f->migrations_error == NULL ? FOUND_MIGRATIONS
        : f->migrations_not_read    ? FOUND_MIGRATIONS_UNKNOWN
                                    : FOUND_MIGRATIONS_NOT,
        f->migrations_error, NULL);
    judge_server(j);
    judge_clock(j);
    judge_disk(j);
    judge_login(j);
}

/* ---- Kafka ---- */

/* Whether the outcome is one of this topic; `other` then is the sentence's second value. */
typedef bool is_of(const struct doctor_topic *topic, char other[DOCTOR_VALUE]);

static bool is_missing(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    (void)other;
    return t->presence == TOPIC_MISSING;
}

static bool is_not_known(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    snprintf(other, DOCTOR_VALUE, "%s", t->why);
    return t->presence == TOPIC_NOT_KNOWN || (t->presence == TOPIC_THERE && !t->has_settings);
}

static bool is_forbidden(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    (void)other;
    return t->reading == READING_FORBIDDEN;
}

static bool is_not_read(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    snprintf(other, DOCTOR_VALUE, "%s", t->why);
    return t->reading == READING_NOT_KNOWN;
}

static bool has_no_known_start(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    (void)other;
    return t->start_not_known > 0;
}

static bool is_kept_briefly(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    snprintf(other, DOCTOR_VALUE, "%" PRId64, t->retention_ms / hour_ms);
    return t->has_settings && t->retention_ms >= 0 && t->retention_ms < RETENTION_HOURS * hour_ms;
}

static bool has_one_replica(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    (void)other;
    return t->presence == TOPIC_THERE && t->replicas < 2;
}

static bool has_one_in_sync(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    (void)other;
    return t->has_settings && t->replicas >= 2 && t->min_insync < 2;
}

static bool is_unclean(const struct doctor_topic *t, char other[DOCTOR_VALUE])
{
    (void)other;
    return t->has_settings && t->unclean;
}

/* "moh.births (+3)" */
static const char *and_more(char out[DOCTOR_VALUE], const char *first, int64_t more)
{
    int len = snprintf(out, DOCTOR_VALUE, "%.480s", first);
    if (more > 0) {
        snprintf(out + len, DOCTOR_VALUE - (size_t)len, " (+%" PRId64 ")", more);
    }
    return out;
}

/* How many topics it holds of; of these it says one finding. */
static size_t say_topics(const struct judge *j, enum doctor_outcome outcome, is_of *holds)
{
    const struct doctor_topic *first = NULL;
    char value[DOCTOR_VALUE] = "";
    char name[DOCTOR_VALUE];
    size_t found = 0;
    for (size_t i = 0; i < j->facts->topic_count; i++) {
        char other[DOCTOR_VALUE] = "";
        if (!holds(&j->facts->topics[i], other)) {
            continue;
        }
        if (found++ == 0) {
            first = &j->facts->topics[i];
            memcpy(value, other, sizeof(value));
        }
    }
    if (found > 0) {
        say(j, outcome, and_more(name, first->name, (int64_t)found - 1), value);
    }
    return found;
}

static void judge_lost(const struct judge *j)
{
    const char *first = NULL;
    int64_t more = 0;
    int64_t known = 0;
    char text[DOCTOR_VALUE];
    for (size_t i = 0; i < j->facts->topic_count; i++) {
        const struct doctor_topic *t = &j->facts->topics[i];
        known += t->claimed - t->start_not_known;
        more += (first != NULL && t->lost != NULL) + t->lost_more;
        first = first != NULL ? first : t->lost;
    }
    if (first != NULL) {
        say(j, FOUND_LOST, and_more(text, first, more), NULL);
    }
    if (say_topics(j, FOUND_LOST_UNKNOWN, has_no_known_start) == 0 && first == NULL) {
        say_numbers(j, FOUND_NOTHING_LOST, known, 0);
    }
}

static void judge_reading(const struct judge *j)
{
    int64_t works = 0;
    for (size_t i = 0; i < j->facts->topic_count; i++) {
        works += j->facts->topics[i].reading == READING_WORKS;
    }
    if (works > 0) {
        say_numbers(j, FOUND_READS, works, 0);
    }
    say_topics(j, FOUND_FORBIDDEN, is_forbidden);
    say_topics(j, FOUND_READ_UNKNOWN, is_not_read);
}

static void judge_topics(const struct judge *j)
{
    const struct doctor_facts *f = j->facts;
    size_t missing = say_topics(j, FOUND_TOPIC_MISSING, is_missing);
    size_t not_known = say_topics(j, FOUND_TOPIC_UNKNOWN, is_not_known);
    if (f->topics_not_looked_at > 0) {
        say_numbers(j, FOUND_TOPICS_MORE, (int64_t)f->topic_count,
                    (int64_t)f->topics_not_looked_at);
    } else if (missing + not_known == 0) {
        say_numbers(j, FOUND_TOPICS, (int64_t)f->topic_count, 0);
    }
    judge_reading(j);
    judge_lost(j);
    if (say_topics(j, FOUND_RETENTION_SHORT, is_kept_briefly) == 0 && not_known == 0) {
        say_numbers(j, FOUND_RETENTION, RETENTION_HOURS, 0);
    }
    size_t weak = say_topics(j, FOUND_ONE_REPLICA, has_one_replica);
    weak += say_topics(j, FOUND_ONE_IN_SYNC, has_one_in_sync);
    weak += say_topics(j, FOUND_UNCLEAN, is_unclean);
    if (weak == 0 && not_known == 0) {
        say(j, FOUND_REPLICAS, NULL, NULL);
    }
}

static void judge_kafka(const struct judge *j)
{
    const struct doctor_facts *f = j->facts;
    if (!f->has_kafka || f->kafka_error != NULL) {
        say(j, f->has_kafka ? FOUND_KAFKA_AWAY : FOUND_KAFKA_NONE, f->kafka_error, NULL);
        return;
    }
    say_numbers(j, FOUND_KAFKA, f->brokers, 0);
    bool is_told = f->kafka_version != NULL && *f->kafka_version != '\0';
    say(j, is_told ? FOUND_KAFKA_VERSION : FOUND_KAFKA_VERSION_UNKNOWN,
        is_told ? f->kafka_version : f->kafka_version_error, NULL);
    if (f->has_topics) {
        judge_topics(j);
    } else {
        say(j, FOUND_TOPICS_NOT_TOLD, NULL, NULL);
    }
}

void doctor_judge(const struct doctor_facts *facts, doctor_tell *tell, void *arg)
{
    const struct judge j = {facts, tell, arg};
    if (facts->conf_error != NULL) {
        say(&j, FOUND_CONF_BAD, facts->conf_error, NULL);
        return;
    }
    judge_host(&j);
    judge_certificates(&j);
    judge_register(&j);
    judge_kafka(&j);
}
