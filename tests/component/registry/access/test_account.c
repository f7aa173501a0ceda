/* SPDX-License-Identifier: Apache-2.0
 * component/registry/access/test_account.c - accounts against a real register, and requests that log in with them.
 *
 * Requests go through http_dispatch to a route that takes the roles a test names, with a worker whose
 * connection is that of the registry's role: what it may not read, these tests cannot either. */
#include "database.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/request_priv.h"
#include "base/log.h"
#include "base/secret.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/permission.h"
#include "registry/worker.h"
#include "storage/admin/account.h"
#include "storage/report/report.h"

enum { CACHE_MS = 600000 };

struct room {
    PGconn *raw;
    struct sto_conn *conn;    /* as the registry */
    struct sto_conn *steward; /* as `nrc account` */
    struct reg_shared shared;
    struct reg_worker worker;
    struct err err;
    /* Of the last request. */
    int status;
    char words[ERR_TEXT_BYTES];
    char challenge[64];
    char retry_after[16];
    char name[80];
    char agency[40];
    uint64_t scrypts;
};

static struct room *room_now; /* for the application's callbacks */

/* -- the application */

static const char *write_to; /* what the handler asks reg_may_write for; NULL: nothing */

static int handle(struct http_request *req, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    snprintf(room_now->name, sizeof(room_now->name), "%s", who->name);
    snprintf(room_now->agency, sizeof(room_now->agency), "%s",
             who->agency != NULL ? who->agency : "(none)");
    if (write_to != NULL && reg_may_write(req, write_to, err) != 0) {
        return -1;
    }
    http_ok(req, 204, NULL);
    return 0;
}

static void write_failure(struct http_request *req, const struct err *err)
{
    snprintf(room_now->words, sizeof(room_now->words), "%s", err->text);
    http_ok(req, err_http_status(err->code), "application/json");
}

/* -- requests */

struct asked {
    unsigned roles;            /* 0: anyone's */
    const char *authorization; /* NULL: none */
    const char *peer;          /* NULL: 127.0.0.1 */
    const char *header;        /* one more, "x" its value */
    const char *subject;       /* of the path; NULL: it has none */
};

static int ask(struct room *room, struct asked asked)
{
    char target[100];
    snprintf(target, sizeof(target), "/%s", asked.subject != NULL ? asked.subject : "");
    const struct http_route route = {HTTP_GET, asked.subject != NULL ? "/{subject}" : "/",
                                     asked.roles != 0 ? asked.roles : (unsigned)REG_ANYONE, handle,
                                     ""};
    const struct http_app app = {
        .routes = &route, .route_count = 1, .authorize = reg_authorize, .fail = write_failure};
    struct http_request *req = http_request_make(HTTP_GET, target, "", 0);
    if (asked.authorization != NULL) {
        http_request_add_header(req, "Authorization", asked.authorization);
    }
    if (asked.header != NULL) {
        http_request_add_header(req, asked.header, "x");
    }
    if (asked.peer != NULL) {
        req->peer = asked.peer;
    }
    room->words[0] = room->name[0] = room->agency[0] = '\0';
    uint64_t before = secret_scrypt_count();
    http_dispatch(&app, &room->worker, req);
    room->scrypts = secret_scrypt_count() - before;
    room->status = http_status(req);
    const char *challenge = http_answer_header(req, "WWW-Authenticate");
    const char *retry_after = http_answer_header(req, "Retry-After");
    snprintf(room->challenge, sizeof(room->challenge), "%s", challenge != NULL ? challenge : "");
    snprintf(room->retry_after, sizeof(room->retry_after), "%s",
             retry_after != NULL ? retry_after : "");
    http_request_free(&req);
    return room->status;
}

/* The same with a token, "name.secret". */
static int ask_as(struct room *room, const char *name, const char *secret, unsigned roles)
{
    char header[300];
    snprintf(header, sizeof(header), "Bearer %s.%s", name, secret);
    return ask(room, (struct asked){.roles = roles, .authorization = header});
}

/* What was remembered of logins and failures is gone: as another worker would see it. */
static void forget(struct room *room, bool anonymous_loopback, int login_cache_ms)
{
    reg_auth_free(&room->worker.auth);
    const struct reg_auth_options options = {.login_cache_ms = login_cache_ms,
                                             .anonymous_loopback = anonymous_loopback,
                                             .connect = reg_conn,
                                             .generation = reg_generation};
    room->worker.auth = reg_auth_new(&options, &room->err);
    assert_non_null(room->worker.auth);
}

