/* SPDX-License-Identifier: Apache-2.0
 * registry/json_member.h - members of a body's object, each of which may be absent or null.
 *
 * *ok turns false, with ERR_BAD_REQUEST, when a member is of another type; it never turns true again, so that a
 * handler reads all members and asks once. Texts live as long as the object. */
#ifndef REGISTRY_JSON_MEMBER_H
#define REGISTRY_JSON_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { REG_JSON_LIST_MAX = 64 };

const char *reg_json_text(const json_t *object, const char *name, bool *ok, struct err *err);
/* An array of at most REG_JSON_LIST_MAX texts, into out. Returns how many. */
size_t reg_json_texts(const json_t *object, const char *name, const char **out, bool *ok,
                      struct err *err);
/* From 0 to 100,000. */
int reg_json_number(const json_t *object, const char *name, int otherwise, bool *ok,
                    struct err *err);
/* Anything but true is false. */
bool reg_json_flag(const json_t *object, const char *name);

#endif
