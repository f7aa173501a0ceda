/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor.h - nrc doctor: facts that are gathered, and findings that follow from them.
 *
 * Gathering asks this host (doctor_host.c), the register (doctor_register.c) and Kafka (doctor_kafka.c), and judges nothing;
 * what it could not learn it says so. Judging (doctor_judge.c) is a function of the facts alone. */
#ifndef OPS_CMD_DOCTOR_H
#define OPS_CMD_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ops/cmd/doctor_checks.h"
#include "ops/cmd/doctor_size.h"
#include "ops/cmd/doctor_table.h"

struct buf;
struct ops_context;

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_UNKNOWN };

enum doctor_check {
#define X(id, token, looks_at) id,
    DOCTOR_CHECKS(X)
#undef X
        DOCTOR_CHECK_COUNT
};

enum doctor_outcome {
#define X(id, check, state, english, arabic) id,
    DOCTOR_OUTCOMES(X)
#undef X
        DOCTOR_OUTCOME_COUNT
};

enum { DOCTOR_DAEMONS = 4 }; /* ingest, registry, relay, monitor */

struct doctor_topic {
    const char *name;
    enum { TOPIC_THERE, TOPIC_MISSING, TOPIC_NOT_KNOWN } presence;
    enum { READING_NOT_TRIED, READING_WORKS, READING_FORBIDDEN, READING_NOT_KNOWN } reading;
    const char *why;      /* what is not known of it; "" */
    bool has_settings;    /* the four below are known */
    int64_t retention_ms; /* -1: for ever */
    int64_t min_insync;
    int64_t replicas; /* of the partition that has the fewest */
    bool unclean;
    int32_t claimed;         /* partitions with a position */
    int32_t start_not_known; /* of these */
    const char *lost; /* "moh.births/0: 100 to 149", of the first that lost something; NULL: none */
    int32_t lost_more; /* further partitions that did */
};

/* A server's. */
struct doctor_certificate {
    const char *error; /* of that section of the configuration */
    bool is_there;
    bool is_closed;      /* the error is that this user may not read it */
    int64_t begins_days; /* from now; negative: ago */
    int64_t ends_days;
};

/* Texts are the arena's. A NULL error: it went well. Of what stands behind a failed part nothing is judged. */
struct doctor_facts {
    struct arena arena;

    const char *conf_error;
    const char *conf_path; /* NULL: no file */
    bool conf_has_secret;
    bool conf_is_open; /* everyone may read the file */
    int64_t files;
    int64_t files_needed;
    const char *zone;
    const char *zone_error;
    const char *receivers_error;
    int64_t receivers;
    struct doctor_certificate certificate; /* the registry's */
    bool has_page;
    struct doctor_certificate page; /* the page's */

    bool has_register; /* one is configured */
    const char *register_error;
    const char *server_version;
    const char *migrations_error;
    bool migrations_not_read; /* that error says nothing about the migrations */
    const char *login;
    bool is_superuser;
    bool is_standby;
    bool is_read_only;
    bool fsync;
    bool full_page_writes;
    bool autovacuum;
    bool is_synchronous;
    struct doctor_size size;
    int64_t clock_ahead_us; /* of this host, before the register's */
    int64_t disk_free;      /* bytes; -1: not to be seen */
    int64_t disk_total;
    bool may_act[DOCTOR_DAEMONS];
    bool may_serve_page;

    bool has_kafka;
    const char *kafka_error;
    int64_t brokers;
    const char *kafka_version;
    const char *kafka_version_error;
    bool has_topics; /* the register told which there are */
    struct doctor_topic *topics;
    size_t topic_count;
    size_t topics_not_looked_at;
};

/* Each fills its part of the facts; context->conf is there. */
void doctor_look_at_host(const struct ops_context *context, struct doctor_facts *facts);
void doctor_look_at_register(const struct ops_context *context, struct doctor_facts *facts);
/* After the register, which knows the topics. */
void doctor_look_at_kafka(const struct ops_context *context, struct doctor_facts *facts);

/* a, b: the values of the outcome's {}, valid for the call. */
typedef void doctor_tell(void *arg, enum doctor_outcome outcome, const char *a, const char *b);
void doctor_judge(const struct doctor_facts *facts, doctor_tell *tell, void *arg);
/* Of doctor_judge(): the register's sizes. */
void doctor_judge_size(const struct doctor_size *size, doctor_tell *tell, void *arg);

struct doctor_row {
    enum doctor_check check;
    enum doctor_state state;
    const char *token;
    const char *english;
    const char *arabic;
};
const struct doctor_row *doctor_row(enum doctor_outcome outcome);
const char *doctor_check_token(enum doctor_check check);
/* The sentence with its {} replaced. */
void doctor_put_sentence(const char *sentence, const char *a, const char *b, struct buf *out);
const char *doctor_state_name(enum doctor_state state); /* "ok", "warn", "fail", "unknown" */

#endif
