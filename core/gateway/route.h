/**
 * The table of all routes: which method and path is which handler, who may call it, where it
 * runs, and which names it takes. Everything that can be checked from the table is checked
 * before the handler runs (gate.h); a test compares the table with openapi.yaml.
 */
#ifndef JD_GATEWAY_ROUTE_H
#define JD_GATEWAY_ROUTE_H

#include "gateway/request.h"
#include "store/db.h"

enum jd_route_place {
    JD_PLACE_MEMORY = 1, // on the HTTP thread: never waits, db is NULL
    JD_PLACE_STORE,      // on a store thread
    JD_PLACE_SIGN_IN,    // on the store thread that may hash passwords
};

typedef enum jd_status (
        *jd_handler)(struct jd_request *request, struct jd_db *db, struct jd_error *error);

struct jd_route {
    enum jd_method method;
    const char *path;  // "{}" stands for one segment, at most two
    enum jd_role role; // the least; 0: everyone, no token is looked at
    enum jd_route_place place;
    bool kept;         // the answer depends on the user's stream alone: cache.h
    const char *query; // parameters it takes, separated by spaces
    const char *body;  // members it takes, "!" behind those that must be there; NULL: no body
    jd_handler handle;
};

extern const struct jd_route jd_routes[]; // ends with a NULL path

/** The route, with request->ids filled; NULL when there is none for this method. *out_allow is
 * the Allow header of the path ("GET, HEAD"), "" when no method has it. */
const struct jd_route *jd_route_find(struct jd_request *request, const char **out_allow);

#endif
