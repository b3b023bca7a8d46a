/* Inputs that end in undefined behaviour are changed where it seems to come from.
 *
 * The instrumented copy says what address it was about to touch. If a word that it loaded from an
 * arena or a global led there, that word was meant to be a pointer and becomes one; if an integer
 * did, it becomes small. The same input then runs again, and gets further. */
#include "harness.h"

#include <string.h>

#define MOST_LOADS 1024
#define NEAR_BEFORE 512
#define NEAR_AFTER 16384

static struct place loads[MOST_LOADS];
static u64 num_loads;

struct answered { u32 call, offset; u64 value; };
static struct answered answers[MOST_ANSWERS];
static u64 num_answers;

void loads_reset(void) { num_loads = num_answers = 0; }

u32 loads_so_far(void) { return (u32)num_loads; }

void note_load(u64 at, u32 size) {
    const struct region *region = region_of(at);
    if (!region || region->flags & (CONSTANT | OPAQUE) || !(region->flags & (ARENA | GLOBAL))) return;
    struct place *load = &loads[num_loads++ % MOST_LOADS];
    *load = (struct place){at, 0, size};
    memcpy(&load->value, (void *)at, size);
}

void note_answer(u32 call, u32 offset, u64 value) {
    answers[num_answers++ % MOST_ANSWERS] = (struct answered){call, offset, value};
}

static u64 widened(u64 value, u32 size) {
    u32 unused = 64 - 8 * size;
    return (u64)((int64_t)(value << unused) >> unused);
}

static bool is_small(u64 value) { return value + 1 <= 17; }

/* A word of memory that was read as an integer, and that other code could have changed. */
bool recent_integer(u64 choice, u64 *at, u32 *size) {
    u64 kept = num_loads < MOST_LOADS ? num_loads : MOST_LOADS;
    for (u64 i = 0; i < kept && i < 8; i++) {
        const struct place *load = &loads[(num_loads - 1 - (choice + i) % kept) % MOST_LOADS];
        const struct region *region = region_of(load->at);
        bool hidden = load->at < BASE + ARENAS * ARENA_STRIDE &&
                      pl.private_arenas >> ((load->at - BASE) / ARENA_STRIDE) & 1;
        if (hidden || !(region->flags & WRITABLE) || load->size > 8) continue;
        u64 value = 0;
        memcpy(&value, (void *)load->at, load->size);
        if (load->size == 8 && points_to_region(value)) continue;
        *at = load->at;
        *size = load->size;
        return true;
    }
    return false;
}

bool set_word(u64 at, u64 value, u32 size) {
    struct plan *plan = now.plan;
    for (u32 i = 0; i < plan->patches; i++)
        if (plan->patch[i].at == at && plan->patch[i].size == size) {
            if (plan->patch[i].value == value) return false;
            plan->patch[i].value = value;
            return true;
        }
    if (plan->patches == MOST_PATCHES) return false;
    plan->patch[plan->patches++] = (struct patch){at, value, size, 0};
    return true;
}

bool set_answer(u32 call, u32 offset, u64 value) {
    struct plan *plan = now.plan;
    for (u32 i = 0; i < plan->answers; i++)
        if (plan->answer[i].call == call && plan->answer[i].offset == offset) {
            if (plan->answer[i].value == value) return false;
            plan->answer[i].value = value;
            return true;
        }
    if (plan->answers == MOST_ANSWERS) return false;
    plan->answer[plan->answers++] = (struct answer){call, offset, value};
    return true;
}

/* An arena that nothing points to yet, while there is one. */
static bool fresh_pointer(u64 *pointer) {
    u32 used = pl.private_arenas;
    for (u32 i = 0; i < pl.num_arguments; i++)
        if (pl.piece[pl.arguments + i].kind == POINTER) used |= 1u << pl.piece[pl.arguments + i].arena;
    for (u32 i = 0; i < now.plan->patches; i++) {
        u64 value = now.plan->patch[i].value;
        if (value >= BASE && value < BASE + ARENAS * ARENA_STRIDE) used |= 1u << ((value - BASE) / ARENA_STRIDE);
    }
    for (u32 i = 0; i < ARENAS; i++)
        if (!(used >> i & 1)) {
            *pointer = BASE + i * ARENA_STRIDE + ARENA_START;
            return true;
        }
    *pointer = arena_pointer(draw(now.seed, 11, now.plan->attempts));
    return !pl.distinct;
}

