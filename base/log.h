/* SPDX-License-Identifier: Apache-2.0
 * base/log.h - one line for each thing that happened, as logfmt, on standard error.
 *
 *   log_info("batch_committed", LOG_STR("dataset", name), LOG_INT("rows", n));
 *   ts=2026-03-01T09:30:00.123456Z level=info event=batch_committed dataset=moh.births rows=512
 *
 * Where standard error goes to systemd's journal (base/journal.h), an entry with the fields PRIORITY, MESSAGE,
 * NRC_EVENT and NRC_<KEY> instead. The journal is never waited for: entries that it has no room for are lost, and their
 * number is logged when it has.
 *
 * A line carries no value of an event and no secret. Any thread; a line is written with one
 * write(2). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum log_level { LOG_DEBUG = 0, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_ERR } kind;
    union {
        const char *s;
        int64_t i;
        const struct err *err;
    };
};

/* clang-format off */
#define LOG_STR(k, v) {.key = (k), .kind = LOG_FIELD_STR, .s = (v)}
#define LOG_INT(k, v) {.key = (k), .kind = LOG_FIELD_INT, .i = (v)}
/* An error as kind=, code=, sqlstate=, error= */
#define LOG_ERR(e)    {.key = "error", .kind = LOG_FIELD_ERR, .err = (e)}
/* clang-format on */

#define LOG_AT(level, name, ...)                                                                   \
    log_write(level, name, (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
#define log_debug(name, ...) LOG_AT(LOG_DEBUG, name, __VA_ARGS__)
#define log_info(name, ...)  LOG_AT(LOG_INFO, name, __VA_ARGS__)
#define log_warn(name, ...)  LOG_AT(LOG_WARN, name, __VA_ARGS__)
#define log_error(name, ...) LOG_AT(LOG_ERROR, name, __VA_ARGS__)

void log_set_level(enum log_level level);
bool log_level_parse(const char *name, enum log_level *level);

/* For tests: lines go to fd instead of 2. */
void log_set_fd(int fd);

void log_write(enum log_level level, const char *event, const struct log_field *fields);

#endif