static void change_heard(struct room *room)
{
    atomic_fetch_add(&room->shared.changes, 1);
}

/* -- the register */

static struct secret_hash hash_of(const char *secret)
{
    struct err err = ERR_INIT;
    struct secret_hash hash;
    assert_ok(secret_hash_make(&hash, NULL, secret, strlen(secret), &err), err);
    return hash;
}

static struct sto_account_spec spec_of(const char *name, const char *agency,
                                       const char *const *roles, size_t count)
{
    return (struct sto_account_spec){.name = name,
                                     .person = "Salem Al-Arabi",
                                     .agency = agency,
                                     .decision = "No. 12 of 2026",
                                     .roles = roles,
                                     .role_count = count,
                                     .by = "tester"};
}

/* Its secret is its name with "-secret". */
static void add(struct room *room, const char *name, const char *agency, const char *scope,
                const char *role)
{
    char secret[100];
    char last_day[STO_DATE_SIZE];
    snprintf(secret, sizeof(secret), "%s-secret", name);
    struct secret_hash hash = hash_of(secret);
    struct sto_account_spec spec = spec_of(name, agency, &role, 1);
    spec.scope = scope;
    assert_ok(sto_account_add(room->steward, &spec, &hash, last_day, &room->err), room->err);
}

static int build(void **state)
{
    struct room *room = calloc(1, sizeof(*room));
    register_reset();
    room_now = room;
    room->raw = raw_open();
    room->conn = sto_open(STO_ROLE_REGISTRY);
    room->steward = sto_open(STO_ROLE_STEWARD);
    room->err = (struct err)ERR_INIT;
    room->shared = (struct reg_shared){
        .conn = {.dsn = register_dsn(),
                 .role = STO_ROLE_REGISTRY,
                 .application_name = "nrc test",
                 .deadline_ms = 60000},
        .changes = 1,
        .listening = true,
    };
    room->worker.shared = &room->shared;
    forget(room, false, CACHE_MS);
    static const char *const codes[] = {"moh", "moi"};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const struct sto_agency_spec agency = {.code = codes[i],
                                               .name = codes[i],
                                               .legal_class = 1,
                                               .division = "Records",
                                               .head = "Head"};
        assert_ok(sto_agency_add(room->conn, &agency, &room->err), room->err);
    }
    add(room, "moh-births", "moh", NULL, "producer");
    add(room, "huda", NULL, NULL, "steward");
    add(room, "salem", NULL, NULL, "auditor");
    write_to = NULL;
    *state = room;
    return 0;
}

static int done(void **state)
{
    struct room *room = *state;
    reg_auth_free(&room->worker.auth);
    sto_conn_close(&room->worker.conn);
    sto_conn_close(&room->conn);
    sto_conn_close(&room->steward);
    PQfinish(room->raw);
    log_set_fd(2);
    free(room);
    return 0;
}

/* -- who gets in */

static void a_right_secret_is_let_in_by_basic_and_by_bearer(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "moh-births", "moh-births-secret", REG_PRODUCER), 204);
    assert_string_equal(room->name, "moh-births");
    assert_string_equal(room->agency, "moh");
    assert_int_equal(room->scrypts, 1);
    /* huda:huda-secret */
    assert_int_equal(ask(room, (struct asked){.roles = REG_STEWARD,
                                              .authorization = "Basic aHVkYTpodWRhLXNlY3JldA=="}),
                     204);
    assert_string_equal(room->name, "huda");
    assert_string_equal(room->agency, "(none)");
}

