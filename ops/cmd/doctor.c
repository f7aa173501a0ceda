/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor.c - nrc doctor: gathers the facts, and prints what follows from them.
 *
 * It changes nothing, and each question has a time limit. Exit 0: all is well; 1: something warns, or could not be checked;
 * 2: something fails. */
#include "ops/cmd/doctor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"

#define OK      DOCTOR_OK
#define WARN    DOCTOR_WARN
#define FAIL    DOCTOR_FAIL
#define UNKNOWN DOCTOR_UNKNOWN
static const struct doctor_row rows[DOCTOR_OUTCOME_COUNT] = {
#define X(id, check, state, english, arabic) [id] = {check, state, #id, english, arabic},
    DOCTOR_OUTCOMES(X)
#undef X
};

static const struct {
    const char *token;
    const char *looks_at;
} checks[DOCTOR_CHECK_COUNT] = {
#define X(id, token, looks_at) [id] = {token, looks_at},
    DOCTOR_CHECKS(X)
#undef X
};

const struct doctor_row *doctor_row(enum doctor_outcome outcome)
{
    return &rows[outcome];
}

const char *doctor_check_token(enum doctor_check check)
{
    return checks[check].token;
}

const char *doctor_state_name(enum doctor_state state)
{
    static const char *const names[] = {[DOCTOR_OK] = "ok",
                                        [DOCTOR_WARN] = "warn",
                                        [DOCTOR_FAIL] = "fail",
                                        [DOCTOR_UNKNOWN] = "unknown"};
    return names[state];
}

/* FOUND_TOPIC_MISSING is topic_missing. */
static void put_token(const struct doctor_row *row, struct buf *out)
{
    for (const char *p = row->token + strlen("FOUND_"); *p != '\0'; p++) {
        buf_put_u8(out, (uint8_t)tolower((unsigned char)*p));
    }
}

void doctor_put_sentence(const char *sentence, const char *a, const char *b, struct buf *out)
{
    const char *values[] = {a, b};
    size_t next = 0;
    for (const char *p = sentence; *p != '\0'; p++) {
        if (strncmp(p, "{}", 2) == 0 && next < COUNT_OF(values)) {
            buf_put_str(out, values[next++]);
            p++;
        } else {
            buf_put_u8(out, (uint8_t)*p);
        }
    }
}

/* ---- the answer ---- */

struct told {
    bool json;
    bool arabic;
    struct buf out;
    struct jsonw w;
    size_t count[4]; /* by state */
};

/* As gettext chooses: the first of the three that is set decides. */
static bool speaks_arabic(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && *value != '\0') {
            return strncmp(value, "ar", 2) == 0 && !isalpha((unsigned char)value[2]);
        }
    }
    return false;
}

static void put_json(struct told *told, const struct doctor_row *row, const char *a, const char *b)
{
    const char *const texts[][2] = {{"sentence", row->english}, {"sentence_ar", row->arabic}};
    struct buf text = BUF_INIT;
    jsonw_open(&told->w, '{');
    jsonw_text(&told->w, "check", checks[row->check].token);
    jsonw_text(&told->w, "state", doctor_state_name(row->state));
    put_token(row, &text);
    jsonw_text(&told->w, "finding", buf_cstr(&text));
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf_reset(&text);
        doctor_put_sentence(texts[i][1], a, b, &text);
        jsonw_text(&told->w, texts[i][0], buf_cstr(&text));
    }
    jsonw_close(&told->w, '}');
    buf_fini(&text);
}

static void tell(void *arg, enum doctor_outcome outcome, const char *a, const char *b)
{
    struct told *told = arg;
    const struct doctor_row *row = &rows[outcome];
    told->count[row->state]++;
    if (told->json) {
        put_json(told, row, a, b);
        return;
    }
    struct buf text = BUF_INIT;
    doctor_put_sentence(told->arabic ? row->arabic : row->english, a, b, &text);
    buf_printf(&told->out, "%-8s %-14s ", doctor_state_name(row->state), checks[row->check].token);
    ops_put_safe(buf_cstr(&text), false, &told->out);
    buf_put_u8(&told->out, '\n');
    buf_fini(&text);
}

static enum ops_answer verdict_of(const struct told *told)
{
    return told->count[DOCTOR_FAIL] > 0                                      ? OPS_WORSE
           : told->count[DOCTOR_WARN] > 0 || told->count[DOCTOR_UNKNOWN] > 0 ? OPS_NO
                                                                             : OPS_YES;
}

static void put_counts(struct told *told)
{
    if (told->json) {
        jsonw_close(&told->w, ']');
        for (int state = DOCTOR_OK; state <= DOCTOR_UNKNOWN; state++) {
            jsonw_number(&told->w, doctor_state_name((enum doctor_state)state),
                         (int64_t)told->count[state]);
        }
        jsonw_close(&told->w, '}');
        buf_put_u8(&told->out, '\n');
        return;
    }
    buf_printf(&told->out, "\n%zu ok, %zu warn, %zu fail, %zu unknown\n", told->count[DOCTOR_OK],
               told->count[DOCTOR_WARN], told->count[DOCTOR_FAIL], told->count[DOCTOR_UNKNOWN]);
}

static void gather(const struct ops_context *context, struct doctor_facts *facts)
{
    if (context->conf == NULL) {
        facts->conf_error = context->conf_err->text;
        return;
    }
    doctor_look_at_host(context, facts);
    doctor_look_at_register(context, facts);
    doctor_look_at_kafka(context, facts);
}

int ops_doctor(const struct ops_context *context, struct err *err)
{
    struct doctor_facts facts = {.arena = ARENA_INIT};
    struct told told = {.json = context->json, .arabic = speaks_arabic(), .out = BUF_INIT};
    told.w = jsonw_to(&told.out);
    if (told.json) {
        jsonw_open(&told.w, '{');
        jsonw_key(&told.w, "findings");
        jsonw_open(&told.w, '[');
    }
    gather(context, &facts);
    doctor_judge(&facts, tell, &told);
    put_counts(&told);
    int rc = ops_print(&told.out, err);
    buf_fini(&told.out);
    arena_fini(&facts.arena);
    return rc != 0 ? -1 : (int)verdict_of(&told);
}

void ops_put_doctor_checks(struct buf *out)
{
    for (int check = 0; check < DOCTOR_CHECK_COUNT; check++) {
        buf_printf(out,
                   "\n## %s\n\nLooks at: %s.\n\n| state | finding | what it says | بالعربية |\n| "
                   "--- | --- | --- | --- |\n",
                   checks[check].token, checks[check].looks_at);
        for (int i = 0; i < DOCTOR_OUTCOME_COUNT; i++) {
            if (rows[i].check == (enum doctor_check)check) {
                buf_printf(out, "| %s | ", doctor_state_name(rows[i].state));
                put_token(&rows[i], out);
                buf_put_str(out, " | ");
                doctor_put_sentence(rows[i].english, "…", "…", out);
                buf_put_str(out, " | ");
                doctor_put_sentence(rows[i].arabic, "…", "…", out);
                buf_put_str(out, " |\n");
            }
        }
    }
}
