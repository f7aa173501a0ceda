/* SPDX-License-Identifier: Apache-2.0
 * registry/access/session.c - see the header. */
#include "registry/access/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint8_t id[SHA256_BYTES];
    struct reg_cached_login account;
    int64_t read_ms;
    int64_t begun_ms;
    int64_t used_ms;
    size_t streams;
    bool is_there;
};

struct reg_sessions {
    struct reg_session_options options;
    uint8_t key[SECRET_KEY_BYTES]; /* of CSRF tokens; this process's */
    pthread_mutex_t lock;          /* of all below; held for a look through the table at most */
    uint64_t begun;
    size_t streams;
    struct entry entries[];
};

struct reg_sessions *reg_sessions_new(const struct reg_session_options *options, struct err *err)
{
    struct reg_sessions *sessions =
        calloc(1, sizeof(*sessions) + options->most * sizeof(sessions->entries[0]));
    if (sessions == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for sessions");
        return NULL;
    }
    sessions->options = *options;
    pthread_mutex_init(&sessions->lock, NULL);
    if (secret_random(sessions->key, sizeof(sessions->key), err) != 0) {
        reg_sessions_free(&sessions);
    }
    return sessions;
}

void reg_sessions_free(struct reg_sessions **taken)
{
    struct reg_sessions *sessions = *taken;
    *taken = NULL;
    if (sessions != NULL) {
        pthread_mutex_destroy(&sessions->lock);
        secret_wipe(sessions->key, sizeof(sessions->key));
        free(sessions);
    }
}

/* -- the table; under the lock */

static int64_t ends_ms(const struct reg_sessions *sessions, const struct entry *entry)
{
    int64_t life_ms = entry->begun_ms + sessions->options.life_ms;
    int64_t idle_ms = entry->used_ms + sessions->options.idle_ms;
    return life_ms < idle_ms ? life_ms : idle_ms;
}

static struct entry *find(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES])
{
    for (size_t i = 0; i < sessions->options.most; i++) {
        struct entry *entry = &sessions->entries[i];
        if (entry->is_there && secret_equal(entry->id, id, SHA256_BYTES)) {
            return entry;
        }
    }
    return NULL;
}

static struct entry *find_living(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES],
                                 int64_t now_ms)
{
    struct entry *entry = find(sessions, id);
    if (entry != NULL && ends_ms(sessions, entry) <= now_ms) {
        entry->is_there = false;
        entry = NULL;
    }
    return entry;
}

/* Whose place is taken: a free one; else one that is over; else the account's own, if it has as many as it may; else the one
 * that was idle the longest. */
static struct entry *make_room(struct reg_sessions *sessions, const char *account, int64_t now_ms)
{
    struct entry *free_one = NULL;
    struct entry *own = NULL;
    struct entry *any = NULL;
    size_t own_count = 0;
    for (size_t i = 0; i < sessions->options.most; i++) {
        struct entry *entry = &sessions->entries[i];
        entry->is_there = entry->is_there && ends_ms(sessions, entry) > now_ms;
        if (!entry->is_there) {
            free_one = entry;
            continue;
        }
        any = any == NULL || entry->used_ms < any->used_ms ? entry : any;
        if (strcmp(entry->account.name, account) == 0) {
            own = own == NULL || entry->used_ms < own->used_ms ? entry : own;
            own_count++;
        }
    }
    return own_count >= REG_SESSIONS_PER_ACCOUNT ? own : free_one != NULL ? free_one : any;
}

static void copy_out(const struct reg_sessions *sessions, const struct entry *entry,
                     struct reg_session *out)
{
    memcpy(out->id, entry->id, SHA256_BYTES);
    out->account = entry->account;
    out->read_ms = entry->read_ms;
    out->ends_ms = ends_ms(sessions, entry);
}

/* -- tokens */

static int csrf_of(const struct reg_sessions *sessions, const char *token,
                   char out[REG_SESSION_TOKEN_SIZE], struct err *err)
{
    uint8_t mac[SECRET_MAC_BYTES];
    if (secret_mac(sessions->key, token, strlen(token), mac, err) != 0) {
        return -1;
    }
    secret_base64url(mac, sizeof(mac), out);
    return 0;
}

