/** Inline style, declaration by declaration. */
#include "mail/css.h"

#include <stdlib.h>

enum {
    VALUE_BYTES_MAX = 300,
    NAME_BYTES_MAX = 32,
    SAME_COLOR_DISTANCE = 6, // per channel; spam writes #fefefe on #ffffff
};

/* What a property tells us besides being allowed. */
enum fact {
    FACT_NONE = 0,
    FACT_DISPLAY,
    FACT_VISIBILITY,
    FACT_FONT_SIZE,
    FACT_OPACITY,
    FACT_COLOR,
    FACT_BACKGROUND,
    FACT_WHITE_SPACE,
    FACT_MAX_HEIGHT,
    FACT_OVERFLOW,
};

struct property {
    const char *name;
    enum fact fact;
    bool hidden_only; // read, but not passed on
};

/* Sorted by bytes. */
static const struct property properties[] = {
    { "background", FACT_BACKGROUND, false },
    { "background-color", FACT_BACKGROUND, false },
    { "background-image", FACT_BACKGROUND, true },
    { "border", FACT_NONE, false },
    { "border-bottom", FACT_NONE, false },
    { "border-bottom-color", FACT_NONE, false },
    { "border-bottom-left-radius", FACT_NONE, false },
    { "border-bottom-right-radius", FACT_NONE, false },
    { "border-bottom-style", FACT_NONE, false },
    { "border-bottom-width", FACT_NONE, false },
    { "border-collapse", FACT_NONE, false },
    { "border-color", FACT_NONE, false },
    { "border-left", FACT_NONE, false },
    { "border-left-color", FACT_NONE, false },
    { "border-left-style", FACT_NONE, false },
    { "border-left-width", FACT_NONE, false },
    { "border-radius", FACT_NONE, false },
    { "border-right", FACT_NONE, false },
    { "border-right-color", FACT_NONE, false },
    { "border-right-style", FACT_NONE, false },
    { "border-right-width", FACT_NONE, false },
    { "border-spacing", FACT_NONE, false },
    { "border-style", FACT_NONE, false },
    { "border-top", FACT_NONE, false },
    { "border-top-color", FACT_NONE, false },
    { "border-top-left-radius", FACT_NONE, false },
    { "border-top-right-radius", FACT_NONE, false },
    { "border-top-style", FACT_NONE, false },
    { "border-top-width", FACT_NONE, false },
    { "border-width", FACT_NONE, false },
    { "caption-side", FACT_NONE, false },
    { "clear", FACT_NONE, false },
    { "color", FACT_COLOR, false },
    { "direction", FACT_NONE, false },
    { "display", FACT_DISPLAY, false },
    { "empty-cells", FACT_NONE, false },
    { "float", FACT_NONE, false },
    { "font", FACT_NONE, false },
    { "font-family", FACT_NONE, false },
    { "font-size", FACT_FONT_SIZE, false },
    { "font-style", FACT_NONE, false },
    { "font-variant", FACT_NONE, false },
    { "font-weight", FACT_NONE, false },
    { "height", FACT_NONE, false },
    { "letter-spacing", FACT_NONE, false },
    { "line-height", FACT_NONE, false },
    { "list-style", FACT_NONE, false },
    { "list-style-position", FACT_NONE, false },
    { "list-style-type", FACT_NONE, false },
    { "margin", FACT_NONE, false },
    { "margin-bottom", FACT_NONE, false },
    { "margin-left", FACT_NONE, false },
    { "margin-right", FACT_NONE, false },
    { "margin-top", FACT_NONE, false },
    { "max-height", FACT_MAX_HEIGHT, true },
    { "max-width", FACT_NONE, false },
    { "min-height", FACT_NONE, false },
    { "min-width", FACT_NONE, false },
    { "opacity", FACT_OPACITY, true },
    { "overflow", FACT_OVERFLOW, true },
    { "overflow-wrap", FACT_NONE, false },
    { "padding", FACT_NONE, false },
    { "padding-bottom", FACT_NONE, false },
    { "padding-left", FACT_NONE, false },
    { "padding-right", FACT_NONE, false },
    { "padding-top", FACT_NONE, false },
    { "table-layout", FACT_NONE, false },
    { "text-align", FACT_NONE, false },
    { "text-decoration", FACT_NONE, false },
    { "text-indent", FACT_NONE, false },
    { "text-transform", FACT_NONE, false },
    { "vertical-align", FACT_NONE, false },
    { "visibility", FACT_VISIBILITY, true },
    { "white-space", FACT_WHITE_SPACE, false },
    { "width", FACT_NONE, false },
    { "word-break", FACT_NONE, false },
    { "word-wrap", FACT_NONE, false },
};

