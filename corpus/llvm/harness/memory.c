/* Regions, their contents before and after a run, and pointers made comparable. */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>
#include <sys/mman.h>

struct description pl;
struct shared *const shared = (struct shared *)SHARED_AT;

static struct region regions[MOST_REGIONS];
static u32 num_regions, num_fixed;
static u8 image[ARENAS * ARENA_BYTES + GLOBALS_BYTES / 16]; /* contents before the run */
#define FREED 0xf4eedull
#define SLACK 32 /* bytes behind a global that belong to nobody, and stay as they are */
#define SLACK_BYTE 0xa5
#define SLACK_WORD 0xa5a5a5a5a5a5a5a5ull

/* Objects with an end: heap blocks, and stack objects of the instrumented copy. */
struct object_at { u64 at, bytes; bool live; };
#define MOST_LIVE 8192
struct pool { struct object_at object[MOST_LIVE]; u32 count; u64 next, end; };
static struct pool heap, stack;
static u32 freed; /* arenas, which a function may free as if its caller had allocated them */

u64 mix(u64 value) {
    value += 0x9e3779b97f4a7c15ull;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
    return value ^ (value >> 31);
}

u64 draw(u64 seed, u64 a, u64 b) { return mix(mix(mix(seed) ^ a) ^ b); }

u64 hash_bytes(u64 hash, const void *bytes, u64 count) {
    const u8 *at = bytes;
    for (; count >= 8; count -= 8, at += 8) {
        u64 word;
        memcpy(&word, at, 8);
        hash = mix(hash ^ word);
    }
    u64 last = count;
    for (u64 i = 0; i < count; i++) last = last << 8 | at[i];
    return count ? mix(hash ^ last) : hash;
}

static bool map(u64 at, u64 bytes, int protection, int sharing) {
    int flags = MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE | sharing;
    return mmap((void *)at, bytes, protection, flags, -1, 0) == (void *)at;
}

/* Make the memory that does not depend on the function. 0 where it is taken. */
int pl_setup(void) {
    int both = PROT_READ | PROT_WRITE;
    for (u64 i = 0; i < ARENAS; i++)
        if (!map(BASE + i * ARENA_STRIDE, ARENA_BYTES, both, MAP_PRIVATE)) return 0;
    return map(HEAP_AT, HEAP_BYTES, both, MAP_PRIVATE) && map(STACK_AT, STACK_BYTES, both, MAP_PRIVATE) &&
           map(SHARED_AT, (sizeof(struct shared) + 4095) & ~4095ull, both, MAP_SHARED) && shadow_setup();
}

/* Forget the function that was described, and begin with the arenas. */
void pl_begin(void) {
    memset(&pl, 0, sizeof pl);
    munmap((void *)GLOBALS_AT, GLOBALS_BYTES);
    num_regions = 0;
    for (u64 i = 0; i < ARENAS; i++)
        regions[num_regions++] =
            (struct region){BASE + i * ARENA_STRIDE, ARENA_BYTES, WRITABLE | ARENA};
    num_fixed = num_regions;
}

/* Add a global of `bytes`; pages of its own, so that what lies beyond it faults. 0 when full. */
u64 pl_global(u64 bytes, u64 align, u32 flags) {
    static u64 next;
    if (num_regions == ARENAS) next = GLOBALS_AT;
    u64 start = (next + 4096 + align - 1) / align * align;
    u64 end = (start + bytes + SLACK + 4095) & ~4095ull;
    u64 held = 0;
    for (u32 i = ARENAS; i < num_regions; i++) held += (regions[i].bytes + 7) & ~7ull;
    if (num_regions >= MOST_REGIONS / 2 || end > GLOBALS_AT + GLOBALS_BYTES ||
        held + bytes > GLOBALS_BYTES / 16 - 8)
        return 0;
    u64 page = start & ~4095ull;
    if (!map(page, end - page, PROT_READ | PROT_WRITE, MAP_PRIVATE)) return 0;
    regions[num_regions++] = (struct region){start, bytes, flags | GLOBAL};
    num_fixed = num_regions;
    next = end;
    return start;
}

