/* Inputs that reach more of the function, from those that reached some of it.
 *
 * An input that ran well is a parent: its child differs in a few words that the parent's run read,
 * in arguments, or in what stand-ins return, which become numbers that the function itself names,
 * numbers near them, and edges. Who takes a way between blocks that nobody took is kept; of the
 * others some are. Everything follows from the seed; work is bounded by counts, never by time. */
#include "harness.h"

#include <string.h>

#define FRESH_FIRST 12
#define MOST_RUNS 320
#define MOST_RUNS_FOR_ONE 240
#define MOST_WORK 4000000ull /* blocks entered */
#define WORK_OF_A_RUN 3000ull
#define WORK_OF_A_CALL 200ull
#define ATTEMPTS_OF_A_CHILD 12

static struct knowledge known[MOST_INPUTS];
static u8 reached[COVERAGE_BYTES];

/* A number that the function names, one beside it, a small one, or an edge. */
u64 likely_number(u64 random) {
    static const u64 edges[] = {0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
                                0x7fffffffffffffff, 0x8000000000000000, (u64)-1, 0, 1, 0x100, 0x10000};
    u64 choice = random >> 24 & 15, index = random >> 32;
    if (choice < 8 && pl.constants) {
        u64 number = pl.constant[index % pl.constants];
        return choice == 6 ? number + 1 : choice == 7 ? number - 1 : number;
    }
    if (choice < 12) return index & 15;
    if (choice < 14) return edges[index & 15];
    return index & 0xff;
}

static void change_load(const struct knowledge *parent, u64 random) {
    const struct place *load = &parent->load[random % parent->loads];
    u64 choice = mix(random);
    if (load->size == 8 && points_to_region(load->value)) {
        if (choice % 4 == 0) set_word(load->at, choice & 16 ? 0 : arena_pointer(choice >> 8), 8);
        return;
    }
    set_word(load->at, likely_number(choice), load->size);
}

/* False where the argument is fixed, or may not have this value. */
bool set_argument(const struct piece *piece, u64 value) {
    if (piece->size > 8 || piece->flags & FIXED || (piece->flags & NONNULL && !value)) return false;
    if (piece->kind == INTEGER && piece->bits < 64) value &= (1ull << piece->bits) - 1;
    if (piece->flags & RANGED && value - piece->low >= piece->high - piece->low) return false;
    memcpy(now.plan->arguments + piece->offset, &value, piece->size);
    return true;
}

static void change_argument(u64 random) {
    const struct piece *piece = &pl.piece[pl.arguments + random % pl.num_arguments];
    if (piece->kind == INTEGER) set_argument(piece, likely_number(mix(random)));
}

static void change_answer(const struct knowledge *parent, u64 random) {
    const struct place *given = &parent->answer[random % parent->answers];
    if (points_to_region(given->value)) return;
    set_answer((u32)given->at, given->size, likely_number(mix(random)));
}

/* Make of `plan` a child of an input that ran, or, while there is none, another input. */
static void derive(struct plan *plan, u32 usable, u32 *spare, u64 random) {
    now.plan = plan;
    if (!usable) {
        u64 seed = plan->seed;
        *plan = shared->plan[*spare];
        plan->seed = mix(seed);
        plan->attempts = 0;
        *spare += *spare + 1 < MOST_INPUTS;
        return;
    }
    u32 from = (u32)(random % usable);
    for (u32 i = 0; i < 4 && !known[from].is_news; i++) from = (u32)(mix(random + i) % usable);
    if (plan != &shared->plan[from]) *plan = shared->plan[from];
    plan->attempts = plan->usable = 0;
    u32 changes = 1 + (random >> 16 & 3);
    for (u32 i = 0; i < changes; i++) {
        u64 choice = draw(random, 21, i);
        if (choice >> 60 < 10 && flip_comparison(&known[from], from, choice >> 4)) continue;
        if (choice % 8 < 5 && known[from].loads) change_load(&known[from], choice >> 8);
        else if (choice % 8 < 7 && pl.num_arguments) change_argument(choice >> 8);
        else if (known[from].answers) change_answer(&known[from], choice >> 8);
    }
}

/* Shape one candidate until it runs without anything undefined. */
static bool try_out(u32 number, u32 attempts, u32 *runs, u64 *work) {
    struct plan *plan = &shared->plan[number];
    struct record *record = &shared->records[FIRST_FILL][number];
    do {
        run_once(number, record, 0xaa, true, true);
        plan->attempts++;
        ++*runs;
        *work += record->steps + record->calls * WORK_OF_A_CALL + WORK_OF_A_RUN;
    } while (record->ending != RETURNED && (record->ending == UNDEFINED || record->ending == TOO_LONG) &&
             plan->attempts < attempts && *work < MOST_WORK && mend(record));
    plan->trap = record->code;
    plan->trap_at = record->fault_at;
    if (record->ending == UNDEFINED || record->ending == TOO_LONG || record->ending == SIGNALLED) return false;
    known[number].loads = recent_loads(known[number].load, MOST_PLACES);
    known[number].all_loads = loads_so_far();
    known[number].compares_news = comparisons_keep(number);
    known[number].answers = recent_answers(known[number].answer, MOST_GIVEN);
    run_once(number, &shared->records[SECOND_FILL][number], 0x55, true, false);
    ++*runs;
    return shared->records[SECOND_FILL][number].ending == record->ending;
}

static bool is_news(const struct record *record) {
    bool found = false;
    for (u32 i = 0; i < COVERAGE_BYTES; i++) {
        found |= (record->coverage[i] & ~reached[i]) != 0;
        reached[i] |= record->coverage[i];
    }
    return found;
}

/* The instrumented copy makes of the first `wanted` plans inputs that can be used. Places whose
 * candidates fail are tried again with others; those of `from` and on are the first. */
void pl_plan(u32 from, u32 wanted, u32 attempts) {
    u32 runs = 0, filled = from, spare = wanted < MOST_INPUTS ? wanted : MOST_INPUTS - 1;
    u64 work = 0, random = mix(shared->plan[0].seed);
    shared->progress = from;
    memset(reached, 0, sizeof reached);
    comparisons_forget();
    for (u32 place = from; place < wanted; place++) {
        shared->progress = place + 1;
        for (u32 round = 0;; round++) {
            bool fresh = round == 0 && (place < FRESH_FIRST || place % 4 == 0);
            random = mix(random + place);
            /* A place whose turn has not come holds a fresh input: it is kept for that. */
            if (!fresh) derive(&shared->plan[place], filled, &spare, random);
            bool ran = try_out(place, fresh || !filled ? attempts : ATTEMPTS_OF_A_CHILD, &runs, &work);
            known[place].is_news = ran && is_news(&shared->records[FIRST_FILL][place]);
            bool over = runs >= (filled ? MOST_RUNS : MOST_RUNS_FOR_ONE) || work >= MOST_WORK;
            bool taken = known[place].is_news || (ran && known[place].compares_news) || (ran && (fresh || random % 4 == 0));
            if (taken || over) {
                shared->plan[place].usable = ran;
                break;
            }
        }
        if (!shared->plan[place].usable) break; /* out of work */
        filled = place + 1;
    }
    shared->done++;
}
