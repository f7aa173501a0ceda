/* SPDX-License-Identifier: Apache-2.0
 * base/conf_credentials.c - keys that the service manager hands over as files: systemd.exec(5), "LoadCredential=".
 *
 * $CREDENTIALS_DIRECTORY has a file for each; of those named nrc_SECTION.KEY the content is the key's value. Neither the
 * environment, which /proc shows, nor the configuration, which every daemon reads, then holds a secret. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf_priv.h"
#include "base/secret.h"

enum { CREDENTIAL_MAX = 64 * 1024 }; /* bytes; a chain of certificates is one of them */

static const char prefix[] = "nrc_";

/* Into text, of CREDENTIAL_MAX + 1 bytes, without the line end that editors put at the end. */
static int read_value(struct conf_source *src, int fd, char *text)
{
    struct stat st;
    size_t len = 0;
    ssize_t n = 1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return conf_refuse(src, "not a regular file");
    }
    while (n > 0 && len <= CREDENTIAL_MAX) {
        n = read(fd, text + len, CREDENTIAL_MAX + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        return conf_refuse(src, "%s", strerror(errno));
    }
    if (len > CREDENTIAL_MAX) {
        return conf_refuse(src, "longer than %d bytes", CREDENTIAL_MAX);
    }
    if (memchr(text, '\0', len) != NULL) {
        return conf_refuse(src, "has a NUL byte");
    }
    len -= len > 0 && text[len - 1] == '\n';
    text[len] = '\0';
    return 0;
}

/* name: SECTION.KEY, of which the key may have more dots. */
static int set_from(struct conf_source *src, int folder, const char *file, char *text)
{
    char section[CONF_NAME_BYTES];
    const char *name = file + sizeof(prefix) - 1;
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || (size_t)(dot - name) >= sizeof(section)) {
        return conf_refuse(src, "the name of a credential is %sSECTION.KEY, such as %sregister.dsn",
                           prefix, prefix);
    }
    memcpy(section, name, (size_t)(dot - name));
    section[dot - name] = '\0';
    int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return conf_refuse(src, "%s", strerror(errno));
    }
    int rc = read_value(src, fd, text);
    close(fd);
    return rc == 0 ? conf_set_key(src, section, dot + 1, text) : -1;
}

static int read_folder(struct conf_source *src, const char *path, DIR *folder, char *text)
{
    char name[PATH_MAX];
    int rc = 0;
    for (struct dirent *entry; rc == 0 && (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) == 0) {
            snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            src->name = name;
            rc = set_from(src, dirfd(folder), entry->d_name, text);
        }
    }
    return rc;
}

int conf_read_credentials(struct conf *conf, struct err *err)
{
    struct conf_source src = {.conf = conf, .err = err, .inherited = conf->kafka.property_count};
    const char *path = getenv("CREDENTIALS_DIRECTORY");
    if (path == NULL || *path == '\0') {
        return 0;
    }
    src.name = path;
    DIR *folder = opendir(path);
    char *text = malloc(CREDENTIAL_MAX + 1);
    int rc = folder == NULL ? conf_refuse(&src, "%s", strerror(errno))
             : text == NULL ? conf_no_memory(&src)
                            : read_folder(&src, path, folder, text);
    if (text != NULL) {
        secret_wipe(text, CREDENTIAL_MAX + 1);
    }
    free(text);
    if (folder != NULL) {
        closedir(folder);
    }
    return rc;
}