static void every_refusal_sounds_and_costs_the_same(void **state)
{
    struct room *room = *state;
    char words[sizeof(room->words)];
    add(room, "gone", NULL, NULL, "steward");
    add(room, "past", NULL, NULL, "steward");
    assert_ok(sto_account_disable(room->steward, "gone", "left", "tester", &room->err), room->err);
    raw_run(room->raw, "UPDATE nrc.account SET expires_on = (now() AT TIME ZONE 'UTC')::date - 1"
                       " WHERE name = 'past'");
    assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    snprintf(words, sizeof(words), "%s", room->words);
    static const struct {
        const char *name;
        const char *secret;
    } cases[] = {
        {"huda", "huda-secre"},    {"huda", "moh-births-secret"}, {"nobody", "huda-secret"},
        {"gone", "gone-secret"},   {"past", "past-secret"},       {"HUDA", "huda-secret"},
        {"anonymous", "whatever"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        forget(room, false, CACHE_MS);
        assert_int_equal(ask_as(room, cases[i].name, cases[i].secret, 0), 401);
        assert_string_equal(room->words, words);
        assert_string_equal(room->challenge, "Basic realm=\"nrc\"");
        assert_int_equal(room->scrypts, 1);
    }
    raw_run(room->raw, "UPDATE nrc.account SET expires_on = (now() AT TIME ZONE 'UTC')::date"
                       " WHERE name = 'past'");
    assert_int_equal(ask_as(room, "past", "past-secret", 0), 204); /* its last day */
}

static void without_a_login_one_is_asked_for_and_nothing_is_counted(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 12; i++) {
        assert_int_equal(ask(room, (struct asked){0}), 401);
        assert_string_equal(room->challenge, "Basic realm=\"nrc\"");
        assert_int_equal(room->scrypts, 0);
    }
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
}

static void an_account_without_the_role_hears_which_it_takes(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_WRITERS), 403);
    assert_string_equal(room->words,
                        "account salem may not do this: it takes the role producer or steward");
    assert_string_equal(room->challenge, "");
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR | REG_OPERATOR), 204);
}

static void anonymous_is_for_loopback_alone_and_by_setting_alone(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask(room, (struct asked){0}), 401);
    forget(room, true, CACHE_MS);
    assert_int_equal(ask(room, (struct asked){.roles = REG_STEWARD}), 204);
    assert_string_equal(room->name, "anonymous");
    assert_int_equal(ask(room, (struct asked){.peer = "::1"}), 204);
    assert_int_equal(ask(room, (struct asked){.peer = "10.0.0.7"}), 401);
    assert_int_equal(ask(room, (struct asked){.header = "X-Forwarded-For"}), 401);
    assert_int_equal(ask(room, (struct asked){.header = "forwarded"}), 401);
    assert_int_equal(ask(room, (struct asked){.header = "Sec-Fetch-Site"}), 401);
    assert_int_equal(ask(room, (struct asked){.authorization = "Basic"}), 401);
    assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    write_to = "anything";
    assert_int_equal(ask(room, (struct asked){0}), 204);
}

/* -- what is remembered */

static void a_second_request_costs_no_scrypt(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    assert_int_equal(room->scrypts, 1);
    assert_int_equal(ask_as(room, "huda", "huda-secret", REG_STEWARD), 204);
    assert_int_equal(room->scrypts, 0);
    assert_int_equal(ask_as(room, "huda", "huda-secret", REG_PRODUCER), 403);
    assert_int_equal(room->scrypts, 0);
    assert_int_equal(ask_as(room, "huda", "huda-secreT", 0), 401); /* near is not the same */
    assert_int_equal(room->scrypts, 1);
    assert_int_equal(ask_as(room, "salem", "huda-secret", 0), 401); /* nor is another's */
    assert_int_equal(room->scrypts, 1);

    forget(room, false, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
        assert_int_equal(room->scrypts, 1);
    }
}

static void what_is_remembered_needs_no_register(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    sto_conn_close(&room->worker.conn);
    room->shared.conn.dsn = "host=/nonexistent";
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    /* A register that is away is no wrong secret. */
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 500);
    assert_string_equal(room->challenge, "");
    atomic_store(&room->shared.listening, false);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
}

static void a_disabled_account_is_out_once_the_change_is_heard(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    int64_t version = raw_int(room->raw, "SELECT version FROM nrc.catalogue_version");
    assert_ok(sto_account_disable(room->steward, "huda", "left", "tester", &room->err), room->err);
    assert_true(raw_int(room->raw, "SELECT version FROM nrc.catalogue_version") > version);
    change_heard(room);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 401);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 401);
    /* Whom the change is not about pays no scrypt for it. */
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    assert_int_equal(room->scrypts, 0);
}

static void a_role_that_is_gone_is_gone_once_the_change_is_heard(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR), 204);
    raw_run(room->raw, "UPDATE nrc.account_role SET role = 'operator' WHERE role = 'auditor'");
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR), 403);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_OPERATOR), 204);
    assert_int_equal(room->scrypts, 0);
}

