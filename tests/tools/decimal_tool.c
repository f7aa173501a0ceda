/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/decimal_tool.c - one function of rules as a filter, for tests/oracle/decimal_oracle.py.
 *
 * A question is {"call": name, "args": [text, …]}. An argument is its kind and its value: "c 2 30d5" a decimal of scale 2
 * with those bytes, "i -5", "u 5", "d 0.1", "y 00ff", "s ١" (what stands behind the blank). An answer is
 * {"decimal": bytes, "scale": n}, {"bool": …}, {"int": …}, {"string": …}, {"double": …} or {"error": fault}. */
#include <inttypes.h>

#include "schema/rules/function.h"
#include "schema/rules/run.h"
#include "tools/filter.h"

enum { MAX_ARGUMENTS = 4 };

struct argument {
    struct cel_value value;
    uint8_t *bytes; /* its own, and not one more: a function that reads beyond them is found */
};

static void read_bytes(struct argument *argument, enum cel_kind kind, const char *hex)
{
    size_t len = strlen(hex) / 2;
    argument->bytes = malloc(len);
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        (void)sscanf(hex + 2 * i, "%2x", &byte);
        argument->bytes[i] = (uint8_t)byte;
    }
    argument->value = cel_bytes(kind, argument->bytes, len);
}

static void read_argument(struct argument *argument, const char *text)
{
    char *rest = (char *)text + 2;
    switch (text[0]) {
    case 'c': {
        long scale = strtol(text + 2, &rest, 10);
        read_bytes(argument, CEL_DECIMAL, rest + 1);
        argument->value.scale = (uint16_t)scale;
        return;
    }
    case 'i': argument->value = cel_int(strtoll(rest, NULL, 10)); return;
    case 'u': argument->value = cel_uint(strtoull(rest, NULL, 10)); return;
    case 'd': argument->value = cel_double(strtod(rest, NULL)); return;
    case 'y': read_bytes(argument, CEL_BYTES, rest); return;
    default:
        argument->bytes = malloc(strlen(rest));
        memcpy(argument->bytes, rest, strlen(rest));
        argument->value = cel_bytes(CEL_STRING, argument->bytes, strlen(rest));
    }
}

static void put_decimal(struct jsonw *w, const struct cel_value *value)
{
    struct buf hex = BUF_INIT;
    for (uint32_t i = 0; i < value->len; i++) {
        buf_printf(&hex, "%02x", value->p[i]);
    }
    filter_put(w, "decimal", buf_cstr(&hex));
    buf_fini(&hex);
    jsonw_key(w, "scale");
    jsonw_int(w, value->scale);
}

static void put_result(struct jsonw *w, const struct cel_value *value)
{
    char text[64];
    switch (value->kind) {
    case CEL_DECIMAL: put_decimal(w, value); return;
    case CEL_BOOL: filter_put(w, "bool", value->b ? "true" : "false"); return;
    case CEL_INT:
        snprintf(text, sizeof(text), "%" PRId64, value->i);
        filter_put(w, "int", text);
        return;
    case CEL_DOUBLE:
        snprintf(text, sizeof(text), "%.17g", value->d);
        filter_put(w, "double", text);
        return;
    case CEL_STRING:
        jsonw_key(w, "string");
        jsonw_str_n(w, (const char *)value->p, value->len);
        return;
    default: filter_put(w, "error", cel_fault_name((enum cel_fault)value->shape));
    }
}

static void call(struct cel_run *run, const char *name, const struct cel_value *args,
                 uint32_t arg_count, struct cel_value *out)
{
    uint32_t all;
    uint32_t first;
    uint32_t count;
    const struct cel_overload *overloads = cel_overloads(&all);
    *out = cel_error(CEL_NO_OVERLOAD, "no such function");
    cel_overloads_named(name, strlen(name), &first, &count);
    for (uint32_t i = first; i < first + count; i++) {
        if (cel_overload_takes(&overloads[i], args, arg_count)) {
            overloads[i].call(run, args, out);
            return;
        }
    }
}

static void answer(struct jsonw *w, const json_t *question)
{
    struct cel_run run = {
        .arena = ARENA_INIT, .cost_left = CEL_COST_LIMIT, .bytes_left = CEL_BYTES_LIMIT};
    const json_t *texts = json_object_get(question, "args");
    uint32_t count = (uint32_t)json_array_size(texts);
    struct argument arguments[MAX_ARGUMENTS] = {{.bytes = NULL}};
    struct cel_value args[MAX_ARGUMENTS];
    struct cel_value out;
    for (uint32_t i = 0; i < count && i < MAX_ARGUMENTS; i++) {
        read_argument(&arguments[i], json_string_value(json_array_get(texts, i)));
        args[i] = arguments[i].value;
    }
    call(&run, json_string_value(json_object_get(question, "call")), args, count, &out);
    put_result(w, &out);
    for (uint32_t i = 0; i < MAX_ARGUMENTS; i++) {
        free(arguments[i].bytes);
    }
    arena_fini(&run.arena);
}

int main(void)
{
    return filter_run(answer);
}
