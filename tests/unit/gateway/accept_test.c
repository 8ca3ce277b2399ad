/* Which server a connection is for, by its first bytes, at every length of them. */
#include "gateway/accept.h"

#include "jd_test.h"

TEST(whole_lines)
{
    const struct {
        const char *line;
        enum jd_accept_verdict expected;
    } cases[] = {
        { "GET /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_WEBSOCKET },
        { "GET /api/v1/events?x=1 HTTP/1.1\r\n", JD_ACCEPT_WEBSOCKET },
        { "GET /api/v1/events/log HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET /api/v1/events/ HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET /api/v1/eventsource HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET /api/v1/event HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET / HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "get /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "POST /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "GET  /api/v1/events HTTP/1.1\r\n", JD_ACCEPT_HTTP },
        { "\x16\x03\x01\x02", JD_ACCEPT_HTTP }, // a TLS greeting
        { "G", JD_ACCEPT_UNDECIDED },
        { "GET /api/v1/events", JD_ACCEPT_UNDECIDED },
        { "", JD_ACCEPT_UNDECIDED },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (jd_accept_judge(jd_span_of(cases[i].line)) != cases[i].expected) {
            FAIL("'%s'", cases[i].line);
        }
    }
}

/* More bytes may decide, but never change, a verdict. */
TEST(verdicts_stand)
{
    const char *const lines[] = { "GET /api/v1/events HTTP/1.1", "GET /api/v1/events/log HTTP",
        "GET /api/v1/messages HTTP/1.1", "POST /api/v1/auth/login HTTP/1.1" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        enum jd_accept_verdict whole = jd_accept_judge(jd_span_of(lines[i]));
        for (size_t len = 0; len < strlen(lines[i]); len++) {
            enum jd_accept_verdict part = jd_accept_judge((struct jd_span){ lines[i], len });
            if (part != JD_ACCEPT_UNDECIDED && part != whole) {
                FAIL("'%s' at %zu bytes", lines[i], len);
            }
        }
        CHECK(whole != JD_ACCEPT_UNDECIDED);
    }
}

int main(void)
{
    RUN(whole_lines);
    RUN(verdicts_stand);
    return REPORT();
}
