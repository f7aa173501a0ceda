/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_net.c - the formats that Confluent's rules can ask for: isEmail, isHostname, isIpv4, isIpv6, isUri, isUriRef,
 * isUuid. By the texts of the standards: nothing is looked up. */
#include <arpa/inet.h>
#include <string.h>

#include "schema/rules/functions.h"

enum { MAX_HOSTNAME = 253, MAX_LABEL = 63, MAX_EMAIL = 254, MAX_LOCAL_PART = 64, MAX_URI = 8192 };

struct text {
    const char *p;
    size_t len;
};

static struct text text_of(const struct cel_value *value)
{
    return (struct text){value->len > 0 ? (const char *)value->p : "", value->len};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* A text has no end that a function of C's library could see. */
static bool is_number(struct text text)
{
    size_t digits = 0;
    while (digits < text.len && is_digit(text.p[digits])) {
        digits++;
    }
    return digits == text.len;
}

static bool one_of(char c, const char *any)
{
    return c != '\0' && strchr(any, c) != NULL;
}

/* ---- hosts (RFC 1123, 2.1) ---- */

static bool is_label(struct text label)
{
    if (label.len == 0 || label.len > MAX_LABEL || label.p[0] == '-' ||
        label.p[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_letter(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-') {
            return false;
        }
    }
    return true;
}

/* The last label is no number, or the name could be an address. */
static bool is_hostname(struct text name)
{
    size_t from = 0;
    bool number = false;
    if (name.len > 1 && name.p[name.len - 1] == '.') {
        name.len--; /* the root may be written */
    }
    if (name.len == 0 || name.len > MAX_HOSTNAME) {
        return false;
    }
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.p[i] != '.') {
            continue;
        }
        struct text label = {name.p + from, i - from};
        if (!is_label(label)) {
            return false;
        }
        number = is_number(label);
        from = i + 1;
    }
    return !number;
}

static bool is_address(struct text text, int family)
{
    char copy[INET6_ADDRSTRLEN + 1];
    uint8_t address[16];
    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.p, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.p, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, address) == 1;
}

/* ---- mail (RFC 5321, 4.1.2: a dot-string, no quoted one) ---- */

static bool is_local_part(struct text local)
{
    if (local.len == 0 || local.len > MAX_LOCAL_PART || local.p[0] == '.' ||
        local.p[local.len - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < local.len; i++) {
        char c = local.p[i];
        bool dot = c == '.' && local.p[i - 1] != '.';
        if (!dot && !is_letter(c) && !is_digit(c) && !one_of(c, "!#$%&'*+-/=?^_`{|}~")) {
            return false;
        }
    }
    return true;
}

static bool is_email(struct text text)
{
    const char *at = memrchr(text.p, '@', text.len);
    if (at == NULL || text.len > MAX_EMAIL) {
        return false;
    }
    struct text local = {text.p, (size_t)(at - text.p)};
    struct text domain = {at + 1, text.len - local.len - 1};
    return is_local_part(local) && is_hostname(domain) && domain.p[domain.len - 1] != '.' &&
           memchr(domain.p, '.', domain.len) != NULL;
}

/* ---- URIs (RFC 3986, appendix A) ---- */

static bool is_made_of(struct text text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (c == '%') {
            if (i + 2 >= text.len || !is_hex(text.p[i + 1]) || !is_hex(text.p[i + 2])) {
                return false;
            }
            i += 2;
        } else if (!is_letter(c) && !is_digit(c) && !one_of(c, "-._~!$&'()*+,;=") &&
                   !one_of(c, more)) {
            return false;
        }
    }
    return true;
}

static bool is_authority(struct text text)
{
    const char *at = memrchr(text.p, '@', text.len);
    if (at != NULL) {
        struct text user = {text.p, (size_t)(at - text.p)};
        if (!is_made_of(user, ":")) {
            return false;
        }
        text = (struct text){at + 1, text.len - user.len - 1};
    }
    struct text host = text;
    if (text.len > 0 && text.p[0] == '[') {
        const char *close = memchr(text.p, ']', text.len);
        host = close != NULL ? (struct text){text.p + 1, (size_t)(close - text.p) - 1} : host;
        if (close == NULL || !is_address(host, AF_INET6)) {
            return false;
        }
        host.len += 2;
    } else {
        const char *colon = memrchr(text.p, ':', text.len);
        host.len = colon != NULL ? (size_t)(colon - text.p) : text.len;
        if (!is_made_of(host, "")) {
            return false;
        }
    }
    if (host.len == text.len) {
        return true;
    }
    struct text port = {text.p + host.len + 1, text.len - host.len - 1};
    return text.p[host.len] == ':' && is_number(port);
}

/* The bytes before the first of `ends`, which are taken off the text. */
static struct text take_until(struct text *text, const char *ends)
{
    size_t len = 0;
    while (len < text->len && !one_of(text->p[len], ends)) {
        len++;
    }
    struct text taken = {text->p, len};
    *text = (struct text){text->p + len, text->len - len};
    return taken;
}

/* "scheme:" at its start; 0: there is none. */
static size_t scheme_bytes(struct text text)
{
    size_t len = 0;
    while (len < text.len && (is_letter(text.p[len]) ||
                              (len > 0 && (is_digit(text.p[len]) || one_of(text.p[len], "+-."))))) {
        len++;
    }
    return len > 0 && len < text.len && text.p[len] == ':' ? len + 1 : 0;
}

static bool is_uri(struct text text, bool relative)
{
    size_t scheme = scheme_bytes(text);
    if (text.len == 0 || text.len > MAX_URI || memchr(text.p, '\0', text.len) != NULL ||
        (scheme == 0 && !relative)) {
        return false;
    }
    text = (struct text){text.p + scheme, text.len - scheme};
    if (text.len >= 2 && text.p[0] == '/' && text.p[1] == '/') {
        text = (struct text){text.p + 2, text.len - 2};
        if (!is_authority(take_until(&text, "/?#"))) {
            return false;
        }
    }
    struct text path = take_until(&text, "?#");
    struct text first = path;
    first = take_until(&first, "/");
    if (scheme == 0 && memchr(first.p, ':', first.len) != NULL) {
        return false; /* it would be a scheme */
    }
    struct text query = {text.p, 0};
    if (text.len > 0 && text.p[0] == '?') {
        text = (struct text){text.p + 1, text.len - 1};
        query = take_until(&text, "#");
    }
    struct text fragment = {text.p + (text.len > 0), text.len > 0 ? text.len - 1 : 0};
    return is_made_of(path, ":@/") && is_made_of(query, ":@/?") && is_made_of(fragment, ":@/?");
}

/* ---- UUIDs (RFC 9562) ---- */

static bool is_uuid(struct text text)
{
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.p[i] != '-' : !is_hex(text.p[i])) {
            return false;
        }
    }
    return true;
}

#define FORMAT(name, holds)                                                                        \
    void cel_fn_##name(struct cel_run *run, const struct cel_value *args, struct cel_value *out)   \
    {                                                                                              \
        struct text text = text_of(&args[0]);                                                      \
        if (cel_run_charge(run, 1 + text.len / 4, out)) {                                          \
            *out = cel_bool(holds);                                                                \
        }                                                                                          \
    }

FORMAT(is_email, is_email(text))
FORMAT(is_hostname, is_hostname(text))
FORMAT(is_ipv4, is_address(text, AF_INET))
FORMAT(is_ipv6, is_address(text, AF_INET6))
FORMAT(is_uri, is_uri(text, false))
FORMAT(is_uri_ref, is_uri(text, true))
FORMAT(is_uuid, is_uuid(text))
