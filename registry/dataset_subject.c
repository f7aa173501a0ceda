/* SPDX-License-Identifier: Apache-2.0
 * registry/dataset_subject.c - see the header. */
#include "registry/dataset_subject.h"

#include "storage/catalogue/catalogue.h"

const char *reg_dataset_subject(struct sto_conn *conn, const char *dataset, bool is_key,
                                struct arena *arena, struct err *err)
{
    struct sto_catalogue *catalogue = sto_catalogue_load(conn, err);
    const struct sto_dataset *found =
        catalogue != NULL ? sto_catalogue_find(catalogue, dataset, err) : NULL;
    const char *subject = NULL;
    if (found != NULL) {
        subject =
            arena_printf(arena, "%s-%s", found->topic != NULL ? found->topic : found->full_name,
                         is_key ? "key" : "value");
        if (subject == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a subject");
        }
    }
    sto_catalogue_free(&catalogue);
    return subject;
}
