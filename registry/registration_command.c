/* SPDX-License-Identifier: Apache-2.0
 * registry/registration_command.c - finds the dataset's subject; the rest is registration.c's, as it is for
 * HTTP. */
#include "registry/registration_command.h"

#include "base/arena.h"
#include "registry/registration.h"
#include "storage/catalogue/catalogue.h"

int reg_structure_register(struct sto_conn *conn, const char *dataset, bool is_key,
                           const char *text, size_t len, struct arena *arena,
                           struct reg_registered *out, struct err *err)
{
    struct reg_outcome outcome = {0};
    const struct reg_body body = {.schema = text, .schema_len = len, .type = "AVRO", .id = -1};
    struct sto_catalogue *catalogue = sto_catalogue_load(conn, err);
    const struct sto_dataset *found =
        catalogue != NULL ? sto_catalogue_find(catalogue, dataset, err) : NULL;
    int rc = -1;
    if (found != NULL) {
        const char *subject =
            arena_printf(arena, "%s-%s", found->topic != NULL ? found->topic : found->full_name,
                         is_key ? "key" : "value");
        const struct reg_submission submission = {.subject = subject, .body = &body};
        rc = subject == NULL
                 ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure")
                 : reg_register(conn, &submission, arena, &outcome, err);
    }
    *out = (struct reg_registered){
        .schema_id = rc == 0 ? outcome.row.schema_id : 0,
        .version = rc == 0 ? outcome.row.version : 0,
        .reasons = outcome.reasons,
        .reason_count = outcome.reason_count,
    };
    sto_catalogue_free(&catalogue);
    return rc;
}
