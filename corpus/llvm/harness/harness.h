/* Runs one function on generated inputs and writes down what could be seen of it.
 *
 * Loaded into a sandbox's child. All addresses are fixed, so that every variant of a function meets
 * the same pointers. The child lays the memory out and describes the function; each variant then
 * runs in a forked, locked process, input after input, and leaves a record of each in shared memory.
 *
 *   memory.c   regions, their contents, pointers made comparable
 *   run.c      one input from its contents to its record
 *   explore.c  inputs that reach more of the function, from those that reached some of it
 *   compare.c  inputs on which a comparison comes out otherwise
 *   mend.c     inputs that end in undefined behaviour are changed until they do not
 *   stub.c     what stands in for unknown functions
 *   known.c    library functions whose meaning LLVM knows
 *   checks.c   what the instrumented copy calls
 *   shadow.c   which memory has no value, for the instrumented copy
 */
#ifndef PASSLAKE_HARNESS_H
#define PASSLAKE_HARNESS_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define BASE 0x2a0000000000ull
#define ARENAS 16
#define ARENA_BYTES 16384ull
#define ARENA_STRIDE 0x10000ull
#define ARENA_START 2048ull /* where pointers to an arena point, so that there is room on both sides */
#define GLOBALS_AT (BASE + 0x10000000ull)
#define GLOBALS_BYTES 0x4000000ull
#define HEAP_AT (BASE + 0x20000000ull)
#define HEAP_BYTES 0x3000000ull
#define FILLED_BYTES 0x10000ull /* of a heap block; beyond it all is zero and defined */
#define STACK_AT (BASE + 0x30000000ull)
#define STACK_BYTES 0x100000ull
#define SHARED_AT (BASE + 0x40000000ull)

#define MOST_INPUTS 64
#define MOST_REGIONS 768
#define MOST_PIECES 1024
#define MOST_CALLEES 256
#define MOST_SLOTS 4096
#define MOST_CONSTANTS 256

enum region_flag {
    WRITABLE = 1,
    ARENA = 2,
    GLOBAL = 4,
    CONSTANT = 8, /* of the module itself: its address is its own, what it holds is compared */
    PRIVATE = 16, /* reached through a noalias argument alone: no callee sees it */
    OPAQUE = 32,  /* not compared */
};

enum ending { NOT_RUN, RETURNED, UNDEFINED, SIGNALLED, EXITED, ABORTED, TOO_LONG, NO_RETURN };

enum undefined { /* numbers of the harness itself; those of the instrumentation are below */
    CONVERSION = 11, /* of the instrumentation, with what follows */
    NOT_A_NUMBER,
    INFINITE,
    UNINITIALISED = 25, /* of the instrumentation, raised here */
    BAD_LOAD = 1001,
    BAD_STORE,
    BAD_OFFSET,
    BAD_CALLEE,
    BAD_FREE,
    NO_ROOM,
};

enum kind { INTEGER, POINTER, FLOATING, BYTES };
enum piece_flag {
    NONNULL = 1,
    READONLY = 2,
    FIXED = 4,
    RANGED = 8,
    BYVAL = 16,
    UNREAD = 32, /* the callee does not look at what is there */
};

/* A scalar part of an argument or a result: where in its buffer, and what may be put there. */
struct piece {
    u32 offset, size;
    u32 kind, flags;
    u32 arena; /* of a pointer argument: where it points */
    u32 bytes; /* of what is passed by value there */
    u32 bits, unused;
    u64 low, high;
};

enum callee_flag {
    TRACED = 1,     /* may write or end the run: calls are compared in order */
    NORETURN = 2,
    READS = 4,      /* sees memory */
    OWN_MEMORY = 8, /* sees what its arguments point to, no more */
    FRESH = 16,     /* returns memory that nobody else has */
};

struct callee {
    u32 arguments, num_arguments, results, num_results;
    u32 flags;
    int32_t returned;
};

struct patch { u64 at, value; u32 size, unused; };
struct answer { u32 call, offset; u64 value; };
struct object { u32 call, argument, bytes, writable; };
struct change { u32 call, size; u64 at, value; };

#define MOST_PATCHES 256
#define MOST_ANSWERS 64
#define MOST_OBJECTS 256
#define MOST_CHANGES 64
#define MOST_ARGUMENT_BYTES 1024
#define MOST_RESULT_BYTES 512

/* An input: a seed, and what was learned when the instrumented copy ran on it. */
struct plan {
    u64 seed;
    u32 usable, attempts;
    u32 patches, answers, objects, changes;
    u32 trap, unused;
    u64 trap_at;
    u8 arguments[MOST_ARGUMENT_BYTES];
    struct patch patch[MOST_PATCHES];
    struct answer answer[MOST_ANSWERS];
    struct object object[MOST_OBJECTS];
    struct change change[MOST_CHANGES];
};

#define TRACE_BYTES 4096
#define OUTPUT_BYTES 1024
#define MOST_CHANGED 512
#define COVERAGE_BYTES 128

struct changed { u64 at, value, was; };

