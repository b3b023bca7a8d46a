/* Calls one function on many made-up inputs and prints what came of each: linked with the function
   before a pass list and after it, the two print the same, or the list made wrong code.

   The function's pointers lead into memory at fixed addresses, which holds small numbers and, in
   part of the inputs, pointers to itself. What an input does not define ends differently from one
   compiler level to the next; only inputs on which the levels agree say anything. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { INPUTS = 400, AREAS = 8, AREA = 4096, MOST_ARGUMENTS = 16 };
#define BASE ((unsigned char *)0x2b0000000000)

/* From the file beside this one, which is made for the function. */
extern const int pl_count;                                /* of arguments */
extern const char pl_kinds[];                             /* i: integer, f: float, d: double, p: pointer */
extern void pl_call(const uint64_t *arguments, uint64_t *result);
extern const struct { void *at; uint64_t bytes; } pl_globals[]; /* ends with a null */

static sigjmp_buf back;
static uint64_t state, trace, calls;

static uint64_t next(void) { /* xorshift64* */
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return state * 0x2545f4914f6cdd1du;
}
static uint64_t number(void) {
  static const uint64_t edges[] = {0, 1, ~0ull, 0x7fffffff, 0x80000000u, 1ull << 63, 255, 256, 65535};
  uint64_t r = next() >> 8;
  switch (next() >> 61) {
    case 0: return edges[r % (sizeof edges / sizeof *edges)];
    case 1: return r;
    case 2: return 32 + r % 95;
    default: return r % 17;
  }
}
static void *place(void) { return BASE + (next() >> 20) % AREAS * 2 * AREA + (next() >> 20) % 4 * 64; }

/* What calls of functions that are not here return, and that they were called. */
uint64_t pl_stub(uint64_t which) {
  trace = (trace ^ which) * 1099511628211u;
  if (++calls > 5000) siglongjmp(back, 200);
  return trace >> 40 & 15;
}
void pl_told(uint64_t value) { trace = (trace ^ value) * 1099511628211u; }
void *pl_somewhere(void) { return BASE + (trace >> 33) % AREAS * 2 * AREA; }
void pl_left(void) { siglongjmp(back, 201); }

static void on_signal(int which) { siglongjmp(back, which); }

static void fill(unsigned char *from, uint64_t bytes, int pointers) {
  for (uint64_t at = 0; at + 8 <= bytes; at += 8) {
    uint64_t word = pointers && next() >> 62 ? (uint64_t)(uintptr_t)place() : number() | (next() >> 62 ? 0 : number() << 32);
    memcpy(from + at, &word, 8);
  }
}
static uint64_t hash(const unsigned char *from, uint64_t bytes, uint64_t h) {
  while (bytes-- > 0) h = (h ^ *from++) * 1099511628211u;
  return h;
}

int main(void) {
  if (mmap(BASE, AREAS * 2 * AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != BASE) return 2;
  static unsigned char other_stack[1 << 16];
  stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
  sigaltstack(&stack, NULL);
  const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGVTALRM};
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  for (volatile int input = 0; input < INPUTS; input = input + 1) {
    uint64_t arguments[MOST_ARGUMENTS] = {0}, result[2] = {0, 0};
    state = (uint64_t)input * 0x9e3779b97f4a7c15u + 88172645463325252u;
    trace = calls = 0;
    for (int area = 0; area < 2 * AREAS; area++) fill(BASE + area * AREA, AREA, input % 4 == 3);
    for (int i = 0; pl_globals[i].at; i++) {
      memset(pl_globals[i].at, 0, pl_globals[i].bytes);
      fill(pl_globals[i].at, pl_globals[i].bytes, input % 4 == 3);
    }
    for (int i = 0; i < pl_count; i++) {
      arguments[i] = number();
      double real = (double)(int64_t)(arguments[i] & 0xffff) / 4 - 3;
      float small = (float)real;
      if (pl_kinds[i] == 'p') arguments[i] = (uint64_t)(uintptr_t)(next() >> 60 ? place() : NULL);
      if (pl_kinds[i] == 'd') memcpy(&arguments[i], &real, 8);
      if (pl_kinds[i] == 'f') arguments[i] = 0, memcpy(&arguments[i], &small, 4);
    }
    struct itimerval limit = {{0, 0}, {0, 20000}}, none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_VIRTUAL, &limit, NULL);
    volatile int ended = sigsetjmp(back, 1);
    if (ended == 0) pl_call(arguments, result);
    setitimer(ITIMER_VIRTUAL, &none, NULL);
    uint64_t seen = hash(BASE, AREAS * 2 * AREA, 14695981039346656037u);
    for (int i = 0; pl_globals[i].at; i++) seen = hash(pl_globals[i].at, pl_globals[i].bytes, seen);
    if (ended) printf("%d ended by %d\n", input, ended); /* what it did until then is not compared */
    else printf("%d returned %llx, memory %llx, calls %llx\n", input, (unsigned long long)result[0], (unsigned long long)seen, (unsigned long long)trace);
  }
  fflush(stdout);
  _Exit(0);
}
