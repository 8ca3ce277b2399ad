/** HTML of mails: the text that a reader sees, safe HTML, and pages made to break parsers. */
#include "mail/html.h"

#include <stdlib.h>

#include "jd_test.h"
#include "mail/css.h"
#include "mail/text.h"
#include "safe_html.h"

static struct jd_arena *arena;

static struct jd_html read_page(struct jd_span page)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_html html = { { "", 0 }, { "", 0 }, NULL, 0, 0, false };
    CHECK(jd_html_read(arena, page, &limits, &html));
    return html;
}

/* ---- Text ---- */

static const struct {
    const char *page, *text;
} texts[] = {
    { "Hello <b>World</b>", "Hello World" },
    { "a  b\n\tc&nbsp;&nbsp;d", "a b c d" },
    { "<p>one</p><p>two</p>", "one\n\ntwo" },
    { "<div>one</div><div>two</div>", "one\ntwo" },
    { "one<br>two<br/>three", "one\ntwo\nthree" },
    { "<div>one<br></div><div>two</div>", "one\ntwo" },
    { "<div>one</div><div><br></div><div>two</div>", "one\n\ntwo" },
    { "<ul><li>one<li>two</ul>after", "- one\n- two\n\nafter" },
    { "<ol><li><p>one</p></li></ol>", "- one" },
    { "<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>", "a b\nc d" },
    { "<h1>Title</h1>text", "Title\n\ntext" },
    { "<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc" },
    { "<p style='white-space:pre-wrap'>a\n  b</p>", "a\n  b" },
    { "x<a href='http://e.example'>link</a>y", "xlinky" },
    { "<title>no</title><style>p{}</style><script>no()</script>yes", "yes" },
    { "a<!-- no -->b", "ab" },
    { "<!--[if mso]><p>no</p><![endif]-->yes<!--[if !mso]><!-->too<!--<![endif]-->", "yestoo" },
    { "&lt;b&gt; &amp; &copy; &#8364; &#x20ac; &bogus;",
            "<b> & \xc2\xa9 \xe2\x82\xac \xe2\x82\xac &bogus;" },
    { "a < b and c > d", "a < b and c > d" },
    { "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87", "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87" },
    { "in<blockquote>quoted</blockquote>out", "in\n\nquoted\n\nout" },
    { "<noscript>seen</noscript>", "seen" },
    { "<form><input value=x>label<select><option>no</select><textarea>no</textarea></form>",
            "label" },
    { "<svg><text>no</text></svg><math><mi>no</mi></math>yes", "yes" },
    { "<img alt='picture' src=x>", "" },
    { "zero\xe2\x80\x8bwidth\xc2\xad", "zerowidth" },
    { "\xf3\xb0\x80\x80 kept",
            "\xf3\xb0\x80\x80 kept" }, // a private character of the page's own
    { "", "" },
};

TEST(reads_what_a_reader_sees)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct jd_html html = read_page(jd_span_of(texts[i].page));
        CHECK_TEXT(html.text, texts[i].text);
        if (html.hidden_text) {
            FAIL("hidden text in %s", texts[i].page);
        }
    }
}

static const char *const hidden[] = {
    "seen<div style='display:none'>no</div>",
    "seen<div style='display : NONE !important'>no<b style='display:block'>no</b></div>",
    "seen<span style='visibility:hidden'>no</span>", "seen<span style='font-size:0'>no</span>",
    "seen<span style='font-size:0px'>no</span>", "seen<span style='opacity:0'>no</span>",
    "seen<span style='max-height:0;overflow:hidden'>no</span>",
    "seen<span style='color:#ffffff'>no</span>", "seen<font color=white>no</font>",
    "<body bgcolor='#102030'>seen<font color='#112131'>no</font>",
    "seen<span style='color:rgb(255, 255, 255)'>no</span>", "seen<span hidden>no</span>",
    "seen\xf3\xa0\x81\x81\xf3\xa0\x81\x82", // tag characters
};

TEST(leaves_out_hidden_text_and_says_so)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
        struct jd_html html = read_page(jd_span_of(hidden[i]));
        CHECK_TEXT(html.text, "seen");
        if (!html.hidden_text) {
            FAIL("not said to be hidden: %s", hidden[i]);
        }
    }
}

