/* SPDX-License-Identifier: Apache-2.0
 * registry/config.c - levels, and the settings that clients keep beside them.
 *
 * PUT says `compatibility`, GET and DELETE say `compatibilityLevel`. What a PUT does not name stays,
 * and what it names null is unset. Settings are kept for names: clients set a level before they
 * register for the first time. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/answer.h"
#include "registry/context.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/permission.h"
#include "registry/rule_set.h"
#include "registry/worker.h"
#include "schema/compat/compat.h"
#include "storage/subject/config.h"

/* What may stand beside the level, and of which JSON type it is. */
static const struct setting {
    const char *name;
    json_type type;
    bool is_rule_set;
} settings[] = {
    {"alias", JSON_STRING, false},
    {"aliasForDeks", JSON_STRING, false},
    {"normalize", JSON_TRUE, false},
    {"validateFields", JSON_TRUE, false},
    {"validateNewSchemas", JSON_TRUE, false},
    {"validateRules", JSON_TRUE, false},
    {"compatibilityPolicy", JSON_STRING, false},
    {"compatibilityGroup", JSON_STRING, false},
    {"defaultMetadata", JSON_OBJECT, false},
    {"overrideMetadata", JSON_OBJECT, false},
    {"defaultRuleSet", JSON_OBJECT, true},
    {"overrideRuleSet", JSON_OBJECT, true},
};

/* {key: level, …settings}. */
static int answer(struct http_request *req, const char *key, const struct sto_config *config,
                  struct err *err)
{
    json_error_t fault;
    json_t *object = json_object();
    json_t *rest = json_loads(config->settings, 0, &fault);
    char *text = NULL;
    if ((config->level[0] == '\0' ||
         json_object_set_new(object, key, json_string(config->level)) == 0) &&
        json_object_update(object, rest) == 0) {
        text = json_dumps(object, JSON_COMPACT);
    }
    json_decref(object);
    json_decref(rest);
    if (text == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    buf_put_str(http_out(req), text);
    free(text);
    reg_ok(req);
    return 0;
}

int reg_get_config(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    struct sto_config config = {.settings = NULL};
    bool in_force = http_query_bool(req, "defaultToGlobal", false);
    struct sto_conn *conn = subject != NULL ? reg_conn(req, err) : NULL;
    if (conn == NULL || sto_config_get(conn, subject, in_force, &config, err) != 0) {
        return -1;
    }
    int rc = !config.set && !in_force && !reg_is_top_level(subject)
                 ? err_set(err, ERR_KIND_FATAL, ERR_LEVEL_NOT_SET,
                           "Subject '%.300s' does not have subject-level compatibility configured",
                           subject)
                 : answer(req, "compatibilityLevel", &config, err);
    sto_config_fini(&config);
    return rc;
}

/* level: in any case. */
static int read_level(const json_t *body, char out[STO_WORD_BYTES],
                      struct sto_config_change *change, struct err *err)
{
    const json_t *asked = json_object_get(body, "compatibility");
    enum sch_level level;
    change->has_level = asked != NULL;
    if (asked == NULL || json_is_null(asked)) {
        return 0;
    }
    const char *text = json_is_string(asked) ? json_string_value(asked) : "";
    size_t len = strlen(text);
    for (size_t i = 0; i <= len && len < STO_WORD_BYTES; i++) {
        out[i] = (char)toupper((unsigned char)text[i]);
    }
    if (len >= STO_WORD_BYTES || !sch_level_parse(out, &level)) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_BAD_LEVEL,
            "Invalid compatibility level. Valid values are none, backward, forward, full,"
            " backward_transitive, forward_transitive, and full_transitive");
    }
    change->level = out;
    return 0;
}

/* A rule set in its one form, allowed; a new reference or NULL. Clients run the rules of a config
 * like a schema's own. */
