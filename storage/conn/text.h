/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/text.h - values in the text forms of parameters and results. */
#ifndef STORAGE_CONN_TEXT_H
#define STORAGE_CONN_TEXT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* An integer of a text result; SQL's null is 0. */
int32_t sto_text_int(const PGresult *res, int row, int column);
/* A copy in the arena; SQL's null is NULL. *failed turns true when memory is out, and stays so. */
const char *sto_text_copy(struct arena *arena, const PGresult *res, int row, int column,
                          bool *failed);

/* bytea's hex form into out, which has STO_BYTEA_TEXT(len) bytes; returns out. */
#define STO_BYTEA_TEXT(len) (2 * (len) + 3)
const char *sto_text_bytea(char *out, const uint8_t *bytes, size_t len);
/* The bytes of it; false: it has not exactly len. */
bool sto_text_bytes(const char *text, uint8_t *out, size_t len);
/* ["a","b"]: the SQL makes a text[] of it, so that no name is ever quoted by us. */
void sto_text_list(struct buf *out, const char *const *texts, size_t count);

#endif
