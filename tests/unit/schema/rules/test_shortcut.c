/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_shortcut.c - the short way says what the program says, and pays what it pays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "schema/parse/parse.h"
#include "schema/rules/cel.h"
#include "schema/rules/machine.h"
#include "schema/rules/print.h"
#include "schema/rules/settings.h"
#include "schema/rules/shortcut.h"

static const char structure[] =
    "{\"type\":\"record\",\"name\":\"e.E\",\"fields\":["
    "{\"name\":\"n\",\"type\":\"long\"},{\"name\":\"m\",\"type\":[\"null\",\"long\"]},"
    "{\"name\":\"s\",\"type\":[\"null\",\"string\"]},{\"name\":\"b\",\"type\":\"boolean\"},"
    "{\"name\":\"day\",\"type\":{\"type\":\"int\",\"logicalType\":\"date\"}},"
    "{\"name\":\"at\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}},"
    "{\"name\":\"amount\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":"
    "30,\"scale\":2}},{\"name\":\"u\",\"type\":{\"type\":\"string\",\"logicalType\":\"uuid\"}}]}";

enum { FIELDS = 8, VALUES = 12 };

static const enum column_type columns[FIELDS] = {COLUMN_BIGINT,  COLUMN_BIGINT, COLUMN_TEXT,
                                                 COLUMN_BOOLEAN, COLUMN_DATE,   COLUMN_TIMESTAMPTZ,
                                                 COLUMN_NUMERIC, COLUMN_UUID};
static const int32_t column_of[FIELDS] = {0, 1, 2, 3, 4, 5, 6, 7};

#define TEXT(text)                                                                                 \
    {                                                                                              \
        .type = CELL_BYTES, .p = (const uint8_t *)(text), .len = sizeof(text) - 1                  \
    }
#define NUMBER(number)                                                                             \
    {                                                                                              \
        .type = CELL_I64, .i = (number)                                                            \
    }
#define DECIMAL(bytes, places)                                                                     \
    {                                                                                              \
        .type = CELL_DECIMAL, .p = (const uint8_t *)(bytes), .len = sizeof(bytes) - 1,             \
        .scale = (places)                                                                          \
    }
#define NONE                                                                                       \
    {                                                                                              \
        .type = CELL_NULL                                                                          \
    }
#define UNSENT                                                                                     \
    {                                                                                              \
        .type = CELL_UNCHANGED                                                                     \
    }

#define SIXTEEN  "0123456789abcdef"
#define LONG_255 LONG_240 "0123456789abcde"
#define LONG_240 LONG_128 LONG_64 SIXTEEN SIXTEEN SIXTEEN
#define LONG_128 LONG_64 LONG_64
#define LONG_64  SIXTEEN SIXTEEN SIXTEEN SIXTEEN

/* Each column's; what is missing is null. */
static const struct cell values[FIELDS][VALUES] = {
    {NUMBER(0), NUMBER(5), NUMBER(-1), NUMBER(INT64_MAX), NUMBER(INT64_MIN), NUMBER(6), NONE,
     UNSENT, NUMBER(4), NUMBER(7), NUMBER(100), NUMBER(1)},
    {NONE, NUMBER(5), NUMBER(0), UNSENT, NUMBER(INT64_MIN), NUMBER(6), NUMBER(INT64_MAX), NUMBER(4),
     NUMBER(-5), NUMBER(99), NUMBER(2), NONE},
    {NONE, TEXT(""), TEXT("male"), TEXT("12345"), TEXT("محمد بن سالم الهنائي"), TEXT(LONG_255),
     TEXT(LONG_255 "x"), TEXT("mal"), UNSENT, TEXT("ab1"), TEXT("١٢٣"), TEXT("female")},
    {{.type = CELL_BOOL, .i = 1}, {.type = CELL_BOOL, .i = 0}, NONE, UNSENT},
    {NUMBER(0), NUMBER(-719163), NUMBER(-719162), NUMBER(2932896), NUMBER(2932897), NUMBER(-62092),
     NUMBER(-62091), NUMBER(2145042905), NUMBER(-2440588), UNSENT, NUMBER(20000), NUMBER(11017)},
    {NUMBER(0), NUMBER(INT64_C(-62135596800000001)), NUMBER(INT64_C(-62135596800000000)),
     NUMBER(INT64_C(253402300799999999)), NUMBER(INT64_C(253402300800000000)),
     NUMBER(INT64_C(1790000000000000)), NUMBER(INT64_C(1790000000000001)),
     NUMBER(INT64_C(1789999999999999)), NUMBER(INT64_C(9223371331199999999)), UNSENT,
     NUMBER(INT64_C(951782400000000)), NUMBER(INT64_C(1790003600000000))},
    {DECIMAL("\x00", 2), DECIMAL("\x04\xd2", 2), DECIMAL("\xff", 2), DECIMAL("\x64", 2),
     DECIMAL("\x7f\xff\xff\xff\xff\xff\xff\xff", 2),
     DECIMAL("\x01\x00\x00\x00\x00\x00\x00\x00\x00", 2), DECIMAL("", 2), UNSENT, NONE,
     DECIMAL("\x80\x00\x00\x00\x00\x00\x00\x00", 0), DECIMAL("\x01", 0), DECIMAL("\x0a", 1)},
    {{.type = CELL_UUID, .p = (const uint8_t *)SIXTEEN}, UNSENT},
};

