/* Our string and table functions against Lua's own: the same script in both states. */
#include <lualib.h>

#include "jd_test.h"
#include "script/sandbox.h"

/* Each gives a text. */
static const char *const scripts[] = {
    "local a, b, c = ('hello world'):find('(o)()') return tostring(a) .. tostring(b) .. tostring(c)",
    "return tostring(('hello'):find('l'))",
    "return tostring(('hello'):find('xyz'))",
    "return tostring(('hello'):find(''))",
    "return tostring(('hello'):find('', 10))",
    "return tostring(('hello'):find('', 6))",
    "return tostring(('hello'):find('l', -2))",
    "return tostring(('a.b'):find('.', 2, true))",
    "return tostring(('a+b'):find('+', 1, true))",
    "return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')",
    "return ('2025-03-07'):match('(%d+)-(%d+)-(%d+)')",
    "return ('  trim  '):match('^%s*(.-)%s*$') .. '|'",
    "return ('THE (quick) fox'):match('%((%a+)%)')",
    "return ('f(a(b)c)d'):match('%b()')",
    "return ('THE (quick) fox'):gsub('%f[%a]%a+', string.lower)",
    "return (('hello world'):gsub('o', '0'))",
    "return (('hello world'):gsub('o', '0', 1))",
    "return (('hello'):gsub('', '-'))",
    "return (('hello'):gsub('l*', 'x'))",
    "return (('abc'):gsub('%w', '%0%0'))",
    "return (('abc def'):gsub('(%w+) (%w+)', '%2 %1'))",
    "return (('abc'):gsub('b', { b = 'X' }))",
    "return (('abc'):gsub('b', { b = false }))",
    "return (('abc'):gsub('b', function() return nil end))",
    "return (('abc'):gsub('^a', 'x'))",
    "return (('aaa'):gsub('^a', 'x'))",
    "return (('abc'):gsub('()', '%1'))",
    "return (('a b'):gsub('%s', '%%'))",
    "return tostring(select(2, ('banana'):gsub('an', 'x')))",
    "local t = {} for w in ('one two  three'):gmatch('%a+') do t[#t + 1] = w end return table.concat(t, ',')",
    "local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end return table.concat(t)",
    "local t = {} for w in ('abc'):gmatch('') do t[#t + 1] = w .. '.' end return table.concat(t)",
    "local t = {} for w in ('abab'):gmatch('a?') do t[#t + 1] = '<' .. w .. '>' end return table.concat(t)",
    "return ('x'):match('[^%d]') .. ('5'):match('[%d]') .. ('-'):match('[%-]') .. (']'):match('[]]')",
    "return tostring(('a'):match('[^]]')) .. tostring(('m'):match('[a-z]')) .. tostring(('-'):match('[a-]'))",
    "return tostring(#('\\0x'):match('%z')) .. tostring(('a\\0b'):find('\\0', 1, true))",
    "return ('abcabc'):match('(abc)%1')",
    "return ('aXb'):match('%u') .. ('aXb'):match('%L') .. ('!'):match('%p')",
    "return ('caaat'):match('a-t') .. ('caaat'):match('ca*t') .. ('ct'):match('ca?t')",
    "return tostring(('hello'):match('.-(l+)(.*)$'))",
    "return ('$1.50'):match('%$(%d+%.%d+)')",
    "return ('x^2'):match('x^2')",
    "return ('a$b'):match('a$b')",
    "return ('hello'):sub(2, 3) .. ('hello'):sub(-3) .. ('hello'):sub(4, 2) .. ('hello'):sub(-100, 100) .. ('hello'):sub(0)",
    "return ('x'):rep(3) .. ('x'):rep(3, ',') .. ('x'):rep(0) .. ('x'):rep(-1) .. ('ab'):rep(1, 'z')",
    "return ('aBc'):upper() .. ('aBc'):lower() .. ('abc'):reverse() .. #'abc'",
    "return table.concat({ ('abc'):byte(1, -1) }, ',') .. string.char(72, 105) .. tostring((('abc'):byte(10)))",
    "return ('%d %5d %-5d| %05.1f %s %10s %-10s| %x %X %o %c %i %u%%'):format(1, 2, 3, 4.25, 'a', 'b', 'c', 255, 255, 8, 65, 7, 9)",
    "return ('%s %s %s'):format(nil, true, 1.5)",
    "return ('%g %e %.3f %.14g'):format(0.1, 12345.678, 1 / 3, 2 ^ 53)",
    "return ('%+d % d %#x'):format(5, 5, 255)",
    "return table.concat({ 1, 2, 'x' }, '-') .. table.concat({}, 'x') .. table.concat({ 1, 2, 3 }, ',', 2, 3)",
    "local t = { 3, 1, 2 } table.sort(t) return table.concat(t)",
    "local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return table.concat(t)",
    "local t = { 'b', 'a', 'c' } table.sort(t) return table.concat(t)",
    "local t = { 1, 2, 3 } table.insert(t, 4) table.insert(t, 1, 0) return table.concat(t)",
    "local t = { 1, 2, 3 } local r = table.remove(t, 1) return table.concat(t) .. r .. table.remove(t) .. tostring(table.remove({}))",
    "return table.concat({ table.unpack({ 1, 2, 3 }, 2) }) .. table.pack(1, nil, 3).n",
    "return tostring(select('#', 1, nil)) .. tostring(select(-1, 1, 2)) .. tostring((select(2, 'a', 'b')))",
    "return tostring(tonumber('0x1F')) .. tostring(tonumber(' 12 ')) .. tostring(tonumber('1e2')) .. tostring(tonumber('z')) .. tostring(tonumber('zz', 36)) .. tostring(tonumber('9', 8)) .. tostring(tonumber('')) .. tostring(tonumber('-ff', 16))",
    "return tostring(1e15) .. tostring(-0.0) .. tostring(1 // 0.0) .. tostring(3 % -2) .. tostring(7 // 2) .. tostring(2^31)",
    "return tostring(pcall(error, 'x')) .. tostring(select(2, pcall(error, 'x', 0)))",
    "return tostring(select(2, pcall(function() error('x') end)))",
    "return tostring(select(2, pcall(function() error({}) end)) ~= nil)",
    "return tostring(xpcall(error, function(m) return m .. '!' end, 'x')) .. tostring(select(2, xpcall(error, function(m) return m .. '!' end, 'x')))",
    "return tostring(select(3, xpcall(function(...) return ... end, error, 1, 2)))",
    "local s = '' for i, v in ipairs({ 'a', 'b', nil, 'd' }) do s = s .. i .. v end return s",
    "local n = 0 for k, v in pairs({ 1, 2, x = 3 }) do n = n + v end return tostring(n)",
    "return utf8.char(72, 228, 8364, 128512) .. utf8.len('h\xc3\xa4') .. utf8.codepoint('\xc3\xa4') .. utf8.offset('a\xc3\xa4x', 3)",
    "local t = {} for p, c in utf8.codes('a\xc3\xa4') do t[#t + 1] = p .. ':' .. c end return table.concat(t, ' ')",
    "return math.max(1, 5, 3) .. math.floor(2.7) .. math.ceil(2.1) .. math.abs(-3) .. tostring(math.tointeger(3.0)) .. math.type(1) .. math.huge",
    "return tostring(rawequal('a', 'a')) .. type(nil) .. type({}) .. type(type)",
    "return assert('kept', 'x') .. tostring(select(2, pcall(assert, false, 'why'))) .. tostring(select(2, pcall(assert, nil)))",
};

