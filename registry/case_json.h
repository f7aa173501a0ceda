/* SPDX-License-Identifier: Apache-2.0
 * registry/case_json.h - one quarantined event as JSON for people: what is wrong with it, and its key and value decoded as far as they
 * can be. What GET /nrc/v1/quarantine/{id} and `nrc quarantine show` say.
 *
 * Whom the register does not show everything sees a field where the contract in force classifies it as public, internal or
 * restricted, and the fields of key and order where it says nothing of them (PDP-1.5). All else is null, and is named in `redacted`;
 * so are values of headers, texts of rules, and raw bytes. */
#ifndef REGISTRY_CASE_JSON_H
#define REGISTRY_CASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"

struct sto_case;

enum { REG_CASE_JSON_BYTES = 256 * 1024, REG_CASE_HEX_BYTES = 4096 };

struct reg_decoded {
    const char
        *structure;  /* {"subject","version"}; NULL: it is not known. Borrowed from the case */
    struct buf json; /* nothing in it: not to be read, or not to be seen */
    int64_t
        ends_at_byte;  /* where reading ended; -1: it was read whole, or there is nothing to read */
    const char *fault; /* why; NULL likewise */
    char text[ERR_TEXT_BYTES];
};

/* The members of the object, without its braces. Cuts the grid to what is printed of it as it stands. FATAL ERR_NO_MEMORY. */
MUST_CHECK int reg_case_json(struct sto_case *shown, struct jsonw *w, struct err *err);

/* Key and value alone, to be released by buf_fini of both. */
MUST_CHECK int reg_case_decode(const struct sto_case *shown, struct reg_decoded *key,
                               struct reg_decoded *value, struct err *err);

#endif
