/* SPDX-License-Identifier: Apache-2.0
 * base/log.c - see the header.
 *
 * A value with a space, a quote, "=" or a control character is quoted as JSON quotes it, so that a
 * line is always one line and no value can pretend to be another field.
 *
 * In the journal the line is the MESSAGE, without time and level, which the journal has of its own (a text that
 * differs each time would be stored and indexed each time), and each field is a field. */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/journal.h"
#include "base/jsonw.h"

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

/* syslog(3)'s, which the journal has as well */
static const char *const level_priorities[] = {
    [LOG_DEBUG] = "7", [LOG_INFO] = "6", [LOG_WARN] = "4", [LOG_ERROR] = "3"};

static atomic_int least_level = LOG_INFO;
static atomic_int log_fd = STDERR_FILENO;
static atomic_uint lost; /* entries that the journal had no room for */

/* What is written of one line: its text, and for the journal its fields. */
struct line {
    struct buf text;
    struct buf fields;
    bool has_fields;
};

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&least_level, (int)level, memory_order_relaxed);
}

bool log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < COUNT_OF(level_names); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_set_fd(int fd)
{
    atomic_store_explicit(&log_fd, fd, memory_order_relaxed);
}

static bool is_plain(const char *text)
{
    if (*text == '\0') {
        return false;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p == 0x7f) {
            return false;
        }
    }
    return true;
}

static void put_str(struct line *line, const char *key, const char *text)
{
    buf_printf(&line->text, " %s=", key);
    if (is_plain(text)) {
        buf_put_str(&line->text, text);
    } else {
        jsonw_quote(&line->text, text, strlen(text));
    }
    if (line->has_fields) {
        journal_put(&line->fields, "NRC_", key, text);
    }
}

static void put_int(struct line *line, const char *key, int64_t v)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)v);
    put_str(line, key, text);
}

static void put_err(struct line *line, const struct err *err)
{
    put_str(line, "kind", err_kind_name(err->kind));
    put_str(line, "code", err_token(err->code));
    if (err->sqlstate[0] != '\0') {
        put_str(line, "sqlstate", err->sqlstate);
    }
    if (err->partition >= 0) {
        put_int(line, "partition", err->partition);
    }
    if (err->offset >= 0) {
        put_int(line, "offset", err->offset);
    }
    if (err->path[0] != '\0') {
        put_str(line, "path", err->path);
    }
    put_str(line, "error", err->text);
}

static void put_field(struct line *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_FIELD_STR:
        if (field->s != NULL) {
            put_str(line, field->key, field->s);
        }
        break;
    case LOG_FIELD_INT: put_int(line, field->key, field->i); break;
    case LOG_FIELD_ERR: put_err(line, field->err); break;
    }
}

/* ---- where it goes ---- */

/* One write: lines of several threads and processes do not mix. Nobody could be told of a failure. */
static void write_line(enum log_level level, const struct buf *text)
{
    char ts[40];
    struct buf whole = BUF_INIT;
    clock_format_utc(ts, sizeof(ts), clock_wall_us());
    buf_printf(&whole, "ts=%s level=%s event=", ts, level_names[level]);
    buf_put(&whole, text->data, text->len);
    buf_put_u8(&whole, '\n');
    if (!buf_failed(text) && !buf_failed(&whole)) {
        (void)!write(atomic_load_explicit(&log_fd, memory_order_relaxed), whole.data, whole.len);
    }
    buf_fini(&whole);
}

static int send_entry(enum log_level level, const char *event, struct line *line)
{
    struct buf entry = BUF_INIT;
    journal_put(&entry, "", "PRIORITY", level_priorities[level]);
    journal_put(&entry, "", "SYSLOG_IDENTIFIER", "nrc");
    journal_put(&entry, "NRC_", "EVENT", event);
    journal_put(&entry, "", "MESSAGE", buf_cstr(&line->text));
    buf_put(&entry, line->fields.data, line->fields.len);
    int rc = buf_failed(&line->text) || buf_failed(&line->fields) ? -1 : journal_send(&entry);
    buf_fini(&entry);
    return rc;
}

/* -1: the journal has not taken it. */
static int write_event(enum log_level level, const char *event, const struct log_field *fields,
                       bool to_journal)
{
    int rc = 0;
    struct line line = {.text = BUF_INIT, .fields = BUF_INIT, .has_fields = to_journal};
    buf_put_str(&line.text, event);
    for (const struct log_field *field = fields; field->key != NULL; field++) {
        put_field(&line, field);
    }
    if (to_journal) {
        rc = send_entry(level, event, &line);
    } else {
        write_line(level, &line.text);
    }
    buf_fini(&line.text);
    buf_fini(&line.fields);
    return rc;
}

/* The journal hears how many it has missed as soon as it takes anything again. */
static void log_in_journal(enum log_level level, const char *event, const struct log_field *fields)
{
    unsigned missed = atomic_exchange_explicit(&lost, 0, memory_order_relaxed);
    if (missed > 0) {
        const struct log_field count[] = {LOG_INT("entries", missed), {.key = NULL}};
        if (write_event(LOG_WARN, "log_entries_lost", count, true) != 0) {
            atomic_fetch_add_explicit(&lost, missed + 1, memory_order_relaxed);
            return;
        }
    }
    if (write_event(level, event, fields, true) != 0) {
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    int saved_errno = errno;
    if (journal_is_open()) {
        log_in_journal(level, event, fields);
    } else {
        (void)write_event(level, event, fields, false);
    }
    errno = saved_errno;
}
