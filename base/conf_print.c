/* SPDX-License-Identifier: Apache-2.0
 * base/conf_print.c - prints the configuration in effect, and the meaning of each key.
 *
 * No secret leaves through here: a DSN is shown with its passwords starred, and so is any
 * librdkafka property whose name says that it holds one. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/conf_print.h"
#include "base/conf_priv.h"
#include "base/jsonw.h"

bool conf_property_is_secret(const char *name)
{
    static const char *const words[] = {"password", "secret", "token",
                                        "key.pem",  "jaas",   "oauthbearer.config"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcasestr(name, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* scheme://user:password@host: the password, without which the URI is printed. */
static const char *mask_userinfo(const char *dsn, struct buf *out)
{
    const char *authority = strstr(dsn, "://");
    if (authority == NULL || strncmp(dsn, "postgres", 8) != 0) {
        return dsn;
    }
    authority += 3;
    const char *end = authority + strcspn(authority, "/?");
    const char *at = NULL;
    for (const char *p = authority; p < end; p++) {
        at = *p == '@' ? p : at;
    }
    const char *colon = at != NULL ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (colon == NULL) {
        return dsn;
    }
    buf_put(out, dsn, (size_t)(colon + 1 - dsn));
    buf_put_str(out, "***");
    return at;
}

/* The end of a connection string's value: quoted with backslashes, or up to white space; in a URI
 * up to &. */
static const char *value_end(const char *value, bool uri)
{
    if (uri) {
        return value + strcspn(value, "&");
    }
    const char *p = value;
    bool quoted = *p == '\'';
    for (p += quoted; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0') {
            p++;
        } else if (quoted ? *p == '\'' : strchr(" \t\r\n", *p) != NULL) {
            return p + quoted;
        }
    }
    return p;
}

void conf_mask_dsn(const char *dsn, struct buf *out)
{
    bool uri = strstr(dsn, "://") != NULL;
    const char *at = mask_userinfo(dsn, out);
    while (*at != '\0') {
        const char *word = strcasestr(at, "password");
        if (word == NULL) {
            break;
        }
        const char *value = word + strlen("password");
        value += strspn(value, " \t");
        if (*value != '=') {
            buf_put(out, at, (size_t)(value - at));
            at = value;
            continue;
        }
        value++;
        value += uri ? 0 : strspn(value, " \t");
        buf_put(out, at, (size_t)(value - at));
        buf_put_str(out, "***");
        at = value_end(value, uri);
    }
    buf_put_str(out, at);
}

/* The value of a row, as text, secrets starred. */
static void put_value(const struct conf *conf, const struct conf_row *row, struct buf *out)
{
    const char *at = (const char *)conf + row->offset;
    if (row->type == CONF_STRING || row->type == CONF_ENUM) {
        const char *text = *(char *const *)(const void *)at;
        if (conf_property_is_secret(row->key)) {
            buf_put_str(out, *text != '\0' ? "***" : "");
        } else if (row->secret) {
            conf_mask_dsn(text, out);
        } else {
            buf_put_str(out, text);
        }
        return;
    }
    int64_t number;
    memcpy(&number, at, sizeof(number));
    buf_printf(out, "%lld", (long long)number);
}

static void put_property(const struct conf_property *property, struct buf *out)
{
    buf_put_str(out, conf_property_is_secret(property->name) ? "***" : property->value);
}

void conf_print(const struct conf *conf, struct buf *out)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    buf_printf(out, "# %s\n",
               conf->path != NULL ? conf->path : "no file: defaults and environment");
    for (size_t i = 0; i < count; i++) {
        if (conf_begins_section(i)) {
            buf_printf(out, "\n[%s]\n", rows[i].section);
        }
        buf_printf(out, "# %s\n%s = ", rows[i].sentence, rows[i].key);
        put_value(conf, &rows[i], out);
        buf_put_u8(out, '\n');
        bool last_of_kafka =
            strcmp(rows[i].section, "kafka") == 0 && (i + 1 == count || conf_begins_section(i + 1));
        for (size_t p = 0; last_of_kafka && p < conf->kafka.property_count; p++) {
            buf_printf(out, "%s = ", conf->kafka.properties[p].name);
            put_property(&conf->kafka.properties[p], out);
            buf_put_u8(out, '\n');
        }
    }
}

void conf_print_json(const struct conf *conf, struct buf *out)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    struct buf value = BUF_INIT;
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "path");
    jsonw_str(&w, conf->path);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || conf_begins_section(i + 1);
        if (conf_begins_section(i)) {
            jsonw_key(&w, rows[i].section);
            jsonw_open(&w, '{');
        }
        jsonw_key(&w, rows[i].key);
        buf_reset(&value);
        put_value(conf, &rows[i], &value);
        if (rows[i].type == CONF_STRING || rows[i].type == CONF_ENUM) {
            jsonw_str(&w, buf_cstr(&value));
        } else {
            jsonw_raw(&w, buf_cstr(&value));
        }
        if (last && strcmp(rows[i].section, "kafka") == 0) {
            for (size_t p = 0; p < conf->kafka.property_count; p++) {
                jsonw_key(&w, conf->kafka.properties[p].name);
                buf_reset(&value);
                put_property(&conf->kafka.properties[p], &value);
                jsonw_str(&w, buf_cstr(&value));
            }
        }
        if (last) {
            jsonw_close(&w, '}');
        }
    }
    jsonw_close(&w, '}');
    out->failed = out->failed || value.failed;
    buf_fini(&value);
}

static void put_range(const struct conf_row *row, char *out, size_t size)
{
    static const char *const names[] = {[CONF_STRING] = "text",
                                        [CONF_INT] = "number",
                                        [CONF_MS] = "milliseconds",
                                        [CONF_BYTES] = "bytes"};
    if (row->type == CONF_ENUM) {
        snprintf(out, size, "%s", row->choices);
    } else if (row->type == CONF_STRING) {
        snprintf(out, size, "text");
    } else {
        snprintf(out, size, "%s %lld-%lld", names[row->type], (long long)row->min,
                 (long long)row->max);
    }
}

void conf_each(void (*tell)(const struct conf_entry *entry, void *arg), void *arg)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        char range[64];
        put_range(&rows[i], range, sizeof(range));
        const struct conf_entry entry = {.section = rows[i].section,
                                         .key = rows[i].key,
                                         .takes = range,
                                         .initial = rows[i].initial,
                                         .sentence = rows[i].sentence};
        tell(&entry, arg);
    }
}

void conf_describe(struct buf *out)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        char range[64];
        snprintf(name, sizeof(name), "%s.%s", rows[i].section, rows[i].key);
        put_range(&rows[i], range, sizeof(range));
        buf_printf(out, "%-29s %-28s %-11s %s\n", name, range,
                   *rows[i].initial != '\0' ? rows[i].initial : "-", rows[i].sentence);
    }
}

void conf_describe_json(struct buf *out)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        char range[64];
        put_range(&rows[i], range, sizeof(range));
        jsonw_open(&w, '{');
        jsonw_key(&w, "section");
        jsonw_str(&w, rows[i].section);
        jsonw_key(&w, "key");
        jsonw_str(&w, rows[i].key);
        jsonw_key(&w, "takes");
        jsonw_str(&w, range);
        jsonw_key(&w, "default");
        jsonw_str(&w, rows[i].initial);
        jsonw_key(&w, "meaning");
        jsonw_str(&w, rows[i].sentence);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}
