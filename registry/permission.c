/* SPDX-License-Identifier: Apache-2.0
 * registry/permission.c - see the header. */
#include "registry/permission.h"

#include <string.h>

#include "base/http/http.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/context.h"
#include "registry/worker.h"
#include "storage/admin/account.h"

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A scoped account changes only what its prefix names: no other subject, and nothing that holds for
 * all of them. */
static int check_scope(const struct reg_principal *who, const char *subject, struct err *err)
{
    if (who->scope == NULL || begins(subject, who->scope)) {
        return 0;
    }
    return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                   "account %s may change only subjects that begin with %.100s", who->name,
                   who->scope);
}

int reg_authorize(struct http_request *req, unsigned roles, struct err *err)
{
    return reg_auth_admit(reg_worker_of(req)->auth, req, roles, err) != 0
               ? -1
               : reg_authorize_subject(req, roles, err);
}

int reg_authorize_subject(struct http_request *req, unsigned roles, struct err *err)
{
    const char *subject = reg_subject_of(req, err); /* also refuses a bad context in the path */
    bool changes = (roles & ~(unsigned)REG_WRITERS) == 0;
    return subject == NULL ? -1 : changes ? check_scope(http_principal(req), subject, err) : 0;
}

/* A topic's subject belongs to its dataset's agency, whatever its name begins with; and for an agency another may answer
 * now. Only the register knows. */
static int is_of_agency(struct http_request *req, const char *agency, const char *subject,
                        bool *is_its, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL || sto_subject_is_of_agency(conn, subject, agency, is_its, err) != 0) {
        return err_add(err, "finding the agency of the subject");
    }
    return 0;
}

int reg_may_write(struct http_request *req, const char *subject, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    bool is_its = false;
    if (who == NULL || (who->roles & REG_WRITERS) == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "only producers and stewards may change subjects");
    }
    if (check_scope(who, subject, err) != 0) {
        return -1;
    }
    if ((who->roles & REG_STEWARD) != 0) {
        return 0;
    }
    if (who->agency != NULL && is_of_agency(req, who->agency, subject, &is_its, err) != 0) {
        return -1;
    }
    return is_its ? 0
                  : err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                            "subject %.100s does not belong to agency %s: account %s may change "
                            "subjects that begin with %s. or belong to a topic of its datasets",
                            subject, who->agency != NULL ? who->agency : "-", who->name,
                            who->agency != NULL ? who->agency : "-");
}

int reg_reader_of(const struct http_request *req, const char *what, const char **agency,
                  struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    *agency = who != NULL ? who->agency : NULL;
    if (*agency != NULL || (who != NULL && (who->roles & (REG_STEWARD | REG_AUDITOR)) != 0)) {
        return 0;
    }
    return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                   "%s is for stewards, auditors, and accounts of an agency", what);
}
