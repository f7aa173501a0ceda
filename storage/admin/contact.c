/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/contact.c - see the header. */
#include "storage/admin/contact.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/admin/given_priv.h"

enum { ID_SIZE = 24, DAYS = 7, DAY_LETTERS = 3, HOUR_SIZE = 6 };

/* ---- days and hours, as a person gives them ---- */

/* 0 Monday … 6 Sunday; -1: none. */
static int day_of(const char *text)
{
    static const char names[DAYS][DAY_LETTERS + 1] = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};
    for (int day = 0; day < DAYS; day++) {
        if (strncmp(text, names[day], DAY_LETTERS) == 0) {
            return day;
        }
    }
    return -1;
}

static int read_days(const char *text, bool on[DAYS], struct err *err)
{
    for (const char *at = text;; at++) {
        int first = day_of(at);
        int last = first;
        at += first >= 0 ? DAY_LETTERS : 0;
        if (first >= 0 && *at == '-') {
            last = day_of(at + 1);
            at += last >= 0 ? 1 + DAY_LETTERS : 0;
        }
        if (first < 0 || last < 0 || (*at != ',' && *at != '\0')) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "days are mon, tue, wed, thu, fri, sat, sun, with commas, or from-to: "
                           "sun-thu");
        }
        for (int day = first;; day = (day + 1) % DAYS) {
            on[day] = true;
            if (day == last) {
                break;
            }
        }
        if (*at == '\0') {
            return 0;
        }
    }
}

/* "07:30" of the first five bytes. */
static bool read_time(const char *text, char out[HOUR_SIZE])
{
    static const char form[] = "00:00";
    for (int i = 0; i < HOUR_SIZE - 1; i++) {
        bool fits = form[i] == ':' ? text[i] == ':' : text[i] >= '0' && text[i] <= '9';
        if (!fits) {
            return false;
        }
        out[i] = text[i];
    }
    out[HOUR_SIZE - 1] = '\0';
    return strtol(out, NULL, 10) < 24 && strtol(out + 3, NULL, 10) < 60;
}

static int read_hours(const char *text, char from[HOUR_SIZE], char until[HOUR_SIZE],
                      struct err *err)
{
    if (strlen(text) == 11 && text[5] == '-' && read_time(text, from) &&
        read_time(text + 6, until) && strcmp(from, until) != 0) {
        return 0;
    }
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                   "hours have the form HH:MM-HH:MM, 07:30-14:30; over midnight: 20:00-06:00");
}

static int put_hours(const struct sto_contact_spec *spec, struct jsonw *w, struct err *err)
{
    bool on[DAYS] = {false};
    char from[HOUR_SIZE];
    char until[HOUR_SIZE];
    if ((spec->days != NULL && read_days(spec->days, on, err) != 0) ||
        (spec->hours != NULL && read_hours(spec->hours, from, until, err) != 0)) {
        return -1;
    }
    if (spec->days != NULL) {
        jsonw_key(w, "days");
        jsonw_open(w, '[');
        for (int day = 0; day < DAYS; day++) {
            if (on[day]) {
                jsonw_int(w, day + 1);
            }
        }
        jsonw_close(w, ']');
    }
    if (spec->hours != NULL) {
        jsonw_text(w, "from", from);
        jsonw_text(w, "until", until);
    }
    return 0;
}

/* ---- the list ---- */

static int check(const struct sto_contact_spec *spec, struct err *err)
{
    if (sto_given_text(spec->name, true, "the name", err) != 0 ||
        sto_given_text(spec->name_ar, false, "the name in Arabic", err) != 0 ||
        sto_given_text(spec->email, false, "the e-mail address", err) != 0) {
        return -1;
    }
    if ((spec->subscription != NULL) == (spec->email != NULL) ||
        (spec->email != NULL) != (spec->account != NULL)) {
        return sto_given_wrong(err, "a contact has a subscription, or an e-mail address and the "
                                    "account in whose name it is told");
    }
    return spec->is_head && spec->agency == NULL
               ? sto_given_wrong(err, "the head of a division is of an agency")
               : 0;
}

