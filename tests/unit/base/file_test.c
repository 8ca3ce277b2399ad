#include "base/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jd_test.h"

static char folder[] = "/tmp/jd_file_test.XXXXXX";

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static size_t count_entries(void)
{
    size_t count = 0;
    DIR *open_folder = opendir(folder);
    for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(open_folder);
    return count;
}

TEST(writes_and_reads)
{
    struct jd_error error;
    struct jd_buf buf = jd_buf_init(1 << 20);
    const char *path = path_of("a");
    CHECK_OK(jd_file_write(path, JD_SPAN("one"), 0640, &error), error);
    CHECK_OK(jd_file_write(path, JD_SPAN("two\0three"), 0640, &error), error);
    CHECK_OK(jd_file_read(path, &buf, &error), error);
    CHECK_SPAN(jd_buf_span(&buf), JD_SPAN("two\0three"));
    struct stat found;
    CHECK_INT(stat(path, &found), 0);
    CHECK_INT(found.st_mode & 0777, 0640);
    CHECK_INT(count_entries(), 1); // nothing is left beside it
    unlink(path);
    jd_buf_finish(&buf);
}

TEST(reads_large_files_up_to_the_maximum)
{
    struct jd_error error;
    struct jd_buf large = jd_buf_init(300000);
    memset(jd_buf_reserve(&large, 300000), 'x', 300000);
    large.len = 300000;
    const char *path = path_of("large");
    CHECK_OK(jd_file_write(path, jd_buf_span(&large), 0600, &error), error);
    struct jd_buf fits = jd_buf_init(300000), small = jd_buf_init(299999);
    CHECK_OK(jd_file_read(path, &fits, &error), error);
    CHECK_SPAN(jd_buf_span(&fits), jd_buf_span(&large));
    CHECK_INT(jd_file_read(path, &small, &error), JD_BAD_INPUT);
    CHECK(strstr(error.text, path) != NULL);
    unlink(path);
    jd_buf_finish(&large);
    jd_buf_finish(&fits);
    jd_buf_finish(&small);
}

TEST(creates_but_never_replaces)
{
    struct jd_error error;
    struct jd_buf buf = jd_buf_init(100);
    const char *path = path_of("key");
    CHECK_OK(jd_file_create(path, JD_SPAN("first"), 0600, &error), error);
    CHECK_INT(jd_file_create(path, JD_SPAN("second"), 0600, &error), JD_REJECTED);
    CHECK_OK(jd_file_read(path, &buf, &error), error);
    CHECK_TEXT(jd_buf_span(&buf), "first");
    CHECK_INT(count_entries(), 1);
    unlink(path);
    jd_buf_finish(&buf);
}

TEST(names_the_path_in_errors)
{
    struct jd_error error;
    struct jd_buf buf = jd_buf_init(10);
    CHECK_INT(jd_file_read(path_of("none"), &buf, &error), JD_GONE);
    CHECK(strstr(error.text, "/none") != NULL);
    CHECK_INT(jd_file_write(path_of("no/where"), JD_SPAN(""), 0600, &error), JD_GONE);
    CHECK(strstr(error.text, "/no/where") != NULL);
    CHECK(!jd_file_exists(path_of("none")));
    CHECK(jd_file_exists(folder));
    jd_buf_finish(&buf);
}

TEST(makes_folders)
{
    struct jd_error error;
    CHECK_OK(jd_file_mkdirs(path_of("x/y//z/"), 0700, &error), error);
    CHECK_OK(jd_file_mkdirs(path_of("x/y/z"), 0700, &error), error);
    CHECK(jd_file_exists(path_of("x/y/z")));
    CHECK_OK(jd_file_write(path_of("x/file"), JD_SPAN(""), 0600, &error), error);
    CHECK_INT(jd_file_mkdirs(path_of("x/file"), 0700, &error), JD_BAD_INPUT);
    CHECK_INT(jd_file_mkdirs("", 0700, &error), JD_BAD_INPUT);
    CHECK_OK(jd_file_mkdirs("/", 0700, &error), error);
    unlink(path_of("x/file"));
    rmdir(path_of("x/y/z"));
    rmdir(path_of("x/y"));
    rmdir(path_of("x"));
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    RUN(writes_and_reads);
    RUN(reads_large_files_up_to_the_maximum);
    RUN(creates_but_never_replaces);
    RUN(names_the_path_in_errors);
    RUN(makes_folders);
    rmdir(folder);
    return REPORT();
}
