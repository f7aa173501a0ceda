/* SPDX-License-Identifier: Apache-2.0
 * registry/identity.c - the hash of a schema and of what comes with it.
 *
 * Printed schemas, names, subjects and our JSON hold no NUL, so a NUL and a letter begin each part
 * and no two different sets of parts have the same bytes. */
#include "registry/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static void put_part(struct buf *out, char letter, const char *text)
{
    if (text != NULL) {
        const char head[2] = {'\0', letter};
        buf_put(out, head, sizeof(head));
        buf_put_str(out, text);
    }
}

int reg_identify(const struct reg_identity *identity, uint8_t out[SHA256_BYTES], struct err *err)
{
    struct buf bytes = BUF_INIT;
    buf_put(&bytes, identity->text, identity->text_len);
    for (size_t i = 0; i < identity->reference_count; i++) {
        const struct sto_reference *ref = &identity->references[i];
        char version[16];
        snprintf(version, sizeof(version), "%d", (int)ref->version);
        put_part(&bytes, 'n', ref->name);
        put_part(&bytes, 's', ref->subject);
        put_part(&bytes, 'v', version);
    }
    put_part(&bytes, 'm', identity->metadata);
    put_part(&bytes, 'r', identity->rule_set);
    bool failed = buf_failed(&bytes) || sha256_bytes(bytes.data, bytes.len, out) != 0;
    buf_fini(&bytes);
    return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a schema") : 0;
}

void reg_guid_bytes(const uint8_t sha256[SHA256_BYTES], uint8_t out[16])
{
    memcpy(out, sha256, 16);
    out[6] = (uint8_t)((out[6] & 0x0F) | 0x80);
    out[8] = (uint8_t)((out[8] & 0x3F) | 0x80);
}

void reg_guid_of(const uint8_t sha256[SHA256_BYTES], char out[REG_GUID_BYTES])
{
    uint8_t bytes[16];
    size_t at = 0;
    reg_guid_bytes(sha256, bytes);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[at++] = '-';
        }
        snprintf(out + at, 3, "%02x", bytes[i]);
        at += 2;
    }
}
