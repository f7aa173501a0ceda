/* SPDX-License-Identifier: Apache-2.0
 * registry/registration_command.c - finds the dataset's subject; the rest is registration.c's, as it is for
 * HTTP. */
#include "registry/registration_command.h"

#include "base/arena.h"
#include "registry/dataset_subject.h"
#include "registry/registration.h"
#include "storage/admin/admin.h"

/* subject NULL: err is set. */
static int submit(struct sto_conn *conn, const struct reg_submission *submission,
                  struct arena *arena, struct reg_registered *out, struct err *err)
{
    struct reg_outcome outcome = {0};
    int rc =
        submission->subject != NULL ? reg_register(conn, submission, arena, &outcome, err) : -1;
    *out = (struct reg_registered){
        .dataset_id = rc == 0 ? outcome.dataset_id : 0,
        .schema_id = rc == 0 ? outcome.row.schema_id : 0,
        .version = rc == 0 ? outcome.row.version : 0,
        .request = outcome.request,
        .people = outcome.people,
        .class = outcome.class,
        .reasons = outcome.reasons,
        .reason_count = outcome.reason_count,
    };
    return rc;
}

int reg_structure_register(struct sto_conn *conn, const char *dataset, bool is_key,
                           const char *text, size_t len, const struct reg_request *request,
                           struct arena *arena, struct reg_registered *out, struct err *err)
{
    const struct reg_body body = {.schema = text, .schema_len = len, .type = "AVRO", .id = -1};
    const struct reg_submission submission = {
        .subject = reg_dataset_subject(conn, dataset, is_key, arena, err),
        .body = &body,
        .request = request,
    };
    return submit(conn, &submission, arena, out, err);
}

int reg_dataset_declare(struct sto_conn *conn, const struct sto_dataset_spec *spec,
                        const char *text, size_t len, struct arena *arena,
                        struct reg_registered *out, struct err *err)
{
    const struct reg_body body = {.schema = text, .schema_len = len, .type = "AVRO", .id = -1};
    const struct reg_submission submission = {
        .subject = reg_dataset_subject_to_be(spec, arena, err),
        .body = &body,
        .declares = spec,
    };
    return submit(conn, &submission, arena, out, err);
}
