/* SPDX-License-Identifier: Apache-2.0
 * registry/dataset_subject.c - see the header. */
#include "registry/dataset_subject.h"

#include "storage/admin/admin.h"
#include "storage/subject/write.h"

static const char *made(const char *subject, struct err *err)
{
    if (subject == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a subject");
    }
    return subject;
}

const char *reg_dataset_subject(struct sto_conn *conn, const char *dataset, bool is_key,
                                struct arena *arena, struct err *err)
{
    const char *stem;
    if (sto_subject_stem(conn, dataset, arena, &stem, err) != 0) {
        return NULL;
    }
    return made(arena_printf(arena, "%s-%s", stem, is_key ? "key" : "value"), err);
}

const char *reg_dataset_subject_to_be(const struct sto_dataset_spec *spec, struct arena *arena,
                                      struct err *err)
{
    return made(spec->topic != NULL ? arena_printf(arena, "%s-value", spec->topic)
                                    : arena_printf(arena, "%s.%s-value", spec->agency, spec->name),
                err);
}
