/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/sqlstate.c - a failed statement's SQLSTATE → kind and code of the error.
 *
 * One table; the first row whose prefix matches decides. POISON is a short list on purpose: an error that
 * is not caused by one event's value must never fill the quarantine. The text is PostgreSQL's primary
 * message, never DETAIL or CONTEXT, which quote values. In classes 22 and 23 the primary message quotes
 * values too, so these have texts of ours. */
#include <ctype.h>
#include <string.h>

#include "base/attr.h"
#include "storage/conn/statement.h"

struct rule {
    const char *prefix; /* of the SQLSTATE; the whole of it, or its class */
    enum err_kind kind;
    enum err_code code;
    const char *text; /* NULL: PostgreSQL's message */
};

/* clang-format off */
static const struct rule rules[] = {
    /* The register refuses a value. */
    {"22001", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a text is too long"},
    {"22003", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a number is out of range"},
    {"22007", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a date or time is malformed"},
    {"22008", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a date or time is out of range"},
    {"22021", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a text is not in the encoding"},
    {"22P02", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a value does not have the form of its type"},
    {"22P05", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a character cannot be stored"},
    {"23502", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a required value is null"},
    {"54000", ERR_KIND_POISON, ERR_REGISTER_REFUSED, "a value is larger than PostgreSQL takes"},

    /* 23514 is also a broken CHECK, which is a bug: sto_map_error distinguishes them. */
    {"23514", ERR_KIND_RETRY, ERR_REGISTER_SQL, "a monthly leaf is missing"},

    /* Another attempt may succeed. */
    {"57014", ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT, NULL},
    {"55P03", ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT, NULL},
    {"55006", ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT, NULL},
    {"40",    ERR_KIND_RETRY, ERR_REGISTER_BUSY, NULL},
    {"53100", ERR_KIND_RETRY, ERR_REGISTER_FULL, NULL},
    {"53200", ERR_KIND_RETRY, ERR_REGISTER_FULL, NULL},
    {"53",    ERR_KIND_RETRY, ERR_REGISTER_DOWN, NULL},
    {"57P04", ERR_KIND_FATAL, ERR_CONFIG, NULL}, /* the database was dropped */
    {"57P",   ERR_KIND_RETRY, ERR_REGISTER_DOWN, NULL},
    {"08P01", ERR_KIND_FATAL, ERR_REGISTER_SQL, NULL}, /* a malformed row of ours: it would be malformed again */
    {"08",    ERR_KIND_RETRY, ERR_REGISTER_DOWN, NULL},
    {"25P03", ERR_KIND_RETRY, ERR_REGISTER_DOWN, NULL}, /* idle in a transaction: we were stopped */
    {"25006", ERR_KIND_RETRY, ERR_REGISTER_DOWN, NULL}, /* a standby, until it is promoted */
    {"58",    ERR_KIND_RETRY, ERR_REGISTER_DOWN, NULL},

    /* Raised by our own functions (storage/migrations). */
    {"NRC01", ERR_KIND_FATAL, ERR_INCOMPATIBLE, NULL},
    {"NRC02", ERR_KIND_FATAL, ERR_NOT_FOUND, NULL},
    {"NRC03", ERR_KIND_FATAL, ERR_EXISTS, NULL},
    {"NRC04", ERR_KIND_FATAL, ERR_REFUSED, NULL},
    {"NRC08", ERR_KIND_FATAL, ERR_DEPENDED_ON, NULL},
    {"NRC09", ERR_KIND_RETRY, ERR_COLUMNS_CHANGED, NULL},
    {"NRC11", ERR_KIND_FATAL, ERR_FORBIDDEN, NULL},

    {"2200H", ERR_KIND_FATAL, ERR_REGISTER_SQL,
     "a sequence of the register has reached its last number"},
    {"28",    ERR_KIND_FATAL, ERR_CONFIG, NULL},
    {"3D000", ERR_KIND_FATAL, ERR_CONFIG, NULL},
    {"3F000", ERR_KIND_FATAL, ERR_REGISTER_SCHEMA, NULL},
    {"22",    ERR_KIND_FATAL, ERR_REGISTER_SQL, "PostgreSQL refuses the form of a value that it was sent"},
    {"23505", ERR_KIND_FATAL, ERR_REGISTER_SQL, NULL}, /* its message has only the constraint */
    {"23",    ERR_KIND_FATAL, ERR_REGISTER_SQL, "a constraint of the register is broken"},
    {"",      ERR_KIND_FATAL, ERR_REGISTER_SQL, NULL},
};

/* The limit behind a 54000, by the function that raised it, which is the same in every language of the
 * server. A structure whose rows do not fit is refused when it is registered, so this occurs only when the
 * tables were altered. */
static const struct {
    const char *function;
    const char *text;
} limits[] = {
    {"RelationGetBufferForTuple", "the row is wider than a page: too many of its fields have values"},
    {"_bt_check_third_page", "a value is larger than an index takes"},
    {"index_form_tuple_context", "a value is larger than an index takes"},
};

/* Refused logins; looked up before the table above. */
static const struct rule connect_rules[] = {
    {"22023", ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
     "the engine's roles are missing from this server: run `nrc db migrate`"},
    {"42501", ERR_KIND_FATAL, ERR_CONFIG, NULL},
};
/* clang-format on */

static bool matches(const struct rule *rule, const char *sqlstate)
{
    return strncmp(sqlstate, rule->prefix, strlen(rule->prefix)) == 0;
}

static const struct rule *find_rule(const char *sqlstate)
{
    size_t i = 0;
    while (!matches(&rules[i], sqlstate)) {
        i++; /* the last row matches everything */
    }
    return &rules[i];
}

static int fill(struct err *err, const struct rule *rule, const char *sqlstate, const char *message)
{
    const char *text = rule->text != NULL ? rule->text : message;
    err_set(err, rule->kind, rule->code, "%s", text);
    memcpy(err->sqlstate, sqlstate, 5);
    err->sqlstate[5] = '\0';
    return -1;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);
    return text != NULL ? text : "";
}

/* Appends a sentence to the cause, without its full stop: "while …" may follow. */
static void append(struct err *err, const char *text)
{
    size_t used = strlen(err->text);
    size_t len = strlen(text);
    len -= len > 0 && text[len - 1] == '.';
    snprintf(err->text + used, sizeof(err->text) - used, ": %.*s", (int)len, text);
}

int sto_map_error(struct sto_conn *conn, const PGresult *result, struct err *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL || strlen(sqlstate) != 5) {
        if (PQstatus(conn->pg) == CONNECTION_OK && result != NULL &&
            PQresultStatus(result) != PGRES_FATAL_ERROR) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG, "unexpected result: %s",
                           PQresStatus(PQresultStatus(result)));
        }
        return sto_lost(conn, err); /* libpq's own errors have no SQLSTATE */
    }
    /* The severity, not translated: the session is over. */
    const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0) {
        conn->broken = true;
    }
    const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    fill(err, find_rule(sqlstate), sqlstate, message);

    for (size_t i = 0; i < COUNT_OF(limits) && strcmp(sqlstate, "54000") == 0; i++) {
        if (strcmp(field(result, PG_DIAG_SOURCE_FUNCTION), limits[i].function) == 0) {
            snprintf(err->text, sizeof(err->text), "%s", limits[i].text);
        }
    }

    /* The hint names the setting that is too small, so the log says what to change. It has no value of an
     * event. */
    const char *hint = field(result, PG_DIAG_MESSAGE_HINT);
    if (strncmp(sqlstate, "53", 2) == 0 && hint[0] != '\0') {
        append(err, hint);
    }

    /* For a row without a leaf the error names only the table; for a broken CHECK, the constraint. */
    const char *constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (strcmp(sqlstate, "23514") == 0 && constraint[0] != '\0') {
        fill(err, &(const struct rule){"", ERR_KIND_FATAL, ERR_REGISTER_SQL, NULL}, sqlstate, "");
        snprintf(err->text, sizeof(err->text), "constraint %s is broken", constraint);
    }
    if (strcmp(sqlstate, "42P01") == 0 && strstr(message, "\"nrc.") != NULL) {
        append(err, "run `nrc db migrate`");
    }
    return -1;
}

/* The login exists, but is not a member of the role that the command takes. */
static int refuse_role(struct sto_conn *conn, struct err *err)
{
    const char *role = sto_role_name(conn->options.role);
    const char *login = PQuser(conn->pg);
    err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
            "the login %s is not a member of %s: an administrator of the server grants it with "
            "GRANT %s TO %s",
            login != NULL ? login : "-", role, role, login != NULL ? login : "-");
    memcpy(err->sqlstate, "42501", sizeof("42501"));
    return -1;
}

/* The first line: libpq's second one is advice. */
static void copy_line(char *out, size_t size, const char *text)
{
    size_t len = strcspn(text, "\n");
    len = len < size ? len : size - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

int sto_lost(struct sto_conn *conn, struct err *err)
{
    char line[ERR_TEXT_BYTES / 2];
    copy_line(line, sizeof(line), PQerrorMessage(conn->pg));
    conn->broken = true;
    return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN,
                   "the connection to PostgreSQL is lost%s%s", line[0] != '\0' ? ": " : "", line);
}

/* libpq has the SQLSTATE of a refused login only inside its verbose message: `… FATAL:  28P01:
 * password …`. */
static const char *find_sqlstate(const char *message)
{
    for (const char *p = strstr(message, ": "); p != NULL; p = strstr(p + 1, ": ")) {
        const char *at = p + 1 + strspn(p + 1, " ");
        size_t n = 0;
        bool has_digit = false; /* the severity before it may have five letters too */
        for (; n < 5 && isalnum((unsigned char)at[n]); n++) {
            has_digit = has_digit || isdigit((unsigned char)at[n]);
        }
        if (n == 5 && has_digit && at[5] == ':') {
            return at;
        }
    }
    return NULL;
}

int sto_map_connect_error(struct sto_conn *conn, struct err *err)
{
    const char *message = PQerrorMessage(conn->pg);
    const char *at = find_sqlstate(message);
    char line[ERR_TEXT_BYTES / 2];
    conn->broken = true;
    if (at == NULL) {
        copy_line(line, sizeof(line), message);
        return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "%s", line);
    }
    char sqlstate[6] = {0};
    memcpy(sqlstate, at, 5);
    copy_line(line, sizeof(line), at + 7);
    if (strcmp(sqlstate, "42501") == 0 && sto_role_name(conn->options.role) != NULL &&
        strstr(line, sto_role_name(conn->options.role)) != NULL) {
        return refuse_role(conn, err);
    }
    for (size_t i = 0; i < COUNT_OF(connect_rules); i++) {
        if (matches(&connect_rules[i], sqlstate)) {
            return fill(err, &connect_rules[i], sqlstate, line);
        }
    }
    return fill(err, find_rule(sqlstate), sqlstate, line);
}
