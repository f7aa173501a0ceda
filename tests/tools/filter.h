/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/filter.h - a program that answers for an oracle: one JSON question a line on standard input, one
 * JSON object a line on standard output. */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "schema/parse/parse.h"

static inline void filter_put(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_str(w, text);
}

/* A schema that is given as JSON and not as text. */
static inline struct sch_schema *filter_parse(const json_t *json, struct err *err)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    struct sch_schema *schema = sch_parse(text, strlen(text), err);
    free(text);
    return schema;
}

/* answer: the object's members. The question is NULL where a line is no JSON. */
static inline int filter_run(void (*answer)(struct jsonw *w, const json_t *question))
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, stdin)) >= 0) {
        json_t *question = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, NULL);
        struct buf out = BUF_INIT;
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        answer(&w, question);
        jsonw_close(&w, '}');
        puts(buf_cstr(&out));
        fflush(stdout);
        buf_fini(&out);
        json_decref(question);
    }
    free(line);
    return 0;
}

#endif
