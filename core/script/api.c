/* The order in which the rules API is explained. */
#include "script/api.h"

// clang-format off: a text to be read
static const struct jd_api_entry note[] = {
    { JD_API_NOTE, NULL, NULL, NULL, NULL,
            "A pack is a folder: `pack.lua` (the manifest), rule files `*.lua`, tests `*.test.lua` beside\n"
            "them, lists `lists/*.txt`, draft templates `drafts/*.md`. Each rule file runs once, when the\n"
            "release is made, and leaves rules behind; no state survives a message.\n"
            "\n"
            "  * Conditions are values. They are made while the file loads and are evaluated in C. Calling\n"
            "    `subject:says` inside a function is an error: make the condition outside and ask\n"
            "    `mail:meets(condition)`.\n"
            "  * There are no global variables of your own: write `local`. A function must not change a\n"
            "    local of its file; a rule that does so fails by name.\n"
            "  * Left out on purpose: os, io, debug, coroutine, load, print, next, setmetatable, rawset,\n"
            "    math.random, string.dump, string.pack, `%p`. `pairs` walks in sorted order of the keys.\n"
            "  * Phases: classify, then the verdict stands, then extract, draft, route. Order of files and\n"
            "    rules never matters. `category`, `verdict` and `priority` are known from extract on.\n"
            "\n"
            "Words and phrases (`says`): upper and lower case and accents do not matter, white space\n"
            "matches any white space. A phrase begins and ends at the border of a word; `*` at its start\n"
            "or end opens that side: \"invoic*\", \"*rechnung\". At most 100 bytes each.\n"
            "Regular expressions (`matches`, `named`): PCRE2 with UTF and Unicode classes, under a step\n"
            "limit. Give the expression a plain word when you can (\"total\", \"unsubscribe\"): then it only\n"
            "runs on mails that contain the word." },
    { 0 },
};
// clang-format on

void jd_api_note(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(note, visit, context);
}

void jd_api_each(jd_api_visit *visit, void *context)
{
    static void (*const parts[])(jd_api_visit *, void *) = { jd_api_note, jd_api_conditions,
        jd_api_learned, jd_api_combinators, jd_api_rules, jd_api_mail, jd_api_sentence,
        jd_api_verdict, jd_api_pack, jd_api_require, jd_api_cases };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        parts[i](visit, context);
    }
}
