/** Texts that travel inside the binary; the table is made by cmake/embed.cmake. Constant data.
 */
#ifndef JD_STORE_EMBEDDED_H
#define JD_STORE_EMBEDDED_H

#include <stddef.h>

struct jd_embedded {
    const char *path; // below the source folder: "rules/standard/pack.lua"; NULL ends the table
    const char *bytes; // NUL-terminated behind `size`
    size_t size;
};

extern const struct jd_embedded jd_embedded_files[];

#endif
