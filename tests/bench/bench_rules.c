/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_rules.c - how long the worst rules take until they are at their limit: what an event may cost.
 *
 * Each runs as a lane runs it, several times after the first; the figure is the least of them, as whatever else the machine
 * does only adds. Prints one JSON object: the worst, which it is, and each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "schema/parse/parse.h"
#include "schema/rules/bind.h"
#include "schema/rules/cel.h"
#include "schema/rules/run.h"
#include "schema/rules/settings.h"
#include "schema/rules/type.h"

enum { TURNS = 15, TEXT_BYTES = 1000000, DIGITS = 999, ITEMS = 200000 };

static const char structure[] =
    "{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"list\",\"type\":"
    "{\"type\":\"array\",\"items\":\"long\"}}]}";

/* x: a million a's; digits: 999 of them; evil: a pattern that no compiler likes; message: an event with a long list. */
static const char *const rules[] = {
    /* loops in loops */
    "lists.range(20000).all(i, lists.range(20000).all(k, i + k >= 0))",
    "lists.range(20000).all(i, i >= 0 && i < 20000 && i != -1)",
    "lists.range(20000).exists(i, i < 0 || i > 20000)",
    "lists.range(20000).map(i, i + 1).filter(i, i % 2 == 0).map(i, [i, i]).size() == 0",
    "lists.range(200).all(a, lists.range(200).all(b, lists.range(200).all(c, a + b != c || true)))",
    "lists.range(20000).map(i, string(i)).distinct().size() == 1",
    "lists.range(20000).map(i, string(i)).sort().size() == 1",
    "lists.range(20000).all(i, {i: i}[i] == i)",
    "lists.range(20000).all(i, [i, i, i, i, i, i, i, i].size() == 8)",
    "lists.range(20000).all(i, timestamp(i).getFullYear('Asia/Muscat') > 0)",
    "lists.range(20000).all(i, timestamp(i).getFullYear() > 0)",
    "lists.range(20000).all(i, double(i) * 0.1 >= 0.0)",
    "lists.range(20000).all(i, string(double(i) * 0.1) != '')",
    "lists.range(20000).all(i, string(1e300 / (double(i) + 3.0)) != '')",
    "lists.range(20000).all(i, '%s'.format([1e-300 / (double(i) + 3.0)]) != '')",
    "lists.range(20000).all(i, decimal(1e-300 / (double(i) + 3.0)) != decimal('0'))",
    "lists.range(20000).all(i, double('1e-300') > double('1e300'))",
    "lists.range(20000).all(i, timestamp('2024-02-29T12:00:00Z') != "
    "timestamp(string(timestamp(i))))",
    "message.list.all(i, message.list.all(k, i + k >= 0))",
    "lists.range(20000).all(i, message.list.size() > 0)",
    "lists.range(20000).all(i, message.list[i] >= 0)",
    "message.list.all(i, i in message.list)",
    "message.list.map(i, [i]).distinct().size() == 0",
    "message.list.sort() == message.list",
    "lists.range(20000).all(i, message.list == message.list)",
    /* long texts */
    "(x + x).size() > 0 && (x + x + x).size() > 0",
    "lists.range(3000).map(i, x).join('').size() == 0",
    "lists.range(300).all(i, x == x + '')",
    "lists.range(20000).all(i, x <= x)",
    "lists.range(3000).all(i, x.size() > 0)",
    "lists.range(3000).all(i, x.contains('ab'))",
    "lists.range(3000).all(i, x.indexOf('b') == -1)",
    "lists.range(3000).all(i, x.lastIndexOf('b') == -1)",
    "lists.range(3000).all(i, x.replace('b', 'c') == x)",
    "x.replace('', x) == x",
    "x.replace('', 'y') == x",
    "x.replace('a', 'b') == x",
    "x.split('a').size() > 0",
    "x.split('').size() > 0",
    "lists.range(3000).all(i, x.lowerAscii() == x)",
    "lists.range(3000).all(i, x.trim() == x)",
    "lists.range(3000).all(i, '%s'.format([x]) != '')",
    "lists.range(3000).all(i, x.isUri() || x.isEmail() || x.isArabicText())",
    "lists.range(3000).all(i, base64.encode(bytes(x)) == '')",
    /* regular expressions that explode */
    "x.matches('(a+)+b')",
    "x.matches('(a|aa)+b')",
    "x.matches('(.*)*b')",
    "x.matches('.*.*.*.*b')",
    "x.matches('(a?){60}a{60}b')",
    "lists.range(3000).all(i, x.matches('a*b'))",
    "lists.range(3000).all(i, digits.matches('(7+)+8') || true)",
    "lists.range(3000).all(i, digits.matches('((7|8)*(7|8)*)(7|8)*9') || true)",
    "lists.range(3000).all(i, digits.matches('[0-9]+'))",
    "lists.range(3000).all(i, 'a'.matches(evil) || true)",
    "lists.range(3000).all(i, 'a'.matches('a' + string(i)) || true)",
    "lists.range(3000).all(i, 'a'.matches('((((a?){1,9}){1,9}){1,9})*b' + string(i)) || true)",
    "lists.range(3000).all(i, 'a'.matches('[^\\\\d]{1,900}(b|c?){1,90}' + string(i)) || true)",
    "lists.range(3000).all(i, 'a'.matches('(((a{1,20}){1,20}){1,9})' + string(i)) || true)",
    /* decimals of a thousand digits */
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, d >= -d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, d + d > d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, d * decimal('0.1') < d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, d / decimal('3') < d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, d % decimal('3') < d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, decimals.sqrt(d) < d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, decimals.round(d, -5) < d))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, string(d) != ''))",
    "cel.bind(d, decimal(digits), lists.range(20000).all(i, double(d) != 0.0))",
    "lists.range(20000).all(i, decimal(digits) != decimal('0'))",
    "cel.bind(d, decimal(digits), lists.range(900).map(i, d).sort() != [])",
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_rules: %s: %s\n", what, why);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct cel_program *compile(const char *text, const struct sch_type *record)
{
    struct err err = ERR_INIT;
    struct arena arena = ARENA_INIT;
    const struct cel_type *string = cel_type_simple(CEL_TYPE_STRING);
    const struct cel_variable variables[] = {{"x", string},
                                             {"digits", string},
                                             {"evil", string},
                                             {"message", cel_type_of_avro(&arena, record)}};
    const struct cel_scope scope = {.variables = variables, .variable_count = 4, .container = ""};
    struct cel_program *program =
        cel_compile(text, strlen(text), &scope, &(struct cel_options){0}, &err);
    if (program == NULL) {
        die(text, err.text);
    }
    arena_fini(&arena);
    return program;
}

