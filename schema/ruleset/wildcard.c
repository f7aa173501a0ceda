/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/wildcard.c - names and patterns of names, as the metadata's tags have them. */
#include <string.h>

#include "schema/ruleset/ruleset.h"

enum { MAX_NAME = 512 };

/* All places of the name that the pattern may have come to, at once: the work is the product of both lengths, whatever
 * the pattern. */
struct places {
    bool at[MAX_NAME + 1];
};

static void over_star(struct places *places, const char *name, size_t len, bool across)
{
    for (size_t i = 0; i < len; i++) {
        if (places->at[i] && (across || name[i] != '.')) {
            places->at[i + 1] = true;
        }
    }
}

static void over_character(struct places *places, const char *name, size_t len, char wanted)
{
    for (size_t i = len; i > 0; i--) {
        bool same = wanted == '?' ? name[i - 1] != '.' : name[i - 1] == wanted;
        places->at[i] = places->at[i - 1] && same;
    }
    places->at[0] = false;
}

bool sch_wildcard_matches(const char *pattern, const char *name)
{
    struct places places = {{true}};
    size_t len = strlen(name);
    if (len > MAX_NAME) {
        return false;
    }
    while (*pattern != '\0') {
        if (pattern[0] == '*') {
            bool across = pattern[1] == '*';
            pattern += across && strncmp(pattern, "**.*", 4) == 0 ? 4 : across ? 2 : 1;
            over_star(&places, name, len, across);
            continue;
        }
        pattern += pattern[0] == '\\' && pattern[1] != '\0';
        over_character(&places, name, len, *pattern++);
    }
    return places.at[len];
}
