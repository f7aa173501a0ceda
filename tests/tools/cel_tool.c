/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/cel_tool.c - CEL as a filter, for tests/oracle/cel_oracle.py.
 *
 * One JSON object a line on standard input: {"expr", "container", "types": {name: type}, "bindings": {name: value},
 * "untyped": bool, "cost": number}. A type is written as messages write it: "int", "list(int)", "map(string, dyn)".
 * A value is an object of its kind, as cel_value_print writes it: {"int": "5"}, {"list": […]}, {"map": [[key, value], …]}.
 * With "structure" and "event" (base64) the variable `this` is that event: decoded as the engine decodes it.
 * One a line on standard output: {"value": …, "type": …}, {"error": fault, "text": …} or {"refused": why}. */
#include "schema/decode/decode.h"
#include "schema/plan/layout.h"
#include "schema/plan/plan.h"
#include "schema/rules/bind.h"
#include "schema/rules/cel.h"

#include "schema/rules/print.h"
#include "schema/rules/run.h"
#include "schema/rules/settings.h"
#include "schema/rules/type.h"
#include "tools/filter.h"

enum { MAX_VARIABLES = 64, MAX_LEVELS = 32 };

/* ---- types ---- */

static const struct cel_type *read_type(struct arena *arena, const char **at)
{
    size_t len = strcspn(*at, "(), ");
    const char *name = *at;
    *at += len;
    bool list = len == 4 && memcmp(name, "list", 4) == 0;
    bool map = len == 3 && memcmp(name, "map", 3) == 0;
    if ((list || map) && **at == '(') {
        (*at)++;
        const struct cel_type *first = read_type(arena, at);
        const struct cel_type *second = NULL;
        if (map) {
            *at += strspn(*at, ", ");
            second = read_type(arena, at);
        }
        *at += **at == ')';
        return map ? cel_type_map(arena, first, second) : cel_type_list(arena, first);
    }
    if (len == 3 && memcmp(name, "dyn", 3) == 0) {
        return cel_type_simple(CEL_TYPE_DYN);
    }
    if (len == 7 && memcmp(name, "decimal", 7) == 0) {
        return cel_type_simple(CEL_TYPE_DECIMAL);
    }
    const struct cel_type *named = cel_type_named(name, len);
    return named != NULL ? named : cel_type_simple(CEL_TYPE_DYN);
}

/* ---- values ---- */

static struct cel_value read_value(struct arena *arena, const json_t *json, int level);

static struct cel_value read_items(struct arena *arena, const json_t *array, bool map, int level)
{
    size_t count = json_array_size(array);
    size_t each = map ? 2 : 1;
    struct cel_value *items = arena_alloc(arena, (count * each + 1) * sizeof(*items));
    for (size_t i = 0; i < count && items != NULL; i++) {
        const json_t *item = json_array_get(array, i);
        items[i * each] = read_value(arena, map ? json_array_get(item, 0) : item, level + 1);
        if (map) {
            items[i * 2 + 1] = read_value(arena, json_array_get(item, 1), level + 1);
        }
    }
    return cel_items(map ? CEL_MAP : CEL_LIST, items, count);
}

static struct cel_value read_base64(struct arena *arena, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *bytes = arena_alloc(arena, strlen(text) + 1);
    size_t len = 0;
    uint32_t bits = 0;
    int held = 0;
    for (; bytes != NULL && *text != '\0' && *text != '='; text++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, *text) - digits);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[len++] = (uint8_t)(bits >> held);
        }
    }
    return cel_bytes(CEL_BYTES, bytes, len);
}

static double read_double(const char *text)
{
    return strtod(text, NULL); /* "NaN" and "Infinity" too */
}

/* "seconds.nanos" with a sign: the same text for times and durations, so that nothing is converted. */
static struct cel_value read_time(enum cel_kind kind, const char *text)
{
    char *dot;
    int64_t seconds = strtoll(text, &dot, 10);
    long nanos = *dot == ' ' ? strtol(dot + 1, NULL, 10) : 0;
    return cel_time(kind, seconds, (int32_t)nanos);
}

static struct cel_value read_value(struct arena *arena, const json_t *json, int level)
{
    void *member = json_object_iter((json_t *)json);
    if (member == NULL || level > MAX_LEVELS) {
        return cel_null();
    }
    const char *kind = json_object_iter_key(member);
    const json_t *value = json_object_iter_value(member);
    const char *text = json_string_value(value);
    if (strcmp(kind, "list") == 0 || strcmp(kind, "map") == 0) {
        return read_items(arena, value, kind[0] == 'm', level);
    }
    if (strcmp(kind, "bool") == 0) {
        return cel_bool(json_is_true(value));
    }
    if (strcmp(kind, "string") == 0) {
        return cel_bytes(CEL_STRING, text, json_string_length(value));
    }
    if (text == NULL || strcmp(kind, "null") == 0) {
        return cel_null();
    }
    if (strcmp(kind, "int") == 0) {
        return cel_int(strtoll(text, NULL, 10));
    }
    if (strcmp(kind, "uint") == 0) {
        return cel_uint(strtoull(text, NULL, 10));
    }
    if (strcmp(kind, "double") == 0) {
        return cel_double(read_double(text));
    }
    if (strcmp(kind, "bytes") == 0) {
        return read_base64(arena, text);
    }
    if (strcmp(kind, "time") == 0 || strcmp(kind, "span") == 0) {
        return read_time(kind[0] == 't' ? CEL_TIMESTAMP : CEL_DURATION, text);
    }
    const struct cel_type *named = cel_type_named(text, strlen(text));
    return named == NULL ? cel_null() : (struct cel_value){.kind = CEL_TYPE, .type = named};
}

