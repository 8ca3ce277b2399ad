/* Closes what it was lent while it is loaded, and then waits for ever: who looks at it hears
 * that nothing more will come, but not that it has ended. */
#include <unistd.h>

#include <jackdaw/plugin.h>

__attribute__((constructor)) static void stay(void)
{
    closefrom(STDERR_FILENO + 1);
    for (;;) {
        pause();
    }
}

static const struct jd_source_ops ops = { JD_SIZE(jd_source_ops) };

JD_PLUGIN("org.example.deaf",
        "1.0.0",
        "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "deaf", &ops, NULL });