/* Forget the constants of the variant before. */
void pl_variant(void *function) {
    pl.function = function;
    num_regions = num_fixed;
}

/* A constant of the variant, or memory of a library. 0 when full. */
int pl_constant(u64 at, u64 bytes, u32 flags) {
    if (num_regions == MOST_REGIONS) return 0;
    u32 i = num_regions++;
    for (; i > num_fixed && regions[i - 1].at > at; i--) regions[i] = regions[i - 1];
    regions[i] = (struct region){at, bytes, flags};
    return 1;
}

const struct region *region_of(u64 at) {
    if (at >= BASE && at < BASE + ARENAS * ARENA_STRIDE) {
        u64 number = (at - BASE) / ARENA_STRIDE;
        const struct region *region = &regions[number];
        if (freed >> number & 1) return NULL;
        return at - region->at <= region->bytes ? region : NULL;
    }
    bool global = at >= GLOBALS_AT && at < GLOBALS_AT + GLOBALS_BYTES;
    u32 low = global ? ARENAS : num_fixed, high = global ? num_fixed : num_regions;
    while (low < high) {
        u32 middle = (low + high) / 2;
        if (regions[middle].at <= at) low = middle + 1;
        else high = middle;
    }
    if (low == (global ? ARENAS : num_fixed)) return NULL;
    const struct region *region = &regions[low - 1];
    return at - region->at <= region->bytes ? region : NULL;
}

static struct pool *pool_of(u64 at) {
    if (at >= HEAP_AT && at < HEAP_AT + HEAP_BYTES) return &heap;
    if (at >= STACK_AT && at < STACK_AT + STACK_BYTES) return &stack;
    return NULL;
}

static struct object_at *object_of(struct pool *pool, u64 at) {
    u32 low = 0, high = pool->count;
    while (low < high) {
        u32 middle = (low + high) / 2;
        if (pool->object[middle].at <= at) low = middle + 1;
        else high = middle;
    }
    if (!low) return NULL;
    struct object_at *object = &pool->object[low - 1];
    return at - object->at <= object->bytes ? object : NULL;
}

/* Bytes from `at` to the end of what it points into; 0 at the end and outside. */
u64 room_at(u64 at, bool *writable) {
    struct pool *pool = pool_of(at);
    if (pool) {
        struct object_at *object = object_of(pool, at);
        *writable = true;
        return object && object->live ? object->bytes - (at - object->at) : 0;
    }
    if (pl.passes_copies && at >= now.stack_low && at < now.stack_high) {
        *writable = false; /* an argument that was passed by value, before it was copied */
        return now.stack_high - at;
    }
    const struct region *region = region_of(at);
    *writable = region && region->flags & WRITABLE;
    return region ? region->bytes - (at - region->at) : 0;
}

bool in_region(u64 at, u64 bytes, bool write) {
    bool writable;
    u64 room = room_at(at, &writable);
    return room >= bytes && (room || !bytes) && (writable || !write);
}

/* Whether an inbounds offset may lead to `at`: in, or one past. 0 no object, else its number. */
u64 object_number(u64 at) {
    struct pool *pool = pool_of(at);
    if (pool) {
        struct object_at *object = object_of(pool, at);
        return object && object->live ? object->at : 0;
    }
    const struct region *region = region_of(at);
    return region ? region->at : 0;
}

bool points_to_region(u64 value) { return pool_of(value) || region_of(value); }

void objects_reset(void) {
    if (heap.next > HEAP_AT + FILLED_BYTES) { /* what was not filled is to be zero again */
        madvise((void *)HEAP_AT, (heap.next - HEAP_AT + 4095) & ~4095ull, MADV_DONTNEED);
        shadow_forget(HEAP_AT, heap.next - HEAP_AT);
    }
    heap.count = stack.count = freed = 0;
    heap.next = HEAP_AT + 64;
    heap.end = HEAP_AT + HEAP_BYTES;
    stack.next = STACK_AT + 64;
    stack.end = STACK_AT + STACK_BYTES;
}

