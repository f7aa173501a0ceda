/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/conf_print.h"
#include "base/conf_priv.h"

static char file[64];
static char *last_variable; /* set by with_variable, unset by teardown */

static void with_variable(const char *name, const char *value)
{
    free(last_variable);
    last_variable = strdup(name);
    setenv(name, value, 1);
}

static int setup(void **state)
{
    (void)state;
    snprintf(file, sizeof(file), "/tmp/nrc-conf-XXXXXX");
    int fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    unlink(file);
    if (last_variable != NULL) {
        unsetenv(last_variable);
        free(last_variable);
        last_variable = NULL;
    }
    return 0;
}

static void write_file(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) < 0, 0);
    assert_int_equal(fclose(f), 0);
}

static struct conf *load(const char *text)
{
    struct err err = ERR_INIT;
    write_file(text);
    struct conf *conf = conf_load(file, &err);
    if (conf == NULL) {
        fail_msg("%s", err.text);
    }
    return conf;
}

/* The text must be refused, and each word must be in the message. */
static void refused(const char *text, const char *const *words)
{
    struct err err = ERR_INIT;
    write_file(text);
    struct conf *conf = conf_load(file, &err);
    assert_null(conf);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_CONFIG);
    for (; *words != NULL; words++) {
        if (strstr(err.text, *words) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", err.text, *words);
        }
    }
}

#define REFUSED(text, ...) refused(text, (const char *const[]){__VA_ARGS__, NULL})

static void without_a_file_the_defaults_hold(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct conf *conf = conf_load(NULL, &err);
    assert_non_null(conf);
    assert_string_equal(conf->kafka.group, "nrc-ingest");
    assert_string_equal(conf->kafka.bootstrap, "");
    assert_string_equal(conf->reg.dsn, "");
    assert_int_equal(conf->reg.connect_timeout_ms, 10000);
    assert_int_equal(conf->reg.statement_timeout_ms, 60000);
    assert_int_equal(conf->reg.deadline_ms, 90000);
    assert_int_equal(conf->ingest.lanes, 2);
    assert_int_equal(conf->ingest.batch_rows, 50000);
    assert_int_equal(conf->ingest.batch_bytes, 33554432);
    assert_int_equal(conf->ingest.linger_ms, 5);
    assert_int_equal(conf->ingest.prefetch_kb, 24576);
    assert_int_equal(conf->ingest.session_timeout_ms, 45000);
    assert_int_equal(conf->ingest.catalogue_poll_ms, 10000);
    assert_int_equal(conf->ingest.retry_max_ms, 30000);
    assert_int_equal(conf->ingest.drain_ms, 20000);
    assert_string_equal(conf->ingest.tables, "both");
    assert_string_equal(conf->log.level, "info");
    assert_null(conf->path);
    conf_free(&conf);
    assert_null(conf);
}

static void every_default_lies_in_its_own_range(void **state)
{
    (void)state;
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == CONF_STRING || rows[i].type == CONF_ENUM) {
            continue;
        }
        int64_t number;
        assert_true(conf_parse_number(rows[i].initial, rows[i].type, &number));
        assert_true(number >= rows[i].min && number <= rows[i].max);
    }
}

static void the_file_overrides_the_defaults_and_the_environment_the_file(void **state)
{
    (void)state;
    with_variable("NRC_INGEST_LANES", "7");
    struct conf *conf = load("[ingest]\nlanes = 3\nlinger_ms = 7\n");
    assert_int_equal(conf->ingest.lanes, 7);
    assert_int_equal(conf->ingest.linger_ms, 7);
    conf_free(&conf);
}

static void the_register_dsn_has_its_own_variable(void **state)
{
    (void)state;
    with_variable("NRC_REGISTER_DSN", "host=/tmp dbname=nrc");
    struct conf *conf = load("");
    assert_string_equal(conf->reg.dsn, "host=/tmp dbname=nrc");
    conf_free(&conf);
}

static const char *property(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        if (strcmp(conf->kafka.properties[i].name, name) == 0) {
            return conf->kafka.properties[i].value;
        }
    }
    return NULL;
}

/* ---- credentials ---- */

static char folder[32];

