/* One hash over everything that was decided, for comparing two runs over the same mail. */
#include "store/digest.h"

#include <stdio.h>

#include "base/seal.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"

int jd_cli_digest(int argc, char **argv)
{
    static const char usage[] =
            "usage: jackdaw digest\n"
            "Prints a hash over content keys, decisions, tasks, drafts and thread membership of all users,\n"
            "in content order: no ids, no times of ours. Equal digests mean equal decisions.\n";
    struct jd_bootstrap boot;
    uint8_t hash[JD_HASH_BYTES];
    int64_t messages = 0;
    int words = 0;
    if (!jd_bootstrap_options(&boot, argc, argv, usage, &words)) {
        return boot.exit_code;
    }
    if (words) {
        return jd_cli_usage(usage);
    }
    if (!jd_bootstrap_connect(&boot)) {
        return boot.exit_code;
    }
    enum jd_status status = jd_store_digest(boot.db, hash, &messages, &boot.error);
    for (size_t i = 0; i < sizeof(hash) && status == JD_OK; i++) {
        printf("%02x", hash[i]);
    }
    if (status == JD_OK) {
        printf("  %lld messages\n", (long long)messages);
    } else {
        jd_bootstrap_fail(&boot);
    }
    jd_bootstrap_close(&boot);
    return status == JD_OK ? 0 : 1;
}
