/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/mailbox.c - see the header. The domain is read as a URL's host is, so that rules and addresses are spelt alike. */
#include "ops/tell/mailbox.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int bad(struct err *err, const char *why)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "not an e-mail address: %s", why);
}

static int check_local(const char *text, size_t len, struct err *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-='";
    if (len == 0 || len > OPS_LOCAL_PART_MAX) {
        return bad(err, "before the '@' stand 1 to 64 characters");
    }
    if (strspn(text, letters) < len) {
        return bad(err, "before the '@' stand letters a-z, digits and . _ + - = ' alone");
    }
    if (text[0] == '.' || text[len - 1] == '.' || memmem(text, len, "..", 2) != NULL) {
        return bad(err, "a '.' stands between two other characters");
    }
    return 0;
}

int ops_mailbox_read(struct ops_mailbox *out, const char *text, struct err *err)
{
    char as_url[OPS_URL_BYTES_MAX];
    const char *at = strchr(text, '@');
    if (at == NULL) {
        return bad(err, "it has no '@'");
    }
    if (check_local(text, (size_t)(at - text), err) != 0) {
        return -1;
    }
    const char *domain = at + 1;
    if (*domain == '\0' || strlen(domain) >= OPS_HOST_SIZE ||
        strpbrk(domain, ":/?#@[]%\\") != NULL) {
        return bad(err, "behind the '@' stands the name of a host");
    }
    struct ops_url url;
    struct err why = ERR_INIT;
    snprintf(as_url, sizeof(as_url), "http://%s/", domain);
    if (ops_url_read(&url, as_url, &why) != 0 || url.is_address) {
        ops_url_fini(&url);
        return bad(err, "behind the '@' stands the name of a host");
    }
    snprintf(out->text, sizeof(out->text), "%.*s@%s", (int)(at - text), text, url.host);
    out->domain = out->text + (at - text) + 1;
    ops_url_fini(&url);
    return 0;
}

const char *ops_mailbox_of_url(const char *url)
{
    static const char scheme[] = "mailto:";
    return strncasecmp(url, scheme, strlen(scheme)) == 0 ? url + strlen(scheme) : NULL;
}
