/* SPDX-License-Identifier: Apache-2.0
 * URLs: one reading each, or none. Most of those here got past the guard of some other sender. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "ops/tell/url.h"

struct reading {
    const char *url;
    const char *host; /* NULL: no URL that can be called */
    int port;
    const char *text; /* NULL: the URL as it is */
};

static void check(const struct reading *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        struct ops_url url;
        int rc = ops_url_read(&url, cases[i].url, &err);
        if (rc != 0 ? cases[i].host != NULL : cases[i].host == NULL) {
            fail_msg("%s: %s", cases[i].url, rc == 0 ? url.host : err.text);
        }
        if (rc == 0) {
            assert_string_equal(url.host, cases[i].host);
            assert_int_equal(url.port, cases[i].port);
            assert_string_equal(url.text, cases[i].text != NULL ? cases[i].text : cases[i].url);
        } else {
            assert_int_equal(err.code, ERR_USAGE);
        }
        ops_url_fini(&url);
    }
}

static void a_host_has_one_spelling(void **state)
{
    static const struct reading cases[] = {
        {"https://hooks.moh.example/nrc?x=1%20", "hooks.moh.example", 443, NULL},
        {"http://hooks.moh.example:8080/", "hooks.moh.example", 8080, NULL},
        {"HTTPS://Hooks.MoH.Example/A", "hooks.moh.example", 443, "https://hooks.moh.example/A"},
        {"https://hooks.moh.example./", "hooks.moh.example", 443, "https://hooks.moh.example/"},
        {"https://hooks.moh.example", "hooks.moh.example", 443, "https://hooks.moh.example/"},
        {"https://a/x/../../y", "a", 443, "https://a/y"},
        {"https://a/x@y", "a", 443, NULL},
        {"https://my_host/", "my_host", 443, NULL},
        /* Names in Unicode become what is looked up: an Arabic one, and a Cyrillic "а" that looks Latin. */
        {"https://عمان.example/", "xn--mgb9awbf.example", 443, "https://xn--mgb9awbf.example/"},
        {"https://аpple.com/", "xn--pple-43d.com", 443, "https://xn--pple-43d.com/"},
        {"https://xn--pple-43d.com/", "xn--pple-43d.com", 443, NULL},
        /* IPv4 as inet_aton reads it. */
        {"http://127.0.0.1/", "127.0.0.1", 80, NULL},
        {"http://2130706433/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://0x7f000001/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://0X7F.1/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://017700000001/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://0177.0.0.1/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://127.1/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://127.0.1/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://127.0.0.1./", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://0/", "0.0.0.0", 80, "http://0.0.0.0/"},
        {"http://1/", "0.0.0.1", 80, "http://0.0.0.1/"},
        {"http://016777217/", "0.59.254.143", 80, "http://0.59.254.143/"},
        {"http://0251.254.169.254/", "169.254.169.254", 80, "http://169.254.169.254/"},
        {"http://１２７.０.０.１/", "127.0.0.1", 80, "http://127.0.0.1/"}, /* full width */
        {"http://127。0。0。1/", "127.0.0.1", 80, "http://127.0.0.1/"},    /* ideographic stops */
        {"http://①②⑦.⓪.⓪.①/", "127.0.0.1", 80, "http://127.0.0.1/"},
        /* IPv6 */
        {"http://[::1]:8080/", "::1", 8080, NULL},
        {"http://[0:0:0:0:0:0:0:1]/", "::1", 80, "http://[::1]/"},
        {"http://[::FFFF:127.0.0.1]/", "::ffff:127.0.0.1", 80, "http://[::ffff:127.0.0.1]/"},
        {"http://[::ffff:7f00:1]/", "::ffff:127.0.0.1", 80, "http://[::ffff:127.0.0.1]/"},
    };
    (void)state;
    check(cases, COUNT_OF(cases));
}

static void what_two_readers_could_take_differently_is_refused(void **state)
{
    static const struct reading cases[] = {
        {.url = ""},
        {.url = "hooks.moh.example"},
        {.url = "//hooks.moh.example/"},
        {.url = "ftp://hooks.moh.example/"},
        {.url = "file:///etc/passwd"},
        {.url = "gopher://127.0.0.1:6379/_x"},
        {.url = "javascript:alert(1)"},
        {.url = "http:/hooks.moh.example/"},
        {.url = "http:///hooks.moh.example/"},
        {.url = "http://"},
        {.url = "http://:80/"},
        {.url = "http://?x"},
        {.url = "http://user@hooks.moh.example/"},
        {.url = "http://user:password@hooks.moh.example/"},
        {.url = "http://@hooks.moh.example/"},
        {.url = "http://hooks.moh.example:80@127.0.0.1/"},
        {.url = "http://hooks.moh.example\\@127.0.0.1/"},
        {.url = "http://127.0.0.1\\.hooks.moh.example/"},
        {.url = "http://hooks.moh.example#@127.0.0.1/"},
        {.url = "http://hooks.moh.example/#fragment"},
        {.url = "http://127.0.0.1#.hooks.moh.example/"},
        {.url = "http://127%2e0%2e0%2e1/"},
        {.url = "http://hooks%2emoh.example/"},
        {.url = "http://hooks.moh.example%00.evil.example/"},
        {.url = "http://hooks.moh.example /"},
        {.url = " http://hooks.moh.example/"},
        {.url = "http://hooks.moh.example/\r\nHost: x"},
        {.url = "http://hooks.moh.example/a b"},
        {.url = "http://hooks.moh.example/\tx"},
        {.url = "http://hooks.moh.example/é"}, /* escape it */
        {.url = "http://hooks.moh.example:0/"},
        {.url = "http://hooks.moh.example:65536/"},
        {.url = "http://hooks.moh.example:http/"},
        {.url = "http://hooks..moh.example/"},
        {.url = "http://.moh.example/"},
        {.url = "http://hooks.moh.example../"},
        {.url = "http://-moh.example/"},
        {.url = "http://moh-.example/"},
        {.url = "http://256.1.1.1/"},
        {.url = "http://1.2.3.4.5/"},
        {.url = "http://127.0.0.08/"}, /* no octal digit */
        {.url = "http://hooks.moh.1/"},
        {.url = "http://0x100000000/"},
        {.url = "http://4294967296/"},
        {.url = "http://[::1/"},
        {.url = "http://::1/"},
        {.url = "http://[::1].evil.example/"},
        {.url = "http://[127.0.0.1]/"},
        {.url = "http://[v1.fe80::a]/"},
        {.url = "http://[fe80::1%25eth0]/"},
        {.url = "http://[fe80::1%eth0]/"},
        {.url = "http://\xff.example/"},
    };
    (void)state;
    check(cases, COUNT_OF(cases));
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_url url;
    char text[4096];
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://a/", 9);
    text[OPS_URL_BYTES_MAX] = '\0';
    assert_int_equal(ops_url_read(&url, text, &err), 0);
    ops_url_fini(&url);
    text[OPS_URL_BYTES_MAX] = 'a';
    text[OPS_URL_BYTES_MAX + 1] = '\0';
    assert_int_equal(ops_url_read(&url, text, &err), -1);
    /* A name of 253 letters in labels of 63, and one more. */
    char name[300];
    for (size_t i = 0; i < sizeof(name); i++) {
        name[i] = i % 64 == 63 ? '.' : 'a';
    }
    for (int len = 253; len <= 254; len++) {
        snprintf(text, sizeof(text), "http://%.*s/", len, name);
        assert_int_equal(ops_url_read(&url, text, &err), len == 253 ? 0 : -1);
        ops_url_fini(&url);
    }
    memset(name, 'a', 64);
    snprintf(text, sizeof(text), "http://%.64s.example/", name);
    assert_int_equal(ops_url_read(&url, text, &err), -1);
}

static void a_mail_server_has_a_host_and_a_port(void **state)
{
    static const struct reading cases[] = {
        {"smtp://mail.center.example:587", "mail.center.example", 587, NULL},
        {"SMTPS://Mail.Center.Example/", "mail.center.example", 465, NULL},
        {"smtp://127.0.0.1", "127.0.0.1", 25, NULL},
        {"smtp://[::1]:2525", "::1", 2525, NULL},
        {.url = "http://mail.center.example"},
        {.url = "mail.center.example:587"},
        {.url = "smtp://"},
        {.url = "smtp://user:secret@mail.center.example"},
        {.url = "smtp://mail.center.example/ehlo.name"},
        {.url = "smtp://mail.center.example?x"},
        {.url = "smtp://mail.center.example:0"},
        {.url = "smtp://mail.center.example\r\nMAIL FROM:<a@b>"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        struct ops_url url;
        int rc = ops_url_read_server(&url, cases[i].url, &err);
        if ((rc == 0) != (cases[i].host != NULL)) {
            fail_msg("%s: %s", cases[i].url, rc == 0 ? url.host : err.text);
        }
        if (rc == 0) {
            assert_string_equal(url.host, cases[i].host);
            assert_int_equal(url.port, cases[i].port);
        }
        ops_url_fini(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_has_one_spelling),
        cmocka_unit_test(what_two_readers_could_take_differently_is_refused),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(a_mail_server_has_a_host_and_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