static void run_stock(lua_State *lua, const char *script, char out[1000])
{
    if (luaL_loadstring(lua, script) || lua_pcall(lua, 0, 1, 0)) {
        FAIL("Lua itself: %s", lua_tostring(lua, -1));
    }
    snprintf(out, 1000, "%s", luaL_tolstring(lua, -1, NULL));
    lua_settop(lua, 0);
}

static int offer(lua_State *lua)
{
    jd_sandbox_begin(jd_sandbox_of(lua));
    jd_sandbox_seal(jd_sandbox_of(lua));
    return 0;
}

TEST(the_same_as_lua_itself)
{
    lua_State *stock = luaL_newstate();
    struct jd_sandbox *box = jd_sandbox_create(NULL);
    struct jd_sandbox_failure failure;
    int64_t budget = 1000000;
    luaL_openlibs(stock);
    lua_pushcfunction(box->lua, offer);
    CHECK(jd_sandbox_call(box, 0, 0, &budget, &failure));
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        char expected[1000];
        run_stock(stock, scripts[i], expected);
        budget = 1000000;
        // Errors in stock chunks are placed at '[string "..."]:1:': the same name here.
        if (!jd_sandbox_load(box, "t", jd_span_of(scripts[i]), &failure) ||
                !jd_sandbox_call(box, 0, 1, &budget, &failure)) {
            FAIL("%s: %s", scripts[i], failure.text);
            continue;
        }
        const char *got = lua_tostring(box->lua, -1);
        const char *place = strstr(expected, "\"]:1: ");
        if (place) {
            memmove(expected, place + 6, strlen(place + 6) + 1);
            got = got && strstr(got, "t:1: ") ? strstr(got, "t:1: ") + 5 : got;
        }
        if (got == NULL || strcmp(got, expected) != 0) {
            FAIL("%s: \"%s\", expected \"%s\"", scripts[i], got ? got : "nil", expected);
        }
        lua_settop(box->lua, 0);
    }
    printf("# %zu scripts\n", sizeof(scripts) / sizeof(*scripts));
    jd_sandbox_destroy(&box);
    lua_close(stock);
}

int main(void)
{
    RUN(the_same_as_lua_itself);
    return REPORT();
}
