/* SPDX-License-Identifier: Apache-2.0
 * registry/access/trail.c - see the header. */
#include "registry/access/trail.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/http/http.h"
#include "base/log.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"

enum { PATH_BYTES = 512 };

static const char *method_name(enum http_method method)
{
    switch (method) {
    case HTTP_GET: return "GET";
    case HTTP_POST: return "POST";
    case HTTP_PUT: return "PUT";
    case HTTP_DELETE: return "DELETE";
    }
    return "-";
}

/* Query parameters that make a request do more than its path says. */
static const char *flag(const struct http_request *req, const char *name)
{
    return http_query_bool(req, name, false) ? "true" : NULL;
}

static bool may_change(const struct http_request *req)
{
    unsigned roles = http_roles(req);
    return roles != 0 && (roles & ~(unsigned)REG_CHANGERS) == 0;
}

/* A producer that starts registers a schema that is there already, so UNCHANGED is logged at debug.
 * FAILED: nothing was changed, or the connection was lost before the answer. */
enum outcome { CHANGED, UNCHANGED, REFUSED, FAILED };
static const struct {
    const char *event;
    enum log_level level;
} outcomes[] = {
    [CHANGED] = {"changed", LOG_INFO},
    [UNCHANGED] = {"unchanged", LOG_DEBUG},
    [REFUSED] = {"change_refused", LOG_WARN},
    [FAILED] = {"change_failed", LOG_WARN},
};

static enum outcome outcome_of(const struct http_request *req, bool changed)
{
    int status = http_status(req);
    if (changed || status < 400) {
        return changed ? CHANGED : UNCHANGED;
    }
    return status < 500 ? REFUSED : FAILED;
}

void reg_trail(const struct http_request *req, bool changed)
{
    const struct reg_principal *who = http_principal(req);
    const char *account = who != NULL ? who->name : "-";
    const char *method = method_name(http_method(req));
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s", http_path(req)); /* as sent: ASCII */
    if (may_change(req)) {
        enum outcome outcome = outcome_of(req, changed);
        LOG_AT(outcomes[outcome].level, outcomes[outcome].event, LOG_STR("account", account),
               LOG_STR("peer", http_peer(req)), LOG_STR("method", method), LOG_STR("path", path),
               LOG_STR("permanent", flag(req, "permanent")), LOG_STR("force", flag(req, "force")),
               LOG_INT("status", http_status(req)));
    }
    log_debug("request", LOG_STR("account", account), LOG_STR("peer", http_peer(req)),
              LOG_STR("method", method), LOG_STR("path", path), LOG_INT("status", http_status(req)),
              LOG_INT("us", clock_mono_us() - http_routed_us(req)));
}
