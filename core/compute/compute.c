/* The child that owns nothing. */
typedef int jd_compute_placeholder;