/* -- rotation */

static void while_a_secret_is_rotated_both_are_valid(void **state)
{
    struct room *room = *state;
    struct sto_login login;
    struct secret_hash hash;
    assert_ok(sto_account_login(room->conn, "huda", &login, &room->err), room->err);
    assert_int_equal(login.secret_count, 1);
    assert_ok(secret_hash_make(&hash, login.secrets[0].hash.salt, "new", 3, &room->err), room->err);
    assert_ok(sto_account_rotate(room->steward, "huda", 1, &hash, "tester", &room->err), room->err);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    assert_int_equal(room->scrypts, 1);
    assert_int_equal(ask_as(room, "huda", "new", 0), 204);
    assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    assert_int_equal(room->scrypts, 1); /* one salt: no more than for any other name */

    raw_run(room->raw,
            "UPDATE nrc.account_secret SET revoked_at = now() WHERE revoked_at IS NOT NULL");
    change_heard(room);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 401);
    assert_int_equal(ask_as(room, "huda", "new", 0), 204);
    assert_int_equal(room->scrypts, 0);

    hash = hash_of("newer");
    assert_ok(sto_account_rotate(room->steward, "huda", 1, &hash, "tester", &room->err), room->err);
    hash = hash_of("newest");
    assert_ok(sto_account_rotate(room->steward, "huda", 1, &hash, "tester", &room->err), room->err);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM nrc.account_secret s JOIN nrc.account a"
                             " ON a.id = account_id WHERE name = 'huda'"
                             " AND (revoked_at IS NULL OR revoked_at > now())"),
                     2);
    forget(room, false, CACHE_MS);
    assert_int_equal(ask_as(room, "huda", "new", 0), 401); /* two at most */
    assert_int_equal(ask_as(room, "huda", "newer", 0), 204);
    assert_int_equal(ask_as(room, "huda", "newest", 0), 204);
    assert_ok(sto_account_rotate(room->steward, "huda", 0, &hash, "tester", &room->err), room->err);
    change_heard(room);
    assert_int_equal(ask_as(room, "huda", "newer", 0), 401);
    assert_int_equal(ask_as(room, "huda", "newest", 0), 204);
}

/* -- delegation */

static void delegate_days(struct room *room, int from, int until)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.delegation (from_account, to_account, roles, from_date, until_date,"
             " reason, created_by) SELECT f.id, t.id, '{steward}',"
             " (now() AT TIME ZONE 'UTC')::date + %d, (now() AT TIME ZONE 'UTC')::date + %d, 'x',"
             " 'x' FROM nrc.account f, nrc.account t WHERE f.name = 'huda' AND t.name = 'salem'",
             from, until);
    raw_run(room->raw, sql);
    change_heard(room);
}

static void a_delegate_has_the_roles_on_the_days_alone(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 403);
    delegate_days(room, -9, -1);
    delegate_days(room, 1, 9);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 403);
    delegate_days(room, 0, 0);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 204);
    assert_string_equal(room->name, "salem"); /* what it does is its own act */
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR), 204);
    assert_int_equal(ask_as(room, "huda", "huda-secret", REG_AUDITOR), 403);

    /* What the lender has no more, the delegate has not. */
    raw_run(room->raw, "UPDATE nrc.account_role SET role = 'operator' WHERE role = 'steward'");
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD | REG_OPERATOR), 403);
    raw_run(room->raw, "UPDATE nrc.account_role SET role = 'steward' WHERE role = 'operator'");
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 204);

    assert_ok(sto_account_disable(room->steward, "huda", "left", "tester", &room->err), room->err);
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 403);
}