static const struct {
    const char *name;
    uint32_t color;
} color_names[] = {
    { "white", 0xffffff },
    { "black", 0x000000 },
    { "red", 0xff0000 },
    { "green", 0x008000 },
    { "blue", 0x0000ff },
    { "gray", 0x808080 },
    { "grey", 0x808080 },
    { "silver", 0xc0c0c0 },
    { "yellow", 0xffff00 },
    { "navy", 0x000080 },
    { "whitesmoke", 0xf5f5f5 },
    { "snow", 0xfffafa },
    { "ivory", 0xfffff0 },
    { "orange", 0xffa500 },
    { "purple", 0x800080 },
    { "maroon", 0x800000 },
    { "teal", 0x008080 },
};

static int compare_name(const void *key, const void *row)
{
    return strcmp(key, ((const struct property *)row)->name);
}

static const struct property *find_property(struct jd_span name)
{
    char lower[NAME_BYTES_MAX + 1];
    if (name.len == 0 || name.len > NAME_BYTES_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < name.len; i++) {
        lower[i] = jd_ascii_lower(name.data[i]);
    }
    lower[name.len] = '\0';
    return bsearch(lower, properties, sizeof(properties) / sizeof(*properties),
            sizeof(*properties), compare_name);
}

static int hex_digit(char c)
{
    c = jd_ascii_lower(c);
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t hex_color(struct jd_span digits)
{
    uint32_t value = 0;
    if (digits.len != 3 && digits.len != 6) {
        return JD_COLOR_UNKNOWN;
    }
    for (size_t i = 0; i < digits.len; i++) {
        int digit = hex_digit(digits.data[i]);
        if (digit < 0) {
            return JD_COLOR_UNKNOWN;
        }
        value = value << 4 | (uint32_t)digit;
        if (digits.len == 3) {
            value = value << 4 | (uint32_t)digit;
        }
    }
    return value;
}

/** "rgb(1, 2, 3)"; with an alpha channel it is unknown. */
static uint32_t rgb_color(struct jd_span value)
{
    uint32_t color = 0;
    int channels = 0;
    for (size_t i = 4; i < value.len && channels < 3; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            continue;
        }
        uint32_t channel = 0;
        while (i < value.len && value.data[i] >= '0' && value.data[i] <= '9') {
            channel = channel * 10 + (uint32_t)(value.data[i] - '0');
            channel = channel > 255 ? 255 : channel;
            i++;
        }
        if (i < value.len && (value.data[i] == '%' || value.data[i] == '.')) {
            return JD_COLOR_UNKNOWN;
        }
        color = color << 8 | channel;
        channels++;
    }
    return channels == 3 ? color : JD_COLOR_UNKNOWN;
}

uint32_t jd_css_color(struct jd_span value)
{
    value = jd_span_trim(value);
    if (value.len && value.data[0] == '#') {
        return hex_color(jd_span_sub(value, 1, value.len));
    }
    if (jd_span_equal_nocase(jd_span_sub(value, 0, 4), JD_SPAN("rgb("))) {
        return rgb_color(value);
    }
    for (size_t i = 0; i < sizeof(color_names) / sizeof(*color_names); i++) {
        if (jd_span_equal_nocase(value, jd_span_of(color_names[i].name))) {
            return color_names[i].color;
        }
    }
    // HTML's bgcolor may come without the sign.
    return value.len == 6 ? hex_color(value) : JD_COLOR_UNKNOWN;
}

bool jd_css_same_color(uint32_t a, uint32_t b)
{
    if (a == JD_COLOR_UNKNOWN || b == JD_COLOR_UNKNOWN) {
        return false;
    }
    for (int shift = 0; shift <= 16; shift += 8) {
        int distance = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        if (distance > SAME_COLOR_DISTANCE || distance < -SAME_COLOR_DISTANCE) {
            return false;
        }
    }
    return true;
}

static bool starts_nocase(struct jd_span value, struct jd_span prefix)
{
    return jd_span_equal_nocase(jd_span_sub(value, 0, prefix.len), prefix);
}

/** "0", "0px", "0.0em": a number that is nought. */
static bool is_nought(struct jd_span value)
{
    size_t at = 0;
    while (at < value.len && (value.data[at] == '0' || value.data[at] == '.')) {
        at++;
    }
    return at > 0 && (at == value.len || value.data[at] < '1' || value.data[at] > '9');
}