static bool leads_to(u64 value, u64 at) { return at - value + NEAR_BEFORE <= NEAR_BEFORE + NEAR_AFTER; }

/* The last different words that the run loaded; their number. */
u32 recent_loads(struct place *places, u32 most) {
    u64 kept = num_loads < MOST_LOADS ? num_loads : MOST_LOADS;
    u32 count = 0;
    for (u64 i = 0; i < kept && count < most; i++) {
        const struct place *load = &loads[(num_loads - 1 - i) % MOST_LOADS];
        u32 j = 0;
        while (j < count && (places[j].at != load->at || places[j].size != load->size)) j++;
        if (j == count) places[count++] = *load;
    }
    return count;
}

/* The first answers of stand-ins. */
u32 recent_answers(struct place *places, u32 most) {
    u32 count = num_answers < most ? (u32)num_answers : most;
    if (num_answers > MOST_ANSWERS) return 0;
    for (u32 i = 0; i < count; i++)
        places[i] = (struct place){answers[i].call, answers[i].value, answers[i].offset};
    return count;
}

/* Make a pointer to `pointer` of what led to `at`; `exact`: it was `at` itself. */
static bool mend_pointer(u64 at, bool exact, u64 pointer) {
    u64 kept = num_loads < MOST_LOADS ? num_loads : MOST_LOADS;
    for (u64 i = 0; i < kept; i++) {
        const struct place *load = &loads[(num_loads - 1 - i) % MOST_LOADS];
        if (load->size != 8 || (exact ? load->value != at : !leads_to(load->value, at))) continue;
        if (!exact && points_to_region(load->value)) continue;
        return set_word(load->at, pointer, 8);
    }
    for (u32 i = 0; i < pl.num_arguments; i++) {
        const struct piece *piece = &pl.piece[pl.arguments + i];
        u64 value;
        if (piece->size != 8 || piece->flags & FIXED) continue;
        memcpy(&value, now.plan->arguments + piece->offset, 8);
        if (exact ? value != at : !leads_to(value, at) || points_to_region(value)) continue;
        u64 own = BASE + piece->arena * ARENA_STRIDE + ARENA_START;
        memcpy(now.plan->arguments + piece->offset, piece->kind == POINTER && !exact ? &own : &pointer, 8);
        return true;
    }
    u64 given = num_answers < MOST_ANSWERS ? num_answers : MOST_ANSWERS;
    for (u64 i = 0; i < given; i++) {
        const struct answered *one = &answers[(num_answers - 1 - i) % MOST_ANSWERS];
        if (exact ? one->value != at : !leads_to(one->value, at) || points_to_region(one->value)) continue;
        return set_answer(one->call, one->offset, pointer);
    }
    return false;
}

