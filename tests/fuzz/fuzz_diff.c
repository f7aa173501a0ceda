/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_diff.c - two structures, a NUL between them: their difference never fails but by its bounds, no
 * structure differs from itself, and of what is called safe the columns and the plan follow. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/diff/diff.h"
#include "schema/parse/parse.h"
#include "tools/follows.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void check_follows(struct sch_schema *before, struct sch_schema *after)
{
    struct sch_layout none = {.column_count = 0};
    struct sch_layout old = {.column_count = 0};
    struct sch_layout new = {.column_count = 0};
    struct sch_layout alone = {.column_count = 0};
    /* What no table could have at all is refused for other reasons. */
    if (follows(&none, before, &old) && follows(&none, after, &alone)) {
        require(follows(&old, after, &new), "safe, but its columns or plan do not follow");
    }
    sch_layout_fini(&old);
    sch_layout_fini(&new);
    sch_layout_fini(&alone);
}

static void check_pair(struct sch_schema *before, struct sch_schema *after)
{
    struct err err = ERR_INIT;
    struct sch_diff diff = {.count = 0};
    if (sch_diff(before, after, NULL, false, &diff, &err) != 0) {
        require(err.code == ERR_SCHEMA_TOO_LARGE, err.text);
    } else if (sch_diff_worst(&diff) == SCH_SAFE) {
        check_follows(before, after);
    }
    sch_diff_fini(&diff);
}

static void check_same(const struct sch_schema *schema)
{
    struct err err = ERR_INIT;
    struct sch_diff diff = {.count = 0};
    if (sch_diff(schema, schema, NULL, true, &diff, &err) == 0) {
        require(diff.count == 0, "a structure differs from itself");
    }
    sch_diff_fini(&diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct err err = ERR_INIT;
    const uint8_t *nul = memchr(bytes, '\0', len);
    size_t first = nul != NULL ? (size_t)(nul - bytes) : len;
    struct sch_schema *before = sch_parse((const char *)bytes, first, &err);
    struct sch_schema *after = before != NULL && nul != NULL
                                   ? sch_parse((const char *)nul + 1, len - first - 1, &err)
                                   : NULL;
    if (before != NULL) {
        check_same(before);
    }
    if (after != NULL) {
        check_pair(before, after);
        check_pair(after, before);
    }
    sch_schema_unref(&before);
    sch_schema_unref(&after);
    return 0;
}
