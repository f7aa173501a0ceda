/* SPDX-License-Identifier: Apache-2.0
 * registry/reasons.c - see the header. */
#include "registry/reasons.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int reg_reason_add(struct reg_reasons *reasons, struct err *err, const char *fmt, ...)
{
    if (reasons->count == reasons->room) {
        size_t room = reasons->room > 0 ? reasons->room * 2 : 16;
        const char **items = arena_calloc(reasons->arena, room, sizeof(*items));
        if (items == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        }
        if (reasons->count > 0) {
            memcpy(items, reasons->items, reasons->count * sizeof(*items));
        }
        reasons->items = items;
        reasons->room = room;
    }
    va_list args;
    va_list again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    char *text = arena_alloc(reasons->arena, (size_t)len + 1);
    if (text != NULL) {
        vsnprintf(text, (size_t)len + 1, fmt, again);
        reasons->items[reasons->count++] = text;
    }
    va_end(again);
    va_end(args);
    return text != NULL ? 0 : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}