static uint32_t background_color(struct jd_span value)
{
    // The shorthand may begin or end with a picture; only a lone colour is known.
    return memchr(value.data, ' ', value.len) && !starts_nocase(value, JD_SPAN("rgb"))
                   ? JD_COLOR_UNKNOWN
                   : jd_css_color(value);
}

struct size_facts {
    bool no_height;
    bool clipped;
};

static void
note_fact(enum fact fact, struct jd_span value, struct jd_css *css, struct size_facts *size)
{
    switch (fact) {
    case FACT_DISPLAY:
        css->gone = css->gone || starts_nocase(value, JD_SPAN("none"));
        break;
    case FACT_VISIBILITY:
        css->invisible_set = true;
        css->invisible = starts_nocase(value, JD_SPAN("hidden")) ||
                         starts_nocase(value, JD_SPAN("collapse"));
        break;
    case FACT_FONT_SIZE:
        css->tiny_set = true;
        css->tiny = is_nought(value) || jd_span_equal_nocase(value, JD_SPAN("1px"));
        break;
    case FACT_OPACITY:
        css->gone = css->gone || is_nought(value);
        break;
    case FACT_COLOR:
        css->color_set = true;
        css->color = jd_css_color(value);
        break;
    case FACT_BACKGROUND:
        css->background_set = true;
        css->background = background_color(value);
        break;
    case FACT_WHITE_SPACE:
        css->pre_set = true;
        css->pre = starts_nocase(value, JD_SPAN("pre"));
        break;
    case FACT_MAX_HEIGHT:
        size->no_height = is_nought(value);
        break;
    case FACT_OVERFLOW:
        size->clipped = starts_nocase(value, JD_SPAN("hidden"));
        break;
    case FACT_NONE:
        break;
    }
}

static bool is_color_function(struct jd_span before)
{
    static const struct jd_span names[] = { JD_SPAN("rgb"), JD_SPAN("rgba"), JD_SPAN("hsl"),
        JD_SPAN("hsla") };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct jd_span tail = jd_span_sub(before,
                before.len > names[i].len ? before.len - names[i].len : 0, names[i].len);
        bool whole =
                before.len == tail.len || strchr(" ,", before.data[before.len - tail.len - 1]);
        if (whole && jd_span_equal_nocase(tail, names[i])) {
            return true;
        }
    }
    return false;
}

/** Plain words, numbers, quoted font names and colour functions; nothing that can load or run.
 */
static bool is_safe_value(struct jd_span value)
{
    if (value.len == 0 || value.len > VALUE_BYTES_MAX) {
        return false;
    }
    int quotes = 0;
    int apostrophes = 0;
    int depth = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        bool word = (c >= '0' && c <= '9') ||
                    (jd_ascii_lower(c) >= 'a' && jd_ascii_lower(c) <= 'z');
        if (!word && (c == '\0' || !strchr(" #%.,-+'\"()!", c))) {
            return false;
        }
        if (c == '(' && !is_color_function(jd_span_sub(value, 0, i))) {
            return false;
        }
        depth += c == '(';
        depth -= c == ')';
        quotes += c == '"';
        apostrophes += c == '\'';
        if (depth < 0 || depth > 1) {
            return false;
        }
    }
    return depth == 0 && quotes % 2 == 0 && apostrophes % 2 == 0;
}

/* How long things may be, in pixels, by the beginning of the property's name: text must not be
 * moved over what is around it, out of sight, or blown up beyond it. */
// clang-format off: a table to be read
static const struct {
    const char *name;
    double least, most;
} bounds[] = {
    { "border-radius", 0, 100000 },                   // harmless: a pill
    { "border", 0, 500 }, { "font-weight", 0, 1000 }, // no length
    { "font", 0, 256 }, { "letter-spacing", -3, 50 }, { "line-height", 0, 500 },
    { "margin", 0, 1000 }, { "padding", 0, 1000 },
    { "text-indent", -100, 500 },                     // a hanging indent
    { "vertical-align", -100, 100 }, { "", 0, 5000 }, // width and the like
};
// clang-format on

/* Roughly, on a usual screen: good enough for bounds. */
static const struct {
    const char *name;
    double pixels;
} units[] = { { "px", 1 }, { "pt", 1.34 }, { "pc", 16 }, { "in", 96 }, { "cm", 38 },
    { "mm", 3.8 }, { "q", 1 }, { "em", 16 }, { "rem", 16 }, { "ex", 8 }, { "ch", 8 },
    { "vw", 12 }, { "vh", 10 }, { "vmin", 10 }, { "vmax", 12 }, { "%", 10 } };

