/**
 * Whether the disk of the data folder still takes what Jackdaw must write. Storage says it only
 * by failing; this asks the file system beforehand, and knows quotas and limits too, since it
 * takes the space for a moment. Any thread.
 */
#ifndef JD_GATEWAY_DISK_H
#define JD_GATEWAY_DISK_H

#include "base/error.h"

#define JD_DISK_SPARE_BYTES                                                                    \
 (4 * 1024 * 1024) // with less than this free the disk counts as full
#define JD_DISK_LOOK_MS 1000

struct jd_disk;

/** dir: absolute, outlives the disk; NULL: never full. */
struct jd_disk *jd_disk_create(const char *dir);
/** Takes NULL; clears the pointer. */
void jd_disk_destroy(struct jd_disk **disk);
/** JD_RETRY_LATER: full; the sentence is for anybody (it names no path) and names the cure.
 * What else is wrong with the folder is not told here. Looks at most once in JD_DISK_LOOK_MS:
 * whoever asks may ask often. */
enum jd_status jd_disk_check(struct jd_disk *disk, struct jd_error *error);
/** As jd_disk_check, and looks now: something could not be written. */
enum jd_status jd_disk_look(struct jd_disk *disk, struct jd_error *error);

#endif
