/* Taking the worker's one connection, and letting go of it. */
#include "pipeline/desk.h"

void jd_desk_enter(struct jd_job_desk *desk)
{
    pthread_mutex_lock(&desk->shared->lock);
    desk->db = desk->shared->db;
}

void jd_desk_leave(struct jd_job_desk *desk)
{
    desk->db = NULL;
    pthread_mutex_unlock(&desk->shared->lock);
}
