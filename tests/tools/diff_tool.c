/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/diff_tool.c - the difference of two structures as a filter, for tests/oracle/diff_oracle.py.
 *
 * One JSON array [before, after] a line on standard input, one JSON object a line on standard output:
 * {"worst","findings":[{"rule","class","path","more"},…],"follows":…}, where follows says whether the newer
 * structure may have the older one's columns and compiles; {"refused":why} when one is no structure. */
#include "schema/diff/diff.h"
#include "tools/filter.h"
#include "tools/follows.h"

static bool may_follow(struct sch_schema *before, struct sch_schema *after)
{
    const struct sch_layout none = {.column_count = 0};
    struct sch_layout old = {.column_count = 0};
    struct sch_layout new = {.column_count = 0};
    bool good = follows(&none, before, &old) && follows(&old, after, &new);
    sch_layout_fini(&old);
    sch_layout_fini(&new);
    return good;
}

static void write_diff(struct jsonw *w, const struct sch_diff *diff)
{
    filter_put(w, "worst", sch_class_name(sch_diff_worst(diff)));
    jsonw_key(w, "findings");
    jsonw_open(w, '[');
    for (size_t i = 0; i < diff->count; i++) {
        const struct sch_finding *finding = &diff->items[i];
        jsonw_open(w, '{');
        filter_put(w, "rule", sch_change_row(finding->change)->id);
        filter_put(w, "class", sch_class_name(finding->cls));
        filter_put(w, "path", finding->path);
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
    struct sch_schema *before = filter_parse(json_array_get(pair, 0), &err);
    struct sch_schema *after = before != NULL ? filter_parse(json_array_get(pair, 1), &err) : NULL;
    if (after == NULL || sch_diff(before, after, NULL, false, &diff, &err) != 0) {
        filter_put(w, "refused", err.text);
    } else {
        write_diff(w, &diff);
        jsonw_key(w, "follows");
        jsonw_bool(w, may_follow(before, after));
    }
    sch_diff_fini(&diff);
    sch_schema_unref(&after);
    sch_schema_unref(&before);
}

int main(void)
{
    return filter_run(answer);
}