/* Milliseconds; *fault: what the result is. */
static double run(struct cel_machine *machine, const char *text, const struct cel_value *variables,
                  const char **fault)
{
    struct cel_program *program = compile(text, variables[3].avro);
    double least = 1e9;
    for (int turn = 0; turn <= TURNS; turn++) {
        struct cel_value value;
        double begun = cpu_seconds();
        cel_machine_begin(machine, 0, CEL_COST_LIMIT);
        cel_evaluate(machine, program, variables, &value);
        double ms = (cpu_seconds() - begun) * 1e3;
        least = turn > 0 && ms < least ? ms : least; /* the first gets the memory */
        *fault = value.kind == CEL_ERROR ? cel_fault_name((enum cel_fault)value.shape) : "value";
    }
    cel_program_free(&program);
    return least;
}

int main(void)
{
    struct err err = ERR_INIT;
    struct buf list = BUF_INIT;
    struct buf evil = BUF_INIT;
    struct cel_settings *settings = cel_settings_new(&(struct cel_settings_spec){0}, &err);
    struct cel_machine *machine = settings != NULL ? cel_machine_new(settings, &err) : NULL;
    char *text = malloc(TEXT_BYTES);
    char digits[DIGITS];
    double worst = 0;
    size_t which = 0;
    if (machine == NULL || text == NULL) {
        die("rules", err.text);
    }
    memset(text, 'a', TEXT_BYTES);
    memset(digits, '7', DIGITS);
    for (int i = 0; i < 400; i++) {
        buf_put_str(&evil, "(a|b?){1,9}c{2,7}");
    }
    struct sch_schema *schema = sch_parse(structure, strlen(structure), &err);
    struct cell *tape = calloc(ITEMS + 1, sizeof(*tape));
    if (schema == NULL || tape == NULL) {
        die("the event", err.text);
    }
    tape[0] = (struct cell){.type = CELL_ARRAY, .len = ITEMS};
    for (int i = 0; i < ITEMS; i++) {
        tape[i + 1] = (struct cell){.type = CELL_I64, .column_type = COLUMN_BIGINT, .i = i};
    }
    const struct cell nested = {.type = CELL_NESTED, .len = ITEMS + 1, .tape = tape};
    const struct cel_row row = {&nested, (const int32_t[]){0},
                                (const enum column_type[]){COLUMN_JSONB}, sch_root(schema)};
    const struct cel_value variables[] = {
        cel_bytes(CEL_STRING, text, TEXT_BYTES),
        cel_bytes(CEL_STRING, digits, DIGITS),
        cel_bytes(CEL_STRING, evil.data, evil.len),
        {.kind = CEL_RECORD, .shape = CEL_ROW, .row = &row, .avro = sch_root(schema)}};
    for (size_t i = 0; i < RULES; i++) {
        const char *fault;
        double ms = run(machine, rules[i], variables, &fault);
        which = ms > worst ? i : which;
        worst = ms > worst ? ms : worst;
        buf_printf(&list, "%s{\"rule\":\"%s\",\"ms\":%.3f,\"result\":\"%s\"}", i > 0 ? "," : "",
                   rules[i], ms, fault);
    }
    printf("{\"workload\":\"rule_cost\",\"limit\":%d,\"worst_ms\":%.3f,\"worst\":\"%s\",\"rules\":["
           "%s]}\n",
           CEL_COST_LIMIT, worst, rules[which], buf_cstr(&list));
    free(text);
    free(tape);
    sch_schema_unref(&schema);
    buf_fini(&list);
    buf_fini(&evil);
    cel_machine_free(&machine);
    cel_settings_free(&settings);
    return 0;
}
