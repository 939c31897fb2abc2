/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace snapshot FILE: this machine as a file that every reading command takes with --from. */

#include "cli.h"
#include "commands.h"
#include "snapshot.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum form { FORM_DIRECTORY, FORM_TAR, FORM_TAR_GZ };

static const struct cli_option options[] = {{0}};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* 0, or an exit status after a message: a name that promises another form is not a directory. */
static int choose_form(const char *file, enum form *ret_form)
{
    static const char *const unknown[] = {".xml", ".bz2", ".xz", ".zst", ".zip", ".gz", ".dts"};

    *ret_form = FORM_DIRECTORY;
    if (ends_with(file, ".tar.gz") || ends_with(file, ".tgz"))
        *ret_form = FORM_TAR_GZ;
    else if (ends_with(file, ".tar") || strcmp(file, "-") == 0)
        *ret_form = FORM_TAR;
    for (size_t i = 0; *ret_form == FORM_DIRECTORY && i < ARRAY_SIZE(unknown); i++) {
        if (ends_with(file, unknown[i]))
            return cli_usage(&command_snapshot,
                             "cannot write %s files: FILE is a .tar.gz, a .tar or a directory",
                             unknown[i]);
    }
    return 0;
}

struct archive {
    struct tar_writer *writer;
    const char *name; /* for messages */
};

static int cannot_write(struct np_error *err, int r, const char *name)
{
    return error_set(err, r, "cannot write %s: %s", name, strerror(-r));
}

static int add_member(void *user, const struct tar_member *member, struct np_error *err)
{
    const struct archive *archive = user;
    int r = tar_writer_add(archive->writer, member);

    return r < 0 ? cannot_write(err, r, archive->name) : 0;
}

static int write_archive(int fd, bool gzip, const char *name, struct np_error *err)
{
    autoroot struct root *root = NULL;
    struct archive archive = {.name = name};
    int r = root_open("/", &root, err);

    if (r == 0)
        r = tar_writer_new(fd, gzip, &archive.writer);
    if (r == 0)
        r = snapshot_take(root, add_member, &archive, err);
    if (r == 0) {
        r = tar_writer_finish(archive.writer);
        if (r < 0)
            cannot_write(err, r, name);
    }
    (void)tar_writer_free(archive.writer);
    return r;
}

/* Under another name first: FILE is either whole or as it was. */
static int write_file(const char *file, bool gzip, struct np_error *err)
{
    autofree char *part = NULL;
    autoclose int fd = -1;
    int r;

    if (asprintf(&part, "%s.part", file) < 0)
        return -ENOMEM;
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cannot_write(err, -errno, part);
    r = write_archive(fd, gzip, file, err);
    if (r == 0 && rename(part, file) < 0)
        r = error_set(err, -errno, "cannot rename %s to %s: %s", part, file, strerror(errno));
    if (r < 0)
        (void)unlink(part); /* it is of no use */
    return r;
}

static int fill_directory(const char *directory, struct np_error *err)
{
    autoclose int packed = memfd_create("snapshot", MFD_CLOEXEC);
    autoclose int dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (packed < 0 || dir_fd < 0)
        return -errno;
    r = write_archive(packed, false, "an archive in memory", err);
    if (r == 0)
        r = lseek(packed, 0, SEEK_SET) < 0 ? -errno : tar_unpack(packed, dir_fd, NULL);
    /* The archive is ours and sound: it is the directory that fails. */
    return r < 0 && err->code == 0 ? cannot_write(err, r, directory) : r;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* Some of a machine would be taken for a machine: a directory that cannot be filled goes. */
static int write_directory(const char *directory, struct np_error *err)
{
    int r;

    if (mkdir(directory, 0777) < 0) {
        r = error_set(err, -errno, "cannot make %s: %s", directory, strerror(errno));
        error_hint(err, "name a directory that does not exist, or a file with .tar.gz at its end");
        return r;
    }
    r = fill_directory(directory, err);
    if (r < 0 && nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        error_hint(err, "remove what is there of it: it is not the whole machine");
    return r;
}

static int write_snapshot(const char *file, enum form form, struct np_error *err)
{
    if (form == FORM_DIRECTORY)
        return write_directory(file, err);
    return strcmp(file, "-") == 0 ? write_archive(STDOUT_FILENO, false, "the standard output", err)
                                  : write_file(file, form == FORM_TAR_GZ, err);
}

static int run_snapshot(int argc, char **argv)
{
    struct cli_args args = {.command = &command_snapshot, .argc = argc, .argv = argv};
    struct np_error err = {0};
    const char *file;
    enum form form;
    int r;

    if (cli_next(&args) == CLI_STOP)
        return args.exit;
    if (args.next + 1 != argc)
        return cli_usage(&command_snapshot, "it takes the name of one file");
    file = argv[args.next];
    if (strcmp(file, "-") == 0 && isatty(STDOUT_FILENO))
        return cli_usage(&command_snapshot, "an archive is not for a terminal: redirect it");
    r = choose_form(file, &form);
    if (r != 0)
        return r;
    r = write_snapshot(file, form, &err);
    if (r < 0) {
        cli_error(&err, r);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

const struct command command_snapshot = {
    .name = "snapshot",
    .synopsis = "FILE",
    .summary = "capture this machine, for use elsewhere",
    .details = "FILE is a .tar.gz, a .tar, a directory that does not exist yet, or - for a .tar on "
               "the\nstandard output. It holds what numaplace reads of the machine and nothing "
               "more: no MAC\naddresses, serial numbers, names of hosts or cgroups.\n\n"
               "What is unreadable now is unknown later: as root a little more is known.",
    .options = options,
    .run = run_snapshot,
};
