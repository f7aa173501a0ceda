/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_cel.c - a rule: whatever its text, it is refused with a place or it runs within its limits on an event,
 * and its short way says what its program says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/parse/parse.h"
#include "schema/rules/bind.h"
#include "schema/rules/cel.h"
#include "schema/rules/machine.h"
#include "schema/rules/print.h"
#include "schema/rules/settings.h"
#include "schema/rules/shortcut.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { COST_LIMIT = 20000 };

static const char structure[] =
    "{\"type\":\"record\",\"name\":\"moh.Birth\",\"fields\":[{\"name\":\"seq\",\"type\":\"long\"},"
    "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"civil\",\"type\":[\"null\",\"string\"]},"
    "{\"name\":\"sex\",\"type\":{\"type\":\"enum\",\"name\":\"Sex\",\"symbols\":[\"M\",\"F\"]}},"
    "{\"name\":\"born\",\"type\":{\"type\":\"int\",\"logicalType\":\"date\"}},"
    "{\"name\":\"amount\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":"
    "12,\"scale\":2}}]}";

/* What never changes: made once. */
static struct {
    struct sch_schema *schema;
    struct cel_machine *machine;
    struct arena arena;
    struct cel_variable variables[2];
} kept = {.arena = ARENA_INIT};

static void prepare(void)
{
    const struct cel_settings_spec defaults = {0};
    struct err err = ERR_INIT;
    kept.schema = sch_parse(structure, strlen(structure), &err);
    struct cel_settings *settings = cel_settings_new(&defaults, &err);
    kept.machine = settings != NULL ? cel_machine_new(settings, &err) : NULL;
    if (kept.schema == NULL || kept.machine == NULL) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    kept.variables[0] =
        (struct cel_variable){"this", cel_type_of_avro(&kept.arena, sch_root(kept.schema))};
    kept.variables[1] = (struct cel_variable){"now", cel_type_simple(CEL_TYPE_TIMESTAMP)};
}

static void run(const struct cel_program *program)
{
    static const enum column_type columns[] = {COLUMN_BIGINT, COLUMN_TEXT, COLUMN_TEXT,
                                               COLUMN_TEXT,   COLUMN_DATE, COLUMN_NUMERIC};
    static const int32_t column_of[] = {0, 1, 2, 3, 4, 5};
    const uint8_t name[] = "محمد";
    const uint8_t amount[] = {0x04, 0xD2};
    const struct cell cells[] = {{.type = CELL_I64, .i = 7},
                                 {.type = CELL_BYTES, .p = name, .len = sizeof(name) - 1},
                                 {.type = CELL_NULL},
                                 {.type = CELL_BYTES, .p = (const uint8_t *)"M", .len = 1},
                                 {.type = CELL_I64, .i = 19000},
                                 {.type = CELL_DECIMAL, .p = amount, .len = 2, .scale = 2}};
    const struct cel_row row = {cells, column_of, columns, sch_root(kept.schema)};
    const struct cel_value variables[] = {
        {.kind = CEL_RECORD, .shape = CEL_ROW, .row = &row, .avro = sch_root(kept.schema)},
        cel_time(CEL_TIMESTAMP, 1790000000, 0)};
    struct cel_run *limits = cel_machine_run(kept.machine);
    struct cel_value result;
    struct buf text = BUF_INIT;
    cel_machine_begin(kept.machine, 0, COST_LIMIT);
    cel_evaluate(kept.machine, program, variables, &result);
    cel_value_print(&text, &result);
    buf_printf(&text, " %u", (unsigned)limits->cost_left);
    if (program->first_test != CEL_NO_TEST) {
        struct buf slowly = BUF_INIT;
        cel_machine_begin(kept.machine, 0, COST_LIMIT);
        if (cel_run_charge(limits, program->op_count, &result)) {
            cel_interpret(kept.machine, program, variables, &result);
        }
        cel_value_print(&slowly, &result);
        buf_printf(&slowly, " %u", (unsigned)limits->cost_left);
        if (strcmp(buf_cstr(&text), buf_cstr(&slowly)) != 0) {
            fprintf(stderr, "%s; the program says %s\n", buf_cstr(&text), buf_cstr(&slowly));
            abort();
        }
        buf_fini(&slowly);
    }
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct err err = ERR_INIT;
    if (kept.schema == NULL) {
        prepare();
    }
    const struct cel_scope scope = {
        .variables = kept.variables, .variable_count = 2, .container = ""};
    const struct cel_options options = {.regex = len % 2 == 0 ? CEL_REGEX_RE2 : CEL_REGEX_PCRE};
    struct cel_program *program = cel_compile((const char *)bytes, len, &scope, &options, &err);
    if (program != NULL) {
        run(program);
    } else if (err.text[0] == '\0') {
        fprintf(stderr, "refused without a word\n");
        abort();
    }
    cel_program_free(&program);
    return 0;
}
