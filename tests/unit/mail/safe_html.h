/**
 * A second opinion on safe HTML, written apart from the code that makes it: what may stand in
 * it is listed here once more, and everything else is a finding.
 */
#ifndef JD_TEST_SAFE_HTML_H
#define JD_TEST_SAFE_HTML_H

#include <stdio.h>

#include "base/span.h"

static const char safe_elements[] =
        " a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code "
        "col colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 "
        "header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike "
        "strong sub sup table tbody td tfoot th thead tr tt u ul var wbr ";
static const char safe_attributes[] =
        " align alt bgcolor border cellpadding cellspacing color cols colspan data-src dir face "
        "height href hspace lang nowrap rel rowspan scope size span src start style target title "
        "type valign value vspace width ";

static bool safe_listed(const char *list, struct jd_span word)
{
    char padded[32];
    int len = snprintf(padded, sizeof(padded), " %.*s ", (int)word.len, word.data);
    return len > 2 && (size_t)len < sizeof(padded) && strstr(list, padded) != NULL;
}

static bool safe_has(struct jd_span text, const char *word)
{
    return memmem(text.data, text.len, word, strlen(word)) != NULL;
}

static const char *safe_check_value(struct jd_span name, struct jd_span value)
{
    if (jd_span_equal(name, JD_SPAN("href"))) {
        bool web = jd_span_equal_nocase(jd_span_sub(value, 0, 7), JD_SPAN("http://")) ||
                   jd_span_equal_nocase(jd_span_sub(value, 0, 8), JD_SPAN("https://")) ||
                   jd_span_equal_nocase(jd_span_sub(value, 0, 7), JD_SPAN("mailto:"));
        return web ? NULL : "href leads elsewhere";
    }
    if (jd_span_equal(name, JD_SPAN("src"))) {
        return jd_span_equal_nocase(jd_span_sub(value, 0, 4), JD_SPAN("cid:")) ? NULL
                                                                               : "src loads";
    }
    if (jd_span_equal(name, JD_SPAN("style"))) {
        bool bad = safe_has(value, "url(") || safe_has(value, "expression(") ||
                   safe_has(value, "\\") || safe_has(value, "@") || safe_has(value, "/*") ||
                   safe_has(value, "position:") || safe_has(value, "behavior:");
        return bad ? "style can load or cover" : NULL;
    }
    return NULL;
}

/** Reads ` name="value"` at `*at`. A sentence if it is not exactly that. */
static const char *safe_check_attribute(struct jd_span html, size_t *at)
{
    size_t name = ++*at;
    while (*at < html.len && html.data[*at] != '=' && html.data[*at] != '>') {
        ++*at;
    }
    struct jd_span name_span = jd_span_sub(html, name, *at - name);
    if (!safe_listed(safe_attributes, name_span)) {
        return "attribute that is not listed";
    }
    if (!jd_span_starts(jd_span_sub(html, *at, 2), JD_SPAN("=\""))) {
        return "value without quotes";
    }
    size_t value = *at + 2;
    const char *close = memchr(html.data + value, '"', html.len - value);
    if (close == NULL) {
        return "value without an end";
    }
    struct jd_span value_span = jd_span_sub(html, value, (size_t)(close - html.data) - value);
    if (memchr(value_span.data, '<', value_span.len) ||
            memchr(value_span.data, '>', value_span.len) ||
            memchr(value_span.data, '`', value_span.len)) {
        return "value with a raw mark";
    }
    *at = value + value_span.len + 1;
    return safe_check_value(name_span, value_span);
}

/** Reads the tag at `*at`, which is on its '<'. */
static const char *safe_check_tag(struct jd_span html, size_t *at)
{
    bool closing = *at + 1 < html.len && html.data[*at + 1] == '/';
    size_t name = *at + 1 + closing;
    *at = name;
    while (*at < html.len && html.data[*at] != ' ' && html.data[*at] != '>') {
        ++*at;
    }
    if (!safe_listed(safe_elements, jd_span_sub(html, name, *at - name))) {
        return "element that is not listed";
    }
    while (*at < html.len && html.data[*at] == ' ') {
        const char *finding = safe_check_attribute(html, at);
        if (finding) {
            return finding;
        }
    }
    if (*at >= html.len || html.data[*at] != '>') {
        return "tag without an end";
    }
    ++*at;
    return NULL;
}

/** NULL if `html` is safe, else what is wrong with it. */
static const char *safe_html_finding(struct jd_span html)
{
    size_t at = 0;
    while (at < html.len) {
        unsigned char c = (unsigned char)html.data[at];
        if (c == '<') {
            const char *finding = safe_check_tag(html, &at);
            if (finding) {
                return finding;
            }
            continue;
        }
        if (c == '>' || (c < ' ' && c != '\n' && c != '\t')) {
            return "raw mark or control in text";
        }
        at++;
    }
    return NULL;
}

#endif
