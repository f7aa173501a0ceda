/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/statement.c - see the header. */
#include "ops/monitor/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cell.h"
#include "base/clock.h"
#include "schema/decode/decode.h"
#include "schema/parse/parse.h"

/* Each field that is read, by its name, as the cell that it becomes. */
enum {
    F_KIND,
    F_DATASET,
    F_AT,
    F_FROM,
    F_UNTIL,
    F_EVENTS,
    F_KEYS,
    F_CHECKSUM,
    F_STATEMENT_ID,
    F_GRACE_S,
    F_KEY_LIST,
    F_KEY_DIGESTS,
    F_COUNT
};
static const struct column fields[F_COUNT] = {
    [F_KIND] = {.name = "kind", .type = COLUMN_TEXT},
    [F_DATASET] = {.name = "dataset", .type = COLUMN_TEXT},
    [F_AT] = {.name = "at", .type = COLUMN_TIMESTAMPTZ},
    [F_FROM] = {.name = "from", .type = COLUMN_TIMESTAMPTZ},
    [F_UNTIL] = {.name = "until", .type = COLUMN_TIMESTAMPTZ},
    [F_EVENTS] = {.name = "events", .type = COLUMN_BIGINT},
    [F_KEYS] = {.name = "keys", .type = COLUMN_BIGINT},
    [F_CHECKSUM] = {.name = "checksum", .type = COLUMN_TEXT},
    [F_STATEMENT_ID] = {.name = "statement_id", .type = COLUMN_TEXT},
    [F_GRACE_S] = {.name = "grace_s", .type = COLUMN_BIGINT},
    [F_KEY_LIST] = {.name = "key_list", .type = COLUMN_JSONB},
    [F_KEY_DIGESTS] = {.name = "key_digests", .type = COLUMN_JSONB},
};

enum { NUMBER_SIZE = 24, INSTANT_SIZE = 32 };
#define LAST_US INT64_C(253402300799999999) /* of the year 9999 */

/* ---- the plan ---- */

static int32_t field_of(const char *name)
{
    for (int32_t i = 0; i < F_COUNT; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return i;
        }
    }
    return SCH_NO_COLUMN;
}

static struct sch_plan *compile(struct sch_schema *structure, struct err *err)
{
    const struct sch_type *root = sch_root(structure);
    if (root->kind != SCH_RECORD || sch_find_field(root, fields[F_KIND].name) == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "a statement is a record with a kind");
        return NULL;
    }
    int32_t *column_of = calloc(root->field_count, sizeof(*column_of));
    if (column_of == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure");
        return NULL;
    }
    for (size_t i = 0; i < root->field_count; i++) {
        column_of[i] = field_of(root->fields[i].name);
    }
    const struct sch_plan_spec spec = {
        .structure = structure, .column_of = column_of, .columns = fields, .column_count = F_COUNT};
    struct sch_plan *plan = sch_plan_compile(&spec, err);
    free(column_of);
    return plan;
}

struct sch_plan *ops_statement_plan(const char *text, size_t len, struct err *err)
{
    struct sch_schema *structure = sch_parse(text, len, err);
    struct sch_plan *plan = structure != NULL ? compile(structure, err) : NULL;
    sch_schema_unref(&structure);
    return plan;
}

/* ---- a message ---- */

struct reading {
    const struct cell *cells;
    struct arena *arena;
    struct err *err;
    bool failed;
};

static const char *fail(struct reading *r, enum err_kind kind, enum err_code code, const char *text)
{
    if (!r->failed) {
        err_set(r->err, kind, code, "%s", text);
        r->failed = true;
    }
    return NULL;
}

static const char *copy(struct reading *r, const void *bytes, size_t len)
{
    char *text = arena_alloc(r->arena, len + 1);
    if (text == NULL) {
        return fail(r, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a statement");
    }
    memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

static const char *text_of(struct reading *r, int field)
{
    const struct cell *cell = &r->cells[field];
    return cell->type == CELL_BYTES ? copy(r, cell->p, cell->len) : NULL;
}

static const char *number_of(struct reading *r, int field)
{
    char text[NUMBER_SIZE];
    const struct cell *cell = &r->cells[field];
    if (cell->type != CELL_I64) {
        return NULL;
    }
    int len = snprintf(text, sizeof(text), "%" PRId64, cell->i);
    return copy(r, text, (size_t)len);
}

static const char *time_of(struct reading *r, int field)
{
    char text[INSTANT_SIZE];
    const struct cell *cell = &r->cells[field];
    if (cell->type != CELL_I64) {
        return NULL;
    }
    if (cell->i < 0 || cell->i > LAST_US) {
        return fail(r, ERR_KIND_POISON, ERR_BAD_EVENT, "a time is between the years 1970 and 9999");
    }
    clock_format_utc(text, sizeof(text), cell->i);
    return copy(r, text, strlen(text));
}

/* An array of texts, as JSON. */
static const char *list_of(struct reading *r, int field)
{
    struct buf json = BUF_INIT;
    const struct cell *cell = &r->cells[field];
    if (cell->type != CELL_NESTED) {
        return NULL;
    }
    if (cell->len > STO_CONTROL_KEYS_MAX + 1) {
        return fail(r, ERR_KIND_POISON, ERR_BAD_EVENT, "a list has more keys than 100,000");
    }
    cell_print_json(&json, cell, COLUMN_JSONB);
    const char *out = buf_failed(&json)
                          ? fail(r, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a list of keys")
                          : copy(r, json.data, json.len);
    buf_fini(&json);
    return out;
}

static bool kind_is(const struct cell *kind, const char *name)
{
    return kind->type == CELL_BYTES && kind->len == strlen(name) &&
           memcmp(kind->p, name, kind->len) == 0;
}

static void fill(struct reading *r, struct ops_statement *out)
{
    out->is_heartbeat = kind_is(&r->cells[F_KIND], "HEARTBEAT");
    if (!out->is_heartbeat && !kind_is(&r->cells[F_KIND], "CONTROL_TOTAL")) {
        (void)fail(r, ERR_KIND_POISON, ERR_BAD_EVENT, "a statement of its kind is not known here");
    }
    out->counted_at = time_of(r, F_AT);
    out->spec = (struct sto_control_spec){
        .dataset = text_of(r, F_DATASET),
        .from = time_of(r, F_FROM),
        .until = time_of(r, F_UNTIL),
        .events = number_of(r, F_EVENTS),
        .keys = number_of(r, F_KEYS),
        .checksum = text_of(r, F_CHECKSUM),
        .statement_id = text_of(r, F_STATEMENT_ID),
        .grace_s = number_of(r, F_GRACE_S),
        .key_list = list_of(r, F_KEY_LIST),
        .digest_list = list_of(r, F_KEY_DIGESTS),
    };
    if (!out->is_heartbeat && out->spec.dataset == NULL) {
        (void)fail(r, ERR_KIND_POISON, ERR_BAD_EVENT, "a control total names its dataset");
    }
}

int ops_statement_read(const struct sch_plan *plan, const uint8_t *bytes, size_t len,
                       struct arena *arena, struct ops_statement *out, struct err *err)
{
    struct cell cells[F_COUNT];
    if (sch_decode(plan, bytes, len, arena, cells, err) < 0) {
        return -1;
    }
    struct reading r = {.cells = cells, .arena = arena, .err = err};
    fill(&r, out);
    return r.failed ? -1 : 0;
}
