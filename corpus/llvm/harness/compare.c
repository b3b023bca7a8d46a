/* Comparisons that came out one way only, and inputs on which they come out otherwise.
 *
 * The instrumented copy says every comparison that it makes. Where a side of one is a word that the
 * run read, took as an argument or got from a stand-in, widened or not, that word becomes what the
 * other side was, or one more or less. Where it is none, it is taken for a word that was read shortly
 * before, and the difference is added to that. Bits that a mask or a narrower type cuts off are set
 * and cleared, and the sign of what is extended. */
#include "harness.h"

#include <string.h>

#define SITES 1024
#define MOST_OPEN 96
#define POINTERS 0x80
#define EQUALITY 0x100
#define CUT 0x200 /* `b` are the bits of `a` that stay */
#define FLOATS 0x400

enum outcome { LESS = 1, EQUAL = 2, GREATER = 4, ALL = 7 };

struct comparison { u64 site, a, b; u32 loads; u16 bits; u8 outcomes; };
static struct comparison made[SITES]; /* of this run: the last at each site */
static u16 order[SITES];
static u32 num_made;
static u8 seen[SITES]; /* outcomes at a site in all runs on this function that ended well */
static struct { u32 count; struct comparison open[MOST_OPEN]; } kept[MOST_INPUTS];

/* A comparison is about to be made; `bits` is the width, with POINTERS or EQUALITY. */
void pl_compare(u64 a, u64 b, u32 bits) {
    if (!now.planning) return;
    u64 site = (u64)__builtin_return_address(0), at = mix(site) % SITES;
    struct comparison *one = &made[at];
    if (one->site != site) {
        if (one->site) return; /* two sites of one number: the first stays */
        order[num_made++] = (u16)at;
        one->outcomes = 0;
    }
    u8 outcome = a == b ? EQUAL : a < b ? LESS : GREATER;
    if (bits & CUT) outcome = a & ~b ? GREATER : EQUAL;
    *one = (struct comparison){site, a, b, loads_so_far(), (u16)bits, one->outcomes | outcome};
}

void comparisons_reset(void) {
    while (num_made) made[order[--num_made]].site = 0;
}

/* Another function. */
void comparisons_forget(void) {
    comparisons_reset();
    memset(seen, 0, sizeof seen);
}

/* The run was a good one: what it compared can be made to come out otherwise in its children.
 * Whether a comparison came out as never before. */
bool comparisons_keep(u32 number) {
    u32 count = 0;
    bool news = false;
    for (u32 i = 0; i < num_made; i++) {
        const struct comparison *one = &made[order[i]];
        news |= (one->outcomes & ~seen[order[i]]) != 0;
        seen[order[i]] |= one->outcomes;
        if (count < MOST_OPEN) kept[number].open[count++] = *one;
    }
    kept[number].count = count;
    return news;
}

static bool is_open(const struct comparison *one) {
    u8 found = seen[mix(one->site) % SITES];
    if (one->bits & (POINTERS | EQUALITY | CUT)) return !(found & EQUAL) || !(found & (LESS | GREATER));
    return found != ALL;
}

static u64 cut(u64 value, u32 bits) { return bits < 64 ? value & ((1ull << bits) - 1) : value; }

static u64 widened_to(u64 value, u32 size, u32 bits) {
    u32 unused = 64 - 8 * size;
    return cut((u64)((int64_t)(value << unused) >> unused), bits);
}

/* Whether `word`, of `size` bytes, is `value` as it was compared. */
static bool is_it(u64 word, u32 size, u64 value, u32 bits) {
    if (8 * size > bits) return cut(word, bits) == value;
    return cut(word, 8 * size) == value || widened_to(word, size, bits) == value;
}

/* What `a` is to be, instead of what it was beside `b`. */
static u64 other_side(const struct comparison *one, u64 a, u64 b, u64 random) {
    u32 bits = one->bits & 0x7f;
    if (one->bits & POINTERS) return a != b ? b : b ? 0 : arena_pointer(random >> 8);
    if (one->bits & CUT) return cut(a & ~one->b ? a & one->b : a | (mix(random) & ~one->b), bits);
    if (one->bits & FLOATS && random % 3 == 0) return b ^ 1ull << (bits - 1);
    if (a == b || random % 4 == 0) return random & 8 ? b + 1 : b - 1;
    return b;
}

static bool set_source(const struct knowledge *parent, u64 value, u64 wanted, u32 bits, u64 random) {
    for (u32 i = 0; i < parent->loads; i++) {
        const struct place *load = &parent->load[(i + random) % parent->loads];
        if (is_it(load->value, load->size, value, bits)) return set_word(load->at, wanted, load->size);
    }
    for (u32 i = 0; i < pl.num_arguments; i++) {
        const struct piece *piece = &pl.piece[pl.arguments + (i + random) % pl.num_arguments];
        u64 word = 0;
        if (piece->size > 8 || piece->flags & FIXED) continue;
        memcpy(&word, now.plan->arguments + piece->offset, piece->size);
        if (!is_it(word, piece->size, value, bits)) continue;
        return set_argument(piece, wanted);
    }
    for (u32 i = 0; i < parent->answers; i++) {
        const struct place *given = &parent->answer[(i + random) % parent->answers];
        if (cut(given->value, bits) == value) return set_answer((u32)given->at, given->size, wanted);
    }
    return false;
}

/* Take a word that was read before the comparison for its source, up to a constant. */
static bool shift_source(const struct knowledge *parent, const struct comparison *one, u64 difference, u64 random) {
    if (!parent->loads) return false;
    u32 back = (u32)(random % 4 + parent->all_loads - one->loads);
    const struct place *load = &parent->load[(back < parent->loads ? back : random) % parent->loads];
    if (load->size == 8 && points_to_region(load->value)) return false;
    return set_word(load->at, load->value + difference, load->size);
}

/* Change the plan, a copy of its parent's, so that an open comparison comes out otherwise. */
bool flip_comparison(const struct knowledge *parent, u32 number, u64 random) {
    u32 count = kept[number].count;
    for (u32 i = 0; i < count; i++) {
        const struct comparison *one = &kept[number].open[(i + random) % count];
        u64 choice = mix(random + i);
        /* What is lost is worth another look: it may matter together with something else. */
        if (!is_open(one) && !(one->bits & CUT && choice >> 60 < 2)) continue;
        u32 bits = one->bits & 0x7f;
        u64 a = one->a, b = one->b;
        if (choice & 1 && !(one->bits & CUT)) a = one->b, b = one->a;
        u64 wanted = other_side(one, a, b, choice >> 1);
        if (set_source(parent, a, wanted, bits, choice >> 16)) return true;
        if (one->bits & CUT) continue;
        if (set_source(parent, b, a == b ? a + 1 : a, bits, choice >> 16)) return true;
        if (!(one->bits & (POINTERS | FLOATS)) && shift_source(parent, one, wanted - a, choice >> 24)) return true;
    }
    return false;
}
