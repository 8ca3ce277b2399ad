#!/usr/bin/env python3
"""Writes token_table.h: what the search tokeniser does with each code point.

    python3 core/base/token_table.py > core/base/token_table.h

Every fact comes from Python's unicodedata; the letters below it lists as having no
decomposition, though readers take them for a letter with a mark.
"""
import unicodedata

STROKED = dict(zip("øłđħŧıɨƀɇɉɍɏƶȼⱥⱦ", "oldhtiibejryzcat"))
STRIPPED_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")
# Written without spaces: Han, Hiragana, Katakana, Bopomofo, Hangul and its letters.
PAIRED = [
    (0x1100, 0x11FF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x318F), (0x31A0, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
]
# A thousand entries that hardly anybody writes: they stay as they are.
COMPATIBILITY_IDEOGRAPHS = [(0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
# Marks of no script of their own, the soft hyphen and joiners: they vanish within a token.
SKIPPED = [
    (0x00AD, 0x00AD), (0x0300, 0x036F), (0x0483, 0x0489), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF),
    (0x200C, 0x200D), (0x2060, 0x2060), (0x20D0, 0x20FF), (0x3099, 0x309A), (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F), (0xE0100, 0xE01EF),
]
SEPARATOR, SKIP, LETTER, MARK, PAIR = range(5)
SHIFT = 5  # code points in a block, as a power of two
LAST = 0x40000


def within(code, ranges):
    return any(first <= code <= last for first, last in ranges)


def is_word(char):
    return unicodedata.category(char)[0] in "LN"


def strip(char):
    """The letter below the marks, where the script is one whose marks are dropped."""
    if within(ord(char), COMPATIBILITY_IDEOGRAPHS):
        return char
    base = unicodedata.normalize("NFKD", char)
    letters = [c for c in base if not unicodedata.combining(c)]
    if len(letters) != 1 or not is_word(letters[0]):
        return char
    wide = unicodedata.decomposition(char).startswith("<") and len(base) == 1
    single = len(unicodedata.decomposition(char).split()) == 1 and len(base) == 1
    stripped = unicodedata.name(letters[0], "").startswith(STRIPPED_SCRIPTS)
    return letters[0] if wide or single or stripped else char


def fold(char):
    for _ in range(3):  # to the fixed point: stripping may uncover a capital, and back
        char = strip(char)
        lower = char.casefold()
        char = lower if len(lower) == 1 else char.lower() if len(char.lower()) == 1 else char
        char = STROKED.get(char, char)
    return char


def describe(code):
    """(class, folded code point)"""
    if 0xD800 <= code <= 0xDFFF:
        return SEPARATOR, 0
    if within(code, SKIPPED):
        return SKIP, 0
    char = chr(code)
    if unicodedata.category(char)[0] == "M":
        return MARK, code
    if not is_word(char):
        return SEPARATOR, 0
    folded = ord(fold(char))
    return (PAIR if within(folded, PAIRED) else LETTER), folded


def c_array(kind, name, values, per_line):
    print(f"static const {kind} {name}[{len(values)}] = {{")
    for i in range(0, len(values), per_line):
        print("    " + " ".join(f"{v}," for v in values[i : i + per_line]))
    print("};\n")


def main():
    # An entry is the distance to the folded code point times 8, plus the class; distances
    # repeat, so a block holds indexes into a short list of entries, and equal blocks are one.
    entries, blocks, index = [], [], []
    entry_at, block_at = {}, {}
    for start in range(0, LAST, 1 << SHIFT):
        block = []
        for code in range(start, start + (1 << SHIFT)):
            kind, folded = describe(code)
            entry = (folded - code if kind >= LETTER else 0) * 8 + kind
            if entry not in entry_at:
                entry_at[entry] = len(entries)
                entries.append(entry)
            block.append(entry_at[entry])
        block = tuple(block)
        if block not in block_at:
            block_at[block] = len(blocks)
            blocks.append(block)
        index.append(block_at[block])
    print("// Made by token_table.py from Unicode", unicodedata.unidata_version)
    print("// clang-format off")
    print("#ifndef JD_BASE_TOKEN_TABLE_H\n#define JD_BASE_TOKEN_TABLE_H\n\n#include <stdint.h>\n")
    print(f"#define TOKEN_TABLE_SHIFT {SHIFT}")
    print(f"#define TOKEN_TABLE_END   0x{LAST:X}u\n")
    print("enum token_class {\n    SEPARATOR,\n    SKIP,\n    LETTER,\n    MARK,\n    PAIR\n};\n")
    c_array("int32_t", "token_entries", entries, 12)
    c_array("uint16_t", "token_blocks", [e for block in blocks for e in block], 24)
    c_array("uint16_t", "token_index", index, 24)
    print("#endif\n// clang-format on")


main()