static void nobody_lends_what_it_has_not(void **state)
{
    static const char *const steward[] = {"steward"};
    static const struct {
        const char *name;
        const char *to;
        const char *const *roles;
        const char *from;
        const char *until;
        enum err_code code; /* ERR_NONE: it may */
    } cases[] = {
        {"huda", "salem", NULL, "2026-01-01", "2999-12-31", ERR_NONE},
        {"huda", "salem", steward, "2999-01-01", "2999-01-01", ERR_NONE},
        {"huda", "huda", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"salem", "huda", steward, "2026-01-01", "2999-12-31", ERR_REFUSED}, /* lent, not its own */
        {"huda", "moh-births", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"moh-births", "huda", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"narrow", "moh-births", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"moh-births", "narrow", NULL, "2026-01-01", "2999-12-31", ERR_NONE},
        {"huda", "nobody", NULL, "2026-01-01", "2999-12-31", ERR_NOT_FOUND},
        {"huda", "salem", NULL, "2999-12-31", "2999-12-30", ERR_REFUSED},
        {"huda", "salem", NULL, "2020-01-01", "2020-12-31", ERR_REFUSED},
        {"huda", "salem", NULL, "2026-02-30", "2999-12-31", ERR_USAGE},
        {"huda", "salem", NULL, "2026-01-01", "infinity", ERR_USAGE},
        {"huda", "salem", NULL, "today", "2999-12-31", ERR_USAGE},
    };
    struct room *room = *state;
    add(room, "narrow", "moh", "moh.births", "producer");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char lent[STO_ROLE_LIST_SIZE];
        const struct sto_delegation_spec spec = {.name = cases[i].name,
                                                 .to = cases[i].to,
                                                 .roles = cases[i].roles,
                                                 .role_count = cases[i].roles != NULL,
                                                 .from = cases[i].from,
                                                 .until = cases[i].until,
                                                 .reason = "leave",
                                                 .by = "tester"};
        int rc = sto_account_delegate(room->steward, &spec, lent, &room->err);
        if ((rc == 0) != (cases[i].code == ERR_NONE) ||
            (rc != 0 && room->err.code != cases[i].code)) {
            fail_msg("case %zu: %d %s", i, rc, rc != 0 ? room->err.text : lent);
        }
    }
}

/* -- failures are slowed */

static void after_five_failures_a_login_waits(void **state)
{
    struct room *room = *state;
    struct reg_auth_counts before;
    struct reg_auth_counts after;
    reg_auth_counts(&before);
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    }
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 429); /* even the right one */
    assert_string_equal(room->retry_after, "1");
    assert_int_equal(room->scrypts, 0);
    assert_string_equal(room->challenge, "");
    /* The peer waits too, */
    assert_int_equal(ask_as(room, "moh-births", "moh-births-secret", 0), 429);
    assert_int_equal(ask(room, (struct asked){.authorization = "Basic !"}), 429);
    /* but not who was found right a short while ago, */
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    /* nor another peer; under this name all do. */
    assert_int_equal(
        ask(room, (struct asked){.authorization = "Bearer moh-births.moh-births-secret",
                                 .peer = "10.0.0.7"}),
        204);
    assert_int_equal(
        ask(room, (struct asked){.authorization = "Bearer huda.huda-secret", .peer = "10.0.0.8"}),
        429);
    reg_auth_counts(&after);
    assert_int_equal(after.logins - before.logins, 2);
    assert_int_equal(after.failed - before.failed, 5);
    assert_int_equal(after.slowed - before.slowed, 4);
}

static void a_log_tells_what_was_wrong_and_no_secret(void **state)
{
    struct room *room = *state;
    char log[8192] = "";
    char path[] = "/tmp/nrc-test-log-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    log_set_fd(fd);
    ask_as(room, "huda", "s3cret-wrong", 0);
    ask_as(room, "nobody", "s3cret-nobody", 0);
    ask_as(room, "S3CRET_as-a_name", "x", 0);
    ask(room, (struct asked){.authorization = "Digest s3cret"});
    ask_as(room, "huda", "huda-secret", 0);
    log_set_fd(2);
    assert_true(pread(fd, log, sizeof(log) - 1, 0) > 0);
    close(fd);
    assert_non_null(
        strstr(log, "event=login_failed account=huda peer=127.0.0.1 reason=\"wrong secret\""));
    assert_non_null(strstr(log, "account=nobody peer=127.0.0.1 reason=\"no such account\""));
    assert_non_null(strstr(log, "account=- peer=127.0.0.1 reason=\"no such account\""));
    assert_non_null(strstr(log, "reason=\"not a login that can be read\""));
    assert_non_null(strstr(log, "event=login account=huda"));
    assert_null(strcasestr(log, "s3cret"));
    assert_null(strstr(log, "huda-secret"));
}

/* -- what may be written */