static int put(const struct sto_contact_spec *spec, struct buf *out, struct err *err)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_text(&w, "name", spec->name);
    jsonw_given(&w, "name_ar", spec->name_ar);
    jsonw_given(&w, "agency", spec->agency);
    jsonw_given(&w, "subscription", spec->subscription);
    jsonw_given(&w, "email", spec->email);
    jsonw_given(&w, "account", spec->account);
    if (put_hours(spec, &w, err) != 0) {
        return -1;
    }
    jsonw_key(&w, "on_holidays");
    jsonw_bool(&w, spec->is_on_holidays);
    jsonw_key(&w, "always");
    jsonw_bool(&w, spec->is_always);
    jsonw_key(&w, "head");
    jsonw_bool(&w, spec->is_head);
    jsonw_close(&w, '}');
    return 0;
}

int sto_contact_add(struct sto_conn *conn, const struct sto_contact_spec *spec, int64_t *id,
                    struct err *err)
{
    char made[ID_SIZE] = "";
    struct buf given = BUF_INIT;
    int rc = check(spec, err) != 0 || put(spec, &given, err) != 0 ? -1 : 0;
    if (rc == 0) {
        const char *values[] = {buf_cstr(&given)};
        rc = buf_failed(&given)
                 ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a contact")
                 : sto_given_call(conn, "SELECT nrc.add_contact($1::jsonb)", values, 1, made,
                                  sizeof(made), err);
    }
    buf_fini(&given);
    *id = strtoll(made, NULL, 10);
    return rc;
}

static const char *text_of(char room[ID_SIZE], int64_t id)
{
    snprintf(room, ID_SIZE, "%" PRId64, id);
    return room;
}

int sto_contact_remove(struct sto_conn *conn, int64_t id, const char *why, struct err *err)
{
    char of[ID_SIZE];
    const char *const values[] = {text_of(of, id), why};
    return sto_given_text(why, true, "the reason", err) != 0
               ? -1
               : sto_given_call(conn, "SELECT nrc.remove_contact($1::int, $2)", values,
                                COUNT_OF(values), NULL, 0, err);
}

int sto_contact_move(struct sto_conn *conn, int64_t id, int64_t to, struct err *err)
{
    char of[ID_SIZE];
    char place[ID_SIZE];
    const char *const values[] = {text_of(of, id), text_of(place, to)};
    return sto_given_call(conn, "SELECT nrc.move_contact($1::int, $2::int)", values,
                          COUNT_OF(values), NULL, 0, err);
}

/* ---- outages ---- */

int sto_outage_announce(struct sto_conn *conn, const char *from, const char *until,
                        const char *reason, const char *reason_ar, int64_t *id, struct err *err)
{
    char from_room[STO_TIME_SIZE];
    char until_room[STO_TIME_SIZE];
    char made[ID_SIZE] = "";
    if (sto_given_text(reason, true, "the reason", err) != 0 ||
        sto_given_text(reason_ar, false, "the reason in Arabic", err) != 0 ||
        sto_given_time(from, false, from_room, err) != 0 ||
        sto_given_time(until, true, until_room, err) != 0) {
        return -1;
    }
    const char *const values[] = {from_room, until_room, reason, reason_ar};
    int rc =
        sto_given_call(conn, "SELECT nrc.announce_outage($1::timestamptz, $2::timestamptz, $3, $4)",
                       values, COUNT_OF(values), made, sizeof(made), err);
    *id = strtoll(made, NULL, 10);
    return rc;
}

int sto_outage_withdraw(struct sto_conn *conn, int64_t id, const char *why, struct err *err)
{
    char of[ID_SIZE];
    const char *const values[] = {text_of(of, id), why};
    return sto_given_text(why, true, "the reason", err) != 0
               ? -1
               : sto_given_call(conn, "SELECT nrc.withdraw_outage($1::bigint, $2)", values,
                                COUNT_OF(values), NULL, 0, err);
}
