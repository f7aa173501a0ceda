/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/told.h - what a person is told, in both languages, whatever brings it. */
#ifndef OPS_TELL_TOLD_H
#define OPS_TELL_TOLD_H

#include <stdbool.h>

/* Texts are UTF-8, without a value of an event; what a terminal or a mail program would obey in them is taken out when they
 * are composed. A text may have lines. */
struct ops_told {
    const char *kind; /* of incident, or of notification: register_away */
    const char *subject;
    const char *subject_ar; /* NULL: the English one alone; likewise below */
    const char *text;
    const char *text_ar;
    int severity; /* 0 fine, 1 look, 2 act, 3 act now */
    bool is_over;
    const char *key; /* of what it is about, the same when it begins and when it is over: "12" */
};

#endif
