/**
 * Time-sortable 63-bit ids: 41 bits of ms since 2020-01-01, 10 bits of writer, 12 bits of
 * count.
 *
 * A writer number is taken from storage when a role starts (store/db.h), so two processes never
 * make the same id; within one ms a process makes 4,096, then borrows from the next. The text
 * form is 13 characters of Crockford's base 32, whose order is the ids' order. Any thread.
 */
#ifndef JD_BASE_ID_H
#define JD_BASE_ID_H

#include <jackdaw/types.h>

#define JD_ID_TEXT_BYTES 14

/** 0 to 1023; call once before the first jd_id_next. */
void jd_id_set_writer(uint32_t writer);
int64_t jd_id_next(void);
void jd_id_format(int64_t id, char out[JD_ID_TEXT_BYTES]);
/** False when `text` is no id. Lower and upper case are taken. */
bool jd_id_parse(struct jd_span text, int64_t *out_id);
/** The time within the id. */
int64_t jd_id_time_ms(int64_t id);

#endif
