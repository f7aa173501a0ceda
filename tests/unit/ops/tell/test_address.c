/* SPDX-License-Identifier: Apache-2.0
 * The addresses that may be called (PDP-1.12). Many of the addresses here got past the guard of another
 * sender of webhooks: those in 0.0.0.0/8 but the first, mapped and compatible ones in hexadecimal, NAT64,
 * 6to4, Teredo, fe81:: to febf::, fec0::, 5f00::, the clouds' own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "base/attr.h"
#include "ops/tell/address.h"

static struct ops_address_rules *rules_of(const char *text)
{
    struct err err = ERR_INIT;
    struct ops_address_rules *rules = ops_address_rules_parse(text, &err);
    if (rules == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
    return rules;
}

static struct sockaddr_storage peer_of(const char *text, uint16_t port)
{
    struct sockaddr_storage peer = {0};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        memcpy(&peer, &in, sizeof(in));
    } else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
        memcpy(&peer, &in6, sizeof(in6));
    } else {
        fail_msg("%s is no address", text);
    }
    return peer;
}

static bool may_call(const char *allow, const char *host, const char *address, uint16_t port)
{
    struct ops_address_rules *rules = rules_of(allow);
    struct sockaddr_storage peer = peer_of(address, port);
    bool may = ops_address_allowed(rules, host, (const struct sockaddr *)&peer);
    ops_address_rules_free(&rules);
    return may;
}

/* To a name in the list, under rules that open the whole internet: what is left is the ranges'. */
static void no_name_and_no_wide_network_opens_what_is_not_public(void **state)
{
    static const struct {
        const char *address;
        bool is_public;
    } cases[] = {
        {"0.0.0.0", false},
        {"0.0.0.1", false},
        {"0.59.254.143", false},
        {"0.255.255.255", false},
        {"1.0.0.0", true},
        {"8.8.8.8", true},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"100.63.255.255", true},
        {"100.64.0.0", false},
        {"100.100.100.200", false},
        {"100.127.255.255", false},
        {"100.128.0.0", true},
        {"126.255.255.255", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"128.0.0.0", true},
        {"168.63.129.16", false},
        {"168.63.129.17", true},
        {"169.253.255.255", true},
        {"169.254.0.1", false},
        {"169.254.169.254", false},
        {"169.254.170.2", false},
        {"169.255.0.0", true},
        {"172.15.255.255", true},
        {"172.16.0.0", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.0.0.8", false},
        {"192.0.0.192", false},
        {"192.0.1.0", true},
        {"192.0.2.1", false},
        {"192.0.3.0", true},
        {"192.88.99.1", false},
        {"192.167.255.255", true},
        {"192.168.0.1", false},
        {"192.169.0.0", true},
        {"198.17.255.255", true},
        {"198.18.0.1", false},
        {"198.19.255.255", false},
        {"198.20.0.0", true},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"223.255.255.255", true},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"::", false},
        {"::1", false},
        {"::2", false},
        {"::127.0.0.1", false},
        {"::8.8.8.8", false},
        {"::ffff:8.8.8.8", true},
        {"::ffff:127.0.0.1", false},
        {"::ffff:7f00:1", false},
        {"::ffff:a9fe:a9fe", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:100.64.0.1", false},
        {"::ffff:0:127.0.0.1", false}, /* RFC 2765, translated */
        {"64:ff9b::7f00:1", false},
        {"64:ff9b::a9fe:a9fe", false},
        {"64:ff9b::8.8.8.8", false},
        {"64:ff9b:1::7f00:1", false},
        {"100::1", false},
        {"1fff:ffff::1", false},
        {"2000::1", true},
        {"2001::4136:e378", false},
        {"2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
        {"2001:2::1", false},
        {"2001:20::1", false},
        {"2001:1ff:ffff::1", false},
        {"2001:200::1", true},
        {"2001:4860:4860::8888", true},
        {"2001:db8::1", false},
        {"2001:db9::1", true},
        {"2002:7f00:1::", false},
        {"2002:a9fe:a9fe::", false},
        {"2002:808:808::", false},
        {"2003::1", true},
        {"2606:4700:4700::1111", true},
        {"3ffe::1", true},
        {"3fff::1", false},
        {"3fff:1000::1", true},
        {"4000::1", false},
        {"5f00::1", false},
        {"8000::1", false},
        {"fc00::1", false},
        {"fd00:ec2::254", false},
        {"fdff::1", false},
        {"fe00::1", false},
        {"fe80::1", false},
        {"fe81::1", false},
        {"febf::1", false},
        {"fec0::1", false},
        {"feff::1", false},
        {"ff02::1", false},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool may = may_call("hooks.moh.example, 0.0.0.0/0 ::/0", "hooks.moh.example",
                            cases[i].address, 443);
        if (may != cases[i].is_public) {
            fail_msg("%s is %s", cases[i].address, may ? "called" : "not called");
        }
        assert_false(may_call("", "hooks.moh.example", cases[i].address, 443));
    }
}

