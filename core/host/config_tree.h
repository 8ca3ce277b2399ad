/** What config.c reads out of YAML and config_shape.c checks: a tree with line numbers. Private
 * to these two. Lives in the arena it was read into. */
#ifndef JD_HOST_CONFIG_TREE_H
#define JD_HOST_CONFIG_TREE_H

#include "host/config.h"

enum jd_config_node_kind {
    JD_NODE_NOTHING = 0, // a key without a value
    JD_NODE_TEXT,
    JD_NODE_MAP,
    JD_NODE_LIST,
};

struct jd_config_node {
    enum jd_config_node_kind kind;
    unsigned line;                      // of the value; from 1
    const char *name;                   // as a member of a map, else NULL
    const char *text;                   // TEXT
    const struct jd_config_node *first; // members or elements
    const struct jd_config_node *next;
};

/** Where the configuration comes from, beside the tree. */
struct jd_config_origin {
    const char *name;     // of the file in origins: "jackdaw.yaml"
    const char *file;     // absolute; NULL: none
    const char *base_dir; // absolute
    bool environment;     // look there too
    const struct jd_option_text *overrides;
    size_t overrides_count;
};

/** root may be NULL (nothing written). Everything that the configuration keeps is copied to
 * `arena`. */
const struct jd_host_config *jd_config_shape(const struct jd_config_node *root,
        const struct jd_config_origin *origin,
        struct jd_arena *arena,
        struct jd_problems *problems);

#endif
