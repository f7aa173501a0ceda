/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/json.c - a difference as JSON: in an answer, in a command's output, kept with a request. */
#include "base/jsonw.h"
#include "schema/diff/diff.h"

static void json_member(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_str(w, text);
}

static void json_finding(struct jsonw *w, const struct sch_finding *finding)
{
    const struct sch_change_row *row = sch_change_row(finding->change);
    jsonw_open(w, '{');
    json_member(w, "rule", row->id);
    json_member(w, "class", sch_class_name(finding->cls));
    json_member(w, "path", finding->path);
    json_member(w, "before", finding->before);
    json_member(w, "after", finding->after);
    jsonw_key(w, "collects_more");
    jsonw_bool(w, finding->collects_more);
    json_member(w, "text", row->en);
    json_member(w, "text_ar", row->ar);
    json_member(w, "title", finding->title);
    json_member(w, "title_ar", finding->title_ar);
    json_member(w, "accepted", finding->accepted);
    jsonw_close(w, '}');
}

void sch_diff_json_members(const struct sch_diff *diff, struct jsonw *w)
{
    size_t total = sch_diff_total(diff);
    json_member(w, "worst", total > 0 ? sch_class_name(sch_diff_worst(diff)) : NULL);
    jsonw_key(w, "collects_more");
    jsonw_bool(w, diff->collects_more);
    jsonw_key(w, "begins_generation");
    jsonw_bool(w, diff->begins_generation);
    for (int cls = 0; cls < SCH_CLASS_COUNT; cls++) {
        jsonw_number(w, sch_class_name((enum sch_class)cls),
                     (int64_t)sch_diff_count(diff, (enum sch_class)cls));
    }
    jsonw_number(w, "omitted", (int64_t)(total - diff->count));
    jsonw_key(w, "findings");
    jsonw_open(w, '[');
    for (size_t i = 0; i < diff->count; i++) {
        json_finding(w, &diff->items[i]);
    }
    jsonw_close(w, ']');
}

void sch_diff_json(const struct sch_diff *diff, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    sch_diff_json_members(diff, &w);
    jsonw_close(&w, '}');
}
