/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_diff_print.c - see structure_diff.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/utf8.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "ops/cmd/structure_diff.h"

static const char *side_name(const struct ops_diff_side *side, char *room, size_t size)
{
    if (side->file == NULL) {
        snprintf(room, size, "version %d", (int)side->version);
        return room;
    }
    return strcmp(side->file, "-") == 0 ? "standard input" : side->file;
}

static bool counts(const struct ops_diff_shown *shown, const struct sch_finding *finding)
{
    return shown->fails && finding->accepted == NULL && finding->cls >= shown->fail_on;
}

/* ---- for people ---- */

static const char *const colours[SCH_CLASS_COUNT] = {"\033[32m", "\033[33m", "\033[31m"};

static void put_class(enum sch_class cls, bool colour, struct buf *out)
{
    buf_put_str(out, colour ? colours[cls] : "");
    buf_printf(out, "%-8s", sch_class_name(cls));
    buf_put_str(out, colour ? "\033[0m" : "");
}

static void put_titles(const struct sch_finding *finding, struct buf *out)
{
    const char *const titles[] = {finding->title, finding->title_ar};
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        if (titles[i] != NULL) {
            buf_put_str(out, any ? ", " : " (");
            ops_put_safe(titles[i], false, out);
            any = true;
        }
    }
    buf_put_str(out, any ? ")" : "");
}

/* "view bi.births", with what it was made from. */
static void put_dependent(const struct ops_diff_shown *shown, size_t row, struct buf *out)
{
    const struct sto_grid *grid = shown->concern.dependents;
    const char *through = sto_grid_get(grid, row, "through");
    buf_printf(out, "%s ", sto_grid_get(grid, row, "kind"));
    ops_put_safe(sto_grid_get(grid, row, "name"), false, out);
    if (through != NULL) {
        buf_put_str(out, " through ");
        ops_put_safe(through, false, out);
    }
}

static size_t dependent_rows(const struct ops_diff_shown *shown)
{
    return shown->concern.dependents != NULL ? shown->concern.dependents->rows : 0;
}

/* finding NULL: what uses the tables as a whole. */
static void put_dependents(const struct ops_diff_shown *shown, const struct sch_finding *finding,
                           struct buf *out)
{
    for (size_t row = 0; row < dependent_rows(shown); row++) {
        if (finding != NULL ? reg_concern_meets(&shown->concern, row, shown->diff, finding)
                            : reg_concern_is_whole(&shown->concern, row)) {
            buf_put_str(out, finding != NULL ? "\n          used by " : "all of it is used by ");
            put_dependent(shown, row, out);
            buf_put_str(out, finding != NULL ? "" : "\n");
        }
    }
}

static void put_accounts(const char *title, const struct sto_grid *accounts, struct buf *out)
{
    if (accounts != NULL && accounts->rows > 0) {
        buf_put_str(out, title);
        ops_table_print(accounts, false, out);
    }
}

static void put_finding(const struct ops_diff_shown *shown, const struct sch_finding *finding,
                        bool colour, struct buf *out)
{
    const struct sch_change_row *row = sch_change_row(finding->change);
    put_class(finding->cls, colour, out);
    buf_printf(out, "  %s  ", row->id);
    ops_put_safe(finding->path, false, out);
    if (finding->before != NULL || finding->after != NULL) {
        buf_put_str(out, ": ");
        ops_put_safe(finding->before != NULL ? finding->before : "(none)", false, out);
        buf_put_str(out, " -> ");
        ops_put_safe(finding->after != NULL ? finding->after : "(none)", false, out);
    }
    buf_printf(out, "\n          %s", row->en);
    put_titles(finding, out);
    buf_put_str(out, finding->collects_more ? "; collects more (NRL-7)" : "");
    if (finding->accepted != NULL) {
        buf_put_str(out, "\n          accepted: ");
        ops_put_safe(finding->accepted, false, out);
    }
    put_dependents(shown, finding, out);
    buf_put_u8(out, '\n');
}

void ops_diff_print(const struct ops_diff_shown *shown, bool terminal, struct buf *out)
{
    char room[2][32];
    const struct sch_diff *diff = shown->diff;
    bool colour = terminal && getenv("NO_COLOR") == NULL;
    ops_put_safe(shown->dataset != NULL ? shown->dataset : "", false, out);
    buf_put_str(out, shown->dataset != NULL ? ": " : "");
    ops_put_safe(side_name(&shown->from, room[0], sizeof(room[0])), false, out);
    buf_put_str(out, " -> ");
    ops_put_safe(side_name(&shown->to, room[1], sizeof(room[1])), false, out);
    buf_put_u8(out, '\n');
    /* The worst first: that is what a steward decides on. */
    for (int cls = SCH_CLASS_COUNT - 1; cls >= 0; cls--) {
        for (size_t i = 0; i < diff->count; i++) {
            if ((int)diff->items[i].cls == cls) {
                put_finding(shown, &diff->items[i], colour, out);
            }
        }
    }
    if (sch_diff_total(diff) > diff->count) {
        buf_printf(out, "… and %zu more\n", sch_diff_total(diff) - diff->count);
    }
    if (shown->stored != NULL) {
        ops_stored_print(shown->stored, out);
    }
    if (sch_diff_total(diff) == 0) {
        buf_put_str(out, "no change\n");
        return;
    }
    put_dependents(shown, NULL, out);
    put_accounts("who asked for the older one in the last 90 days:\n", shown->concern.users, out);
    put_accounts("who is told of such a change:\n", shown->concern.subscribers, out);
    if (diff->begins_generation) {
        buf_printf(out,
                   "a generation begins: the view %s is made anew, and what was built on it stays "
                   "on the former one\n",
                   shown->dataset != NULL ? shown->dataset : "of the dataset");
    }
    buf_printf(out, "%zu breaking, %zu review, %zu safe%s\n", sch_diff_count(diff, SCH_BREAKING),
               sch_diff_count(diff, SCH_REVIEW), sch_diff_count(diff, SCH_SAFE),
               diff->collects_more ? "; collects more (NRL-7)" : "");
}