void *object_new(u64 bytes, u64 align, bool on_heap, u8 fill) {
    struct pool *pool = on_heap ? &heap : &stack;
    if (align < 16) align = 16;
    u64 at = (pool->next + align - 1) / align * align;
    if (align > 4096 || bytes > pool->end - at - 64 || at + 64 > pool->end || pool->count == MOST_LIVE)
        leave_run(now.checked ? UNDEFINED : TOO_LONG, NO_ROOM, bytes);
    pool->object[pool->count++] = (struct object_at){at, bytes, true};
    pool->next = at + bytes + 48;
    u64 filled = on_heap && bytes > FILLED_BYTES ? FILLED_BYTES : bytes;
    memset((void *)at, fill, filled);
    if (fill) shadow_undefine(at, filled);
    else shadow_define(at, filled);
    return (void *)at;
}

/* End an object; false where none that lives begins there. */
bool object_end(u64 at, bool on_heap) {
    if (on_heap && at - BASE < ARENAS * ARENA_STRIDE && (at - BASE) % ARENA_STRIDE == ARENA_START) {
        u32 bit = 1u << (at - BASE) / ARENA_STRIDE;
        bool lived = !(freed & bit);
        freed |= bit;
        return lived;
    }
    struct pool *pool = on_heap ? &heap : &stack;
    struct object_at *object = pool_of(at) == pool ? object_of(pool, at) : NULL;
    if (!object || !object->live || object->at != at) return false;
    object->live = false;
    shadow_undefine(at, object->bytes);
    return true;
}

u64 object_bytes(u64 at) {
    if (at - BASE < ARENAS * ARENA_STRIDE && (at - BASE) % ARENA_STRIDE == ARENA_START)
        return ARENA_BYTES - ARENA_START;
    struct pool *pool = pool_of(at);
    struct object_at *object = pool ? object_of(pool, at) : NULL;
    return object ? object->bytes : 0;
}

u64 stack_mark(void) { return stack.count; }

void stack_release(u64 mark) {
    if (mark > stack.count) return;
    stack.count = (u32)mark;
    stack.next = mark ? stack.object[mark - 1].at + stack.object[mark - 1].bytes + 48 : STACK_AT + 64;
}

/* What a constant of the variant holds from `at` on; pointers in it lead to other constants, whose
 * beginnings count, or to what has the same address everywhere. */
static u64 hash_constant(const struct region *region, u64 at, u64 most, bool follow) {
    u64 hash = 0xc0457ull, end = region->at + region->bytes;
    if (end - at > most) end = at + most;
    for (; at < end; at++) {
        u64 word;
        const struct region *other = NULL;
        if (at % 8 == 0 && end - at >= 8) {
            memcpy(&word, (void *)at, 8);
            other = region_of(word);
            if (word == (u64)pl.function || (other && other->flags & CONSTANT)) {
                hash = mix(hash ^ (other && follow ? hash_constant(other, word, 16, false) : 0xc0456ull));
                at += 7;
                continue;
            }
        }
        hash = mix(hash ^ *(u8 *)at);
    }
    return hash;
}

/* The same for a word in every variant, wherever its stack, heap and constants are. */
u64 comparable(u64 word) {
    if (word - BASE < GLOBALS_AT + GLOBALS_BYTES - BASE) return word;
    if (word >= now.stack_low && word < now.stack_high) return 0x5ac70000ull;
    if (word == (u64)pl.function) return 0xf0c70000ull;
    struct pool *pool = pool_of(word);
    if (pool == &stack) return 0x5ac70000ull;
    if (pool == &heap) {
        struct object_at *object = object_of(pool, word);
        return 0x4ea90000ull + (object ? word - object->at : 0);
    }
    const struct region *region = num_regions > num_fixed ? region_of(word) : NULL;
    if (!region) return word;
    return region->flags & OPAQUE ? 0xc0457ull : hash_constant(region, word, 64, true);
}

