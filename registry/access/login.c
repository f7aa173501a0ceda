/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login.c - reading the Authorization header. Bytes from outside: bounded, never trusted,
 * wiped wherever they were copied. */
#include "registry/access/login.h"

#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "storage/admin/account.h"

enum { DECODED_MAX = REG_LOGIN_NAME_SIZE + REG_LOGIN_SECRET_SIZE };

/* "Basic xyz" → "xyz"; NULL: another scheme. */
static const char *after_scheme(const char *header, const char *scheme)
{
    size_t len = strlen(scheme);
    if (strncasecmp(header, scheme, len) != 0 || header[len] != ' ') {
        return NULL;
    }
    return header + len + strspn(header + len, " ");
}

static size_t trimmed(const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        len--;
    }
    return len;
}

/* at: the sign between name and secret. */
static bool split(struct reg_credentials *out, const char *text, size_t len, const char *at)
{
    size_t secret_len = at != NULL ? len - (size_t)(at + 1 - text) : 0;
    if (secret_len == 0 || secret_len >= sizeof(out->secret) || memchr(text, '\0', len) != NULL) {
        return false;
    }
    memcpy(out->secret, at + 1, secret_len);
    out->secret[secret_len] = '\0';
    size_t name_len = (size_t)(at - text);
    if (name_len < sizeof(out->name)) {
        memcpy(out->name, text, name_len);
        out->name[name_len] = '\0';
    }
    if (!sto_account_is_name(out->name)) {
        secret_wipe(out->name, sizeof(out->name));
    }
    return true;
}

bool reg_credentials_read(const char *header, struct reg_credentials *out)
{
    *out = (struct reg_credentials){0};
    const char *token = after_scheme(header, "Bearer");
    if (token != NULL) {
        size_t len = trimmed(token);
        /* A name may hold dots, a secret of ours does not. */
        return split(out, token, len, memrchr(token, '.', len));
    }
    token = after_scheme(header, "Basic");
    if (token == NULL) {
        return false;
    }
    char text[DECODED_MAX];
    long len = secret_base64_decode(token, trimmed(token), text, sizeof(text));
    bool is_read = len > 0 && split(out, text, (size_t)len, memchr(text, ':', (size_t)len));
    secret_wipe(text, sizeof(text));
    return is_read;
}
