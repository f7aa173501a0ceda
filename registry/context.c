/* SPDX-License-Identifier: Apache-2.0
 * registry/context.c - what of a subject's name is its context.
 *
 * A name that begins with ":." has one, up to the next colon or its end. All other names, those
 * with a colon elsewhere too, are in the default context. */
#include "registry/context.h"

#include <string.h>

#include "base/http.h"

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
    const char *end = strncmp(parent, ":.", 2) == 0 ? strchr(parent + 2, ':') : NULL;
    if (name == NULL || end == NULL || strncmp(subject, ":.", 2) == 0) {
        return name;
    }
    const char *full = arena_printf(arena, "%.*s%s", (int)(end + 1 - parent), parent, name);
    if (full == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    return full;
}

const char *reg_subject_of(struct http_request *req, struct err *err)
{
    return reg_qualify(http_arena(req), http_param(req, "subject"), err);
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
    const char *colon = strncmp(qualified, ":.", 2) == 0 ? strchr(qualified + 2, ':') : NULL;
    const char *name = colon != NULL ? colon + 1 : qualified;
    return !has_control(qualified) && strcmp(name, "__GLOBAL") != 0 && strcmp(name, "__EMPTY") != 0;
}
