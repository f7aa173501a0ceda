/* SPDX-License-Identifier: Apache-2.0
 * fuzz/fuzz_body.c - what a client may send to the registry as JSON: read, and brought into its one
 * form.
 *
 * Bytes → reg_body_parse. What it gives back as metadata and rule set must be a form that does not
 * change when it is read again, as identity rests on it, nor when it is merged with itself; and must
 * pass or fail the check of rules without a crash. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "registry/json_body.h"
#include "registry/merge.h"
#include "registry/rule_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The form of a form is itself. */
static void check_fixed(const char *form,
                        int (*reform)(const char *json, struct arena *arena, const char **out,
                                      struct err *err),
                        struct arena *arena)
{
    struct err err = ERR_INIT;
    const char *again = NULL;
    if (form == NULL) {
        return;
    }
    if (reform(form, arena, &again, &err) != 0 || again == NULL || strcmp(form, again) != 0) {
        abort();
    }
}

/* What lies on itself is itself. */
static void check_merged(const char *form,
                         int (*merge)(const struct reg_layers *layers, struct arena *arena,
                                      const char **out, struct err *err),
                         struct arena *arena)
{
    struct err err = ERR_INIT;
    const struct reg_layers layers = {form, form, form};
    const char *merged = NULL;
    if (form != NULL && (merge(&layers, arena, &merged, &err) != 0 || strcmp(form, merged) != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct reg_body body;
    if (reg_body_parse((const char *)data, size, &arena, &body, &err) == 0) {
        check_fixed(body.metadata, reg_metadata_reform, &arena);
        check_fixed(body.rule_set, reg_rule_set_reform, &arena);
        check_merged(body.metadata, reg_merge_metadata, &arena);
        check_merged(body.rule_set, reg_merge_rule_sets, &arena);
        (void)!reg_rule_set_check(body.rule_set, &err);
        for (size_t i = 0; i < body.reference_count; i++) {
            if (body.references[i].name == NULL || body.references[i].subject == NULL) {
                abort();
            }
        }
    } else if (err.code == ERR_NONE || err.text[0] == '\0') {
        abort();
    }
    arena_fini(&arena);
    return 0;
}
