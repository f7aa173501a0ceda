/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/regex.c - regular expressions, by PCRE2 with its compiler to machine code.
 *
 * A match takes at most MATCH_STEPS of PCRE2's own steps, so that a pattern which explodes is an error of its rule and no stall
 * of the lane. RE2's patterns are those of PCRE2 that a finite automaton can match: re2_subset.c tells them apart.
 *
 * The stack of compiled matches is the thread's own (PCRE2 gives 32 KiB of it by itself): no memory is asked for in a match
 * but by the run's first. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "schema/rules/regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "schema/rules/re2_subset.h"
#include "schema/rules/regex_runs.h"

enum {
    MATCH_STEPS = 20000,
    DEPTH_LIMIT = 1000,
    HEAP_KIB = 256,
    CACHED = 16,
    MAX_PATTERN_BYTES = 8192,
    UNITS_TO_COMPILE = 500,
    UNITS_A_BYTE = 8,      /* of the text */
    UNITS_A_CODE_BYTE = 32 /* of what it is compiled to */
};

struct cel_pattern {
    pcre2_code *code;
    pcre2_match_context *context;
    bool compiled; /* to machine code */
    bool is_runs;  /* the runs alone say whether it matches */
    struct cel_runs runs;
};

struct cel_regex_cache {
    pcre2_match_data *match;
    struct cached {
        struct cel_pattern *pattern;
        uint8_t *text;
        uint32_t len;
        bool re2;
        bool full;
        uint64_t used;
    } items[CACHED];
    uint64_t clock;
};

/* ---- patterns ---- */

static struct cel_pattern *no_memory(struct err *err)
{
    err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a regular expression");
    return NULL;
}

/* \z for $ and so on are told by options: in both libraries $ is the end of the text alone unless (?m). */
static uint32_t options_of(bool full)
{
    uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY |
                       PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
    return full ? options | PCRE2_ANCHORED | PCRE2_ENDANCHORED : options;
}

static int limit(struct cel_pattern *pattern, struct err *err)
{
    pattern->context = pcre2_match_context_create(NULL);
    if (pattern->context == NULL) {
        (void)no_memory(err);
        return -1;
    }
    pcre2_set_match_limit(pattern->context, MATCH_STEPS);
    pcre2_set_depth_limit(pattern->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->context, HEAP_KIB);
    return 0;
}

/* To machine code, which takes longer than all else. */
static void translate(struct cel_pattern *pattern)
{
    pattern->compiled =
        !pattern->is_runs && pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
}

static struct cel_pattern *read_pattern(const char *text, size_t len, bool re2, bool full,
                                        struct err *err)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    if (len > MAX_PATTERN_BYTES) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE,
                "the regular expression has %zu bytes; at most %d are allowed", len,
                MAX_PATTERN_BYTES);
        return NULL;
    }
    if (re2 && cel_re2_check(text, len, err) < 0) {
        return NULL;
    }
    struct cel_pattern *pattern = calloc(1, sizeof(*pattern));
    if (pattern == NULL) {
        return no_memory(err);
    }
    pattern->code = pcre2_compile((PCRE2_SPTR)text, len, options_of(full), &code, &at, NULL);
    if (pattern->code == NULL) {
        char why[160];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
        err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE,
                "the regular expression is wrong at its byte %zu: %s", at, why);
        cel_pattern_free(&pattern);
        return NULL;
    }
    pattern->is_runs = cel_runs_read(text, len, full, &pattern->runs);
    if (limit(pattern, err) < 0) {
        cel_pattern_free(&pattern);
    }
    return pattern;
}

struct cel_pattern *cel_pattern_compile(const char *text, size_t len, bool re2, bool full,
                                        struct err *err)
{
    struct cel_pattern *pattern = read_pattern(text, len, re2, full, err);
    if (pattern != NULL) {
        translate(pattern);
    }
    return pattern;
}

void cel_pattern_free(struct cel_pattern **taken)
{
    struct cel_pattern *pattern = *taken;
    *taken = NULL;
    if (pattern != NULL) {
        pcre2_code_free(pattern->code);
        pcre2_match_context_free(pattern->context);
        free(pattern);
    }
}

