/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/check_fault.c - the first fault of a check, in words. */
#include "base/nearest.h"
#include "schema/rules/checker.h"

const char *cel_type_text(struct checker *c, const struct cel_type *type)
{
    struct buf text = BUF_INIT;
    cel_type_print(&text, cel_substitute(&c->unifier, type, false));
    const char *copy = arena_strdup(c->arena, buf_cstr(&text));
    buf_fini(&text);
    return copy != NULL ? copy : "?";
}

int cel_check_fault(struct checker *c, uint32_t pos, const char *fmt, ...)
{
    va_list args;
    char text[ERR_TEXT_BYTES];
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (!c->failed) {
        cel_fault(c->ast, pos, c->err, "%s", text);
    }
    c->failed = true;
    return -1;
}

void cel_offer(struct suggestion *s, const char *word)
{
    size_t distance = nearest_distance(s->wanted, word);
    if (distance <= 1 + strlen(s->wanted) / 4 && (s->word == NULL || distance < s->distance)) {
        s->word = word;
        s->distance = distance;
    }
}

const char *cel_suggestion(struct checker *c, const struct suggestion *s)
{
    const char *text =
        s->word != NULL ? arena_printf(c->arena, "; did you mean %s?", s->word) : NULL;
    return text != NULL ? text : "";
}