int reg_session_begin(struct reg_sessions *sessions, const struct reg_cached_login *account,
                      int64_t now_ms, char token[REG_SESSION_TOKEN_SIZE], struct reg_session *out,
                      struct err *err)
{
    uint8_t id[SHA256_BYTES];
    if (secret_generate(token, err) != 0 || csrf_of(sessions, token, out->csrf, err) != 0) {
        return -1;
    }
    if (sha256_bytes(token, strlen(token), id) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a session");
    }
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = make_room(sessions, account->name, now_ms);
    *entry = (struct entry){.account = *account,
                            .read_ms = now_ms,
                            .begun_ms = now_ms,
                            .used_ms = now_ms,
                            .is_there = true};
    memcpy(entry->id, id, SHA256_BYTES);
    sessions->begun++;
    copy_out(sessions, entry, out);
    pthread_mutex_unlock(&sessions->lock);
    return 0;
}

bool reg_session_find(struct reg_sessions *sessions, const char *token, bool is_use, int64_t now_ms,
                      struct reg_session *out)
{
    struct err ignored = ERR_INIT;
    uint8_t id[SHA256_BYTES];
    if (sha256_bytes(token, strlen(token), id) != 0 ||
        csrf_of(sessions, token, out->csrf, &ignored) != 0) {
        return false;
    }
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find_living(sessions, id, now_ms);
    if (entry != NULL) {
        entry->used_ms = is_use ? now_ms : entry->used_ms;
        copy_out(sessions, entry, out);
    }
    pthread_mutex_unlock(&sessions->lock);
    return entry != NULL;
}

/* -- of one that was found */

bool reg_session_lives(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES],
                       int64_t now_ms)
{
    pthread_mutex_lock(&sessions->lock);
    bool lives = find_living(sessions, id, now_ms) != NULL;
    pthread_mutex_unlock(&sessions->lock);
    return lives;
}

void reg_session_renew(struct reg_sessions *sessions, const struct reg_session *session)
{
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find(sessions, session->id);
    if (entry != NULL) {
        entry->account = session->account;
        entry->read_ms = session->read_ms;
    }
    pthread_mutex_unlock(&sessions->lock);
}

void reg_session_end(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES])
{
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find(sessions, id);
    if (entry != NULL) {
        entry->is_there = false;
    }
    pthread_mutex_unlock(&sessions->lock);
}

bool reg_session_stream(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES],
                        int64_t now_ms)
{
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find_living(sessions, id, now_ms);
    bool may = entry != NULL && entry->streams < sessions->options.streams_each &&
               sessions->streams < sessions->options.streams;
    if (may) {
        entry->streams++;
        sessions->streams++;
    }
    pthread_mutex_unlock(&sessions->lock);
    return may;
}

void reg_session_stream_ended(struct reg_sessions *sessions, const uint8_t id[SHA256_BYTES])
{
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find(sessions, id); /* it may have ended before its stream */
    if (entry != NULL) {
        entry->streams--;
    }
    sessions->streams--;
    pthread_mutex_unlock(&sessions->lock);
}

void reg_session_counts(struct reg_sessions *sessions, struct reg_session_counts *out)
{
    *out = (struct reg_session_counts){0};
    pthread_mutex_lock(&sessions->lock);
    out->begun = sessions->begun;
    for (size_t i = 0; i < sessions->options.most; i++) {
        out->now += sessions->entries[i].is_there;
    }
    pthread_mutex_unlock(&sessions->lock);
}

/* -- the cookie (RFC 6265, 4.2.1) */

bool reg_cookie_read(const char *header, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);
    size_t found = 0;
    while (header != NULL && *header != '\0') {
        header += strspn(header, "; \t");
        size_t len = strcspn(header, ";");
        if (len > name_len && strncmp(header, name, name_len) == 0 && header[name_len] == '=') {
            size_t value_len = len - name_len - 1;
            if (value_len != size - 1) {
                return false;
            }
            memcpy(out, header + name_len + 1, value_len);
            out[value_len] = '\0';
            found++;
        }
        header += len;
    }
    return found == 1;
}
