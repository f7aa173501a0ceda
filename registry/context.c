/* SPDX-License-Identifier: Apache-2.0
 * registry/context.c - the context in a subject's name.
 *
 * A name that begins with ":." has one, up to the next colon or its end. All other names, those
 * with a colon elsewhere too, are in that of the path ("/contexts/.lab/subjects/name"), and without
 * one in the default context. What an account may change is compared with the name in full, so the
 * path's context leads around no grant. */
#include "registry/context.h"

#include <string.h>

#include "base/http/http.h"
#include "storage/subject/config.h"

const char *reg_qualify(struct arena *arena, const char *subject, struct err *err)
{
    if (strncmp(subject, ":.", 2) != 0) {
        return subject;
    }
    if (strncmp(subject, ":.:", 3) == 0) {
        return subject + 3;
    }
    if (subject[2] == '\0') {
        return subject + 2;
    }
    if (strchr(subject + 2, ':') != NULL) {
        return subject;
    }
    char *context = arena_printf(arena, "%s:", subject);
    if (context == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    return context;
}

const char *reg_qualify_in(struct arena *arena, const char *parent, const char *subject,
                           struct err *err)
{
    const char *name = reg_qualify(arena, subject, err);
    size_t len = sto_context_len(parent);
    if (name == NULL || len == 0 || strncmp(subject, ":.", 2) == 0) {
        return name;
    }
    const char *full = arena_printf(arena, "%.*s%s", (int)len, parent, name);
    if (full == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    return full;
}

const char *reg_context_of(struct http_request *req, struct err *err)
{
    const char *name = http_param(req, "context");
    name += name[0] == ':';
    size_t len = strlen(name);
    len -= len > 0 && name[len - 1] == ':';
    if (memchr(name, ':', len) != NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "Context name cannot contain a colon");
        return NULL;
    }
    if (len == 0 || (len == 1 && name[0] == '.')) {
        return "";
    }
    const char *context =
        arena_printf(http_arena(req), ":%s%.*s:", name[0] != '.' ? "." : "", (int)len, name);
    if (context == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    return context;
}

const char *reg_name_of(struct http_request *req, const char *name, struct err *err)
{
    const char *context = reg_context_of(req, err);
    return context != NULL ? reg_qualify_in(http_arena(req), context, name, err) : NULL;
}

const char *reg_subject_of(struct http_request *req, struct err *err)
{
    return reg_name_of(req, http_param(req, "subject"), err);
}

/* Unicode's Cc: below U+0020, and U+007F … U+009F. */
static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F)) {
            return true;
        }
    }
    return false;
}

bool reg_subject_is_allowed(const char *qualified)
{
    const char *name = qualified + sto_context_len(qualified);
    return !has_control(qualified) && strcmp(name, "__GLOBAL") != 0 && strcmp(name, "__EMPTY") != 0;
}

const char *reg_subject_to_set(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    if (subject != NULL &&
        (!reg_subject_is_allowed(subject) || strlen(subject) > REG_SUBJECT_MAX_BYTES)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SUBJECT,
                "The specified subject '%.300s' is not a valid.", subject);
        return NULL;
    }
    return subject;
}

bool reg_is_top_level(const char *qualified)
{
    return qualified[0] == '\0' || strcmp(qualified, ":.__GLOBAL:") == 0;
}