/** The pixels of a unit; 0: it is none that is known. */
static double pixels_of(struct jd_span unit)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (jd_span_equal_nocase(unit, jd_span_of(units[i].name))) {
            return units[i].pixels;
        }
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_byte(char c)
{
    return is_digit(c) || c == '-' || (jd_ascii_lower(c) >= 'a' && jd_ascii_lower(c) <= 'z');
}

/** Digits with at most one point among them; where they end. */
static size_t read_number(struct jd_span value, size_t at, double *out_number)
{
    double number = 0, place = 0;
    for (; at < value.len && (is_digit(value.data[at]) || value.data[at] == '.'); at++) {
        if (value.data[at] == '.') {
            place = 1;
        } else if (place > 0) {
            place /= 10;
            number += place * (value.data[at] - '0');
        } else {
            number = number * 10 + (value.data[at] - '0');
        }
    }
    *out_number = number;
    return at;
}

static bool starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/** One number and its unit at `*at`, which moves behind them. */
static bool is_within(const char *property, struct jd_span value, size_t *at)
{
    double sign = value.data[*at] == '-' ? -1 : 1;
    *at += value.data[*at] == '-' || value.data[*at] == '+';
    double number;
    size_t unit = *at = read_number(value, *at, &number);
    while (*at < value.len && (is_name_byte(value.data[*at]) || value.data[*at] == '%')) {
        ++*at;
    }
    size_t row = 0;
    while (!starts_with(property, bounds[row].name)) {
        row++;
    }
    double pixels = 1;
    double most = bounds[row].most;
    if (*at > unit) {
        bool of_font = value.data[unit] == '%' &&
                       (starts_with(property, "font") || starts_with(property, "line-height"));
        pixels = of_font ? 0.16 : pixels_of(jd_span_sub(value, unit, *at - unit));
    } else if (strcmp(property, "font") == 0) {
        most = 1000; // the weight
    } else if (strcmp(property, "line-height") == 0) {
        pixels = 16; // a factor
    }
    double length = sign * number * pixels;
    return pixels > 0 && length >= bounds[row].least && length <= most;
}

/** Every number of a safe value, but for those of colours and names. */
static bool is_bounded(const char *property, struct jd_span value)
{
    char quote = '\0';
    bool in_color = false;
    for (size_t i = 0; i < value.len;) {
        char c = value.data[i];
        char next = i + 1 < value.len ? value.data[i + 1] : '\0';
        bool signs = c == '-' || c == '+' || c == '.';
        if (quote || c == '"' || c == '\'') {
            quote = quote == c ? '\0' : quote ? quote : c;
            i++;
        } else if (c == '(' || c == ')' || in_color) {
            in_color = c == '(' || (in_color && c != ')');
            i++;
        } else if (is_digit(c) || (signs && (is_digit(next) || next == '.'))) {
            if (!is_within(property, value, &i)) {
                return false;
            }
        } else if (c == '#' || is_name_byte(c)) {
            do {
                i++;
            } while (i < value.len && is_name_byte(value.data[i]));
        } else {
            i++;
        }
    }
    return true;
}

static void read_declaration(struct jd_span declaration,
        struct jd_css *css,
        struct size_facts *size,
        struct jd_buf *safe)
{
    const char *colon = memchr(declaration.data, ':', declaration.len);
    if (colon == NULL) {
        return;
    }
    size_t name_len = (size_t)(colon - declaration.data);
    struct jd_span name = jd_span_trim(jd_span_sub(declaration, 0, name_len));
    struct jd_span value =
            jd_span_trim(jd_span_sub(declaration, name_len + 1, declaration.len));
    const struct property *property = find_property(name);
    if (property == NULL || value.len == 0) {
        return;
    }
    note_fact(property->fact, value, css, size);
    if (safe && !property->hidden_only && is_safe_value(value) &&
            is_bounded(property->name, value)) {
        jd_buf_text(safe, property->name);
        jd_buf_char(safe, ':');
        jd_buf_add(safe, value);
        jd_buf_char(safe, ';');
    }
}

void jd_css_read(struct jd_span style, struct jd_css *out_css, struct jd_buf *safe)
{
    struct size_facts size = { false, false };
    *out_css = (struct jd_css){ .color = JD_COLOR_UNKNOWN, .background = JD_COLOR_UNKNOWN };
    struct jd_span declaration;
    while (jd_span_split(&style, ';', &declaration)) {
        if (declaration.len) {
            read_declaration(declaration, out_css, &size, safe);
        }
    }
    out_css->gone = out_css->gone || (size.no_height && size.clipped);
}