static void put_credential(const char *name, const char *bytes, size_t len)
{
    char path[128];
    if (*folder == '\0') {
        snprintf(folder, sizeof(folder), "/tmp/nrc-cred-XXXXXX");
        assert_non_null(mkdtemp(folder));
        with_variable("CREDENTIALS_DIRECTORY", folder);
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void remove_credentials(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): the name is ours
    *folder = '\0';
}

#define CREDENTIAL(name, text) put_credential(name, text, sizeof(text) - 1)

static void a_credential_is_a_key_and_overrides_the_file(void **state)
{
    (void)state;
    CREDENTIAL("nrc_register.dsn", "host=/run password='a\nb'\n");
    CREDENTIAL("nrc_kafka.sasl.password", "p w=\\");
    CREDENTIAL("nrc_ingest.lanes", "5");
    CREDENTIAL("other.secret", "not ours");
    struct conf *conf = load("[register]\ndsn = host=/tmp\n[kafka]\nsasl.password = file\n");
    assert_string_equal(conf->reg.dsn,
                        "host=/run password='a\nb'"); /* only the last line end is the editor's */
    assert_int_equal(conf->ingest.lanes, 5);
    assert_int_equal(conf->kafka.property_count, 1);
    assert_string_equal(conf->kafka.properties[0].value, "p w=\\");
    conf_free(&conf);
    remove_credentials();
}

static void a_credential_that_is_no_key_is_refused_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        size_t len;
        const char *says;
    } cases[] = {
        {"nrc_register.dsm", "x", 1, "did you mean dsn"},
        {"nrc_registre.dsn", "x", 1, "unknown key"},
        {"nrc_dsn", "x", 1, "SECTION.KEY"},
        {"nrc_", "x", 1, "SECTION.KEY"},
        {"nrc_.dsn", "x", 1, "SECTION.KEY"},
        {"nrc_ingest.lanes", "0", 1, "from 1 to 64"},
        {"nrc_register.dsn", "a\0b", 3, "NUL"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        put_credential(cases[i].name, cases[i].text, cases[i].len);
        REFUSED("", cases[i].name, cases[i].says);
        remove_credentials();
    }
}

static void a_credential_is_bounded_and_a_file(void **state)
{
    (void)state;
    static char text[64 * 1024 + 1];
    memset(text, 'x', sizeof(text));
    put_credential("nrc_register.dsn", text, sizeof(text) - 1);
    struct conf *conf = load("");
    assert_int_equal(strlen(conf->reg.dsn), sizeof(text) - 1);
    conf_free(&conf);
    put_credential("nrc_register.dsn", text, sizeof(text));
    REFUSED("", "nrc_register.dsn", "longer than 65536 bytes");
    remove_credentials();
    char path[64];
    CREDENTIAL("nrc_log.level", "warn");
    snprintf(path, sizeof(path), "%s/nrc_register.dsn", folder);
    assert_int_equal(mkfifo(path, 0600), 0); /* a read of it would wait for ever */
    REFUSED("", "nrc_register.dsn", "not a regular file");
    remove_credentials();
    with_variable("CREDENTIALS_DIRECTORY", "/nowhere/at/all");
    REFUSED("", "/nowhere/at/all");
}

static void other_kafka_keys_are_handed_on(void **state)
{
    (void)state;
    with_variable("NRC_KAFKA_SASL_USERNAME", "nrc");
    struct conf *conf =
        load("[kafka]\nbootstrap = a:1,b:2\nfetch.max.bytes = 1000\nsasl.username = x\n");
    assert_string_equal(conf->kafka.bootstrap, "a:1,b:2");
    assert_int_equal(conf->kafka.property_count, 2);
    assert_string_equal(property(conf, "fetch.max.bytes"), "1000");
    assert_string_equal(property(conf, "sasl.username"), "nrc");
    conf_free(&conf);
}

static void what_the_engine_rests_on_cannot_be_set(void **state)
{
    (void)state;
    REFUSED("[kafka]\nenable.auto.commit = true\n", ":2:", "enable.auto.commit");
    REFUSED("[kafka]\nbootstrap.servers = a:1\n", "use bootstrap");
    REFUSED("[kafka]\nsession.timeout.ms = 1\n", "session_timeout_ms in [ingest]");
}

static void an_unknown_key_names_file_line_and_the_nearest_key(void **state)
{
    (void)state;
    REFUSED("[ingest]\nlanes = 1\n\nbatch_row = 5\n", file, ":4:", "batch_row",
            "batch_rows in [ingest]");
    REFUSED("[ingest]\ndsn = x\n", ":2:", "dsn in [register]");
    REFUSED("[nowhere]\nlevel = x\n", ":2:", "level in [log]");
    REFUSED("lanes = x\n", ":1:");
}

