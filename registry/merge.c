/* SPDX-License-Identifier: Apache-2.0
 * registry/merge.c - see the header. Layer by layer onto one object; the form is made at the end, and checks it. */
#include "registry/merge.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "registry/json_body.h"
#include "registry/rule_set.h"

static const char *const lists[] = {"migrationRules", "domainRules", "encodingRules"};
static const char VERSION[] = "confluent:version";

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

/* Puts the upper layer onto the whole. -1: no memory. */
typedef int overlayer(json_t *whole, const json_t *upper);
typedef int reformer(const char *json, struct arena *arena, const char **out, struct err *err);

/* ---- metadata ---- */

static int overlay_map(json_t *whole, const json_t *upper, const char *name)
{
    json_t *given = json_object_get(upper, name);
    json_t *map = json_object_get(whole, name);
    if (given == NULL) {
        return 0;
    }
    return map != NULL ? json_object_update(map, given) : json_object_set(whole, name, given);
}

static int overlay_metadata(json_t *whole, const json_t *upper)
{
    json_t *given = json_object_get(upper, "sensitive");
    json_t *sensitive = json_object_get(whole, "sensitive");
    if (overlay_map(whole, upper, "tags") != 0 || overlay_map(whole, upper, "properties") != 0) {
        return -1;
    }
    if (given == NULL) {
        return 0;
    }
    return sensitive != NULL ? json_array_extend(sensitive, given)
                             : json_object_set(whole, "sensitive", given);
}

/* ---- rules ---- */

static const char *name_of(const json_t *rule)
{
    const char *name = json_string_value(json_object_get(rule, "name"));
    return name != NULL ? name : "";
}

/* The rules that `upper` has not by name; a new reference, or NULL. */
static json_t *without(const json_t *rules, const json_t *upper)
{
    json_t *names = json_object();
    json_t *left = json_array();
    bool failed = names == NULL || left == NULL;
    for (size_t i = 0; i < json_array_size(upper) && !failed; i++) {
        failed = json_object_set_new(names, name_of(json_array_get(upper, i)), json_true()) != 0;
    }
    for (size_t i = 0; i < json_array_size(rules) && !failed; i++) {
        json_t *rule = json_array_get(rules, i);
        failed =
            json_object_get(names, name_of(rule)) == NULL && json_array_append(left, rule) != 0;
    }
    json_decref(names);
    if (failed) {
        json_decref(left);
        return NULL;
    }
    return left;
}

/* whole: of each list, what `upper` leaves of it. */
static int remove_replaced(json_t *whole, const json_t *upper)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        json_t *left = without(json_object_get(whole, lists[i]), json_object_get(upper, lists[i]));
        if (left == NULL || json_object_set_new(whole, lists[i], left) != 0) {
            return -1;
        }
    }
    return 0;
}

static int overlay_rules(json_t *whole, const json_t *upper)
{
    json_t *at = json_object_get(upper, "enableAt");
    if (remove_replaced(whole, upper) != 0 ||
        (at != NULL && json_object_set(whole, "enableAt", at) != 0)) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        json_t *given = json_object_get(upper, lists[i]);
        if (given != NULL && json_array_extend(json_object_get(whole, lists[i]), given) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- both ---- */

static int put_layer(json_t *whole, const char *text, overlayer *overlay)
{
    json_t *upper = json_loads(text, 0, NULL);
    int rc = upper != NULL ? overlay(whole, upper) : -1;
    json_decref(upper);
    return rc;
}

/* The one form of what the object is. */
static int form_of(const json_t *whole, reformer *reform, struct arena *arena, const char **out,
                   struct err *err)
{
    char *text = json_dumps(whole, JSON_COMPACT);
    int rc = text != NULL ? reform(text, arena, out, err) : no_memory(err);
    free(text);
    return rc;
}

static int merge(const struct reg_layers *layers, overlayer *overlay, reformer *reform,
                 struct arena *arena, const char **out, struct err *err)
{
    const char *const texts[] = {layers->fallback, layers->own, layers->override};
    json_t *whole = json_object();
    bool has_one = false;
    int rc = whole != NULL ? 0 : no_memory(err);
    *out = NULL;
    for (size_t i = 0; i < COUNT_OF(texts) && rc == 0; i++) {
        has_one = has_one || texts[i] != NULL;
        if (texts[i] != NULL && put_layer(whole, texts[i], overlay) != 0) {
            rc = no_memory(err);
        }
    }
    if (rc == 0 && has_one) {
        rc = form_of(whole, reform, arena, out, err);
    }
    json_decref(whole);
    return rc;
}

int reg_merge_metadata(const struct reg_layers *layers, struct arena *arena, const char **out,
                       struct err *err)
{
    return merge(layers, overlay_metadata, reg_metadata_reform, arena, out, err);
}

int reg_merge_rule_sets(const struct reg_layers *layers, struct arena *arena, const char **out,
                        struct err *err)
{
    return merge(layers, overlay_rules, reg_rule_set_reform, arena, out, err);
}

/* `text` without the rules that the uppers have. */
static int leave(const char *text, const char *const *uppers, struct arena *arena, const char **out,
                 struct err *err)
{
    json_t *whole = text != NULL ? json_loads(text, 0, NULL) : NULL;
    int rc = text != NULL && whole == NULL ? no_memory(err) : 0;
    *out = NULL;
    for (size_t i = 0; uppers[i] != NULL && whole != NULL && rc == 0; i++) {
        rc = put_layer(whole, uppers[i], remove_replaced) == 0 ? 0 : no_memory(err);
    }
    if (rc == 0 && whole != NULL) {
        rc = form_of(whole, reg_rule_set_reform, arena, out, err);
    }
    json_decref(whole);
    return rc;
}

int reg_merge_split(const struct reg_layers *layers, struct arena *arena, struct reg_layers *out,
                    struct err *err)
{
    const char *over = layers->override;
    const char *const over_own[] = {over, NULL};
    const char *const over_fallback[] = {layers->own != NULL ? layers->own : over,
                                         layers->own != NULL ? over : NULL, NULL};
    const char *const over_none[] = {NULL};
    return leave(layers->fallback, over_fallback, arena, &out->fallback, err) != 0 ||
                   leave(layers->own, over_own, arena, &out->own, err) != 0 ||
                   leave(over, over_none, arena, &out->override, err) != 0
               ? -1
               : 0;
}

/* ---- confluent:version ---- */

const char *reg_version_property(const char *metadata, struct arena *arena)
{
    return reg_metadata_property(metadata, VERSION, arena);
}

int reg_version_property_set(const char *metadata, const char *number, struct arena *arena,
                             const char **out, struct err *err)
{
    json_t *whole = metadata != NULL ? json_loads(metadata, 0, NULL) : json_object();
    json_t *properties = json_object_get(whole, "properties");
    if (properties == NULL && number != NULL && whole != NULL) {
        properties = json_object();
        if (json_object_set_new(whole, "properties", properties) != 0) {
            properties = NULL;
        }
    }
    int rc = 0;
    if (whole == NULL || (number != NULL && properties == NULL)) {
        rc = no_memory(err);
    } else if (number == NULL) {
        (void)json_object_del(properties, VERSION); /* it need not be there */
    } else if (json_object_set_new(properties, VERSION, json_string(number)) != 0) {
        rc = no_memory(err);
    }
    if (rc == 0) {
        rc = form_of(whole, reg_metadata_reform, arena, out, err);
    }
    json_decref(whole);
    return rc;
}
