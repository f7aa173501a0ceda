/* SPDX-License-Identifier: Apache-2.0
 * registry/identity.h - what makes two registered schemas the same one: the printed text, the
 * references, the metadata and the rule set.
 *
 * SHA-256 over the text, and then over what else there is, each part told apart by bytes that no
 * part can hold. So a schema with nothing but a text has the hash of its text. Absent metadata and
 * empty metadata are two. */
#ifndef REGISTRY_IDENTITY_H
#define REGISTRY_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sha256.h"
#include "storage/subject/write.h"

struct reg_identity {
    const char *text;
    size_t text_len;
    const struct sto_reference *references; /* with real versions */
    size_t reference_count;
    const char *metadata; /* in its one form (registry/json_body.h); NULL: none */
    const char *rule_set; /* likewise */
};
/* FATAL ERR_NO_MEMORY. */
MUST_CHECK int reg_identify(const struct reg_identity *identity, uint8_t out[SHA256_BYTES],
                            struct err *err);

/* As nrc.guid_of makes it (RFC 9562, version 8): its 16 bytes, and its text. */
enum { REG_GUID_BYTES = 37 };
void reg_guid_bytes(const uint8_t sha256[SHA256_BYTES], uint8_t out[16]);
void reg_guid_of(const uint8_t sha256[SHA256_BYTES], char out[REG_GUID_BYTES]);

#endif