/* Make the integer small that was loaded last and is not; else one of the arguments. */
static bool mend_integer(void) {
    u64 kept = num_loads < MOST_LOADS ? num_loads : MOST_LOADS;
    u64 random = draw(now.seed, 12, now.plan->attempts);
    for (u64 i = 0; i < kept; i++) {
        const struct place *load = &loads[(num_loads - 1 - i) % MOST_LOADS];
        u64 value = widened(load->value, load->size);
        if (is_small(value) || (load->size == 8 && points_to_region(load->value))) continue;
        if (set_word(load->at, random & 7, load->size)) return true;
    }
    for (u32 i = 0; i < pl.num_arguments; i++) {
        const struct piece *piece = &pl.piece[pl.arguments + i];
        if (piece->kind != INTEGER || piece->size > 8 || piece->flags & (FIXED | RANGED)) continue;
        u64 value = 0;
        memcpy(&value, now.plan->arguments + piece->offset, piece->size);
        if (is_small(widened(value, piece->size))) continue;
        value = random & (piece->bits < 8 ? 1 : 7);
        memcpy(now.plan->arguments + piece->offset, &value, piece->size);
        return true;
    }
    u64 given = num_answers < MOST_ANSWERS ? num_answers : MOST_ANSWERS;
    for (u64 i = 0; i < given; i++) {
        const struct answered *one = &answers[(num_answers - 1 - i) % MOST_ANSWERS];
        if (one->value + 1 <= 9 || points_to_region(one->value)) continue;
        if (set_answer(one->call, one->offset, random & 3)) return true;
    }
    /* All are small: one of them is zero, or too large still. */
    for (u64 i = 0; i < kept; i++) {
        const struct place *load = &loads[(num_loads - 1 - (random >> 8) + i) % MOST_LOADS % kept];
        if (load->size == 8 && points_to_region(load->value)) continue;
        if (set_word(load->at, random & 3, load->size)) return true;
    }
    for (u32 i = 0; i < pl.num_arguments; i++) {
        const struct piece *piece = &pl.piece[pl.arguments + (i + (u32)random) % pl.num_arguments];
        if (piece->kind != INTEGER || piece->size > 8 || piece->flags & (FIXED | RANGED)) continue;
        u64 value = random >> 8 & (piece->bits < 8 ? 1 : 3);
        memcpy(now.plan->arguments + piece->offset, &value, piece->size);
        return true;
    }
    return false;
}

/* Make a floating-point argument moderate, or a word that was loaded as one may be. */
static bool mend_number(void) {
    static const double moderate[] = {0.5, 1.0, 2.0, 3.0, 0.25, 10.0, 7.0, 1.5};
    u64 random = draw(now.seed, 13, now.plan->attempts);
    for (u32 i = 0; i < pl.num_arguments; i++) {
        const struct piece *piece = &pl.piece[pl.arguments + (i + (u32)random) % pl.num_arguments];
        double wide = moderate[random >> 8 & 7];
        float narrow = (float)wide;
        if (piece->kind != FLOATING || (piece->size != 8 && piece->size != 4)) continue;
        void *value = piece->size == 8 ? (void *)&wide : (void *)&narrow;
        if (!memcmp(now.plan->arguments + piece->offset, value, piece->size)) continue;
        memcpy(now.plan->arguments + piece->offset, value, piece->size);
        return true;
    }
    u64 kept = num_loads < MOST_LOADS ? num_loads : MOST_LOADS;
    for (u64 i = 0; i < kept && pl.floats; i++) {
        const struct place *load = &loads[(num_loads - 1 - i) % MOST_LOADS];
        double wide = moderate[random >> 8 & 7];
        float narrow = (float)wide;
        u64 word = 0;
        if ((load->size != 8 && load->size != 4) || points_to_region(load->value)) continue;
        memcpy(&word, load->size == 8 ? (void *)&wide : (void *)&narrow, load->size);
        if (set_word(load->at, word, load->size)) return true;
    }
    return false;
}

/* End a list that is followed for ever. */
static bool mend_length(void) {
    u64 kept = num_loads < MOST_LOADS ? num_loads : MOST_LOADS;
    for (u64 i = 0; i < kept && now.plan->attempts & 1; i++) {
        const struct place *load = &loads[(num_loads - 1 - i) % MOST_LOADS];
        if (load->size == 8 && points_to_region(load->value)) return set_word(load->at, 0, 8);
    }
    return mend_integer();
}

/* Change the plan where the run of `record` went wrong; false where nothing is left to try. */
bool mend(const struct record *record) {
    if (record->ending == TOO_LONG) return mend_length();
    u64 at = record->fault_at, pointer;
    if (record->code == BAD_CALLEE) return mend_pointer(at, true, record->stand_in);
    bool address = record->code == BAD_LOAD || record->code == BAD_STORE || record->code == BAD_OFFSET;
    if (address && !points_to_region(at) && fresh_pointer(&pointer) && mend_pointer(at, false, pointer)) return true;
    if (record->code >= CONVERSION && record->code <= INFINITE && mend_number()) return true;
    return mend_integer() || mend_number();
}