/* ---- a question ---- */

struct event {
    struct sch_schema *schema;
    struct sch_layout layout;
    struct sch_plan *plan;
    struct cell *cells;
    enum column_type *types;
    struct cel_row row;
};

struct question {
    struct arena arena;
    struct event event;
    struct cel_variable variables[MAX_VARIABLES];
    struct cel_value values[MAX_VARIABLES];
    uint32_t count;
};

static void read_variables(struct question *q, const json_t *question)
{
    const json_t *types = json_object_get(question, "types");
    const json_t *bindings = json_object_get(question, "bindings");
    for (void *at = json_object_iter((json_t *)types); at != NULL && q->count < MAX_VARIABLES;
         at = json_object_iter_next((json_t *)types, at)) {
        const char *name = json_object_iter_key(at);
        const char *text = json_string_value(json_object_iter_value(at));
        const json_t *value = json_object_get(bindings, name);
        q->variables[q->count] = (struct cel_variable){name, read_type(&q->arena, &text)};
        q->values[q->count++] = value != NULL ? read_value(&q->arena, value, 0)
                                              : cel_error(CEL_UNKNOWN_VALUE, "nothing is bound");
    }
}

/* `this`; -1: err says why. */
static int read_event(struct question *q, const json_t *question, struct err *err)
{
    struct event *event = &q->event;
    const json_t *structure = json_object_get(question, "structure");
    if (structure == NULL) {
        return 0;
    }
    const struct cel_value bytes =
        read_base64(&q->arena, json_string_value(json_object_get(question, "event")));
    event->schema = filter_parse(structure, err);
    if (event->schema == NULL ||
        sch_layout_extend(NULL, 0, event->schema, false, &event->layout, err) != 0) {
        return -1;
    }
    const struct sch_plan_spec spec = {.structure = event->schema,
                                       .column_of = event->layout.column_of,
                                       .columns = event->layout.columns,
                                       .column_count = event->layout.column_count};
    event->plan = sch_plan_compile(&spec, err);
    event->cells = calloc(event->layout.column_count + 1, sizeof(*event->cells));
    event->types = calloc(event->layout.column_count + 1, sizeof(*event->types));
    if (event->plan == NULL ||
        sch_decode(event->plan, bytes.p, bytes.len, &q->arena, event->cells, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < event->layout.column_count; i++) {
        event->types[i] = event->layout.columns[i].type;
    }
    event->row = (struct cel_row){event->cells, event->layout.column_of, event->types,
                                  sch_root(event->schema)};
    q->variables[q->count] =
        (struct cel_variable){"this", cel_type_of_avro(&q->arena, event->row.record)};
    q->values[q->count++] = (struct cel_value){
        .kind = CEL_RECORD, .shape = CEL_ROW, .row = &event->row, .avro = event->row.record};
    return 0;
}

static void free_event(struct event *event)
{
    sch_plan_free(&event->plan);
    sch_layout_fini(&event->layout);
    sch_schema_unref(&event->schema);
    free(event->cells);
    free(event->types);
}

static void put_outcome(struct jsonw *w, const struct cel_value *result)
{
    if (result->kind == CEL_ERROR) {
        filter_put(w, "error", cel_fault_name((enum cel_fault)result->shape));
        filter_put(w, "text", result->text);
        return;
    }
    jsonw_key(w, "value");
    struct buf value = BUF_INIT;
    cel_value_print(&value, result);
    jsonw_raw(w, buf_cstr(&value));
    buf_fini(&value);
}

static void evaluate(struct jsonw *w, struct question *q, const struct cel_program *program,
                     uint64_t cost)
{
    static struct cel_machine *machine; /* kept, as a lane keeps its own */
    struct err err = ERR_INIT;
    if (machine == NULL) {
        const struct cel_settings_spec defaults = {0};
        struct cel_settings *settings = cel_settings_new(&defaults, &err);
        machine = settings != NULL ? cel_machine_new(settings, &err) : NULL;
    }
    if (machine == NULL) {
        filter_put(w, "refused", err.text);
        return;
    }
    struct cel_value result;
    cel_machine_begin(machine, INT64_C(1790000000000000), cost);
    cel_evaluate(machine, program, q->values, &result);
    put_outcome(w, &result);
}

static void answer(struct jsonw *w, const json_t *question)
{
    struct question *q = calloc(1, sizeof(*q));
    struct err err = ERR_INIT;
    const char *text = json_string_value(json_object_get(question, "expr"));
    const char *container = json_string_value(json_object_get(question, "container"));
    const json_t *cost = json_object_get(question, "cost");
    if (q == NULL || text == NULL) {
        free(q);
        filter_put(w, "refused", "no expression");
        return;
    }
    q->arena = (struct arena)ARENA_INIT;
    read_variables(q, question);
    const struct cel_options options = {.regex = CEL_REGEX_RE2};
    size_t len = json_string_length(json_object_get(question, "expr"));
    bool read = read_event(q, question, &err) == 0;
    const struct cel_scope scope = {.variables = q->variables,
                                    .variable_count = q->count,
                                    .container = container != NULL ? container : "",
                                    .untyped = json_is_true(json_object_get(question, "untyped"))};
    struct cel_program *program = read ? cel_compile(text, len, &scope, &options, &err) : NULL;
    if (program == NULL) {
        filter_put(w, "refused", err.text);
    } else {
        filter_put(w, "type", cel_program_type(program));
        evaluate(w, q, program, cost != NULL ? (uint64_t)json_integer_value(cost) : CEL_COST_LIMIT);
    }
    cel_program_free(&program);
    free_event(&q->event);
    arena_fini(&q->arena);
    free(q);
}

int main(void)
{
    return filter_run(answer);
}