static void a_producer_writes_its_own_agencys_subjects(void **state)
{
    static const struct {
        const char *name;
        const char *subject;
        bool may;
    } cases[] = {
        {"moh-births", "moh.births-value", true},
        {"moh-births", "moh.births", true},
        {"moh-births", "moh.", true},
        {"moh-births", "hospital-events-value", true}, /* a topic of its dataset */
        {"moh-births", "hospital-events-key", true},
        {"moh-births", "hospital-events", false}, /* no topic's subject */
        {"moh-births", "hospital-events-values", false},
        {"moh-births", "moh.stolen-value", false}, /* the topic of another's dataset */
        {"moh-births", "moh.stolen-key", false},
        {"moh-births", "moi.ids-value", false},
        {"moh-births", "moh", false},
        {"moh-births", "mohx.births-value", false},
        {"moh-births", "MOH.births-value", false},
        {"moh-births", "", false},
        {"moh-births", "-value", false},
        {"moh-births", "moh.\xff-value", false},
        {"moh-births", ":.ctx:moh.births-value", false},
        {"narrow", "moh.births-value", true},
        {"narrow", "moh.deaths-value", false},
        {"narrow", "hospital-events-value", false},
        {"huda", "moi.ids-value", true},
        {"huda", "anything", true},
        {"salem", "anything", false}, /* an auditor */
    };
    struct room *room = *state;
    char secret[100];
    add(room, "narrow", "moh", "moh.births", "producer");
    raw_run(room->raw, "INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format)"
                       " SELECT a.id, v.name, v.topic, '{k}', 'text' FROM nrc.agency a JOIN (VALUES"
                       " ('moh', 'hospital', 'hospital-events'), ('moi', 'stolen', 'moh.stolen'))"
                       " v(code, name, topic) ON v.code = a.code");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_to = cases[i].subject;
        snprintf(secret, sizeof(secret), "%s-secret", cases[i].name);
        int status = ask_as(room, cases[i].name, secret, 0);
        if (status != (cases[i].may ? 204 : 403)) {
            fail_msg("%s, %s: %d %s", cases[i].name, cases[i].subject, status, room->words);
        }
    }
}

static void a_scope_holds_for_whatever_changes_something(void **state)
{
    struct room *room = *state;
    add(room, "warden", NULL, "moh.", "steward");
    struct asked asked = {.authorization = "Bearer warden.warden-secret"};
    write_to = NULL;
    asked.roles = REG_STEWARD;
    asked.subject = "moh.births-value";
    assert_int_equal(ask(room, asked), 204);
    asked.subject = ":.:moh.births-value";
    assert_int_equal(ask(room, asked), 204);
    asked.subject = "moi.ids-value";
    assert_int_equal(ask(room, asked), 403);
    asked.subject = NULL; /* the registry's own level, say */
    assert_int_equal(ask(room, asked), 403);
    asked.roles = REG_ANYONE;
    assert_int_equal(ask(room, asked), 204);
}

/* -- accounts themselves */

