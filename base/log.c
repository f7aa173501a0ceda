/* SPDX-License-Identifier: Apache-2.0
 * base/log.c - see the header.
 *
 * A value with a space, a quote, "=" or a control character is quoted as JSON quotes it, so that a
 * line is always one line and no value can pretend to be another field. */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/jsonw.h"

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

static atomic_int least_level = LOG_INFO;
static atomic_int log_fd = STDERR_FILENO;

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

static void put_str(struct buf *line, const char *key, const char *text)
{
    buf_printf(line, " %s=", key);
    if (is_plain(text)) {
        buf_put_str(line, text);
    } else {
        jsonw_quote(line, text, strlen(text));
    }
}

static void put_int(struct buf *line, const char *key, int64_t v)
{
    buf_printf(line, " %s=%lld", key, (long long)v);
}

static void put_err(struct buf *line, const struct err *err)
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

static void put_field(struct buf *line, const struct log_field *field)
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

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    int saved_errno = errno;
    char ts[40];
    struct buf line = BUF_INIT;
    clock_format_utc(ts, sizeof(ts), clock_wall_us());
    buf_printf(&line, "ts=%s level=%s event=%s", ts, level_names[level], event);
    for (const struct log_field *field = fields; field->key != NULL; field++) {
        put_field(&line, field);
    }
    buf_put_u8(&line, '\n');
    if (!buf_failed(&line)) {
        /* One write: lines of several threads and processes do not mix. Nobody could be told of a
         * failure. */
        ssize_t ignored =
            write(atomic_load_explicit(&log_fd, memory_order_relaxed), line.data, line.len);
        (void)ignored;
    }
    buf_fini(&line);
    errno = saved_errno;
}
