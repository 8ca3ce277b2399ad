/**
 * A page of macros is enough of a test framework.
 *
 *     TEST(parses_a_date) { CHECK_INT(parse("..."), 42); }
 *     int main(int argc, char **argv) { RUN(parses_a_date); return REPORT(); }
 *
 * Each program ends with one line "N passed, N failed" and exits 1 when anything failed.
 */
#ifndef JD_TEST_H
#define JD_TEST_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jackdaw/types.h>

static int jd_test_failures, jd_test_passed, jd_test_failed;

#define TEST(name) static void test_##name(void)

#define RUN(name)                                                                              \
 do {                                                                                          \
  jd_test_failures = 0;                                                                        \
  test_##name();                                                                               \
  printf("%s %s\n", jd_test_failures ? "not ok" : "ok", #name);                                \
  jd_test_failures ? jd_test_failed++ : jd_test_passed++;                                      \
 } while (0)

#define REPORT()                                                                               \
 (printf("%d passed, %d failed\n", jd_test_passed, jd_test_failed), jd_test_failed ? 1 : 0)

#define FAIL(...)                                                                              \
 do {                                                                                          \
  printf("# %s:%d: ", __FILE__, __LINE__);                                                     \
  printf(__VA_ARGS__);                                                                         \
  printf("\n");                                                                                \
  jd_test_failures++;                                                                          \
 } while (0)

#define CHECK(condition)                                                                       \
 do {                                                                                          \
  if (!(condition)) {                                                                          \
   FAIL("not true: %s", #condition);                                                           \
  }                                                                                            \
 } while (0)

#define CHECK_INT(actual, expected)                                                            \
 do {                                                                                          \
  int64_t jd_a = (int64_t)(actual), jd_e = (int64_t)(expected);                                \
  if (jd_a != jd_e) {                                                                          \
   FAIL("%s is %" PRId64 ", expected %" PRId64, #actual, jd_a, jd_e);                          \
  }                                                                                            \
 } while (0)

#define CHECK_SPAN(actual, expected)                                                           \
 do {                                                                                          \
  struct jd_span jd_a = (actual), jd_e = (expected);                                           \
  if (!jd_span_equal(jd_a, jd_e)) {                                                            \
   FAIL("%s is \"%.*s\", expected \"%.*s\"", #actual, (int)jd_a.len,                           \
           jd_a.data ? jd_a.data : "", (int)jd_e.len, jd_e.data ? jd_e.data : "");             \
  }                                                                                            \
 } while (0)

/** `actual` is a struct jd_span, `expected` a C string. */
#define CHECK_TEXT(actual, expected) CHECK_SPAN(actual, jd_span_of(expected))

#define CHECK_OK(call, error)                                                                  \
 do {                                                                                          \
  int jd_s = (call);                                                                           \
  if (jd_s != 0) {                                                                             \
   FAIL("%s: status %d: %s", #call, jd_s, (error).text);                                       \
  }                                                                                            \
 } while (0)

#endif