static const char *const visible[] = {
    "<table bgcolor=black><td><font color=white>seen</font></table>",
    "<div style='background:url(x.png);color:#fff'>seen</div>",
    "<style>.x{background:#000}</style><div class=x style='color:#fff'>seen</div>",
    "<div style='font-size:0'><span style='font-size:14px'>seen</span></div>",
    "<div style='visibility:hidden'><span style='visibility:visible'>seen</span></div>",
    "seen<div style='display:none'> &nbsp; </div>",
};

TEST(keeps_what_only_looks_hidden)
{
    for (size_t i = 0; i < sizeof(visible) / sizeof(*visible); i++) {
        struct jd_html html = read_page(jd_span_of(visible[i]));
        CHECK_TEXT(html.text, "seen");
        if (html.hidden_text) {
            FAIL("said to be hidden: %s", visible[i]);
        }
    }
}

static const struct {
    const char *page;
    enum jd_zone_kind kind;
    const char *zone;
} zones[] = {
    { "me<blockquote type=cite>you</blockquote>", JD_ZONE_QUOTE, "you" },
    { "me<div class=gmail_quote>On x wrote:<br>you</div>", JD_ZONE_QUOTE, "On x wrote:\nyou" },
    { "me<div id=divRplyFwdMsg>From: you</div>", JD_ZONE_QUOTE, "From: you" },
    { "me<div class=gmail_signature>Bob</div>", JD_ZONE_SIGNATURE, "Bob" },
};

TEST(marks_zones_of_the_markup)
{
    for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
        struct jd_html html = read_page(jd_span_of(zones[i].page));
        CHECK_INT(html.zones_count, 1);
        if (html.zones_count == 1) {
            const struct jd_mail_zone *zone = &html.zones[0];
            CHECK_INT(zone->kind, zones[i].kind);
            CHECK_TEXT(
                    jd_span_trim(jd_span_sub(html.text, zone->start, zone->end - zone->start)),
                    zones[i].zone);
        }
    }
}

/* ---- Safe HTML ---- */

static const struct {
    const char *page, *safe;
} safes[] = {
    { "<p>a <b>b</b></p>", "<div><p>a <b>b</b></p></div>" },
    { "<body bgcolor=#fff>x", "<div bgcolor=\"#fff\">x</div>" },
    { "<a href='https://e.example/?a=1&amp;b=2'>x</a>",
            "<div><a href=\"https://e.example/?a=1&amp;b=2\" rel=\"noopener noreferrer\" "
            "target=\"_blank\">x</a></div>" },
    { "<a href=mailto:a@b.example>x</a>",
            "<div><a href=\"mailto:a@b.example\" rel=\"noopener noreferrer\" "
            "target=\"_blank\">x</a></div>" },
    { "<a href='#top' name=x>x</a>", "<div><a>x</a></div>" },
    { "<img src=cid:pic@1 alt=a>", "<div><img src=\"cid:pic@1\" alt=\"a\"></div>" },
    { "<img src=http://t.example/x.gif width=1>",
            "<div><img data-src=\"http://t.example/x.gif\" width=\"1\"></div>" },
    { "<img src=data:image/png;base64,AAAA>", "<div><img></div>" },
    { "<p style='color:red;position:fixed;background:url(x);margin:1px'>x",
            "<div><p style=\"color:red;margin:1px;\">x</p></div>" },
    { "<p class=c id=i onclick=x()>x", "<div><p>x</p></div>" },
    { "<div style='display:none'>x</div>y", "<div>y</div>" },
    { "<form action=x><input>y<button>z</button></form>", "<div>yz</div>" },
    { "<td>x", "<div>x</div>" },
    { "a & b < c", "<div>a &amp; b &lt; c</div>" },
};

/* Lengths that hide, cover or blow up are dropped, usual ones stay. */
static const struct {
    const char *style;
    bool kept;
} lengths[] = {
    { "margin:0 auto", true },
    { "margin:-9999px", false },
    { "margin:-1px", false },
    { "margin-left:-50%", false },
    { "margin-top:100000em", false },
    { "margin:10px -.1em", false },
    { "padding:99999px", false },
    { "padding:10px 1.5em", true },
    { "font-size:99999px", false },
    { "font-size:1e5px", false },
    { "font-size:100in", false },
    { "font-size:14px", true },
    { "font-size:120%", true },
    { "font-size:12.5pt", true },
    { "font-size:x-large", true },
    { "font:bold 13px Arial", true },
    { "font:700 13px Arial", true },
    { "font:700 1300px Arial", false },
    { "font-weight:700", true },
    { "font-family:'Font 9999999', Arial", true },
    { "line-height:1.5", true },
    { "line-height:150%", true },
    { "line-height:999", false },
    { "text-indent:-9999px", false },
    { "text-indent:-.25in", true },
    { "letter-spacing:-0.5px", true },
    { "letter-spacing:-5em", false },
    { "vertical-align:-4px", true },
    { "vertical-align:-4000px", false },
    { "width:100%", true },
    { "width:600px", true },
    { "width:999999999999999999999999px", false },
    { "width:100xx", false },
    { "color:#999999", true },
    { "color:rgb(255, 100000, 0)", true },
    { "border-radius:9999px", true },
    { "border:1px solid #ccc", true },
    { "border-width:99999", false },
    { "position:absolute", false },
    { "transform:scale(9)", false },
    { "z-index:9", false },
};