static void a_bad_account_is_refused_in_words(void **state)
{
    struct room *room = *state;
    static const char *const producer[] = {"producer"};
    static const char *const auditor[] = {"auditor"};
    static const char *const unknown[] = {"king"};
    const struct sto_account_spec good = spec_of("new", "moh", producer, 1);
    struct sto_account_spec specs[16];
    enum err_code codes[16];
    size_t count = 0;
    struct secret_hash hash = hash_of("x");
    char last_day[STO_DATE_SIZE];
#define BAD(member, value, want)                                                                   \
    do {                                                                                           \
        specs[count] = good;                                                                       \
        specs[count].member = (value);                                                             \
        codes[count++] = (want);                                                                   \
    } while (0)
    BAD(name, "", ERR_USAGE);
    BAD(name, "Huda", ERR_USAGE);
    BAD(name, "anonymous", ERR_USAGE);
    BAD(name, "a.", ERR_USAGE);
    BAD(name, "huda", ERR_EXISTS);
    BAD(person, " ", ERR_USAGE);
    BAD(person_ar, "\xff", ERR_USAGE);
    BAD(decision, "", ERR_USAGE);
    BAD(agency, "mof", ERR_NOT_FOUND);
    BAD(agency, NULL, ERR_REFUSED); /* a producer has one */
    BAD(scope, "", ERR_USAGE);
    BAD(expires_on, "2020-01-01", ERR_REFUSED);
    BAD(expires_on, "2030-1-1", ERR_USAGE);
    BAD(roles, unknown, ERR_USAGE);
    BAD(role_count, 0, ERR_REFUSED);
#undef BAD
    for (size_t i = 0; i < count; i++) {
        assert_err(sto_account_add(room->steward, &specs[i], &hash, last_day, &room->err),
                   room->err, ERR_KIND_FATAL, codes[i]);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.account"), 3);
    struct sto_account_spec whole = good;
    whole.person_ar = "سالم العربي";
    whole.expires_on = "2999-12-31";
    whole.roles = auditor;
    assert_ok(sto_account_add(room->steward, &whole, &hash, last_day, &room->err), room->err);
    assert_string_equal(last_day, "2999-12-31");
    assert_string_equal(raw_text(room->raw, "SELECT person_ar FROM nrc.account WHERE name = 'new'"),
                        "سالم العربي");
}

static void what_is_done_to_an_account_is_recorded_with_who(void **state)
{
    struct room *room = *state;
    char last_day[STO_DATE_SIZE];
    char lent[STO_ROLE_LIST_SIZE];
    struct secret_hash hash = hash_of("x");
    const struct sto_delegation_spec lend = {.name = "huda",
                                             .to = "salem",
                                             .from = "2026-01-01",
                                             .until = "2999-01-01",
                                             .reason = "leave",
                                             .by = "tester"};
    assert_ok(sto_account_rotate(room->steward, "huda", 0, &hash, "tester", &room->err), room->err);
    assert_ok(sto_account_review(room->steward, "huda", NULL, "tester", last_day, &room->err),
              room->err);
    assert_ok(sto_account_delegate(room->steward, &lend, lent, &room->err), room->err);
    assert_string_equal(lent, "steward");
    assert_ok(sto_account_disable(room->steward, "huda", "left", "tester", &room->err), room->err);
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(what, ',' ORDER BY e.id) FROM nrc.account_event e"
                            " JOIN nrc.account a ON a.id = account_id WHERE name = 'huda'"
                            " AND by_name = 'tester' AND by_db_login = session_user"),
        "added,rotated,reviewed,delegated,disabled");
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(what, ',' ORDER BY e.id) FROM nrc.account_event e"
                            " JOIN nrc.account a ON a.id = account_id WHERE name = 'salem'"),
        "added,received");
    assert_err(sto_account_review(room->steward, "huda", NULL, "tester", last_day, &room->err),
               room->err, ERR_KIND_FATAL, ERR_REFUSED);
    assert_err(sto_account_disable(room->steward, "huda", "again", "tester", &room->err), room->err,
               ERR_KIND_FATAL, ERR_REFUSED);
    assert_err(sto_account_rotate(room->steward, "nobody", 0, &hash, "tester", &room->err),
               room->err, ERR_KIND_FATAL, ERR_NOT_FOUND);
}

static void SMP_accounts_not_reviewed_in_a_year_are_reported(void **state)
{
    struct room *room = *state;
    char last_day[STO_DATE_SIZE];
    raw_run(room->raw, "UPDATE nrc.account SET created_at = now() - interval '366 days'");
    raw_run(room->raw, "UPDATE nrc.account SET reviewed_at = now() - interval '364 days',"
                       " reviewed_by = 'x' WHERE name = 'moh-births'");
    struct sto_grid *grid =
        sto_report(room->conn, STO_REPORT_ACCOUNTS_OVERDUE, NULL, 0, &room->err);
    assert_int_equal(grid->rows, 2);
    assert_string_equal(grid->values[0], "huda");
    assert_string_equal(grid->values[grid->cols], "salem");
    sto_grid_free(&grid);
    assert_ok(
        sto_account_review(room->steward, "huda", "2999-01-01", "tester", last_day, &room->err),
        room->err);
    assert_string_equal(last_day, "2999-01-01");
    assert_ok(sto_account_disable(room->steward, "salem", "left", "tester", &room->err), room->err);
    grid = sto_report(room->conn, STO_REPORT_ACCOUNTS_OVERDUE, NULL, 0, &room->err);
    assert_int_equal(grid->rows, 0);
    sto_grid_free(&grid);
}

