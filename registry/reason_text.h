/* SPDX-License-Identifier: Apache-2.0
 * registry/reason_text.h - why an event was refused, said to people in both languages. */
#ifndef REGISTRY_REASON_TEXT_H
#define REGISTRY_REASON_TEXT_H

#include "base/err.h"

/* token: of the quarantine ("bad_text"). One that a newer program wrote: the token itself in English, NULL in Arabic. */
const char *reg_reason_text(const char *token);
const char *reg_reason_text_ar(const char *token);

#endif
