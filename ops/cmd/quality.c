/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/quality.c - nrc quality: how good each source was in a period, in nine dimensions.
 *
 * People see a table of datasets and dimensions, or with --explain every part with its counts. A score's colour follows from what
 * is known, and from no limit of ours: green is 100 with every part measured, red a broken promise, and what nobody measured has
 * neither. */
#include "storage/report/quality.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"

enum { SCORE_WIDTH = 14, MARKS = 2, TIME_BYTES = 16 };

static const char *const titles[] = {"ACCURACY",   "VALIDITY",    "CONSISTENCY",
                                     "TIMELINESS", "RELEVANCE",   "COMPLETENESS",
                                     "STRUCTURE",  "CREDIBILITY", "FLOW"};

struct page {
    const struct sto_grid *grid;
    bool terminal;
    bool colour;
    struct buf *out;
};

static const char *text_of(const struct page *page, size_t row, const char *name)
{
    const char *text = sto_grid_get(page->grid, row, name);
    return text != NULL ? text : "";
}

static bool is(const struct page *page, size_t row, const char *name, const char *wanted)
{
    return strcmp(text_of(page, row, name), wanted) == 0;
}

static bool same(const struct page *page, size_t a, size_t b, const char *name)
{
    return strcmp(text_of(page, a, name), text_of(page, b, name)) == 0;
}

static const char *colour_of(const struct page *page, size_t row)
{
    if (!page->colour || is(page, row, "state", "not_measured")) {
        return "";
    }
    if (is(page, row, "is_broken", "true")) {
        return "\033[31m";
    }
    return is(page, row, "score", "100.00") && is(page, row, "state", "measured") ? "\033[32m"
                                                                                  : "\033[33m";
}

/* "98.50!*": the number is right-aligned, and has two places for marks behind it. */
static void put_score(const struct page *page, size_t row, int width)
{
    const char *colour = colour_of(page, row);
    const char *score = text_of(page, row, "score");
    buf_printf(page->out, "%s%*s%s%s%s", colour, width, *score != '\0' ? score : "-",
               is(page, row, "is_broken", "true") ? "!" : " ",
               is(page, row, "state", "partly_measured") ? "*" : " ",
               *colour != '\0' ? "\033[0m" : "");
}

static void put_period(const struct page *page, size_t row, struct buf *out)
{
    buf_printf(out, "%.*s to %.*s", TIME_BYTES, text_of(page, row, "from"), TIME_BYTES,
               text_of(page, row, "until"));
}

static size_t name_width(const struct page *page)
{
    size_t width = strlen("DATASET");
    for (size_t row = 0; row < page->grid->rows; row++) {
        size_t len = utf8_width(text_of(page, row, "dataset"));
        width = len > width ? len : width;
    }
    return width;
}

/* The first row of the next dimension, or of the next dataset and period. */
static size_t next_of(const struct page *page, size_t row, bool of_period)
{
    size_t next = row + 1;
    while (next < page->grid->rows && same(page, next, row, "dataset") &&
           same(page, next, row, "from") && (of_period || same(page, next, row, "dimension"))) {
        next++;
    }
    return next;
}

static void put_table(const struct page *page)
{
    int width = (int)name_width(page);
    buf_printf(page->out, "%-*s  %-36s", width, "DATASET", "PERIOD (UTC)");
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        buf_printf(page->out, " %*s", SCORE_WIDTH - MARKS, titles[i]);
    }
    for (size_t row = 0; row < page->grid->rows;) {
        size_t end = next_of(page, row, true);
        buf_printf(page->out, "\n%-*s  ", width, text_of(page, row, "dataset"));
        put_period(page, row, page->out);
        for (; row < end; row = next_of(page, row, false)) {
            buf_put_u8(page->out, ' ');
            put_score(page, row, SCORE_WIDTH - MARKS);
        }
    }
    buf_put_str(page->out,
                "\n-: nothing of it was measured; *: not all of it was; !: a promise was "
                "not kept. --explain says why.\n");
}

/* ---- with --explain ---- */