TEST(keeps_lengths_within_bounds)
{
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        struct jd_css css;
        struct jd_buf safe = jd_buf_init(1000);
        jd_css_read(jd_span_of(lengths[i].style), &css, &safe);
        if ((safe.len > 0) != lengths[i].kept) {
            FAIL("%s was %s", lengths[i].style, safe.len ? "kept" : "dropped");
        }
        jd_buf_finish(&safe);
    }
    CHECK_TEXT(read_page(JD_SPAN("<table cellpadding=9999 width=99999 height=50%><td "
                                 "colspan=1000000 rowspan=2 width=600>x"))
                       .safe,
            "<div><table height=\"50%\"><tbody><tr><td rowspan=\"2\" "
            "width=\"600\">x</td></tr></tbody></table></div>");
}

TEST(writes_safe_html)
{
    for (size_t i = 0; i < sizeof(safes) / sizeof(*safes); i++) {
        CHECK_TEXT(read_page(jd_span_of(safes[i].page)).safe, safes[i].safe);
    }
}

/* Ways in which scripts were run through sanitizers. None may leave anything that
 * safe_html_finding objects to. */
static const char *const attacks[] = {
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://e.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/xss src=x></script>",
    "<script>alert(1)",
    "<script><!--<script></script>--><img src=x onerror=alert(1)></script>",
    "<img src=x onerror=alert(1)>",
    "<img src='x'onerror=alert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src=javascript:alert(1)>",
    "<img src='  java\tscript:alert(1)'>",
    "<img src=x:x onerror\n=\nalert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<image src=x onerror=alert(1)>",
    "<img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<img alt='`><script>alert(1)</script>`'>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//e.example'>x</a>",
    "<a href='http:javascript:alert(1)'>x</a>",
    "<a xlink:href=javascript:alert(1)>x</a>",
    "<a href=x style='background:url(javascript:alert(1))'>x</a>",
    "<p style='width:expression(alert(1))'>x",
    "<p style='w\\69dth:expr/**/ession(alert(1))'>x",
    "<p style=\"font-family:'x;background:url(http://e.example)'\">x",
    "<p style='background:\\75rl(http://e.example)'>x",
    "<p style='behavior:url(x.htc)'>x",
    "<p style='-moz-binding:url(x)'>x",
    "<style>@import 'http://e.example/x.css';</style>",
    "<style><img src=\"</style><img src=x onerror=alert(1)//\">",
    "<link rel=stylesheet href=http://e.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1) type=image>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 "
    "onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<xmp><img title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\"></title>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<plaintext><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<select><template><style><!--</style><a rel=\"--></style></template></select><img src=x "
    "onerror=alert(1)>\">",
    "<select><iframe></select><img src=x onerror=alert(1)>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<body onload=alert(1) background=javascript:alert(1)>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x</table>",
    "<!--><script>alert(1)</script>-->",
    "<!--a--!><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<x onclick=alert(1)>x</x>",
    "<a onmouseover=alert(1)//href=http://e.example>x</a>",
    "<a href=http://e.example/\"onmouseover=alert(1)>x</a>",
    "<a title='\"><script>alert(1)</script>'>x</a>",
    "<div title=&quot;&gt;&lt;script&gt;>x</div>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#xF0000;<p title='javascript:alert(1)'>&#xF0000;&#xF0001;<a href='&#xF0000;'>x</a>",
    "<p/title=\xf3\xb0\x80\x80 onclick=x>longer than five</p>",
    "<a href=\"http://e.example\xc0\xbc\">x</a>",
    "&#xF000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee0;<p title='&#xF000eeeeeeeeeeeeeeeeeee0;'>",
    "<",
    "<a",
    "<a href=\"",
    "</",
    "<!",
    "<!--",
};