u64 hash_words(u64 hash, u64 at, u64 bytes) {
    for (; bytes >= 8; bytes -= 8, at += 8) {
        u64 word;
        memcpy(&word, (void *)at, 8);
        hash = mix(hash ^ comparable(word));
    }
    return hash_bytes(hash, (void *)at, bytes);
}

/* A pointer to an arena that any pointer may lead to. */
u64 arena_pointer(u64 choice) {
    u32 arena = (u32)(choice % ARENAS);
    for (u32 i = 0; i < ARENAS && pl.private_arenas >> arena & 1; i++) arena = (arena + 1) % ARENAS;
    return BASE + arena * ARENA_STRIDE + ARENA_START;
}

static u32 small(u64 random) {
    static const u32 usual[] = {0, 0, 0, 1, 1, 2, 3, 4, 5, 8, 16, (u32)-1};
    if (pl.constants && random % 5 == 0) return (u32)likely_number(random);
    return random & 7 ? usual[(random >> 8) % 12] : (u32)(random >> 16 & 0xff);
}

static u64 number(u64 random) {
    static const double usual[] = {0.0, 1.0, -1.0, 0.5, 2.0, 3.25, -7.5, 100.0, 1e-3, 1e6};
    double value = usual[(random >> 8) % 10];
    float pair[2] = {(float)value, (float)usual[(random >> 16) % 10]};
    u64 word;
    memcpy(&word, random & 1 ? (void *)&value : (void *)pair, 8);
    return word;
}

enum contents { ZERO, SMALL, TEXT, RANDOM, MIXED, NUMBERS };

static u64 word_of(enum contents contents, u64 random) {
    u64 word = 0;
    switch (contents) {
    case ZERO: return 0;
    case SMALL: return (u64)small(random) << 32 | small(mix(random));
    case TEXT:
        for (int i = 0; i < 8; i++) {
            u64 part = random >> (8 * i) & 0xff;
            u8 letter = part < 20 ? 0 : (u8)("etaoin shrdlu01234567:/.,-+%ETA_"[part & 31]);
            word |= (u64)letter << (8 * i);
        }
        return word;
    case RANDOM: return random;
    case MIXED:
        if (random % 3 == 0 && !pl.distinct) return arena_pointer(random >> 8);
        return (u64)small(random) << 32 | small(mix(random));
    case NUMBERS: return number(random);
    }
    return 0;
}

#define PATTERN 509 /* words; prime, so that no structure meets the same words again at once */

static void generate(u64 *words, u64 count, u64 seed, u64 choice) {
    enum contents kinds[] = {SMALL, ZERO, TEXT, MIXED, RANDOM, SMALL, MIXED, TEXT};
    enum contents contents = pl.floats && (choice >> 8) % 3 ? NUMBERS : kinds[choice % 8];
    if (contents == ZERO) {
        memset(words, 0, count * 8);
        return;
    }
    u64 state = mix(seed), own = count < PATTERN ? count : PATTERN;
    for (u64 i = 0; i < own; i++) {
        state = state * 0xd1342543de82ef95ull + 0x2545f4914f6cdd1dull;
        words[i] = word_of(contents, state ^ state >> 29);
    }
    for (u64 i = own; i < count; i += own) /* drawing each would take most of a run's time */
        memcpy(words + i, words, (count - i < own ? count - i : own) * 8);
    for (u64 i = count - (count < 4 ? 0 : 2); i < count; i++) words[i] = 0; /* strings end */
}

static void *image_of(const struct region *region) {
    u64 offset = 0;
    for (const struct region *r = regions; r < region; r++) offset += (r->bytes + 7) & ~7ull;
    return image + offset;
}