void cel_pattern_match(struct cel_run *run, const struct cel_pattern *pattern,
                       const struct cel_value *text, struct cel_value *out)
{
    pcre2_match_data *match = run->regex->match;
    PCRE2_SPTR subject = text->len > 0 ? text->p : (PCRE2_SPTR) "";
    if (!cel_run_charge(run, 1 + text->len / 8, out)) {
        return;
    }
    if (pattern->is_runs) {
        *out = cel_bool(cel_runs_match(&pattern->runs, subject, text->len));
        return;
    }
    int found = pattern->compiled ? pcre2_jit_match(pattern->code, subject, text->len, 0, 0, match,
                                                    pattern->context)
                                  : pcre2_match(pattern->code, subject, text->len, 0,
                                                PCRE2_NO_UTF_CHECK, match, pattern->context);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
        *out = cel_error(CEL_COST, "the regular expression takes more steps than it may");
        return;
    }
    *out = cel_bool(found >= 0);
}

/* ---- patterns of the run time ---- */

struct cel_regex_cache *cel_regex_cache_new(void)
{
    struct cel_regex_cache *cache = calloc(1, sizeof(*cache));
    if (cache != NULL) {
        cache->match = pcre2_match_data_create(1, NULL);
        if (cache->match == NULL) {
            free(cache);
            cache = NULL;
        }
    }
    return cache;
}

static void forget(struct cached *item)
{
    cel_pattern_free(&item->pattern);
    free(item->text);
    *item = (struct cached){.pattern = NULL};
}

void cel_regex_cache_free(struct cel_regex_cache **taken)
{
    struct cel_regex_cache *cache = *taken;
    *taken = NULL;
    if (cache != NULL) {
        for (int i = 0; i < CACHED; i++) {
            forget(&cache->items[i]);
        }
        pcre2_match_data_free(cache->match);
        free(cache);
    }
}

static bool same(const struct cached *item, const struct cel_run *run, const struct cel_value *text)
{
    return item->pattern != NULL && item->len == text->len && item->re2 == run->re2 &&
           item->full == run->full_match &&
           (text->len == 0 || memcmp(item->text, text->p, text->len) == 0);
}

/* Compiles it within the run's limit: a pattern's text is paid before, and what repetitions make of it, {1,20}{1,20},
 * before it becomes machine code. NULL: *out is the ERROR. */
static struct cel_pattern *compile_paid(struct cel_run *run, const struct cel_value *text,
                                        struct cel_value *out)
{
    struct err err = ERR_INIT;
    size_t size = 0;
    if (!cel_run_charge(run, UNITS_TO_COMPILE + (uint64_t)text->len * UNITS_A_BYTE, out)) {
        return NULL;
    }
    struct cel_pattern *pattern =
        read_pattern((const char *)text->p, text->len, run->re2, run->full_match, &err);
    if (pattern == NULL) {
        *out = cel_error(CEL_BAD_ARGUMENT, "the text is no regular expression");
        return NULL;
    }
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &size);
    if (!cel_run_charge(run, size * UNITS_A_CODE_BYTE, out)) {
        cel_pattern_free(&pattern);
        return NULL;
    }
    translate(pattern);
    return pattern;
}

const struct cel_pattern *cel_regex_find(struct cel_run *run, const struct cel_value *text,
                                         struct cel_value *out)
{
    struct cel_regex_cache *cache = run->regex;
    struct cached *oldest = &cache->items[0];
    for (int i = 0; i < CACHED; i++) {
        if (same(&cache->items[i], run, text)) {
            cache->items[i].used = ++cache->clock;
            return cache->items[i].pattern;
        }
        oldest = cache->items[i].used < oldest->used ? &cache->items[i] : oldest;
    }
    struct cel_pattern *pattern = compile_paid(run, text, out);
    uint8_t *copy = pattern != NULL ? malloc(text->len + 1) : NULL;
    if (pattern == NULL) {
        return NULL;
    }
    if (copy == NULL) {
        cel_pattern_free(&pattern);
        *out = cel_error(CEL_COST, "out of memory");
        return NULL;
    }
    if (text->len > 0) {
        memcpy(copy, text->p, text->len);
    }
    forget(oldest);
    *oldest = (struct cached){pattern, copy, text->len, run->re2, run->full_match, ++cache->clock};
    return pattern;
}