struct record {
    u32 ending, code;
    u64 fault_at, steps, stand_in; /* that an indirect call should have gone to */
    u32 calls, trace_bytes;
    u64 trace_hash;
    u32 output_bytes, changed;
    u64 output_hash, changed_hash;
    u8 coverage[COVERAGE_BYTES];
    u8 result[MOST_RESULT_BYTES];
    u8 trace[TRACE_BYTES];
    u8 output[OUTPUT_BYTES];
    struct changed words[MOST_CHANGED];
};

/* Rows of records: of the instrumented copy under either fill pattern, then of variants. */
#define ROWS 5
enum row { FIRST_FILL, SECOND_FILL, VARIANTS };

struct shared {
    u32 progress; /* inputs begun by the runner */
    u32 done;     /* loops over inputs that it came to the end of */
    struct plan plan[MOST_INPUTS];
    struct record records[ROWS][MOST_INPUTS];
};

/* A word that a run read: of memory, or of what a stand-in returned (`at`: call, `size`: offset). */
struct place { u64 at, value; u32 size; };

#define MOST_PLACES 64
#define MOST_GIVEN 16

/* What an input's run read: the last different words of `all_loads`, and the first answers. */
struct knowledge {
    u32 loads, answers, all_loads;
    struct place load[MOST_PLACES], answer[MOST_GIVEN];
    bool is_news, compares_news;
};

struct region { u64 at, bytes; u32 flags; };

typedef void entry(void *function, void *arguments, void *result);

/* The function under test, as the child describes it. */
struct description {
    entry *enter;
    void *function; /* of the variant that runs */
    u32 argument_bytes, result_bytes;
    u32 arguments, num_arguments, results, num_results;
    u32 private_arenas; /* bit per arena */
    u32 distinct;       /* no two pointers may lead to one arena */
    u32 floats, pieces, callees, slots, constants, passes_copies;
    u64 most_steps;
    struct piece piece[MOST_PIECES];
    struct callee callee[MOST_CALLEES];
    u64 slot[MOST_SLOTS]; /* words of globals that hold a pointer */
    u64 constant[MOST_CONSTANTS]; /* numbers that the function itself names */
};

extern struct description pl;
extern struct shared *const shared;

/* One run's state. */
struct run {
    struct plan *plan;
    struct record *record;
    bool checked;  /* the instrumented copy */
    bool planning; /* its first run, which writes the plan */
    bool active;
    u8 fill;
    u64 seed;
    u32 ordinal; /* of the next traced call */
    u64 stack_low, stack_high;
    u64 block; /* that it came from */
    sigjmp_buf leave;
    u64 result[MOST_RESULT_BYTES / 8];
    u64 arguments[MOST_ARGUMENT_BYTES / 8];
};
extern struct run now;

/* memory.c */
u64 mix(u64 value);
u64 draw(u64 seed, u64 a, u64 b);
void lay_out(struct plan *plan);
void compare_memory(void);
u64 hash_memory(void);
const struct region *region_of(u64 at);
bool in_region(u64 at, u64 bytes, bool write);
u64 room_at(u64 at, bool *writable);
u64 comparable(u64 word);
u64 hash_bytes(u64 hash, const void *bytes, u64 count);
u64 hash_words(u64 hash, u64 at, u64 bytes);
bool points_to_region(u64 value);
u64 arena_pointer(u64 choice);
void *object_new(u64 bytes, u64 align, bool heap, u8 fill);
bool object_end(u64 at, bool heap);
u64 object_bytes(u64 at);
void objects_reset(void);
u64 stack_mark(void);
void stack_release(u64 mark);

/* shadow.c */
bool shadow_setup(void);
void shadow_reset(void);
void shadow_undefine(u64 at, u64 bytes);
void shadow_define(u64 at, u64 bytes);
void shadow_copy(u64 to, u64 from, u64 bytes);
void need_defined(u64 at, u64 bytes);
bool is_undefined(u64 at, u64 bytes);
void shadow_forget(u64 at, u64 bytes);

/* run.c */
_Noreturn void leave_run(u32 ending, u32 code, u64 at);
_Noreturn void undefined_at(u32 code, u64 at);
void need(const void *at, u64 bytes, bool write);
u64 need_string(const char *text);
void run_once(u32 number, struct record *record, u8 fill, bool checked, bool planning);

/* explore.c */
u64 likely_number(u64 random);
bool set_argument(const struct piece *piece, u64 value);

/* compare.c */
void comparisons_reset(void);
void comparisons_forget(void);
bool comparisons_keep(u32 number);
bool flip_comparison(const struct knowledge *parent, u32 number, u64 random);

/* mend.c */
void loads_reset(void);
void note_load(u64 at, u32 size);
u32 loads_so_far(void);
bool mend(const struct record *record);
u32 recent_loads(struct place *places, u32 most);
u32 recent_answers(struct place *places, u32 most);
bool set_word(u64 at, u64 value, u32 size);
bool set_answer(u32 call, u32 offset, u64 value);
bool recent_integer(u64 choice, u64 *at, u32 *size);
void note_answer(u32 call, u32 offset, u64 value);

/* stub.c */
void pl_call(u32 number, u8 *arguments, u8 *result);
void trace(const void *bytes, u32 count);

/* known.c */
void known_reset(void);

#endif