/* Those that have a short way. */
static const char *const short_ones[] = {
    "this.n >= 0",
    "this.n < 5",
    "5 < this.n",
    "this.n <= -9223372036854775808",
    "this.n < -9223372036854775808",
    "this.n > 9223372036854775807",
    "this.n != 5",
    "!(this.n == 5)",
    "this.n > 4 && this.n < 7",
    "this.n < 4 || this.n > 7",
    "this.n == this.m",
    "this.m <= this.n",
    "this.n in [1, 5, 7]",
    "this.s in ['male', 'female']",
    "!(this.s in ['male', ''])",
    "this.s == 'male'",
    "'' != this.s",
    "size(this.s) > 0 && size(this.s) <= 20",
    "this.s.size() == 20",
    "size(this.s) < 256 || this.b",
    "size(this.s) > 255",
    "has(this.s)",
    "!has(this.s) || size(this.s) <= 4",
    "this.s == null",
    "this.s != null && this.s != ''",
    "this.s.matches('[a-z]+')",
    "this.s.matches('^(male|female)$') || this.n == 5",
    "matches(this.s, '[^0-9]+') ? this.b : this.n > 0",
    "this.b",
    "!this.b",
    "this.b == true",
    "this.b != false",
    "this.b < true",
    "true || this.b",
    "this.b ? '' : 'the words of the program'",
    "this.s.matches('[0-9]+') ? '' : this.b ? '' : 'no'",
    "this.day <= this.at",
    "this.day == this.at",
    "this.at > timestamp('2000-02-29T00:00:00Z')",
    "this.at == timestamp('2026-09-21T14:13:20.000001Z')",
    "this.day.getFullYear() > 1800",
    "this.day.getFullYear() >= 1",
    "this.day.getFullYear() <= 9999",
    "this.day.getFullYear() > 9999",
    "this.day.getFullYear() != 2000",
    "this.at.getFullYear() == 2026",
    "1799 < this.day.getFullYear()",
    "this.at <= now",
    "this.at < now + duration('1h')",
    "this.at <= now - duration('1s')",
    "now - duration('1000000h') < this.at",
    "this.at < now + duration('70000000h')",
    "this.at >= now - duration('70000000h')",
    "this.at != now + duration('-0.000001s')",
    "this.amount >= decimal('-1')",
    "this.amount < decimal('12.345')",
    "decimal('1.00') == this.amount",
    "this.amount != decimal('0')",
    "decimals.ge(this.amount, decimal('0.00'))",
    "decimals.lt(decimal('1'), this.amount)",
    "this.amount < decimal('100000000000000000000000000')",
};

/* Those that have none. */
static const char *const long_ones[] = {"this.n + 1 > 5",
                                        "this.n > 4.5",
                                        "this.s < 'm'",
                                        "this.n in [1, this.m]",
                                        "this.s.startsWith('m') && this.b",
                                        "this.at < now + duration('0.0000001s')",
                                        "'x' in ['x', 'y']",
                                        "this.s.contains('a')",
                                        "has(this.s) ? this.s.size() > this.n : true",
                                        "[this.n].all(x, x > 5)",
                                        "this.at.getFullYear('Asia/Muscat') > 1"};

struct world {
    struct sch_schema *schema;
    struct arena arena;
    struct cel_settings *settings;
    struct cel_machine *machine;
};

static void open_world(struct world *w)
{
    const struct cel_settings_spec defaults = {0};
    struct err err = ERR_INIT;
    w->arena = (struct arena)ARENA_INIT;
    w->schema = sch_parse(structure, strlen(structure), &err);
    w->settings = cel_settings_new(&defaults, &err);
    assert_non_null(w->settings);
    w->machine = cel_machine_new(w->settings, &err);
    assert_non_null(w->schema);
    assert_non_null(w->machine);
}

static void close_world(struct world *w)
{
    cel_machine_free(&w->machine);
    cel_settings_free(&w->settings);
    arena_fini(&w->arena);
    sch_schema_unref(&w->schema);
}