static void a_rule_opens_what_it_names(void **state)
{
    static const struct {
        const char *allow;
        const char *host;
        const char *address;
        uint16_t port;
        bool may;
    } cases[] = {
        /* Names. */
        {"hooks.moh.example", "hooks.moh.example", "8.8.8.8", 443, true},
        {"hooks.moh.example", "hooks.moh.example", "8.8.8.8", 22, true},
        {"Hooks.MoH.Example.", "hooks.moh.example", "8.8.8.8", 443, true},
        {"hooks.moh.example", "a.hooks.moh.example", "8.8.8.8", 443, false},
        {"hooks.moh.example", "hooks.moh.example.evil.example", "8.8.8.8", 443, false},
        {"hooks.moh.example:8443", "hooks.moh.example", "8.8.8.8", 8443, true},
        {"hooks.moh.example:8443", "hooks.moh.example", "8.8.8.8", 443, false},
        {"*.moh.example", "a.moh.example", "8.8.8.8", 443, true},
        {"*.moh.example", "a.b.moh.example", "8.8.8.8", 443, true},
        {"*.moh.example", "moh.example", "8.8.8.8", 443, false},
        {"*.moh.example", "evilmoh.example", "8.8.8.8", 443, false},
        {"*.moh.example", ".moh.example", "8.8.8.8", 443, false},
        {"*.moh.example:8443", "a.moh.example", "8.8.8.8", 443, false},
        {"عمان.example", "xn--mgb9awbf.example", "8.8.8.8", 443, true},
        {"apple.com", "xn--pple-43d.com", "8.8.8.8", 443, false},
        {"xn--pple-43d.com", "apple.com", "8.8.8.8", 443, false},
        /* A name in the list that suddenly means this host, or another inside. */
        {"hooks.moh.example", "hooks.moh.example", "127.0.0.1", 443, false},
        {"hooks.moh.example 10.0.0.0/8", "hooks.moh.example", "127.0.0.1", 443, false},
        {"hooks.moh.example 10.0.0.0/8", "hooks.moh.example", "10.1.2.3", 443, true},
        {"localhost", "localhost", "127.0.0.1", 443, false},
        {"localhost 127.0.0.0/8", "localhost", "127.0.0.1", 443, true},
        {"localhost 127.0.0.0/8", "localhost", "::1", 443, false},
        /* Networks, whatever the name. */
        {"9.9.9.0/24", "9.9.9.9", "9.9.9.9", 443, true},
        {"9.9.9.0/24", "any.example", "9.9.9.9", 443, true},
        {"9.9.9.0/24", "any.example", "9.9.8.9", 443, false},
        {"9.9.9.9", "any.example", "9.9.9.9", 443, true},
        {"9.9.9.9", "any.example", "9.9.9.8", 443, false},
        {"9.9.9.0/24:8443", "any.example", "9.9.9.9", 443, false},
        {"9.9.9.0/24:8443", "any.example", "9.9.9.9", 8443, true},
        {"0.0.0.0/0", "any.example", "2600::1", 443, false},
        {"::/0", "any.example", "9.9.9.9", 443, false},
        {"::/0", "any.example", "2600::1", 443, true},
        {"2600::/16", "any.example", "2600::1", 443, true},
        {"[2600::/16]:8443", "any.example", "2600::1", 443, false},
        {"[2600::/16]:8443", "any.example", "2600::1", 8443, true},
        {"[2600::1]", "any.example", "2600::1", 8443, true},
        /* Networks inside a range that is not public. */
        {"10.20.0.0/16", "any.example", "10.20.3.4", 443, true},
        {"10.20.0.0/16", "any.example", "::ffff:10.20.3.4", 443, true},
        {"10.20.0.0/16", "any.example", "10.21.0.1", 443, false},
        {"10.20.0.0/16:8443", "any.example", "10.20.0.1", 443, false},
        {"8.0.0.0/5", "any.example", "10.20.0.1", 443, false}, /* wider than 10.0.0.0/8 */
        {"127.0.0.1/32", "any.example", "127.0.0.1", 443, true},
        {"127.0.0.1", "any.example", "127.0.0.2", 443, false},
        {"::1", "any.example", "::1", 443, true},
        {"::1", "any.example", "127.0.0.1", 443, false},
        {"fd00:20::/32", "any.example", "fd00:20::1", 443, true},
        {"fc00::/7", "any.example", "fd00:20::1", 443, true},
        {"fc00::/6", "any.example", "fd00:20::1", 443, false},
        {"169.254.0.0/16", "any.example", "169.254.1.1", 443, true},
        {"169.254.0.0/16", "any.example", "169.254.169.254", 443, false},
        {"fc00::/7", "any.example", "fd00:ec2::254", 443, false},
        /* Inside IPv6 another address is meant. */
        {"64:ff9b::/96", "any.example", "64:ff9b::8.8.8.8", 443, true},
        {"64:ff9b::/96", "any.example", "64:ff9b::127.0.0.1", 443, false},
        {"64:ff9b::/96 10.20.0.0/16", "any.example", "64:ff9b::10.20.0.1", 443, true},
        {"64:ff9b::/96 0.0.0.0/0", "any.example", "64:ff9b::10.20.0.1", 443, false},
        {"2002::/16", "any.example", "2002:808:808::1", 443, true},
        {"2002::/16", "any.example", "2002:a9fe:a9fe::1", 443, false},
        {"2001::/32", "any.example", "2001:0:808:808::f7f7:f7f7", 443, true},
        {"2001::/32", "any.example", "2001:0:808:808::80ff:fffe", 443, false}, /* 127.0.0.1 */
        {"2001::/32", "any.example", "2001:0:7f00:1::f7f7:f7f7", 443, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (may_call(cases[i].allow, cases[i].host, cases[i].address, cases[i].port) !=
            cases[i].may) {
            fail_msg("'%s', %s at %s port %d: must %sbe called", cases[i].allow, cases[i].host,
                     cases[i].address, cases[i].port, cases[i].may ? "" : "not ");
        }
    }
}

static void only_the_internet_is_called(void **state)
{
    (void)state;
    struct ops_address_rules *rules = rules_of("hooks.moh.example 0.0.0.0/0 ::/0");
    struct sockaddr_storage peer = {.ss_family = AF_UNIX};
    assert_false(ops_address_allowed(rules, "hooks.moh.example", (const struct sockaddr *)&peer));
    ops_address_rules_free(&rules);
}

/* What a user is told when a subscription is added: the code, and a part of the reason. */
static void a_url_is_refused_when_it_is_added(void **state)
{
    static const struct {
        const char *allow;
        const char *url;
        enum err_code code;
        const char *reason;
    } cases[] = {
        {"hooks.moh.example", "https://hooks.moh.example/x", ERR_NONE, ""},
        {"hooks.moh.example:8443", "https://hooks.moh.example:8443/x", ERR_NONE, ""},
        {"hooks.moh.example:8443", "https://hooks.moh.example/x", ERR_REFUSED,
         "does not have hooks.moh.example, port 443"},
        {"", "https://hooks.moh.example/x", ERR_REFUSED, "does not have hooks.moh.example"},
        {"hooks.moh.example", "ftp://hooks.moh.example/x", ERR_USAGE, "http:// or https://"},
        {"hooks.moh.example", "https://u:p@hooks.moh.example/x", ERR_USAGE, "user or password"},
        {"hooks.moh.example", "https://hooks.moh.example/x#y", ERR_USAGE, "fragment"},
        /* A name that a network's rule may have is looked up when it is called. */
        {"10.20.0.0/16", "https://hooks.moh.example/x", ERR_NONE, ""},
        {"10.20.0.0/16:8443", "https://hooks.moh.example/x", ERR_REFUSED, "port 443"},
        /* An address is judged at once, however it is written. */
        {"10.20.0.0/16", "http://10.20.0.1/", ERR_NONE, ""},
        {"0.0.0.0/0", "http://10.20.0.1/", ERR_REFUSED, "10.20.0.1 is a private address"},
        {"0.0.0.0/0", "http://0x0a140001/", ERR_REFUSED, "10.20.0.1 is a private address"},
        {"0.0.0.0/0", "http://2130706433/", ERR_REFUSED, "127.0.0.1 is a loopback address"},
        {"0.0.0.0/0", "http://127.1/", ERR_REFUSED, "loopback"},
        {"0.0.0.0/0", "http://１２７.0.0.1/", ERR_REFUSED, "loopback"},
        {"0.0.0.0/0", "http://0/", ERR_REFUSED, "an address of this host"},
        {"0.0.0.0/0 ::/0", "http://[::ffff:169.254.169.254]/", ERR_REFUSED, "metadata"},
        {"0.0.0.0/0 ::/0", "http://[::]/", ERR_REFUSED, "unspecified"},
        {"0.0.0.0/0 ::/0", "http://[64:ff9b::7f00:1]/", ERR_REFUSED, "NAT64"},
        {"64:ff9b::/96", "http://[64:ff9b::7f00:1]/", ERR_REFUSED, "loopback"},
        {"9.9.9.9", "http://9.9.9.8/", ERR_REFUSED, "neither this address nor a network of it"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        struct ops_address_rules *rules = rules_of(cases[i].allow);
        int rc = ops_address_check_url(rules, cases[i].url, &err);
        ops_address_rules_free(&rules);
        if (err.code != cases[i].code || (rc == 0) != (err.code == ERR_NONE) ||
            strstr(err.text, cases[i].reason) == NULL) {
            fail_msg("'%s', %s: %s", cases[i].allow, cases[i].url, err.text);
        }
    }
}

static void rules_are_read_or_named_in_the_error(void **state)
{
    static const struct {
        const char *text;
        int count; /* -1: refused */
    } cases[] = {
        {"", 0},
        {" , \t\n", 0},
        {"a.example,b.example  c.example:1", 3},
        {"10.0.0.0/8:65535 [::1]:80 ::1 fd00::/8 [fd00::/8]", 5},
        {"0.0.0.0/0", 1},
        {"*", -1},
        {"*.", -1},
        {"*:443", -1},
        {"a.*.example", -1},
        {"*a.example", -1},
        {"*.10.0.0.1", -1},
        {"https://a.example/", -1},
        {"a.example/", -1},
        {"user@a.example", -1},
        {"a.example:", -1},
        {"a.example:0", -1},
        {"a.example:65536", -1},
        {"a.example:+80", -1},
        {"a.example:80x", -1},
        {"a.example:99999999999999999999", -1},
        {"10.0.0.0/33", -1},
        {"10.0.0.0/", -1},
        {"10.0.0.0/-1", -1},
        {"10.0.0.0/8/8", -1},
        {"10.0.0.1/8", -1}, /* bits behind the prefix: another network is meant, or one address */
        {"10.0.0/8", -1},
        {"010.0.0.1", -1},
        {"0x0a000001", -1},
        {"167772161", -1},
        {"10.0.0.256", -1},
        {"[10.0.0.0/8", -1},
        {"[::1]x", -1},
        {"[::1]:", -1},
        {"[a.example]:80", -1},
        {"::1/129", -1},
        {"::ffff:10.0.0.0/104", -1},
        {"fd00::1/8", -1},
        {"fe80::1%eth0", -1},
        {"a..example", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        struct ops_address_rules *rules = ops_address_rules_parse(cases[i].text, &err);
        int count = rules != NULL ? (int)ops_address_rules_count(rules) : -1;
        if (count != cases[i].count) {
            fail_msg("'%s': %d rules, %s", cases[i].text, count, err.text);
        }
        if (rules == NULL) {
            assert_non_null(strstr(err.text, cases[i].text));
        }
        ops_address_rules_free(&rules);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_name_and_no_wide_network_opens_what_is_not_public),
        cmocka_unit_test(a_rule_opens_what_it_names),
        cmocka_unit_test(only_the_internet_is_called),
        cmocka_unit_test(a_url_is_refused_when_it_is_added),
        cmocka_unit_test(rules_are_read_or_named_in_the_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