static void an_unknown_variable_of_our_sections_is_refused(void **state)
{
    (void)state;
    with_variable("NRC_INGEST_LANE", "7");
    REFUSED("", "NRC_INGEST_LANE", "lanes");
}

static void variables_of_others_are_left_alone(void **state)
{
    (void)state;
    with_variable("NRC_REGISTRY_URL", "http://x");
    struct conf *conf = load("");
    conf_free(&conf);
}

static void a_number_outside_its_range_names_the_range(void **state)
{
    (void)state;
    REFUSED("[ingest]\nlanes = 65\n", ":2:", "lanes", "1", "64", "65");
    REFUSED("[ingest]\nlanes = 0\n", "1 to 64");
    REFUSED("[ingest]\nlinger_ms = 10001\n", "0 to 10000");
    REFUSED("[ingest]\nbatch_rows = 1000001\n", "1 to 1000000");
}

static void a_number_must_be_one(void **state)
{
    (void)state;
    REFUSED("[ingest]\nlanes = two\n", "whole number");
    REFUSED("[ingest]\nlanes = 2x\n", "whole number");
    REFUSED("[ingest]\nlanes = -1\n", "whole number");
    REFUSED("[ingest]\nlanes =\n", "whole number");
    REFUSED("[ingest]\nlanes = 99999999999999999999\n", "whole number");
    REFUSED("[ingest]\nlinger_ms = 9223372036854775807h\n", "whole number");
}

static void numbers_take_the_units_of_their_type(void **state)
{
    (void)state;
    struct conf *conf = load("[ingest]\ndrain_ms = 2s\nbatch_bytes = 8M\nsession_timeout_ms=1m\n");
    assert_int_equal(conf->ingest.drain_ms, 2000);
    assert_int_equal(conf->ingest.batch_bytes, 8 << 20);
    assert_int_equal(conf->ingest.session_timeout_ms, 60000);
    conf_free(&conf);
    REFUSED("[ingest]\ndrain_ms = 2M\n", "whole number");
}

static void a_choice_must_be_one_of_the_list(void **state)
{
    (void)state;
    struct conf *conf = load("[log]\nlevel = warn\n");
    assert_string_equal(conf->log.level, "warn");
    conf_free(&conf);
    REFUSED("[log]\nlevel = loud\n", "debug|info|warn|error", "loud");
    REFUSED("[log]\nlevel = war\n", "debug|info|warn|error");
    REFUSED("[log]\nlevel =\n", "debug|info|warn|error");
}

static void a_key_given_twice_is_refused(void **state)
{
    (void)state;
    REFUSED("[ingest]\nlanes = 1\nlanes = 2\n", ":3:", "twice");
    REFUSED("[kafka]\nsasl.username = 1\nsasl.username = 2\n", ":3:", "twice");
}

static void a_value_may_go_on_in_the_next_line(void **state)
{
    (void)state;
    struct conf *conf = load("[register]\ndsn = host=/run\n  dbname=nrc\n");
    assert_string_equal(conf->reg.dsn, "host=/run dbname=nrc");
    conf_free(&conf);
}

static void a_line_that_would_be_cut_is_refused(void **state)
{
    (void)state;
    char text[512] = "[register]\ndsn = ";
    memset(text + strlen(text), 'x', 300);
    REFUSED(text, ":2:", "longer than");
}

static void a_line_of_no_form_is_refused(void **state)
{
    (void)state;
    REFUSED("[ingest]\nlanes = 1\nwhat is this\n", ":3:", "neither");
    REFUSED("[ingest\n", ":1:", "neither");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_null(conf_load("/nonexistent/nrc.conf", &err));
    assert_non_null(strstr(err.text, "/nonexistent/nrc.conf"));
    assert_int_equal(err.code, ERR_CONFIG);
}

static void the_instance_is_the_same_each_time_and_another_for_another_file(void **state)
{
    (void)state;
    struct conf *one = load("");
    struct conf *again = load("");
    assert_string_equal(one->ingest.instance, again->ingest.instance);
    conf_free(&again);
    struct err err = ERR_INIT;
    struct conf *other = conf_load(NULL, &err);
    assert_string_not_equal(one->ingest.instance, other->ingest.instance);
    conf_free(&other);
    conf_free(&one);
    one = load("[ingest]\ninstance = tripoli-1\n");
    assert_string_equal(one->ingest.instance, "tripoli-1");
    conf_free(&one);
}

