/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/rule_value.c - compiles and runs one expression as the engine does. */
#include "rule_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "schema/rules/cel.h"
#include "schema/rules/print.h"
#include "schema/rules/run.h"
#include "schema/rules/settings.h"
#include "schema/rules/type.h"

static const struct cel_settings_spec defaults;
static const struct cel_settings_spec *current = &defaults;
static double last_seconds;

void rule_settings(const struct cel_settings_spec *spec)
{
    current = spec != NULL ? spec : &defaults;
}

double rule_seconds(void)
{
    return last_seconds;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put_value(struct buf *out, const struct cel_value *value)
{
    if (value->kind == CEL_BOOL) {
        buf_put_str(out, value->b ? "true" : "false");
    } else if (value->kind == CEL_ERROR) {
        buf_put_str(out, cel_fault_name((enum cel_fault)value->shape));
    } else {
        cel_value_print(out, value);
    }
}

static void run(const struct cel_program *program, const struct cel_value *x, struct buf *out)
{
    struct err err = ERR_INIT;
    struct cel_value value;
    struct cel_settings *settings = cel_settings_new(current, &err);
    assert_non_null(settings);
    struct cel_machine *machine = cel_machine_new(settings, &err);
    assert_non_null(machine);
    cel_machine_begin(machine, INT64_C(1790000000000000), CEL_COST_LIMIT);
    double before = seconds();
    cel_evaluate(machine, program, x, &value);
    last_seconds = seconds() - before;
    put_value(out, &value);
    cel_machine_free(&machine);
    cel_settings_free(&settings);
}

const char *rule_value(const char *expr, const char *x, size_t x_len)
{
    static char answer[4096];
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    const struct cel_variable variable = {"x", cel_type_simple(CEL_TYPE_STRING)};
    const struct cel_scope scope = {.variables = &variable, .variable_count = 1, .container = ""};
    const struct cel_options options = {.regex = CEL_REGEX_RE2};
    struct cel_program *program = cel_compile(expr, strlen(expr), &scope, &options, &err);
    if (program == NULL) {
        buf_printf(&out, "refused: %s", err.text);
    } else {
        uint8_t *bytes = malloc(x_len);
        assert_true(bytes != NULL || x_len == 0);
        if (x_len > 0) {
            memcpy(bytes, x, x_len);
        }
        const struct cel_value value = cel_bytes(CEL_STRING, bytes, x_len);
        run(program, &value, &out);
        free(bytes);
    }
    strncpy(answer, buf_cstr(&out), sizeof(answer) - 1);
    cel_program_free(&program);
    buf_fini(&out);
    return answer;
}

void rule_cases(const struct rule_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = rule_value(cases[i].expr, "", 0);
        if (strcmp(value, cases[i].value) != 0) {
            fail_msg("%s is %s, and not %s", cases[i].expr, value, cases[i].value);
        }
    }
}
