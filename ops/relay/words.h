/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/words.h - a notification in words, for people: English and Arabic. Pure.
 *
 * As the notification itself it has no value of an event and no free text: names of the catalogue, the sentences of the
 * program's own table of incidents, times, and where the whole is read. */
#ifndef OPS_RELAY_WORDS_H
#define OPS_RELAY_WORDS_H

#include <stddef.h>

#include "base/buf.h"
#include "ops/tell/told.h"

struct sto_claim;
struct sto_told_incident;

struct ops_words {
    struct ops_told told; /* its texts are in the buffers, or borrowed from the claim */
    struct buf subject;
    struct buf subject_ar;
    struct buf text;
    struct buf text_ar;
    char key[24]; /* the incident's number */
};

/* `words` is zero, or was filled before; it must not move. false: no memory. */
bool ops_words_fill(struct ops_words *words, const struct sto_claim *claim);
/* The same of one of the claim's incidents alone. */
bool ops_words_fill_incident(struct ops_words *words, const struct sto_told_incident *incident);
void ops_words_fini(struct ops_words *words);

#endif