/* ---- JSON ---- */

static void json_side(struct jsonw *w, const char *key, const struct ops_diff_side *side)
{
    jsonw_key(w, key);
    jsonw_open(w, '{');
    if (side->file != NULL) {
        jsonw_key(w, "file");
        jsonw_str(w, side->file);
    } else {
        jsonw_number(w, "version", side->version);
    }
    jsonw_close(w, '}');
}

static void json_member(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_str(w, text);
}

void ops_diff_json(const struct ops_diff_shown *shown, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    json_member(&w, "dataset", shown->dataset);
    json_side(&w, "from", &shown->from);
    json_side(&w, "to", &shown->to);
    sch_diff_json_members(shown->diff, &w);
    reg_concern_json_members(&shown->concern, shown->diff, &w);
    if (shown->stored != NULL) {
        jsonw_key(&w, "stored");
        ops_stored_json(shown->stored, &w);
    }
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

/* ---- JUnit XML ---- */

/* Control characters have no place in XML 1.0. */
static void put_xml(const char *text, struct buf *out)
{
    while (*text != '\0') {
        const char *next = text;
        uint32_t code = utf8_next(&next);
        switch (code) {
        case '&': buf_put_str(out, "&amp;"); break;
        case '<': buf_put_str(out, "&lt;"); break;
        case '>': buf_put_str(out, "&gt;"); break;
        case '"': buf_put_str(out, "&quot;"); break;
        default:
            if (code < 0x20 || code == 0x7f || (code & 0xfffe) == 0xfffe) {
                buf_put_u8(out, '?');
            } else {
                buf_put(out, text, (size_t)(next - text));
            }
            break;
        }
        text = next;
    }
}

static void put_attribute(const char *name, const char *value, struct buf *out)
{
    buf_printf(out, " %s=\"", name);
    put_xml(value, out);
    buf_put_u8(out, '"');
}

static void junit_message(const struct sch_finding *finding, struct buf *out)
{
    buf_put_str(out, " message=\"");
    put_xml(sch_class_name(finding->cls), out);
    buf_put_str(out, ": ");
    put_xml(sch_change_row(finding->change)->en, out);
    if (finding->before != NULL || finding->after != NULL) {
        buf_put_str(out, ": ");
        put_xml(finding->before != NULL ? finding->before : "(none)", out);
        put_xml(" -> ", out);
        put_xml(finding->after != NULL ? finding->after : "(none)", out);
    }
    buf_put_u8(out, '"');
}

static void junit_case(const struct ops_diff_shown *shown, const struct sch_finding *finding,
                       struct buf *out)
{
    buf_put_str(out, "  <testcase");
    put_attribute("classname", finding->path, out);
    put_attribute("name", sch_change_row(finding->change)->id, out);
    if (counts(shown, finding)) {
        buf_put_str(out, "><failure");
        put_attribute("type", sch_class_name(finding->cls), out);
        junit_message(finding, out);
        buf_put_str(out, "/></testcase>\n");
    } else if (finding->accepted != NULL) {
        buf_put_str(out, "><skipped message=\"accepted: ");
        put_xml(finding->accepted, out);
        buf_put_str(out, "\"/></testcase>\n");
    } else {
        buf_put_str(out, "/>\n");
    }
}

void ops_diff_junit(const struct ops_diff_shown *shown, struct buf *out)
{
    const struct sch_diff *diff = shown->diff;
    size_t failures = 0;
    size_t skipped = 0;
    for (size_t i = 0; i < diff->count; i++) {
        failures += counts(shown, &diff->items[i]);
        skipped += diff->items[i].accepted != NULL;
    }
    buf_put_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
    put_attribute("name", shown->dataset != NULL ? shown->dataset : "structures", out);
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\">\n",
               diff->count + (diff->count == 0), failures, skipped);
    if (diff->count == 0) {
        buf_put_str(out, "  <testcase classname=\".\" name=\"no-change\"/>\n");
    }
    for (size_t i = 0; i < diff->count; i++) {
        junit_case(shown, &diff->items[i], out);
    }
    buf_put_str(out, "</testsuite>\n");
}

/* ---- the table of rules ---- */

void ops_put_change_rules(struct buf *out)
{
    for (int i = 0; i < SCH_CHANGE_COUNT; i++) {
        const struct sch_change_row *row = sch_change_row((enum sch_change)i);
        buf_printf(out, "| %s | `%s` | %s | %s |\n", sch_class_name(row->cls), row->id, row->en,
                   row->ar);
    }
}

void ops_diff_rules(bool json, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    if (json) {
        jsonw_open(&w, '[');
    }
    for (int i = 0; i < SCH_CHANGE_COUNT; i++) {
        const struct sch_change_row *row = sch_change_row((enum sch_change)i);
        if (json) {
            jsonw_open(&w, '{');
            json_member(&w, "rule", row->id);
            json_member(&w, "class", sch_class_name(row->cls));
            json_member(&w, "text", row->en);
            json_member(&w, "text_ar", row->ar);
            jsonw_close(&w, '}');
        } else {
            buf_printf(out, "%-8s  %-33s  %s\n", sch_class_name(row->cls), row->id, row->en);
        }
    }
    if (json) {
        jsonw_close(&w, ']');
        buf_put_u8(out, '\n');
    }
}
