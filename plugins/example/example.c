typedef int jd_empty;