static void poke(u64 at, const void *value, u64 size) {
    const struct region *region = region_of(at);
    if (region && region->flags & (ARENA | GLOBAL) && at - region->at + size <= region->bytes)
        memcpy((u8 *)image_of(region) + (at - region->at), value, size);
}

/* Put the input's contents into the image, unless it is there already, and into memory. */
void lay_out(struct plan *plan) {
    u8 *into = image;
    for (u32 i = 0; i < num_fixed; i++) {
        u64 words = (regions[i].bytes + 7) / 8;
        generate((u64 *)into, words, draw(plan->seed, 1, i), draw(plan->seed, 2, i));
        into += words * 8;
    }
    for (u32 i = 0; i < pl.slots; i++) {
        u64 random = draw(plan->seed, 3, i);
        u64 pointer = random % 8 ? arena_pointer(random >> 8) : 0;
        poke(pl.slot[i], &pointer, 8);
    }
    for (u32 i = 0; i < plan->patches; i++)
        poke(plan->patch[i].at, &plan->patch[i].value, plan->patch[i].size);
    into = image;
    for (u32 i = 0; i < num_fixed; i++) {
        memcpy((void *)regions[i].at, into, regions[i].bytes);
        if (i >= ARENAS) memset((void *)(regions[i].at + regions[i].bytes), SLACK_BYTE, SLACK);
        into += (regions[i].bytes + 7) & ~7ull;
    }
}

static u64 word_at(const u8 *from, u64 offset, u64 bytes) {
    u64 word = 0;
    memcpy(&word, from + offset, bytes - offset < 8 ? bytes - offset : 8);
    return word;
}

static void note_changed(u64 at, u64 value, u64 was) {
    struct record *record = now.record;
    struct changed changed = {at, value, was};
    record->changed_hash = hash_bytes(record->changed_hash, &changed, sizeof changed);
    if (record->changed < MOST_CHANGED) record->words[record->changed] = changed;
    record->changed++;
}

/* Write every word that is no longer what it was into the record. */
void compare_memory(void) {
    bool returned = now.record->ending == RETURNED;
    const u8 *was = image;
    for (u32 i = 0; i < num_fixed; was += (regions[i++].bytes + 7) & ~7ull) {
        const struct region *region = &regions[i];
        if (i < ARENAS && freed >> i & 1) {
            note_changed(region->at, FREED, 0); /* what it held is nobody's */
            continue;
        }
        if (region->flags & OPAQUE || (!returned && i < ARENAS && pl.private_arenas >> i & 1)) continue;
        const u8 *is = (const u8 *)region->at;
        for (u64 at = region->bytes; i >= ARENAS && at + 8 <= region->bytes + SLACK; at += 8) {
            u64 word = word_at(is, at, region->bytes + SLACK);
            if (word != SLACK_WORD) note_changed(region->at + at, word, SLACK_WORD);
        }
        if (!memcmp(is, was, region->bytes)) continue;
        for (u64 at = 0; at < region->bytes; at += 8) {
            u64 word = word_at(is, at, region->bytes);
            if (word == word_at(was, at, region->bytes)) continue;
            note_changed(region->at + at, comparable(word), word_at(was, at, region->bytes));
        }
    }
}

/* A hash of what an unknown callee could see of memory: what differs from the beginning. */
u64 hash_memory(void) {
    u64 hash = 0;
    const u8 *was = image;
    for (u32 i = 0; i < num_fixed; was += (regions[i++].bytes + 7) & ~7ull) {
        const struct region *region = &regions[i];
        if (region->flags & OPAQUE || (i < ARENAS && (pl.private_arenas | freed) >> i & 1)) continue;
        const u8 *is = (const u8 *)region->at;
        if (!memcmp(is, was, region->bytes)) continue;
        for (u64 at = 0; at < region->bytes; at += 8) {
            u64 word = word_at(is, at, region->bytes);
            if (word != word_at(was, at, region->bytes))
                hash = mix(mix(hash ^ (region->at + at)) ^ comparable(word));
        }
    }
    return hash;
}
