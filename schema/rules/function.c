/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/function.c - the table of overloads, and which of them takes which values. */
#include "schema/rules/function.h"

#include <stddef.h>
#include <string.h>

#include "schema/rules/functions.h"

static const struct cel_overload overloads[] = {
#define X(name, args, result, receiver, function) {name, args, result, receiver, function},
    CEL_SYNTAX(X) CEL_OPERATORS(X) CEL_STANDARD_FUNCTIONS(X) CEL_MATH_FUNCTIONS(X)
        CEL_EXTENSION_FUNCTIONS(X)
#undef X
};

enum { OVERLOADS = sizeof(overloads) / sizeof(overloads[0]) };

const struct cel_overload *cel_overloads(uint32_t *count)
{
    *count = OVERLOADS;
    return overloads;
}

void cel_overloads_named(const char *name, size_t len, uint32_t *first, uint32_t *count)
{
    *first = *count = 0;
    for (uint32_t i = 0; i < OVERLOADS; i++) {
        if (strlen(overloads[i].name) == len && memcmp(overloads[i].name, name, len) == 0) {
            *first = *count == 0 ? i : *first;
            (*count)++;
        } else if (*count > 0) {
            return;
        }
    }
}

/* Whether a value of this kind fits the type that begins at *letter, which moves behind it. */
static bool fits(const char **letter, enum cel_kind kind)
{
    static const struct {
        char letter;
        uint8_t params;
        enum cel_kind kind;
    } kinds[] = {{'b', 0, CEL_BOOL},      {'i', 0, CEL_INT},      {'u', 0, CEL_UINT},
                 {'d', 0, CEL_DOUBLE},    {'s', 0, CEL_STRING},   {'y', 0, CEL_BYTES},
                 {'t', 0, CEL_TIMESTAMP}, {'r', 0, CEL_DURATION}, {'c', 0, CEL_DECIMAL},
                 {'n', 0, CEL_NULL},      {'L', 1, CEL_LIST},     {'M', 2, CEL_MAP},
                 {'Y', 1, CEL_TYPE}};
    char c = *(*letter)++;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].letter == c) {
            for (uint8_t p = 0; p < kinds[i].params; p++) {
                (void)fits(letter, CEL_NULL);
            }
            return kinds[i].kind == kind;
        }
    }
    return true; /* dyn, or a type variable */
}

bool cel_overload_takes(const struct cel_overload *overload, const struct cel_value *args,
                        uint32_t count)
{
    const char *letter = overload->args;
    for (uint32_t i = 0; i < count; i++) {
        if (*letter == '\0' || !fits(&letter, (enum cel_kind)args[i].kind)) {
            return false;
        }
    }
    return *letter == '\0';
}