static struct cel_program *compile(struct world *w, const char *text)
{
    struct err err = ERR_INIT;
    const struct cel_variable variables[] = {
        {"this", cel_type_of_avro(&w->arena, sch_root(w->schema))},
        {"now", cel_type_simple(CEL_TYPE_TIMESTAMP)},
        {"n", cel_type_simple(CEL_TYPE_INT)},
        {"s", cel_type_simple(CEL_TYPE_STRING)},
        {"at", cel_type_simple(CEL_TYPE_TIMESTAMP)},
        {"amount", cel_type_simple(CEL_TYPE_DECIMAL)}};
    const struct cel_scope scope = {.variables = variables, .variable_count = 6, .container = ""};
    const struct cel_options options = {.full_match = true, .wants_reason = true};
    struct cel_program *program = cel_compile(text, strlen(text), &scope, &options, &err);
    if (program == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
    return program;
}

/* As a line, with what is left of the limit. */
static const char *outcome(struct buf *out, const struct cel_value *value, uint64_t left)
{
    buf_reset(out);
    if (value->kind == CEL_ERROR) {
        buf_printf(out, "%s at %u", cel_fault_name((enum cel_fault)value->shape), value->len);
    } else {
        cel_value_print(out, value);
    }
    buf_printf(out, ", %u left", (unsigned)left);
    return buf_cstr(out);
}

static void both_ways(struct world *w, const char *text, const struct cel_program *program,
                      const struct cel_value *variables, uint64_t limit)
{
    struct buf shortly = BUF_INIT;
    struct buf slowly = BUF_INIT;
    struct cel_value value;
    struct cel_run *run = cel_machine_run(w->machine);
    cel_machine_begin(w->machine, INT64_C(1790000000000000), limit);
    cel_evaluate(w->machine, program, variables, &value);
    outcome(&shortly, &value, run->cost_left);
    cel_machine_begin(w->machine, INT64_C(1790000000000000), limit);
    if (cel_run_charge(run, program->op_count, &value)) {
        cel_interpret(w->machine, program, variables, &value);
    }
    outcome(&slowly, &value, run->cost_left);
    if (strcmp(buf_cstr(&shortly), buf_cstr(&slowly)) != 0) {
        fail_msg("%s: %s; the program says %s", text, buf_cstr(&shortly), buf_cstr(&slowly));
    }
    buf_fini(&shortly);
    buf_fini(&slowly);
}

/* The event, and its values by themselves, as rules of fields have them. */
static void try_all(struct world *w, const char *text, const struct cel_program *program)
{
    for (size_t n = 0; n < (size_t)VALUES * VALUES; n++) {
        struct cell cells[FIELDS];
        struct cel_value variables[6];
        for (size_t i = 0; i < FIELDS; i++) {
            cells[i] = values[i][(i % 2 == 0 ? n : n / VALUES + n) % VALUES];
        }
        const struct cel_row row = {cells, column_of, columns, sch_root(w->schema)};
        struct cel_run *run = cel_machine_run(w->machine);
        variables[0] = (struct cel_value){
            .kind = CEL_RECORD, .shape = CEL_ROW, .row = &row, .avro = sch_root(w->schema)};
        cel_machine_begin(w->machine, INT64_C(1790000000000000), CEL_COST_LIMIT);
        variables[1] = run->now;
        cel_field_at(run, &variables[0], 0, &variables[2]);
        cel_field_at(run, &variables[0], 2, &variables[3]);
        cel_field_at(run, &variables[0], 5, &variables[4]);
        cel_field_at(run, &variables[0], 6, &variables[5]);
        both_ways(w, text, program, variables, CEL_COST_LIMIT);
        for (uint64_t limit = 0; limit < 24; limit++) {
            both_ways(w, text, program, variables, limit);
        }
    }
}

/* this.n by n, and so on: false where the text has another field. */
static bool of_variables(const char *text, char *out, size_t cap)
{
    size_t len = 0;
    for (const char *p = text; *p != '\0' && len + 1 < cap;) {
        static const char *const names[] = {"n", "s", "at", "amount"};
        bool known = strncmp(p, "this.", 5) != 0;
        for (size_t i = 0; !known && i < 4; i++) {
            size_t size = strlen(names[i]);
            known = strncmp(p + 5, names[i], size) == 0 && strchr(" .,)]", p[5 + size]) != NULL;
        }
        if (!known) {
            return false;
        }
        p += strncmp(p, "this.", 5) == 0 ? 5 : 0;
        out[len++] = *p++;
    }
    out[len] = '\0';
    return true;
}

static void the_short_way_says_what_the_program_says(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    for (size_t i = 0; i < sizeof(short_ones) / sizeof(short_ones[0]); i++) {
        char bare[256];
        struct cel_program *program = compile(&w, short_ones[i]);
        if (program->first_test == CEL_NO_TEST) {
            fail_msg("%s has no short way", short_ones[i]);
        }
        try_all(&w, short_ones[i], program);
        cel_program_free(&program);
        if (of_variables(short_ones[i], bare, sizeof(bare)) && strstr(bare, "null") == NULL &&
            strstr(bare, "has(") == NULL) {
            program = compile(&w, bare);
            assert_int_not_equal(program->first_test, CEL_NO_TEST);
            try_all(&w, bare, program);
            cel_program_free(&program);
        }
    }
    close_world(&w);
}

static void what_is_no_test_has_no_short_way(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    for (size_t i = 0; i < sizeof(long_ones) / sizeof(long_ones[0]); i++) {
        struct cel_program *program = compile(&w, long_ones[i]);
        if (program->first_test != CEL_NO_TEST) {
            fail_msg("%s has a short way", long_ones[i]);
        }
        try_all(&w, long_ones[i], program);
        cel_program_free(&program);
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_short_way_says_what_the_program_says),
        cmocka_unit_test(what_is_no_test_has_no_short_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
