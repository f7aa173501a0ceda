/* SPDX-License-Identifier: Apache-2.0
 * base/conf.c - reads the configuration: defaults, the file, the environment, the credentials.
 *
 * The keys are rows of conf_rows.c. inih cuts the file into keys; this file counts its lines, so
 * that each error names the line, and refuses two things that inih accepts: a line too long for it, a
 * key given twice. A value may go on in the next line when that begins with a space; the parts are
 * joined by one space. */
#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf_priv.h"
#include "base/hash.h"

/* ---- the file ---- */

/* fgets for inih, which counts lines; a line that does not fit would be cut silently. */
static char *read_line(char *line, int size, void *arg)
{
    struct conf_source *src = arg;
    if (src->failed || fgets(line, size, src->file) == NULL) {
        return NULL;
    }
    src->line++;
    src->continued = line[0] == ' ' || line[0] == '\t';
    size_t len = strlen(line);
    if (len + 1 == (size_t)size && line[len - 1] != '\n') {
        conf_refuse(
            src,
            "the line is longer than %d bytes; continue the value in the next line, after a space",
            size - 1);
        return NULL;
    }
    return line;
}

/* A continued value: the key's value so far, a space, and this line's part. */
static int join(struct conf_source *src, const char *section, const char *key, const char *value)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    int row = conf_find_row(section, key);
    struct conf_property *property = row < 0 ? conf_find_property(src->conf, key) : NULL;
    if (row >= 0 ? rows[row].type != CONF_STRING : property == NULL) {
        return conf_refuse(src, "%s in [%s] cannot continue in a second line", key, section);
    }
    char **slot =
        row >= 0 ? (char **)(void *)((char *)src->conf + rows[row].offset) : &property->value;
    char *joined = NULL;
    if (asprintf(&joined, "%s %s", *slot, value) < 0) {
        return conf_no_memory(src);
    }
    free(*slot);
    *slot = joined;
    return 0;
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
    struct conf_source *src = arg;
    char name[CONF_NAME_BYTES];
    if (src->failed) {
        return 0;
    }
    snprintf(name, sizeof(name), "%s.%s", section, key);
    bool again = src->continued && strcmp(name, src->last) == 0;
    memcpy(src->last, name, sizeof(name));
    return (again ? join(src, section, key, value) : conf_set_key(src, section, key, value)) == 0;
}

/* Before other sources had their turn. */
static bool holds_secret(const struct conf *conf)
{
    struct buf masked = BUF_INIT;
    conf_mask_dsn(conf->reg.dsn, &masked);
    bool holds = strcmp(buf_cstr(&masked), conf->reg.dsn) != 0;
    buf_fini(&masked);
    holds = holds || *conf->alarm.password != '\0';
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        holds = holds || conf_property_is_secret(conf->kafka.properties[i].name);
    }
    return holds;
}

static int read_file(struct conf *conf, const char *path, struct err *err)
{
    struct conf_source src = {.conf = conf, .err = err, .name = path};
    src.file = fopen(path, "re");
    if (src.file == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s: %s", path, strerror(errno));
    }
    int bad_line = ini_parse_stream(read_line, &src, on_key, &src);
    if (bad_line != 0 && !src.failed) {
        src.line = bad_line;
        conf_refuse(&src, "neither a [section] nor a key = value");
    }
    if (ferror(src.file) && !src.failed) {
        conf_refuse(&src, "cannot be read");
    }
    fclose(src.file);
    conf->file_has_secret = !src.failed && holds_secret(conf);
    return src.failed ? -1 : 0;
}

/* ---- the environment ---- */

static void lower(char *out, size_t size, const char *from, size_t len, bool dots)
{
    size_t n = len < size - 1 ? len : size - 1;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)(dots && from[i] == '_' ? '.' : tolower((unsigned char)from[i]));
    }
    out[n] = '\0';
}

/* Addresses of the services, for other programs (`./ops/demo env`): not configuration keys. */
static bool is_of_others(const char *variable)
{
    static const char *const names[] = {"NRC_REGISTRY_URL=", "NRC_MONITOR_URL="};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strncmp(variable, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* NRC_SECTION_KEY=value. Variables of unknown sections are ignored. */
static int read_variable(struct conf_source *src, const char *variable)
{
    const char *value = strchr(variable, '=');
    if (strncmp(variable, "NRC_", 4) != 0 || value == NULL || is_of_others(variable)) {
        return 0;
    }
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *section = rows[i].section;
        size_t len = strlen(section);
        const char *from = variable + 4 + len + 1;
        if (!conf_begins_section(i) || strncasecmp(variable + 4, section, len) != 0 ||
            variable[4 + len] != '_' || from >= value) {
            continue;
        }
        char key[CONF_NAME_BYTES];
        char name[CONF_NAME_BYTES];
        lower(key, sizeof(key), from, (size_t)(value - from), false);
        snprintf(name, sizeof(name), "%.*s", (int)(value - variable), variable);
        if (conf_find_row(section, key) < 0 && strcmp(section, "kafka") == 0) {
            lower(key, sizeof(key), from, (size_t)(value - from), true);
        }
        src->name = name;
        return conf_set_key(src, section, key, value + 1);
    }
    return 0;
}

static int read_environment(struct conf *conf, struct err *err)
{
    struct conf_source src = {.conf = conf, .err = err, .inherited = conf->kafka.property_count};
    for (char **variable = environ; *variable != NULL; variable++) {
        if (read_variable(&src, *variable) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- the whole ---- */

static int set_defaults(struct conf *conf, struct err *err)
{
    struct conf_source src = {.conf = conf, .err = err, .name = "defaults"};
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (conf_set_row(&src, &rows[i], rows[i].initial) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The same after each restart, and another for a second configuration on the same host. */
static int name_instance(struct conf *conf, struct err *err)
{
    struct conf_source src = {.conf = conf, .err = err, .name = "ingest.instance"};
    char host[65] = "";
    char name[96];
    if (conf->ingest.instance != NULL && *conf->ingest.instance != '\0') {
        return 0;
    }
    gethostname(host, sizeof(host) - 1);
    const char *path = conf->path != NULL ? conf->path : "";
    snprintf(name, sizeof(name), "%s-%08x", *host != '\0' ? host : "nrc",
             (unsigned)hash_bytes(path, strlen(path), 0));
    return conf_set_text(&src, &conf->ingest.instance, name);
}

struct conf *conf_load(const char *path, struct err *err)
{
    struct conf *conf = calloc(1, sizeof(*conf));
    if (conf == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the configuration");
        return NULL;
    }
    if (set_defaults(conf, err) != 0 || (path != NULL && read_file(conf, path, err) != 0) ||
        read_environment(conf, err) != 0 || conf_read_credentials(conf, err) != 0) {
        goto fail;
    }
    if (path != NULL) {
        conf->path = realpath(path, NULL);
        if (conf->path == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s: %s", path, strerror(errno));
            goto fail;
        }
    }
    if (name_instance(conf, err) != 0) {
        goto fail;
    }
    return conf;
fail:
    conf_free(&conf);
    return NULL;
}

void conf_free(struct conf **taken)
{
    struct conf *conf = *taken;
    *taken = NULL;
    if (conf == NULL) {
        return;
    }
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == CONF_STRING || rows[i].type == CONF_ENUM) {
            free(*(char **)(void *)((char *)conf + rows[i].offset));
        }
    }
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        free(conf->kafka.properties[i].name);
        free(conf->kafka.properties[i].value);
    }
    free(conf->kafka.properties);
    free(conf->path);
    free(conf);
}
