/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_net.c - isEmail, isHostname, isIpv4, isIpv6, isUri, isUriRef, isUuid. Each text ends with its
 * memory, so that a function that looks for an end of its own is found.
 *
 * Links rule_value.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rule_value.h"

struct net_case {
    const char *function;
    const char *good[24];
    const char *bad[40];
};

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const struct net_case cases[] = {
    {"isEmail",
     {"a@b.om", "first.last+tag@moh.gov.om", "x@sub.example.com", "!#$%&'*+-/=?^_`{|}~@a.om",
      "1@2.om"},
     {"",          "a",        "a@",           "@b.om",     "a@b",
      "a.@b.om",   ".a@b.om",  "a..b@c.om",    "a b@c.om",  "a@b..om",
      "a@-b.om",   "a@b.om.",  "\"a b\"@c.om", "a@b@c.om",  "a@[1.2.3.4]",
      "محمد@b.om", "a@b.om\n", L63 "aa@b.om",  "a@1.2.3.4", "a@b_c.om"}},
    {"isHostname",
     {"localhost", "moh.gov.om", "a", "a-b.c", "xn--mgb9awbf.om", "1a", "1.a", "MOH.GOV.OM", "a.b.",
      L63 ".om"},
     {"", ".", "-a", "a-", "a..b", ".a", "a_b", "1.2.3.4", "12", "a.12", "a b", "a.b..", "عمان",
      L63 "a", "a/b", "a:80", "a\n"}},
    {"isIpv4",
     {"127.0.0.1", "0.0.0.0", "255.255.255.255"},
     {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "1.2.3.4 ", "1.2.3.-4", "0x7f.0.0.1",
      "2130706433", "1.2.3.4/8", "::1", "١.٢.٣.٤"}},
    {"isIpv6",
     {"::", "::1", "2001:db8::ff00:42:8329", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"},
     {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "g::1", "fe80::1%eth0",
      "[::1]", "1.2.3.4", "12345::", "::1 "}},
    {"isUri",
     {"http://example.org:8080/example.html", "https://moh.gov.om/a?b=c&d=%D9%85#e",
      "mailto:a@b.om", "urn:isbn:123", "http://[::1]:80/", "http://user:pw@host/",
      "a:", "x-y+z.1:/", "http://1.2.3.4:0", "file:///a/b", "http://host:"},
     {"",
      "12 34",
      "//example.com",
      "abc",
      "/a",
      "http://a b",
      "http://host:8o",
      "http://[::1",
      "http://[1.2.3.4]/",
      "1http://a",
      "://a",
      "http://a/%",
      "http://a/%4",
      "http://a/%zz",
      "http://a/<b>",
      "http://a/\"",
      "http://a/{b}",
      "http://a/|",
      "http://a/\\",
      "http://a/^",
      "http://a/`",
      "http://a#b#c",
      "http://محمد.om",
      "http://a/م",
      "http://us er@a",
      "http://a\n"}},
    {"isUriRef",
     {"http://foo.bar/?baz=qux#quux", "//foo.bar/?baz=qux#quux", "/abc", "abc", "?q", "#f", "a/b:c",
      "./a:b", "//host:80", "%41"},
     {"", "\\\\WINDOWS\\fileshare", "a b", "1:b", "//host:x", "%", "%4", "[", "a?b#c#d"}},
    {"isUuid",
     {"fa02a430-892f-4160-97cd-6e3d1bc14494", "FA02A430-892F-4160-97CD-6E3D1BC14494",
      "00000000-0000-0000-0000-000000000000"},
     {"", "97cd-6e3d1bc14494", "1-1-1-1-1", "fa02a430892f416097cd6e3d1bc14494",
      "{fa02a430-892f-4160-97cd-6e3d1bc14494}", "fa02a430-892f-4160-97cd-6e3d1bc1449",
      "fa02a430-892f-4160-97cd-6e3d1bc144945", "ga02a430-892f-4160-97cd-6e3d1bc14494",
      "fa02a4308-92f-4160-97cd-6e3d1bc14494", "fa02a430-892f-4160-97cd_6e3d1bc14494"}}};

static void check(const char *function, const char *const *texts, size_t most, const char *wanted)
{
    char expr[40];
    snprintf(expr, sizeof(expr), "x.%s()", function);
    for (size_t i = 0; i < most && texts[i] != NULL; i++) {
        const char *value = rule_value(expr, texts[i], strlen(texts[i]));
        if (strcmp(value, wanted) != 0) {
            fail_msg("\"%s\".%s() is %s", texts[i], function, value);
        }
    }
}

static void each_format_takes_its_texts_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(cases[i].function, cases[i].good, 24, "true");
        check(cases[i].function, cases[i].bad, 40, "false");
    }
}

static void a_nul_is_in_no_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expr[40];
        char text[80];
        size_t len = strlen(cases[i].good[0]);
        snprintf(expr, sizeof(expr), "x.%s()", cases[i].function);
        memcpy(text, cases[i].good[0], len);
        text[len] = '\0';
        memcpy(text + len + 1, "a", 1);
        assert_string_equal(rule_value(expr, text, len + 1), "false");
        assert_string_equal(rule_value(expr, text, len + 2), "false");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_takes_its_texts_alone),
        cmocka_unit_test(a_nul_is_in_no_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