static json_t *read_rule_set(const json_t *value, struct err *err)
{
    json_t *form = reg_rule_set_form(value, err);
    char *text = form != NULL ? json_dumps(form, JSON_COMPACT) : NULL;
    if (form != NULL && text == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    if (text == NULL || reg_rule_set_check(text, err) != 0) {
        json_decref(form);
        form = NULL;
    }
    free(text);
    return form;
}

/* Metadata in its one form, which has texts alone: jsonb writes 1e30 as an integer that no reader
 * takes back. */
static json_t *read_metadata(const json_t *value, struct arena *arena, struct err *err)
{
    char *text = json_dumps(value, JSON_COMPACT);
    const char *form = NULL;
    json_t *read = NULL;
    if (text == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    } else if (reg_metadata_reform(text, arena, &form, err) == 0) {
        read = json_loads(form, 0, NULL);
        if (read == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        }
    }
    free(text);
    return read;
}

/* A new reference; NULL: refused. */
static json_t *read_setting(const struct setting *setting, json_t *value, struct arena *arena,
                            struct err *err)
{
    json_type type = json_is_boolean(value) ? JSON_TRUE : json_typeof(value);
    if (type == JSON_NULL) {
        return json_incref(value);
    }
    if (type != setting->type) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s has the wrong type", setting->name);
        return NULL;
    }
    if (setting->type == JSON_OBJECT) {
        return setting->is_rule_set ? read_rule_set(value, err) : read_metadata(value, arena, err);
    }
    return json_incref(value);
}

/* The settings that the body names, as text for free(). */
static int read_settings(const json_t *body, struct arena *arena, char **text, struct err *err)
{
    json_t *named = json_object();
    bool failed = named == NULL;
    for (size_t i = 0; !failed && i < COUNT_OF(settings); i++) {
        json_t *value = json_object_get(body, settings[i].name);
        json_t *read = value != NULL ? read_setting(&settings[i], value, arena, err) : NULL;
        if (value != NULL && read == NULL) {
            json_decref(named);
            return -1;
        }
        failed = value != NULL && json_object_set_new(named, settings[i].name, read) != 0;
    }
    *text = failed ? NULL : json_dumps(named, JSON_COMPACT);
    json_decref(named);
    return *text != NULL ? 0 : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

/* Some clients put the level that they expect when they have registered for the first time. A
 * producer's is compared with the one in force and not stored, or it would outlast the registry's
 * own when that is changed. */
static int confirm(struct sto_conn *conn, const char *subject,
                   const struct sto_config_change *change, struct sto_config *config,
                   struct err *err)
{
    if (sto_config_get(conn, subject, true, config, err) != 0) {
        return -1;
    }
    if (change->level == NULL || strcmp(change->level, config->level) != 0 ||
        strcmp(change->settings, "{}") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "the level in force is %s for %.160s: only the role steward may set another "
                       "level, or other settings",
                       config->level, subject);
    }
    /* Not those in force: a PUT answers with what it set. */
    free(config->settings);
    config->settings = strdup(change->settings);
    return config->settings != NULL ? 0
                                    : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

static bool is_steward(struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL && (who->roles & REG_STEWARD) != 0;
}

int reg_put_config(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_to_set(req, err);
    char level[STO_WORD_BYTES];
    char *text = NULL;
    struct sto_config_change change = {.has_level = false};
    struct sto_config config = {.settings = NULL};
    struct sto_conn *conn = NULL;
    int rc = -1;

    bool may_set = is_steward(req);
    bool may_ask = subject != NULL && (may_set || reg_may_write(req, subject, err) == 0);
    json_t *body = may_ask ? reg_body_object(req, err) : NULL;
    if (body == NULL || read_level(body, level, &change, err) != 0 ||
        read_settings(body, http_arena(req), &text, err) != 0) {
        goto out;
    }
    change.settings = text;
    conn = may_set ? reg_conn_to_change(req, err) : reg_conn(req, err);
    if (conn == NULL || (may_set ? sto_config_put(conn, subject, &change, &config, err)
                                 : confirm(conn, subject, &change, &config, err)) != 0) {
        goto out;
    }
    if (may_set && config.changed) {
        reg_changed(req);
    }
    rc = answer(req, "compatibility", &config, err);
out:
    sto_config_fini(&config);
    free(text);
    json_decref(body);
    return rc;
}

int reg_delete_config(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    struct sto_config config = {.settings = NULL};
    struct sto_conn *conn = subject != NULL ? reg_conn_to_change(req, err) : NULL;
    if (conn == NULL || sto_config_delete(conn, subject, &config, err) != 0) {
        return -1;
    }
    int rc = -1;
    if (!config.set && !reg_is_top_level(subject)) {
        err_set(err, ERR_KIND_FATAL, ERR_SUBJECT_NOT_FOUND, "Subject '%.300s' not found.", subject);
    } else {
        if (config.set) {
            reg_changed(req);
        }
        rc = answer(req, "compatibilityLevel", &config, err);
    }
    sto_config_fini(&config);
    return rc;
}