static void NRL_18_nothing_of_an_account_is_deleted_or_rewritten(void **state)
{
    /* By a superuser; NRC04 is the trigger's. */
    static const char *const by_anybody[] = {
        "DELETE FROM nrc.account",
        "DELETE FROM nrc.account_role",
        "DELETE FROM nrc.account_secret",
        "DELETE FROM nrc.delegation",
        "DELETE FROM nrc.account_event",
        "UPDATE nrc.account_event SET by_name = 'x'",
        "UPDATE nrc.delegation SET until_date = '2999-01-01'",
        "TRUNCATE nrc.account_event",
        "TRUNCATE nrc.account CASCADE",
    };
    static const char *const by_registry[] = {
        "SELECT hash FROM nrc.account_secret",
        "SELECT salt FROM nrc.account_secret",
        "SELECT * FROM nrc.account_secret",
        "INSERT INTO nrc.account_role SELECT id, 'steward' FROM nrc.account",
        "UPDATE nrc.account SET disabled_at = NULL, disabled_reason = NULL",
        "UPDATE nrc.account_secret SET revoked_at = NULL",
        "DELETE FROM nrc.account",
        "DELETE FROM nrc.account_event",
        "SELECT nrc.account_for_change('huda')",
    };
    static const char *const others[] = {"nrc_monitor", "nrc_reader", "nrc_ingest"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT_OF(by_anybody); i++) {
        assert_string_equal(raw_sqlstate(room->raw, by_anybody[i]), "NRC04");
    }
    raw_run(room->raw, "SET ROLE nrc_registry");
    for (size_t i = 0; i < COUNT_OF(by_registry); i++) {
        assert_string_equal(raw_sqlstate(room->raw, by_registry[i]), "42501");
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SET ROLE %s", others[i]);
        raw_run(room->raw, sql);
        assert_string_equal(raw_sqlstate(room->raw, "SELECT hash FROM nrc.account_secret"),
                            "42501");
        assert_string_equal(raw_sqlstate(room->raw, "SELECT * FROM nrc.account_login('huda')"),
                            "42501");
        assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.disable_account('huda', 'x', 'x')"),
                            "42501");
    }
    raw_run(room->raw, "SET ROLE nrc_owner");
    assert_string_equal(raw_sqlstate(room->raw, "DELETE FROM nrc.account_role"), "42501");
    raw_run(room->raw, "RESET ROLE");
}

static void a_row_that_is_not_as_it_must_be_opens_nothing(void **state)
{
    static const char *const damage[] = {
        "UPDATE nrc.account_secret SET n = 3",       "UPDATE nrc.account_secret SET n = 1073741824",
        "UPDATE nrc.account_secret SET n = -1",      "UPDATE nrc.account_secret SET r = 0",
        "UPDATE nrc.account_secret SET p = 1000000",
    };
    struct room *room = *state;
    for (size_t i = 0; i < COUNT_OF(damage); i++) {
        raw_run(room->raw, damage[i]);
        forget(room, false, CACHE_MS);
        int status = ask_as(room, "huda", "huda-secret", 0);
        if (status < 400) {
            fail_msg("%s: %d", damage[i], status);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_secret_is_let_in_by_basic_and_by_bearer),
        TEST(every_refusal_sounds_and_costs_the_same),
        TEST(without_a_login_one_is_asked_for_and_nothing_is_counted),
        TEST(an_account_without_the_role_hears_which_it_takes),
        TEST(anonymous_is_for_loopback_alone_and_by_setting_alone),
        TEST(a_second_request_costs_no_scrypt),
        TEST(what_is_remembered_needs_no_register),
        TEST(a_disabled_account_is_out_once_the_change_is_heard),
        TEST(a_role_that_is_gone_is_gone_once_the_change_is_heard),
        TEST(while_a_secret_is_rotated_both_are_valid),
        TEST(a_delegate_has_the_roles_on_the_days_alone),
        TEST(nobody_lends_what_it_has_not),
        TEST(after_five_failures_a_login_waits),
        TEST(a_log_tells_what_was_wrong_and_no_secret),
        TEST(a_producer_writes_its_own_agencys_subjects),
        TEST(a_scope_holds_for_whatever_changes_something),
        TEST(a_bad_account_is_refused_in_words),
        TEST(what_is_done_to_an_account_is_recorded_with_who),
        TEST(SMP_accounts_not_reviewed_in_a_year_are_reported),
        TEST(NRL_18_nothing_of_an_account_is_deleted_or_rewritten),
        TEST(a_row_that_is_not_as_it_must_be_opens_nothing),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
