/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/lag_judge.c - see the header. */
#include "ops/cmd/lag_judge.h"

#include <stdlib.h>
#include <string.h>

#include "storage/quality/look.h"

struct looks {
    struct sto_look *rows;
    size_t count;
    size_t at; /* the first that is not passed */
    int64_t now_s;
};

/* Negative: the look is of a partition before the line's. */
static int compare(const struct sto_look *look, const struct ops_lag_line *line)
{
    int by_topic = strcmp(look->topic, line->topic);
    return by_topic != 0
               ? by_topic
               : (look->partition > line->partition) - (look->partition < line->partition);
}

static void judge(const struct conf *conf, struct ops_lag_line *line,
                  const struct ing_log_range *range, int64_t retention_s, struct looks *looks)
{
    struct ops_look window[OPS_LOOKS_MAX + 1];
    size_t count = 0;
    while (looks->at < looks->count && compare(&looks->rows[looks->at], line) < 0) {
        looks->at++;
    }
    for (size_t i = looks->at; i < looks->count && compare(&looks->rows[i], line) == 0; i++) {
        const struct sto_look *look = &looks->rows[i];
        if (count < OPS_LOOKS_MAX && look->at_s < looks->now_s) {
            window[count++] =
                (struct ops_look){look->at_s, look->next_offset, look->log_start, look->log_end};
        }
    }
    window[count++] = (struct ops_look){looks->now_s, line->next, range->log_start, range->log_end};
    const struct ops_lag_facts facts = {.looks = window,
                                        .count = count,
                                        .has_owner = line->has_owner,
                                        .promise_s = conf->monitor.commit_ms / 1000,
                                        .retention_s = retention_s};
    ops_lag_judge(&facts, &line->lag);
}

/* One for each topic, in the lines' order. */
static struct ing_log_retention *retentions_of(struct ing_logs *logs,
                                               const struct ops_lag_line *lines, size_t count,
                                               struct err *err)
{
    struct ing_log_retention *topics = calloc(count + 1, sizeof(*topics));
    size_t n = 0;
    if (topics == NULL) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for topics");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (lines[i].partition >= 0 &&
            (n == 0 || strcmp(topics[n - 1].topic, lines[i].topic) != 0)) {
            topics[n++] = (struct ing_log_retention){lines[i].topic, -1};
        }
    }
    if (n > 0 && ing_logs_retention(logs, topics, n, OPS_LAG_KAFKA_MS, err) != 0) {
        err_reset(err); /* it may be forbidden: unknown, as they stand */
    }
    return topics;
}

int ops_lag_lines_judge(const struct conf *conf, struct sto_conn *conn, struct ing_logs *logs,
                        struct ops_lag_line *lines, const struct ing_log_range *ranges,
                        size_t count, const char *only_topic, struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct looks looks = {0};
    struct ing_log_retention *topics = NULL;
    int rc = sto_looks_load(conn, only_topic, &arena, &looks.rows, &looks.count, &looks.now_s, err);
    if (rc == 0) {
        topics = retentions_of(logs, lines, count, err);
        rc = topics != NULL ? 0 : -1;
    }
    const struct ing_log_retention *topic = topics;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        while (topic->topic != NULL && strcmp(topic->topic, lines[i].topic) < 0) {
            topic++;
        }
        bool is_it = topic->topic != NULL && strcmp(topic->topic, lines[i].topic) == 0;
        judge(conf, &lines[i], &ranges[i], is_it ? topic->seconds : -1, &looks);
    }
    free(topics);
    arena_fini(&arena);
    return rc;
}
