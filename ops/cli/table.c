/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/table.c - see the header. Two passes: the width of each cell, then the lines. */
#include "ops/cli/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { GAP = 2 };

static const char *value_at(const struct sto_grid *grid, size_t row, size_t col)
{
    return grid->values[row * grid->cols + col];
}

/* ---- people ---- */

void ops_put_safe(const char *text, bool lines, struct buf *out)
{
    while (*text != '\0') {
        const char *from = text;
        uint32_t code = utf8_next(&text);
        bool stays = !utf8_is_control(code) || (lines && (code == '\n' || code == '\t'));
        const char *known = code != 0 && code < 0x20 ? strchr("\nn\tt\rr", (int)code) : NULL;
        if (stays || code == 0) { /* 0: a byte of no character */
            buf_put(out, from, (size_t)(text - from));
        } else if (known != NULL) {
            buf_printf(out, "\\%c", known[1]);
        } else {
            buf_printf(out, "\\u%04X", code);
        }
    }
}

/* Hebrew, Arabic and their neighbours: U+0590–U+08FF, U+FB1D–U+FEFF. */
static bool is_rtl(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if ((*p >= 0xD6 && *p <= 0xDF) || (*p == 0xE0 && p[1] >= 0xA0 && p[1] <= 0xA3) ||
            (*p == 0xEF && p[1] >= 0xAC && p[1] <= 0xBB)) {
            return true;
        }
    }
    return false;
}

/* The items of ["a", "b"] as a,b; false: it is no list of texts. Escapes of control characters
 * stay what they are. */
static bool put_items(const char *list, struct buf *out)
{
    const char *p = list + 1;
    while (*p == '"') {
        for (p++; *p != '"'; p++) {
            p += p[0] == '\\' && (p[1] == '"' || p[1] == '\\');
            if (*p == '\0') {
                return false;
            }
            buf_put_u8(out, (uint8_t)*p);
        }
        p++;
        if (*p == ',') {
            buf_put_u8(out, ',');
            p += 1 + strspn(p + 1, " ");
        }
    }
    return strcmp(p, "]") == 0;
}

/* A cell as shown; "-" stands for null and for an empty list. */
static const char *shown(const struct sto_grid *grid, size_t row, size_t col, struct buf *scratch)
{
    const char *value = value_at(grid, row, col);
    struct buf items = BUF_INIT;
    buf_reset(scratch);
    if (value != NULL && grid->kinds[col] == STO_FIELD_JSON && value[0] == '[' &&
        put_items(value, &items)) {
        value = items.len > 0 ? buf_cstr(&items) : NULL;
    }
    ops_put_safe(value != NULL ? value : "-", false, scratch);
    scratch->failed = scratch->failed || items.failed;
    buf_fini(&items);
    return buf_cstr(scratch);
}

static void pad(struct buf *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        buf_put_u8(out, ' ');
    }
}

static void put_cell(const char *text, size_t width, bool right, bool last, bool terminal,
                     struct buf *out)
{
    size_t taken = utf8_width(text);
    size_t space = width > taken ? width - taken : 0;
    pad(out, right ? space : 0);
    buf_put_str(out, text);
    if (terminal && is_rtl(text)) {
        buf_put_str(out, "\u200E");
    }
    pad(out, last ? 0 : (right ? 0 : space) + GAP);
}

static void put_title(const char *name, size_t width, bool right, bool last, struct buf *out)
{
    char title[64];
    size_t len = 0;
    for (; name[len] != '\0' && len + 1 < sizeof(title); len++) {
        title[len] = (char)toupper((unsigned char)name[len]);
    }
    title[len] = '\0';
    put_cell(title, width, right, last, false, out);
}

static void measure(const struct sto_grid *grid, size_t *widths, struct buf *scratch)
{
    for (size_t col = 0; col < grid->cols; col++) {
        widths[col] = utf8_width(grid->names[col]);
        for (size_t row = 0; row < grid->rows; row++) {
            size_t width = utf8_width(shown(grid, row, col, scratch));
            widths[col] = width > widths[col] ? width : widths[col];
        }
    }
}

void ops_table_print(const struct sto_grid *grid, bool terminal, struct buf *out)
{
    struct buf scratch = BUF_INIT;
    size_t *widths = calloc(grid->cols + 1, sizeof(*widths));
    if (widths == NULL) {
        out->failed = true;
        return;
    }
    measure(grid, widths, &scratch);
    for (size_t col = 0; col < grid->cols; col++) {
        put_title(grid->names[col], widths[col], grid->kinds[col] == STO_FIELD_NUMBER,
                  col + 1 == grid->cols, out);
    }
    buf_put_u8(out, '\n');
    for (size_t row = 0; row < grid->rows; row++) {
        for (size_t col = 0; col < grid->cols; col++) {
            put_cell(shown(grid, row, col, &scratch), widths[col],
                     grid->kinds[col] == STO_FIELD_NUMBER, col + 1 == grid->cols, terminal, out);
        }
        buf_put_u8(out, '\n');
    }
    out->failed = out->failed || scratch.failed;
    buf_fini(&scratch);
    free(widths);
}

void ops_table_print_record(const struct sto_grid *grid, size_t row, bool terminal, struct buf *out)
{
    struct buf scratch = BUF_INIT;
    size_t widest = 0;
    for (size_t col = 0; col < grid->cols; col++) {
        size_t width = utf8_width(grid->names[col]);
        widest = width > widest ? width : widest;
    }
    for (size_t col = 0; col < grid->cols; col++) {
        put_cell(grid->names[col], widest, false, false, false, out);
        put_cell(shown(grid, row, col, &scratch), 0, false, true, terminal, out);
        buf_put_u8(out, '\n');
    }
    out->failed = out->failed || scratch.failed;
    buf_fini(&scratch);
}
