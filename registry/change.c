/* SPDX-License-Identifier: Apache-2.0
 * registry/change.c - see the header. The classes are schema/diff/change_table.h's; how many must agree to each is the
 * dataset's policy. */
#include "registry/change.h"

#include "base/buf.h"
#include "registry/candidate.h"
#include "registry/compatibility.h"
#include "schema/diff/diff.h"
#include "storage/admin/request.h"

_Static_assert((int)STO_CHANGE_CLASSES == (int)SCH_CLASS_COUNT,
               "a number of people for each class");

static const struct sto_registered *newest_in_force(const struct sto_registered *rows, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        if (reg_in_force(&rows[i - 1])) {
            return &rows[i - 1];
        }
    }
    return NULL;
}

/* The class is that of all findings: to accept one beforehand is to explain it, not to decide on it. */
static int take(const struct sto_scope *scope, struct sch_diff *diff,
                const struct reg_request *request, struct arena *arena, struct reg_change *out,
                struct err *err)
{
    enum sch_class cls = sch_diff_worst(diff);
    for (size_t i = 0; request != NULL && i < request->accepted_count; i++) {
        if (sch_diff_accept(diff, request->accepted[i], err) != 0) {
            return -1;
        }
    }
    struct buf findings = BUF_INIT;
    sch_diff_json(diff, &findings);
    out->people = scope->people[cls];
    out->stored.class = sch_class_name(cls);
    out->stored.collects_more = diff->collects_more;
    out->stored.findings =
        buf_failed(&findings) ? NULL : arena_memdup(arena, findings.data, findings.len);
    buf_fini(&findings);
    return out->stored.findings != NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a difference");
}

static int take_request(const struct reg_request *request, struct arena *arena,
                        struct reg_change *out, struct err *err)
{
    char room[STO_REQUEST_TIME_SIZE];
    const char *from;
    if (sto_request_reason(request->reason, err) != 0 ||
        sto_request_notice(request->notice, err) != 0 ||
        sto_request_time(request->from, room, &from, err) != 0) {
        return -1;
    }
    out->stored.reason = request->reason;
    out->stored.notice = request->notice;
    out->stored.from = from != NULL ? arena_strdup(arena, from) : NULL;
    return from == NULL || out->stored.from != NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
}

int reg_change_find(const struct sto_scope *scope, const struct sch_roles *roles,
                    const struct sto_registered *rows, size_t row_count,
                    const struct sch_schema *schema, const struct reg_request *request,
                    struct arena *arena, struct reg_change *out, bool *found, struct err *err)
{
    struct sch_diff diff = {.count = 0};
    const struct sto_registered *before = newest_in_force(rows, row_count);
    *out = (struct reg_change){.people = 0};
    *found = before != NULL;
    if (before == NULL) {
        return 0;
    }
    out->stored.compared_with = before->version;
    if (request != NULL && take_request(request, arena, out, err) != 0) {
        return -1;
    }
    struct sch_schema *former = reg_parse_registered(before, err);
    int rc = former == NULL ? -1 : sch_diff(former, schema, roles, false, &diff, err);
    if (rc == 0) {
        rc = take(scope, &diff, request, arena, out, err);
    }
    sch_schema_unref(&former);
    sch_diff_fini(&diff);
    return rc;
}
