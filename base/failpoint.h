/* SPDX-License-Identifier: Apache-2.0
 * base/failpoint.h - named places where a test makes the engine die or fail.
 *
 * NRC_FAILPOINT=name:action[:nth] in the environment arms one: at its nth passing (1 unless given)
 *   kill   the process kills itself with SIGKILL
 *   fail   failpoint_hit answers true once, and the code there fails as if its step had
 *   stop   the process stops itself with SIGSTOP
 * Compiled out unless the build sets NRC_FAILPOINTS; a release never does. */
#ifndef BASE_FAILPOINT_H
#define BASE_FAILPOINT_H

#include <stdbool.h>

/* X(name, where it stands): in the order an event passes them; then of a view; then the relay's and the
 * monitor's. */
#define FAILPOINT_TABLE(X)                                                                         \
    X(FP_AFTER_CLAIM, "after_claim", "a partition's position is claimed, nothing fetched yet")     \
    X(FP_AFTER_SEAL, "after_seal", "a batch is sealed, its transaction not begun")                 \
    X(FP_PARKED_TAKEN, "parked_taken",                                                             \
      "parked events are taken from the quarantine, not yet recorded")                             \
    X(FP_AFTER_FENCE, "after_fence", "the fence moved the positions")                              \
    X(FP_AFTER_MERGE, "after_merge", "the state is merged")                                        \
    X(FP_AFTER_HISTORY, "after_history", "history is copied")                                      \
    X(FP_AFTER_QUARANTINE, "after_quarantine", "the quarantine is copied")                         \
    X(FP_BEFORE_COMMIT, "before_commit", "the ledger is written, COMMIT not sent")                 \
    X(FP_COMMIT_SENT, "commit_sent", "COMMIT is sent, its answer not read")                        \
    X(FP_AFTER_COMMIT, "after_commit", "COMMIT is answered, Kafka not told")                       \
    X(FP_AFTER_ACK, "after_ack", "Kafka is told the offsets")                                      \
    X(FP_VIEW_MOVED, "view_moved", "a view shows a structure that came into force, not committed") \
    X(FP_OUTBOX_FANNED_OUT, "outbox_fanned_out", "notifications have become deliveries")           \
    X(FP_DELIVERY_CLAIMED, "delivery_claimed", "deliveries are claimed, none is sent")             \
    X(FP_DELIVERY_SENT, "delivery_sent", "a receiver has answered, the register does not know")    \
    X(FP_TOPIC_CLAIMED, "topic_claimed",                                                           \
      "what waits for the topic is claimed, none of it is sent")                                   \
    X(FP_TOPIC_TAKEN, "topic_taken", "Kafka has taken notifications, the register does not know")  \
    X(FP_REJECTS_QUEUED, "rejects_queued", "rejects wait for their agencies' topics")              \
    X(FP_REJECTS_CLAIMED, "rejects_claimed", "rejects of an agency are claimed, none is sent")     \
    X(FP_REJECTS_TAKEN, "rejects_taken", "Kafka has taken rejects, the register does not know")    \
    X(FP_STATEMENTS_READ, "statements_read", "statements of an agency are read, none is taken")    \
    X(FP_STATEMENTS_TAKEN, "statements_taken", "statements are taken, COMMIT is not sent")

enum failpoint {
#define X(name, token, where) name,
    FAILPOINT_TABLE(X)
#undef X
        FAILPOINT_COUNT
};

const char *failpoint_name(enum failpoint fp);

#ifdef NRC_FAILPOINTS
/* Any thread. */
bool failpoint_hit(enum failpoint fp);
#else
static inline bool failpoint_hit(enum failpoint fp)
{
    (void)fp;
    return false;
}
#endif

#endif
