/* SPDX-License-Identifier: Apache-2.0
 * registry/access/session.h - people who are signed in at the page.
 *
 * A session is found by a token of 256 random bits that only the browser has: here is its SHA-256. Its CSRF token is made of the
 * token by a key of this process, and kept nowhere. A session ends when it was idle for idle_ms, life_ms after it began, when
 * it is ended, and with the process. The table is bounded, and so are an account's sessions: the one that was idle the longest
 * makes room.
 *
 * Thread: any. Times are clock_mono_ms's. */
#ifndef REGISTRY_ACCESS_SESSION_H
#define REGISTRY_ACCESS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sha256.h"
#include "registry/access/login_cache.h"

enum { REG_SESSIONS_PER_ACCOUNT = 10, REG_SESSION_TOKEN_SIZE = SECRET_TEXT_SIZE };

struct reg_session_options {
    size_t most;
    int64_t life_ms;
    int64_t idle_ms;
    size_t streams_each; /* open streams of one session */
    size_t streams;      /* of all */
};

struct reg_sessions; /* body in session.c */
MUST_CHECK struct reg_sessions *reg_sessions_new(const struct reg_session_options *options,
                                                 struct err *err);
void reg_sessions_free(struct reg_sessions **taken);

/* A copy of one. */
struct reg_session {
    uint8_t id[SHA256_BYTES]; /* of the token */
    struct reg_cached_login account;
    int64_t read_ms; /* when the account was read */
    int64_t ends_ms; /* if nobody uses it any more */
    char csrf[REG_SESSION_TOKEN_SIZE];
};

/* token: for the browser alone. FATAL ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK int reg_session_begin(struct reg_sessions *sessions,
                                 const struct reg_cached_login *account, int64_t now_ms,
                                 char token[REG_SESSION_TOKEN_SIZE], struct reg_session *out,
                                 struct err *err);
/* False: there is none, or it is over. is_use: a person's act, which the idle time begins with. */
bool reg_session_find(struct reg_sessions *sessions, const char *token, bool is_use, int64_t now_ms,
                      struct reg_session *out);
bool reg_session_lives(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES],
                       int64_t now_ms);
/* The account was read again. */
void reg_session_renew(struct reg_sessions *sessions, const struct reg_session *session);
void reg_session_end(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES]);

/* One more stream of the session. False: it, or all together, have as many as they may. */
bool reg_session_stream(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES],
                        int64_t now_ms);
void reg_session_stream_ended(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES]);

struct reg_session_counts {
    uint64_t begun;
    uint64_t
        now; /* also those that nobody has used for idle_ms and whose place is not needed yet */
};
void reg_session_counts(struct reg_sessions *sessions, struct reg_session_counts *out);

/* The value of a cookie in the header Cookie, copied. False: it is not there, there twice (which one is ours?), or not of `size - 1` bytes. */
bool reg_cookie_read(const char *header, const char *name, char *out, size_t size);

#endif
