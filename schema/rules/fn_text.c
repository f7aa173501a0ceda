/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_text.c - the standard functions of text and bytes, and size. */
#include <string.h>

#include "schema/rules/functions.h"
#include "schema/rules/regex.h"
#include "schema/rules/text.h"

void cel_fn_size(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    const struct cel_value *of = &args[0];
    if (of->kind == CEL_STRING && !cel_run_charge(run, of->len / CEL_TEXT_BYTES_A_UNIT, out)) {
        return;
    }
    *out = cel_int(of->kind == CEL_STRING  ? cel_characters(of->p, of->len)
                   : of->kind == CEL_BYTES ? of->len
                                           : cel_size(of));
}

static void concat(struct cel_run *run, const struct cel_value *args, enum cel_kind kind,
                   struct cel_value *out)
{
    size_t len = (size_t)args[0].len + args[1].len;
    uint8_t *p =
        cel_run_charge(run, len / CEL_TEXT_BYTES_A_UNIT, out) ? cel_run_alloc(run, len, out) : NULL;
    if (p == NULL) {
        return;
    }
    if (args[0].len > 0) {
        memcpy(p, args[0].p, args[0].len);
    }
    if (args[1].len > 0) {
        memcpy(p + args[0].len, args[1].p, args[1].len);
    }
    *out = cel_bytes(kind, p, len);
}

void cel_fn_concat_string(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    concat(run, args, CEL_STRING, out);
}

void cel_fn_concat_bytes(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    concat(run, args, CEL_BYTES, out);
}

void cel_fn_contains(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (cel_run_charge(run, args[0].len / CEL_TEXT_BYTES_A_UNIT, out)) {
        *out = cel_bool(args[1].len == 0 ||
                        (args[0].len >= args[1].len &&
                         memmem(args[0].p, args[0].len, args[1].p, args[1].len) != NULL));
    }
}

void cel_fn_starts_with(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    uint32_t len = args[1].len;
    *out = cel_bool(len == 0 || (args[0].len >= len && memcmp(args[0].p, args[1].p, len) == 0));
}

void cel_fn_ends_with(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    uint32_t len = args[1].len;
    *out = cel_bool(len == 0 || (args[0].len >= len &&
                                 memcmp(args[0].p + (args[0].len - len), args[1].p, len) == 0));
}

void cel_fn_matches(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    const struct cel_pattern *pattern = cel_regex_find(run, &args[1], out);
    if (pattern != NULL) {
        cel_pattern_match(run, pattern, &args[0], out);
    }
}
