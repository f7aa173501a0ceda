/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/control.c - see the header. */
#include "storage/quality/control.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "storage/conn/given_time.h"
#include "storage/conn/statement.h"
#include "storage/quality/turn_priv.h"

enum { STATEMENT_ID_MAX_BYTES = 400, COUNT_DIGITS = 18, GRACE_MAX_S = 40 * 86400 };

static int wrong(struct err *err, const char *what, const char *wanted)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%s is %s", what, wanted);
}

static int check_count(const char *text, const char *what, struct err *err)
{
    size_t len = text != NULL ? strlen(text) : 1;
    if (text != NULL && (len == 0 || len > COUNT_DIGITS || strspn(text, "0123456789") != len)) {
        return wrong(err, what, "a whole number of at most 18 digits");
    }
    return 0;
}

static int check_texts(const struct sto_control_spec *spec, struct err *err)
{
    const char *sum = spec->checksum;
    const char *id = spec->statement_id;
    if (spec->from == NULL || spec->until == NULL) {
        return wrong(err, "the period of a control total", "from a time until a time");
    }
    if (check_count(spec->events, "the number of events", err) != 0 ||
        check_count(spec->keys, "the number of keys", err) != 0 ||
        check_count(spec->grace_s, "the grace", err) != 0) {
        return -1;
    }
    if (spec->grace_s != NULL && strtoll(spec->grace_s, NULL, 10) > GRACE_MAX_S) {
        return wrong(err, "the grace", "at most 40 days, in seconds");
    }
    if (sum != NULL && (strlen(sum) != 64 || strspn(sum, "0123456789abcdef") != 64)) {
        return wrong(err, "a checksum", "64 digits of lower-case hex");
    }
    if (id != NULL && (*id == '\0' || strlen(id) > STATEMENT_ID_MAX_BYTES || utf8_is_blank(id) ||
                       !utf8_is_text((const uint8_t *)id, strlen(id)))) {
        return wrong(err, "a statement's id", "a text of 1 to 400 bytes in UTF-8");
    }
    return 0;
}

int sto_control_state(struct sto_conn *conn, const struct sto_control_spec *spec,
                      const char *agency, struct sto_control_stated *out, struct err *err)
{
    char from[STO_TIME_SIZE];
    char until[STO_TIME_SIZE];
    if (check_texts(spec, err) != 0 || sto_given_time(spec->from, false, from, err) != 0 ||
        sto_given_time(spec->until, true, until, err) != 0) {
        return -1;
    }
    const char *const values[] = {spec->dataset,      from,          until,
                                  spec->events,       spec->keys,    spec->checksum,
                                  spec->statement_id, spec->grace_s, spec->key_list,
                                  spec->digest_list,  agency};
    PGresult *res = sto_exec(
        conn,
        "SELECT s->>'id', s->>'outcome' = 'stated', coalesce(s->>'contradicts', '0')"
        " FROM nrc.state_control($1, $2::timestamptz, $3::timestamptz, $4::bigint, $5::bigint, $6,"
        " $7, $8::bigint, $9::jsonb, $10::jsonb, $11) s",
        values, COUNT_OF(values), err);
    if (res == NULL) {
        (void)sto_given_time_failed(err);
        return -1;
    }
    out->id = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
    out->is_new = *PQgetvalue(res, 0, 1) == 't';
    out->contradicts = strtoll(PQgetvalue(res, 0, 2), NULL, 10);
    PQclear(res);
    return 0;
}

int sto_controls_turn(struct sto_conn *conn, struct err *err)
{
    /* One that was judged is not due any more: it has no second step. */
    static const struct turn turn = {
        .what = "control total",
        .list_sql = "SELECT nrc.controls_due(1000)",
        .step_sql = "SELECT false FROM nrc.judge_control($1::bigint)",
        .fail_sql = "SELECT nrc.control_failed($1::bigint)",
    };
    return turn_run(conn, &turn, err);
}
