/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/diff_tool.c - the difference of two structures as a filter, for tests/oracle/diff_oracle.py.
 *
 * One JSON array [before, after] a line on standard input, one JSON object a line on standard output:
 * {"worst","findings":[{"rule","class","path","more"},…],"follows":…}, where follows says whether the newer
 * structure may have the older one's columns and compiles; {"refused":why} when one is no structure. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "schema/diff/diff.h"
#include "schema/parse/parse.h"
#include "schema/plan/layout.h"
#include "schema/plan/plan.h"

static struct sch_schema *parse(const json_t *json, struct err *err)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    struct sch_schema *schema = sch_parse(text, strlen(text), err);
    free(text);
    return schema;
}

static bool compiles(struct sch_schema *structure, const struct sch_layout *layout)
{
    struct err err = ERR_INIT;
    const struct sch_plan_spec spec = {.structure = structure,
                                       .column_of = layout->column_of,
                                       .columns = layout->columns,
                                       .column_count = layout->column_count};
    struct sch_plan *plan = sch_plan_compile(&spec, &err);
    bool good = plan != NULL;
    sch_plan_free(&plan);
    return good;
}

static bool follows(const struct sch_schema *before, struct sch_schema *after)
{
    struct err err = ERR_INIT;
    struct sch_layout old = {.column_count = 0};
    struct sch_layout new = {.column_count = 0};
    bool good = sch_layout_extend(NULL, 0, before, &old, &err) == 0 &&
                sch_layout_extend(old.columns, old.column_count, after, &new, &err) == 0 &&
                compiles(after, &new);
    sch_layout_fini(&old);
    sch_layout_fini(&new);
    return good;
}

static void write_word(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_str(w, text);
}

static void write_diff(struct jsonw *w, const struct sch_diff *diff)
{
    write_word(w, "worst", sch_class_name(sch_diff_worst(diff)));
    jsonw_key(w, "findings");
    jsonw_open(w, '[');
    for (size_t i = 0; i < diff->count; i++) {
        const struct sch_finding *finding = &diff->items[i];
        jsonw_open(w, '{');
        write_word(w, "rule", sch_change_row(finding->change)->id);
        write_word(w, "class", sch_class_name(finding->cls));
        write_word(w, "path", finding->path);
        jsonw_key(w, "more");
        jsonw_bool(w, finding->collects_more);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void answer(struct jsonw *w, const json_t *pair)
{
    struct err err = ERR_INIT;
    struct sch_diff diff = {.count = 0};
    struct sch_schema *before = parse(json_array_get(pair, 0), &err);
    struct sch_schema *after = before != NULL ? parse(json_array_get(pair, 1), &err) : NULL;
    if (after == NULL || sch_diff(before, after, NULL, false, &diff, &err) != 0) {
        write_word(w, "refused", err.text);
    } else {
        write_diff(w, &diff);
        jsonw_key(w, "follows");
        jsonw_bool(w, follows(before, after));
    }
    sch_diff_fini(&diff);
    sch_schema_unref(&after);
    sch_schema_unref(&before);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, stdin)) >= 0) {
        json_t *question = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, NULL);
        struct buf out = BUF_INIT;
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        answer(&w, question);
        jsonw_close(&w, '}');
        puts(buf_cstr(&out));
        fflush(stdout);
        buf_fini(&out);
        json_decref(question);
    }
    free(line);
    return 0;
}
