/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/re2_subset.c - a scan of a pattern for what RE2 does not know, or reads otherwise. */
#include "schema/rules/re2_subset.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int refuse(struct err *err, size_t at, const char *what)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE,
                   "the regular expression has %s at its byte %zu, which RE2 does not know", what,
                   at);
}

/* Behind a backslash. Returns how many bytes the escape takes behind it, or 0: refused. */
static size_t escape(const char *p, size_t left, bool in_class, size_t at, struct err *err)
{
    static const char known[] =
        "dDsSwWafnrtvxpP"; /* \Q…\E has its own way; \b of a class is no RE2 */
    if (left == 0) {
        refuse(err, at, "a backslash at its end");
        return 0;
    }
    if (*p >= '1' && *p <= '9') {
        refuse(err, at, "a back-reference");
        return 0;
    }
    bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
    if (!letter || strchr(known, *p) != NULL || (!in_class && strchr("AbBzQE", *p) != NULL)) {
        return 1;
    }
    char what[] = "\\?";
    what[1] = *p;
    refuse(err, at, what);
    return 0;
}

/* At "(?": flags, a name, or what RE2 does not know. */
static int group(const char *p, size_t left, size_t at, struct err *err)
{
    if (left >= 3 && p[2] == 'P' && left >= 4 && p[3] == '<') {
        return 0;
    }
    if (left >= 4 && p[2] == '<' && p[3] != '=' && p[3] != '!') {
        return 0; /* (?<name>…) */
    }
    for (size_t i = 2; i < left; i++) {
        if (p[i] == ':' || p[i] == ')') {
            return 0;
        }
        if (strchr("imsU-", p[i]) == NULL) {
            break;
        }
    }
    return refuse(err, at, "look-around, an atomic group or another (? of its own");
}

/* A quantifier that is followed by a plus never gives back what it has. */
static bool possessive(const char *p, size_t left)
{
    return left >= 2 && strchr("*+?}", p[0]) != NULL && p[1] == '+';
}

static int repetition(const char *p, size_t left, size_t at, struct err *err)
{
    char *end = NULL;
    if (left < 3 || p[1] < '0' || p[1] > '9') {
        return 0;
    }
    unsigned long low = strtoul(p + 1, &end, 10);
    unsigned long high =
        *end == ',' && end[1] >= '0' && end[1] <= '9' ? strtoul(end + 1, NULL, 10) : low;
    return low > 1000 || high > 1000 ? refuse(err, at, "a repetition of more than 1000") : 0;
}

int cel_re2_check(const char *text, size_t len, struct err *err)
{
    bool in_class = false;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        const char *p = text + i;
        size_t left = len - i;
        if (quoted) {
            quoted = !(left >= 2 && p[0] == '\\' && p[1] == 'E');
            i += quoted ? 0 : 1;
        } else if (*p == '\\') {
            size_t more = escape(p + 1, left - 1, in_class, i, err);
            if (more == 0) {
                return -1;
            }
            quoted = p[1] == 'Q';
            i += more;
            if (i + 1 < len && possessive(text + i + 1, len - i - 1)) {
                return refuse(err, i, "a possessive quantifier");
            }
        } else if (in_class) {
            in_class = *p != ']';
        } else if (*p == '[') {
            in_class = true;
            i += left >= 2 && p[1] == '^';
            i += i + 1 < len && text[i + 1] == ']'; /* a bracket that comes first is itself */
        } else if (left >= 2 && p[0] == '(' && p[1] == '?' && group(p, left, i, err) < 0) {
            return -1;
        } else if (left >= 2 && p[0] == '(' && p[1] == '*') {
            return refuse(err, i, "a verb (*…)");
        } else if (*p == '{' && repetition(p, left, i, err) < 0) {
            return -1;
        } else if (possessive(p, left)) {
            return refuse(err, i, "a possessive quantifier");
        }
    }
    return 0;
}
