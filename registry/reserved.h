/* SPDX-License-Identifier: Apache-2.0
 * registry/reserved.h - fields that no version may have: the metadata's "confluent:reserved", names between commas.
 *
 * A field that was taken out keeps its name: another field of that name would be read as the old one. */
#ifndef REGISTRY_RESERVED_H
#define REGISTRY_RESERVED_H

#include "base/attr.h"
#include "base/err.h"
#include "registry/candidate.h"
#include "registry/reasons.h"

/* Appends a reason for each name that `last` reserves and the candidate does not, and for each field of the candidate's
 * record that it reserves itself. last: NULL: none. FATAL ERR_NO_MEMORY. */
MUST_CHECK int reg_reserved_check(const struct reg_candidate *candidate,
                                  const struct sto_registered *last, struct reg_reasons *reasons,
                                  struct err *err);

#endif