static void secrets_are_shown_as_stars(void **state)
{
    (void)state;
    static const struct {
        const char *dsn;
        const char *masked;
    } rows[] = {
        {"host=h password=geheim dbname=d", "host=h password=*** dbname=d"},
        {"password='ge he\\'im' host=h", "password=*** host=h"},
        {"host=h PASSWORD = geheim", "host=h PASSWORD = ***"},
        {"sslpassword=geheim host=h", "sslpassword=*** host=h"},
        {"postgresql://u:geheim@h:5432/d?sslmode=require",
         "postgresql://u:***@h:5432/d?sslmode=require"},
        {"postgres://u:ge@heim@h/d", "postgres://u:***@h/d"},
        {"postgresql://h/d?user=u&password=geheim&x=y", "postgresql://h/d?user=u&password=***&x=y"},
        {"postgresql://h:5432/d", "postgresql://h:5432/d"},
        {"host=h passwordless dbname=d", "host=h passwordless dbname=d"},
        {"password=", "password=***"},
        {"password='geheim", "password=***"},
    };
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&out);
        conf_mask_dsn(rows[i].dsn, &out);
        assert_string_equal(buf_cstr(&out), rows[i].masked);
    }
    buf_fini(&out);
}

static void no_secret_is_printed(void **state)
{
    (void)state;
    struct conf *conf = load("[kafka]\nsasl.password = geheim\nssl.key.password = geheim\n"
                             "[register]\ndsn = host=h password=geheim\n");
    struct buf out = BUF_INIT;
    conf_print(conf, &out);
    conf_print_json(conf, &out);
    assert_null(strstr(buf_cstr(&out), "geheim"));
    assert_non_null(strstr(buf_cstr(&out), "sasl.password = ***"));
    assert_non_null(strstr(buf_cstr(&out), "\"sasl.password\":\"***\""));
    buf_fini(&out);
    conf_free(&conf);
}

static void what_is_printed_reads_back_the_same(void **state)
{
    (void)state;
    struct conf *conf = load("[kafka]\nclient.rack = a\n[ingest]\nlanes = 9\ntables = state\n");
    struct buf out = BUF_INIT;
    conf_print(conf, &out);
    struct conf *again = load(buf_cstr(&out));
    struct buf out_again = BUF_INIT;
    conf_print(again, &out_again);
    assert_string_equal(buf_cstr(&out), buf_cstr(&out_again));
    assert_int_equal(again->ingest.lanes, 9);
    assert_string_equal(property(again, "client.rack"), "a");
    buf_fini(&out);
    buf_fini(&out_again);
    conf_free(&conf);
    conf_free(&again);
}

static void every_key_is_described(void **state)
{
    (void)state;
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    struct buf out = BUF_INIT;
    conf_describe(&out);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.%s", rows[i].section, rows[i].key);
        assert_non_null(strstr(buf_cstr(&out), name));
        assert_non_null(strstr(buf_cstr(&out), rows[i].sentence));
    }
    buf_fini(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_file_the_defaults_hold),
        TEST(every_default_lies_in_its_own_range),
        TEST(the_file_overrides_the_defaults_and_the_environment_the_file),
        TEST(the_register_dsn_has_its_own_variable),
        TEST(a_credential_is_a_key_and_overrides_the_file),
        TEST(a_credential_that_is_no_key_is_refused_by_its_name),
        TEST(a_credential_is_bounded_and_a_file),
        TEST(other_kafka_keys_are_handed_on),
        TEST(what_the_engine_rests_on_cannot_be_set),
        TEST(an_unknown_key_names_file_line_and_the_nearest_key),
        TEST(an_unknown_variable_of_our_sections_is_refused),
        TEST(variables_of_others_are_left_alone),
        TEST(a_number_outside_its_range_names_the_range),
        TEST(a_number_must_be_one),
        TEST(numbers_take_the_units_of_their_type),
        TEST(a_choice_must_be_one_of_the_list),
        TEST(a_key_given_twice_is_refused),
        TEST(a_value_may_go_on_in_the_next_line),
        TEST(a_line_that_would_be_cut_is_refused),
        TEST(a_line_of_no_form_is_refused),
        TEST(a_missing_file_is_named),
        TEST(the_instance_is_the_same_each_time_and_another_for_another_file),
        TEST(secrets_are_shown_as_stars),
        TEST(no_secret_is_printed),
        TEST(what_is_printed_reads_back_the_same),
        TEST(every_key_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
