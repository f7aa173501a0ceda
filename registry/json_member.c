/* SPDX-License-Identifier: Apache-2.0
 * registry/json_member.c - see the header. */
#include "registry/json_member.h"

const char *reg_json_text(const json_t *object, const char *name, bool *ok, struct err *err)
{
    const json_t *member = json_object_get(object, name);
    if (member == NULL || json_is_null(member)) {
        return NULL;
    }
    if (!json_is_string(member)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be a string", name);
        *ok = false;
    }
    return json_string_value(member);
}

size_t reg_json_texts(const json_t *object, const char *name, const char **out, bool *ok,
                      struct err *err)
{
    const json_t *list = json_object_get(object, name);
    if (list == NULL || json_is_null(list)) {
        return 0;
    }
    if (!json_is_array(list) || json_array_size(list) > REG_JSON_LIST_MAX) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be an array of at most %d strings",
                name, REG_JSON_LIST_MAX);
        *ok = false;
        return 0;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        out[i] = json_string_value(json_array_get(list, i));
        if (out[i] == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be an array of strings", name);
            *ok = false;
            return 0;
        }
    }
    return json_array_size(list);
}

int reg_json_number(const json_t *object, const char *name, int otherwise, bool *ok,
                    struct err *err)
{
    const json_t *member = json_object_get(object, name);
    if (member == NULL || json_is_null(member)) {
        return otherwise;
    }
    json_int_t value = json_integer_value(member);
    if (!json_is_integer(member) || value < 0 || value > 100000) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be a whole number from 0 to 100000",
                name);
        *ok = false;
        return otherwise;
    }
    return (int)value;
}

bool reg_json_flag(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}
