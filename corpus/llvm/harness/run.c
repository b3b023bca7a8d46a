/* One input from its contents to its record, and the loops over inputs. */
#define _GNU_SOURCE
#include "harness.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

struct run now;

static u8 alternate_stack[65536];

_Noreturn void leave_run(u32 ending, u32 code, u64 at) {
    now.record->ending = ending;
    now.record->code = code;
    now.record->fault_at = at;
    siglongjmp(now.leave, 1);
}

/* The instrumented copy did what has no meaning. */
_Noreturn void undefined_at(u32 code, u64 at) { leave_run(UNDEFINED, code, at); }

/* A library function touches this memory. */
void need(const void *at, u64 bytes, bool write) {
    if (now.checked && bytes && !in_region((u64)at, bytes, write))
        undefined_at(write ? BAD_STORE : BAD_LOAD, (u64)at);
    if (write) shadow_define((u64)at, bytes);
}

/* The length of a string, which must end inside its object. */
u64 need_string(const char *text) {
    if (!now.checked) return strlen(text);
    bool writable;
    u64 room = room_at((u64)text, &writable);
    if (!room) undefined_at(BAD_LOAD, (u64)text);
    u64 length = strnlen(text, room);
    if (length == room) undefined_at(BAD_LOAD, (u64)text + room);
    need_defined((u64)text, length + 1);
    return length;
}

#define MOST_CPU_US 200000
#define MOST_HANGS 2

/* A run may take so much processor time, many times what the instrumented copy's steps take. */
static void limit_time(bool on) {
    struct itimerval timer = {.it_value = {.tv_usec = on ? MOST_CPU_US : 0}};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    if (!now.active) {
        if (number == SIGVTALRM) return;
        signal(number, SIG_DFL); /* not the function's: let it end the process */
        return;
    }
    now.active = false;
    if (number == SIGVTALRM) leave_run(TOO_LONG, (u32)number, 0);
    u64 at = number == SIGSEGV || number == SIGBUS ? (u64)info->si_addr : 0;
    if (now.checked) leave_run(UNDEFINED, number == SIGSEGV ? BAD_LOAD : (u32)number, at);
    leave_run(number == SIGABRT ? ABORTED : SIGNALLED, (u32)number, 0);
}

/* Take the signals that foreign code may raise. Once, in the process that will run it. */
void pl_catch(void) {
    stack_t alternate = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGVTALRM};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
}

static void canonical_nan(u8 *at, u32 size) {
    double wide;
    float narrow;
    if (size == 8 && (memcpy(&wide, at, 8), wide != wide)) memcpy(at, "\0\0\0\0\0\0\xf8\x7f", 8);
    if (size == 4 && (memcpy(&narrow, at, 4), narrow != narrow)) memcpy(at, "\0\0\xc0\x7f", 4);
    if (size == 10 && (at[9] & 0x7f) == 0x7f && at[8] == 0xff) memset(at, 0xff, 10);
    if (size == 2 && (at[1] & 0x7c) == 0x7c && ((at[1] & 3) | at[0])) memcpy(at, "\0\x7e", 2);
}

static void keep_result(void) {
    u8 *result = (u8 *)now.result;
    for (u32 i = 0; i < pl.num_results; i++) {
        const struct piece *piece = &pl.piece[pl.results + i];
        u8 *at = result + piece->offset;
        if (piece->kind == POINTER) {
            u64 word, object;
            memcpy(&word, at, 8);
            object = word >= HEAP_AT && word < HEAP_AT + HEAP_BYTES ? object_bytes(word) : 0;
            if (object) {
                u64 base = word & ~15ull;
                word = hash_words(comparable(word), base, object < 256 ? object : 256);
            } else {
                word = comparable(word);
            }
            memcpy(at, &word, 8);
        }
        if (piece->kind == FLOATING) canonical_nan(at, piece->size);
        memcpy(now.record->result + piece->offset, at, piece->size);
    }
}

/* What a variant finds in stack objects that it did not write is not by chance what it would have. */
__attribute__((noinline)) static void dirty_stack(u8 fill) {
    u8 below[16384];
    memset(below, fill, sizeof below);
    __asm__ volatile("" : : "r"(below) : "memory");
}

/* Run the function once on an input; what was seen of it is in the record. */
void run_once(u32 number, struct record *record, u8 fill, bool checked, bool planning) {
    struct plan *plan = &shared->plan[number];
    memset(record, 0, offsetof(struct record, trace));
    now.plan = plan;
    now.record = record;
    now.checked = checked;
    now.planning = planning;
    now.fill = fill;
    now.seed = plan->seed;
    now.ordinal = 0;
    now.block = 0;
    u64 here = (u64)__builtin_frame_address(0);
    now.stack_high = here + 4096;
    now.stack_low = here - (8 << 20);
    if (planning) plan->objects = plan->changes = 0;
    loads_reset();
    comparisons_reset();
    objects_reset();
    shadow_reset();
    known_reset();
    lay_out(plan);
    memcpy(now.arguments, plan->arguments, pl.argument_bytes);
    memset(now.result, 0, pl.result_bytes);
    if (sigsetjmp(now.leave, 1) == 0) {
        now.active = true;
        limit_time(true);
        if (!checked) dirty_stack((u8)(0x5b + 2 * number));
        pl.enter(pl.function, now.arguments, now.result);
        now.active = false;
        record->ending = RETURNED;
        keep_result();
    }
    now.active = false;
    limit_time(false);
    if (record->ending != UNDEFINED) compare_memory();
}

/* A variant on the inputs that are usable. */
void pl_follow(u32 from, u32 most, u32 row) {
    u32 hangs = 0;
    shared->progress = from;
    for (u32 i = from; i < most && hangs < MOST_HANGS; i++) {
        if (!shared->plan[i].usable) continue;
        shared->progress = i + 1;
        run_once(i, &shared->records[row][i], 0xaa, false, false);
        hangs += shared->records[row][i].ending == TOO_LONG;
    }
    shared->done++;
}

/* For the child to see that it reads these structures as they are. */
u64 pl_size(u32 which) {
    u64 sizes[] = {sizeof(struct description), sizeof(struct shared), sizeof(struct plan), sizeof(struct record),
                   sizeof(struct piece), sizeof(struct callee)};
    return sizes[which];
}