TEST(lets_no_attack_through)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
        struct jd_span page = jd_span_of(attacks[i]);
        if (!jd_utf8_valid(page)) {
            page = jd_span_sub(page, 0, 18);
        }
        struct jd_html html = read_page(page);
        const char *finding = safe_html_finding(html.safe);
        if (finding) {
            FAIL("%s: %s: %.*s", attacks[i], finding, (int)html.safe.len, html.safe.data);
        }
        CHECK(jd_utf8_valid(html.text) && jd_utf8_valid(html.safe));
    }
}

TEST(is_stable_when_read_again)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
        struct jd_html once =
                read_page(jd_span_of(jd_utf8_valid(jd_span_of(attacks[i])) ? attacks[i] : ""));
        struct jd_html twice = read_page(once.safe);
        const char *finding = safe_html_finding(twice.safe);
        if (finding) {
            FAIL("%s: %s", attacks[i], finding);
        }
        CHECK_SPAN(twice.text, once.text);
    }
}

/* ---- Bounds ---- */

static struct jd_span repeat(const char *front, const char *piece, size_t bytes)
{
    size_t front_len = strlen(front);
    size_t len = strlen(piece);
    char *out = jd_arena_alloc(arena, front_len + bytes + len);
    memcpy(out, front, front_len);
    size_t at = front_len;
    while (at < front_len + bytes) {
        memcpy(out + at, piece, len);
        at += len;
    }
    return jd_span_new(out, at);
}

static const struct {
    const char *front, *piece;
} bombs[] = {
    { "", "<div>" },
    { "", "<b><p>" },
    { "", "<span><p></span>" },
    { "", "<table><td>" },
    { "", "<ul><li><span></span>" },
    { "", "<svg>" },
    { "", "<select>" },
    { "", "<title>" },
    { "", "<!--" },
    { "", "<" },
    { "", "</" },
    { "", "&" },
    { "<p ", "a " },
    { "<p style='", "color:red;" },
    { "<table>", "<b>x" },
    { "", "a<i>b</i>" },
    { "", "</p>" },
    { "<pre>", "\n" },
};

TEST(bounds_pages_made_to_hurt)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    for (size_t i = 0; i < sizeof(bombs) / sizeof(*bombs); i++) {
        struct jd_html html = read_page(repeat(bombs[i].front, bombs[i].piece, 1 << 20));
        CHECK(safe_html_finding(html.safe) == NULL);
        CHECK(html.text.len <= limits.text_bytes_max);
        jd_arena_reset(arena);
    }
}

TEST(falls_back_to_text_beyond_the_bounds)
{
    struct jd_html html = read_page(repeat("<p>first</p>second &amp; third", "<div>", 5000));
    CHECK_TEXT(html.text, "first\nsecond & third");
    CHECK_INT(html.safe.len, 0);
    CHECK(html.limits_hit & JD_LIMIT_HTML);
}

TEST(makes_no_html_when_none_is_wanted)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_html html;
    limits.want_html = false;
    CHECK(jd_html_read(arena, JD_SPAN("<p>text"), &limits, &html));
    CHECK_TEXT(html.text, "text");
    CHECK_INT(html.safe.len, 0);
}

TEST(finds_the_charset_of_a_page)
{
    CHECK_TEXT(jd_html_meta_charset(JD_SPAN("<meta charset=\"koi8-r\">")), "koi8-r");
    CHECK_TEXT(
            jd_html_meta_charset(JD_SPAN("<meta content='text/html; CHARSET=big5'>")), "big5");
    CHECK_TEXT(jd_html_meta_charset(JD_SPAN("<p>none")), "");
}

int main(void)
{
    arena = jd_arena_create((size_t)64 << 20);
    RUN(reads_what_a_reader_sees);
    RUN(leaves_out_hidden_text_and_says_so);
    RUN(keeps_what_only_looks_hidden);
    RUN(marks_zones_of_the_markup);
    RUN(keeps_lengths_within_bounds);
    RUN(writes_safe_html);
    RUN(lets_no_attack_through);
    RUN(is_stable_when_read_again);
    RUN(bounds_pages_made_to_hurt);
    RUN(falls_back_to_text_beyond_the_bounds);
    RUN(makes_no_html_when_none_is_wanted);
    RUN(finds_the_charset_of_a_page);
    jd_arena_destroy(&arena);
    return REPORT();
}
