/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/text.c - from a schema's text to jansson's tree, within bounds.
 *
 * The text is hostile: its size and its nesting are bounded before jansson sees it. The parser and
 * the printer read it with the same function, so that they see the same tree. */
#include <string.h>

#include "schema/parse/parse.h"
#include "schema/parse/parser_priv.h"

/* jansson recurses, so the depth is checked before. Text that is not JSON may be miscounted; it is
 * refused in either case. */
static bool is_too_deep(const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > SCH_MAX_JSON_DEPTH) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

/* U+0000 is allowed in a default alone, where bytes need it ("\u0000" is a decimal's zero): names
 * are C strings. is_too_deep bounds the recursion. */
static bool has_stray_nul(const json_t *json)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_string(json)) {
        return strlen(json_string_value(json)) != json_string_length(json);
    }
    json_array_foreach((json_t *)json, index, value)
    {
        if (has_stray_nul(value)) {
            return true;
        }
    }
    json_object_foreach((json_t *)json, key, value)
    {
        if (strcmp(key, "default") != 0 && has_stray_nul(value)) {
            return true;
        }
    }
    return false;
}

json_t *sch_load_json(const char *text, size_t len, struct err *err)
{
    if (len == 0 || len > SCH_MAX_TEXT_BYTES) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: a schema has from 1 to %d bytes, not %zu",
                SCH_MAX_TEXT_BYTES, len);
        return NULL;
    }
    if (is_too_deep(text, len)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: the JSON is nested deeper than %d",
                SCH_MAX_JSON_DEPTH);
        return NULL;
    }
    json_error_t fault;
    json_t *json =
        json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &fault);
    if (json != NULL && has_stray_nul(json)) {
        json_decref(json);
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: U+0000 outside of a default");
        return NULL;
    }
    if (json != NULL) {
        return json;
    }
    enum json_error_code code = json_error_code(&fault);
    if (code == json_error_out_of_memory || fault.line < 1) { /* jansson may leave out the code */
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a schema");
    } else if (code == json_error_numeric_overflow) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                "/: a number does not fit 64 bits (line %d, column %d)", fault.line, fault.column);
    } else {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: not JSON: %s (line %d, column %d)",
                fault.text, fault.line, fault.column);
    }
    return NULL;
}