static void put_counts(const struct page *page, size_t row)
{
    if (*text_of(page, row, "numerator") != '\0') {
        buf_printf(page->out, ": %s of %s", text_of(page, row, "numerator"),
                   text_of(page, row, "denominator"));
    }
    if (*text_of(page, row, "unit") != '\0') {
        buf_printf(page->out, " %s", text_of(page, row, "unit"));
    }
    if (*text_of(page, row, "uncertain") != '\0' && !is(page, row, "uncertain", "0")) {
        buf_printf(page->out, ", %s more perhaps", text_of(page, row, "uncertain"));
    }
}

/* Of a rule: what each version found, and events that it had nothing to say of. */
static void put_runs(const struct page *page, size_t row)
{
    if (*text_of(page, row, "by_version") != '\0') {
        buf_put_str(page->out, " (");
        ops_put_safe(text_of(page, row, "by_version"), false, page->out);
        buf_put_u8(page->out, ')');
    }
    if (*text_of(page, row, "skipped") != '\0') {
        buf_printf(page->out, ", %s skipped", text_of(page, row, "skipped"));
    }
}

static void put_part(const struct page *page, size_t row)
{
    const char *score = text_of(page, row, "part_score");
    buf_printf(page->out, "  %8s  ", *score != '\0' ? score : "-");
    ops_put_safe(text_of(page, row, "part"), false, page->out);
    buf_put_str(page->out,
                page->terminal ? "\xE2\x80\x8E" : ""); /* a rule may have an Arabic name */
    if (*text_of(page, row, "versions") != '\0') {
        buf_printf(page->out, " (%s ", text_of(page, row, "origin"));
        ops_put_safe(text_of(page, row, "versions"), false, page->out);
        buf_put_u8(page->out, ')');
    }
    if (*text_of(page, row, "why") != '\0') {
        buf_put_str(page->out, ": not measured: ");
        ops_put_safe(text_of(page, row, "why"), false, page->out);
    } else {
        put_counts(page, row);
        put_runs(page, row);
    }
    if (*text_of(page, row, "threshold") != '\0') {
        buf_printf(page->out, "; %s", text_of(page, row, "threshold"));
    }
    buf_put_str(page->out, is(page, row, "holds", "false") ? "; not kept\n" : "\n");
}

static void put_heading(const struct page *page, size_t row)
{
    buf_printf(page->out, "%s%s, ", row > 0 ? "\n" : "", text_of(page, row, "dataset"));
    put_period(page, row, page->out);
    buf_printf(page->out, " (UTC): %s events", text_of(page, row, "received"));
    if (*text_of(page, row, "contract") != '\0') {
        buf_printf(page->out, ", contract %s", text_of(page, row, "contract"));
    }
    buf_put_u8(page->out, '\n');
}

static void put_explained(const struct page *page)
{
    for (size_t row = 0; row < page->grid->rows; row++) {
        if (row == 0 || !same(page, row, row - 1, "dataset") || !same(page, row, row - 1, "from")) {
            put_heading(page, row);
        }
        if (row == 0 || !same(page, row, row - 1, "dimension") ||
            !same(page, row, row - 1, "from") || !same(page, row, row - 1, "dataset")) {
            put_score(page, row, 6);
            buf_printf(page->out, "  %s (%s)%s\n", text_of(page, row, "dimension"),
                       text_of(page, row, "name_ar"), page->terminal ? "\xE2\x80\x8E" : "");
        }
        put_part(page, row);
    }
}

int ops_quality(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const bool explain = ops_args_has(args, "explain");
    const struct sto_quality_filter filter = {
        .dataset = args->arguments[0],
        .since = ops_args_get(args, "since"),
        .until = ops_args_get(args, "until"),
        .by = ops_args_get(args, "by"),
        .with_duplicates = explain && args->arguments[0] != NULL,
    };
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid = conn == NULL    ? NULL
                            : context->json ? sto_quality(conn, &filter, err)
                                            : sto_quality_parts(conn, &filter, err);
    sto_conn_close(&conn);
    if (grid == NULL) {
        return -1;
    }
    if (context->json) {
        return ops_print_grid(context, &grid, err);
    }
    struct buf out = BUF_INIT;
    const struct page page = {.grid = grid,
                              .terminal = context->terminal,
                              .colour = context->terminal && getenv("NO_COLOR") == NULL,
                              .out = &out};
    if (explain) {
        put_explained(&page);
    } else {
        put_table(&page);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    sto_grid_free(&grid);
    return rc;
}
